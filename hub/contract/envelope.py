"""The CloudEvents 1.0 attributes of a message (Kafka binary mode) and the payload that is sealed beneath them.

The attributes travel as headers; the payload repeats the id and the source, so that neither can be swapped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import orjson
from pydantic import StringConstraints, TypeAdapter, ValidationError

from hub.contract.canonical import canonical
from hub.contract.event import ConcernEvent
from hub.contract.primitives import Agency, Strict
from hub.errors import PoisonError

CONTENT_TYPE = "application/vnd.mash.sealed+json"
MAX_VALUE_BYTES = 1_000_000
MAX_HEADER_BYTES = 1_000

ATTRIBUTES = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_dataschema",
    "content-type",
    "mash-key-id",
    "mash-signed-at",
    "mash-data-key",
)
SIGNATURE = "mash-signature"
_ID, _TIME, _SIGNED_AT = (ATTRIBUTES.index(name) for name in ("ce_id", "ce_time", "mash-signed-at"))
_NAMES = dict.fromkeys((*ATTRIBUTES, SIGNATURE))

_CE_ID = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$")]


class Payload(Strict):
    """What is sealed to the hub: the id and source again, and the event."""

    id: _CE_ID
    source: Agency
    data: ConcernEvent


# Where pydantic's own words repeat what was written.
_OWN_WORDS = {
    "union_tag_invalid": "Input should be of a type that the contract knows",
    "uuid_parsing": "Input should be a valid UUID",
}

PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)
CE_ID: TypeAdapter[str] = TypeAdapter(_CE_ID)


@dataclass(frozen=True, slots=True)
class Attributes:
    """The signed attributes of one message, as text."""

    id: str
    source: str
    type: str
    time: str
    schema: str
    key_id: str
    signed_at: str
    data_key: str

    def as_headers(self) -> tuple[tuple[str, bytes], ...]:
        """Return the attributes as Kafka headers, without the signature."""
        return tuple(zip(ATTRIBUTES, (value.encode() for value in self._values()), strict=True))

    def signed_bytes(self) -> bytes:
        """Return the bytes that stand for the attributes under the signature and as additional data of the sealing."""
        return canonical(dict(zip(ATTRIBUTES, self._values(), strict=True)))

    def _values(self) -> tuple[str, ...]:
        return (
            "1.0", self.id, self.source, self.type, self.time, self.schema, CONTENT_TYPE, self.key_id, self.signed_at,
            self.data_key,
        )  # fmt: skip

    @classmethod
    def from_headers(cls, headers: Sequence[tuple[str, bytes]]) -> "Attributes":
        """Read the attributes; raises `PoisonError` where one is missing, repeated, too long or not as it must be."""
        return cls.of(read_headers(headers))

    @classmethod
    def of(cls, found: Mapping[str, str]) -> "Attributes":
        """Return the attributes among headers that were read; raises `PoisonError` where they are of another kind."""
        if found["ce_specversion"] != "1.0" or found["content-type"] != CONTENT_TYPE:
            raise PoisonError("The message is not a CloudEvents 1.0 message of this contract.", code="not-an-event")
        return cls(
            id=found["ce_id"],
            source=found["ce_source"],
            type=found["ce_type"],
            time=found["ce_time"],
            schema=found["ce_dataschema"],
            key_id=found["mash-key-id"],
            signed_at=found["mash-signed-at"],
            data_key=found["mash-data-key"],
        )


class Stencil:
    """The attributes of messages that differ in their id and their two times only: all the rest is written once."""

    def __init__(self, attributes: Attributes) -> None:
        open_ = replace(attributes, id="*", time="*", signed_at="*")
        self._headers = list(open_.as_headers())
        # In canonical order the id comes first, then the time, then the moment of signing.
        self._pieces = open_.signed_bytes().split(b'"*"')

    def fill(self, ce_id: str, time: str, signed_at: str) -> tuple[list[tuple[str, bytes]], bytes]:
        """Return the headers and the signed bytes of a message, as `Attributes` gives them."""
        headers = self._headers.copy()
        headers[_ID], headers[_TIME], headers[_SIGNED_AT] = (
            ("ce_id", ce_id.encode()), ("ce_time", time.encode()), ("mash-signed-at", signed_at.encode()),
        )  # fmt: skip
        first, second, third, last = self._pieces
        named = orjson.dumps(ce_id)
        signed = b'%b%b%b"%b"%b"%b"%b' % (first, named, second, time.encode(), third, signed_at.encode(), last)
        return headers, signed


def read_headers(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    """Return the contract's headers as text; raises `PoisonError` where one is missing, repeated or too long."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name not in _NAMES:
            continue
        if name in found or len(value) > MAX_HEADER_BYTES or not value.isascii():
            raise PoisonError(f"Header {name} is repeated, too long or not plain text.", code="not-an-event")
        found[name] = value.decode()
    if len(found) < len(_NAMES):
        missing = next(name for name in _NAMES if name not in found)
        raise PoisonError(f"Header {missing} is missing.", code="not-an-event")
    return found


def instant(text: str) -> datetime:
    """Parse an RFC 3339 moment; raises `PoisonError` where it is not one or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except ValueError as error:
        raise PoisonError("A time in the headers is not RFC 3339.", code="not-an-event") from error
    except OverflowError as error:
        raise PoisonError("A time in the headers lies beyond the calendar.", code="not-an-event") from error
    raise PoisonError("A time in the headers has no offset.", code="not-an-event")


def explain(error: ValidationError) -> tuple[str, str]:
    """Return the path and the reason of the first fault, without a word of what was written."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    steps = [str(step) for step in first["loc"]]
    if first["type"] == "extra_forbidden":
        steps = [*steps[:-1], "(unknown field)"]
    return ".".join(steps), _OWN_WORDS.get(first["type"], first["msg"])
