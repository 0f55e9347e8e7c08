"""CloudEvents 1.0 in JSON lines: what an agency's own system writes when it speaks the hub's contract already.

One event a line (structured mode), its `data` a concern event. The source, if given, must be the agency that
publishes, which the publisher checks; the id, if given, is kept, so that sending again changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final

import orjson
from pydantic import ValidationError

from hub.contract.envelope import CE_ID, instant
from hub.contract.event import ConcernEvent
from hub.contract.jsontext import read_json
from hub.contract.topics import wire_type
from hub.errors import PoisonError, UsageError
from producers.adapters.build import UnfitError, told
from producers.adapters.lines import lines
from producers.adapters.port import SENTENCES, Record, Reject, RejectCode

MAX_LINE: Final = 1_200_000
_KNOWN: Final = frozenset(
    {"specversion", "id", "source", "type", "time", "datacontenttype", "dataschema", "subject", "data"}
)


class CloudEvents:
    """Reads CloudEvents JSON lines."""

    name = "cloudevents"
    title = "CloudEvents 1.0, JSON lines"

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the first line begins a CloudEvents object."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith(b"{") and b'"specversion"' in head

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield each line's event or its reject."""
        anything = False
        for number, raw in lines(stream, MAX_LINE):
            place = f"line {number}"
            text = None if raw is None else raw.removeprefix(b"\xef\xbb\xbf").strip()
            if text and not anything and not text.startswith(b"{"):
                raise UsageError("The file is not JSON lines.", code="wrong-kind")
            anything = anything or text != b""
            if text is None:
                yield Reject(place, RejectCode.TOO_LARGE, SENTENCES[RejectCode.TOO_LARGE])
            elif text:
                yield told(place, _record, text)
        if not anything:
            raise UsageError("The file is empty.", code="empty-file")


def _record(place: str, text: bytes) -> Record:
    envelope = _envelope(text)
    event = _event(envelope)
    given = envelope.get("type")
    if given is not None and given != wire_type(event.type):
        raise UnfitError(RejectCode.NOT_VALID, "The type of the envelope is not that of the data.")
    return Record(place, event, _time(envelope), _id(envelope), envelope.get("source"))


def _envelope(text: bytes) -> Mapping[str, Any]:
    try:
        envelope = read_json(text)
    except PoisonError as error:
        raise UnfitError(RejectCode.MALFORMED, error.message) from error
    if not isinstance(envelope, dict) or envelope.get("specversion") != "1.0":
        raise UnfitError(RejectCode.MALFORMED, "The line is no CloudEvents 1.0 object.")
    for name in ("id", "source", "type", "time"):
        if name in envelope and not isinstance(envelope[name], str):
            raise UnfitError(RejectCode.NOT_VALID, f"{name}: is not text")
    unknown = sorted(set(envelope) - _KNOWN)
    if unknown:
        raise UnfitError(RejectCode.NOT_VALID, "The envelope has an attribute that is not of CloudEvents 1.0.")
    return envelope


def _event(envelope: Mapping[str, Any]) -> ConcernEvent:
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise UnfitError(RejectCode.NOT_VALID, "data: is missing or no object")
    subject = data.get("subject")
    if not isinstance(subject, dict) or not subject.get("reference"):
        raise UnfitError(RejectCode.NO_REFERENCE)
    return ConcernEvent.model_validate_json(orjson.dumps(data))


def _time(envelope: Mapping[str, Any]) -> datetime | None:
    text = envelope.get("time")
    try:
        return instant(text) if text is not None else None
    except PoisonError as error:
        raise UnfitError(RejectCode.NOT_VALID, "time: is not RFC 3339 with an offset") from error


def _id(envelope: Mapping[str, Any]) -> str | None:
    text = envelope.get("id")
    try:
        return CE_ID.validate_python(text) if text is not None else None
    except ValidationError as error:
        raise UnfitError(RejectCode.NOT_VALID, "id: is not 1 to 100 of A-Z a-z 0-9 _ . : -") from error
