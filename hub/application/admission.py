"""What is checked of a message before it may be stored. Needs no database, so it runs wherever there is a core.

In this order: the signature and the seal (`hub.signing.message`), the topic, the type, the JSON, the contract, and that
inside and outside of the seal say the same.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from hub.broker.port import Received
from hub.contract.details import DETAILS
from hub.contract.envelope import PAYLOAD, Attributes, Payload, explain, instant
from hub.contract.ids import event_id
from hub.contract.jsontext import read_json
from hub.contract.topics import CONCERNS, WIRE_VERSION, concerns_topic
from hub.errors import HubError, PoisonError
from hub.events.concern import child_sections, people_sections
from hub.signing.message import MessageReader, Opened

_TYPE = re.compile(r"uk\.mash\.([a-z0-9-]{1,60})\.v([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message that may be stored: its ids, the hash of its content, and its sections by person."""

    received: Received
    id: UUID
    type: str
    agency: str
    reference: str
    content_hash: str
    child: Mapping[str, bytes]
    people: list[dict[str, bytes]]
    people_references: list[str | None]


class Admission:
    """The checks at the door."""

    def __init__(self, reader: MessageReader) -> None:
        self._reader = reader

    def admit(self, received: Received) -> Admitted:
        """Return what may be stored; raises `PoisonError` with a `QuarantineReason` and, in `place`, the field."""
        with _NOT_AN_EVENT:
            opened = self._reader.read(received.message)
            attributes = opened.attributes
            if received.topic != concerns_topic(attributes.source):
                raise PoisonError("The message came on another agency's topic.", code="wrong-topic")
            event_type = _event_type(attributes.type)
            instant(attributes.time)
        payload = _payload(opened, event_type)
        with _BREAKS_CONTRACT:
            return _admitted(received, opened, event_type, payload["data"])


class _FaultIsTheMessages:
    """Turns whatever a check stumbles over into a refusal: one message must never stop those that come after it."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HubError):
            raise PoisonError("A check could not read the message.", code=self._code) from error


_NOT_AN_EVENT = _FaultIsTheMessages("not-an-event")
_NOT_JSON = _FaultIsTheMessages("not-json")
_BREAKS_CONTRACT = _FaultIsTheMessages("breaks-contract")


@lru_cache(maxsize=256)
def _event_type(wire_type: str) -> str:
    match = _TYPE.fullmatch(wire_type)
    if match is None or match[1] not in DETAILS:
        raise PoisonError("The type is unknown.", code="unknown-type", place="ce_type")
    if int(match[2]) != WIRE_VERSION:
        raise PoisonError("The type is of another version of the contract.", code="newer-schema", place="ce_type")
    return match[1]


def _payload(opened: Opened, event_type: str) -> Mapping[str, Any]:
    with _NOT_JSON:
        body: Mapping[str, Any] = read_json(opened.payload)
    with _BREAKS_CONTRACT:
        payload = _validated(opened.payload)
    attributes = opened.attributes
    if (payload.id, payload.source, payload.data.type) != (attributes.id, attributes.source, event_type):
        raise PoisonError("Inside and outside of the seal differ.", code="envelope-mismatch")
    return body


def _validated(text: bytes) -> Payload:
    try:
        return PAYLOAD.validate_json(text)
    except ValidationError as error:
        place, reason = explain(error)
        raise PoisonError(f"The event breaks the contract: {reason}", code="breaks-contract", place=place) from error


def _admitted(received: Received, opened: Opened, event_type: str, data: Mapping[str, Any]) -> Admitted:
    attributes = opened.attributes
    content_hash = hashlib.sha256(opened.payload).hexdigest()
    return Admitted(
        received=received,
        id=event_id(attributes.source, attributes.id),
        type=event_type,
        agency=attributes.source,
        reference=data["subject"]["reference"],
        content_hash=content_hash,
        child=child_sections(
            data, _origin(attributes, opened.signature, content_hash, data), attributes.time, attributes.source
        ),
        people=people_sections(data),
        people_references=[person.get("reference") for person in data.get("others", ())],
    )


def _origin(attributes: Attributes, signature: str, content_hash: str, data: Mapping[str, Any]) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "ce_id": attributes.id,
        "key_id": attributes.key_id,
        "signed_at": attributes.signed_at,
        "signature": signature,
        "content_hash": content_hash,
    }
    for name in ("corrects", "retracts"):
        if data.get(name):
            origin[name] = data[name]
    return origin


def claimed_type(received: Received) -> str:
    """Return the event type that a refused message claims to be of, or `unknown`."""
    claimed = dict(received.message.headers).get("ce_type", b"")
    match = _TYPE.fullmatch(claimed.decode("ascii", "replace"))
    return match[1] if match is not None and match[1] in DETAILS else "unknown"


def agency_of_topic(topic: str) -> str:
    """Return the agency whose topic this is, whatever the message claims."""
    return topic.removeprefix(CONCERNS)
