"""Make and verify one message: attributes, sealed payload and signature, in the order in which they are checked."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from hub.broker.port import Message
from hub.contract.envelope import MAX_VALUE_BYTES, SIGNATURE, Attributes, Stencil, instant, read_headers
from hub.contract.event import ConcernEvent
from hub.contract.topics import schema_name, wire_type
from hub.contract.writing import event_text
from hub.errors import PoisonError
from hub.signing.credentials import Credentials
from hub.signing.dsse import message_bytes
from hub.signing.keys import SigningKey, verify_signature
from hub.signing.sealing import PayloadOpener, PayloadSealer


class Sealed(NamedTuple):
    """A message but for its signature, which covers `bound` and the value."""

    key: bytes
    headers: list[tuple[str, bytes]]
    bound: bytes
    value: bytes


class MessageWriter:
    """Turns an agency's events into signed and sealed messages."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._key_id = credentials.key_id
        self._sealer = PayloadSealer(credentials.hub)
        self._agency_json = orjson.dumps(credentials.agency)
        # An agency's records of one child mostly stand together.
        self._message_key = lru_cache(maxsize=256)(credentials.message_key)

    def write(
        self, event: ConcernEvent, *, now: datetime, recorded_at: datetime | None = None, ce_id: str | None = None
    ) -> Message:
        """Return the message; without `ce_id`, its id is the keyed hash of its whole content.

        Raises `PoisonError` where the event is larger than a message may be.
        """
        return self.sign(self.seal_text(event, self.text(event), now=now, recorded_at=recorded_at, ce_id=ce_id))

    def text(self, event: ConcernEvent) -> bytes:
        """Return an event's text, to be given to `seal_text`.

        For a batch it is faster to write all texts, then to seal all, then to sign all: by turns each finds the
        processor's caches full of the others'.
        """
        return event_text(event)

    def seal_text(
        self,
        event: ConcernEvent,
        text: bytes,
        *,
        now: datetime,
        recorded_at: datetime | None = None,
        ce_id: str | None = None,
    ) -> Sealed:
        """Return the message, not signed yet, of an event whose text was written before; else as `write`."""
        ce_id = ce_id or self._credentials.record_id(text)
        return self._seal(text, event.type, event.subject.reference, now=now, recorded_at=recorded_at, ce_id=ce_id)

    def sign(self, sealed: Sealed) -> Message:
        """Return the message that was sealed, with its signature."""
        signature = self._credentials.signing.sign(message_bytes(sealed.bound, sealed.value))
        headers = (*sealed.headers, (SIGNATURE, base64.b64encode(signature)))
        return Message(key=sealed.key, headers=headers, value=sealed.value)

    def write_data(
        self, data: bytes, event_type: str, reference: str, *, now: datetime, recorded_at: datetime | None, ce_id: str
    ) -> Message:
        """Return a message of data that nobody checked, as an agency's own program may make it."""
        return self.sign(self._seal(data, event_type, reference, now=now, recorded_at=recorded_at, ce_id=ce_id))

    def _seal(
        self, data: bytes, event_type: str, reference: str, *, now: datetime, recorded_at: datetime | None, ce_id: str
    ) -> Sealed:
        payload = b'{"data":%b,"id":%b,"source":%b}' % (data, orjson.dumps(ce_id), self._agency_json)
        if len(payload) > MAX_VALUE_BYTES:
            raise PoisonError("The event is larger than a message may be.", code="too-large")
        signed_at = now.isoformat()
        time = recorded_at.isoformat() if recorded_at is not None else signed_at
        stencil = _stencil(self._credentials.agency, event_type, self._key_id, self._sealer.data_key(now))
        headers, bound = stencil.fill(ce_id, time, signed_at)
        return Sealed(self._message_key(reference), headers, bound, self._sealer.seal(payload, bound))


@lru_cache(maxsize=256)
def _stencil(agency: str, event_type: str, key_id: str, data_key: str) -> Stencil:
    return Stencil(
        Attributes(
            id="",
            source=agency,
            type=wire_type(event_type),
            time="",
            schema=schema_name(event_type),
            key_id=key_id,
            signed_at="",
            data_key=data_key,
        )
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A message whose signature and seal have been verified."""

    attributes: Attributes
    signature: str
    payload: bytes


class MessageReader:
    """Verifies and opens messages with the keys that the partnership's directory holds."""

    def __init__(self, opener: PayloadOpener, keys: Mapping[str, SigningKey]) -> None:
        self._opener = opener
        self._keys = keys

    def read(self, message: Message) -> Opened:
        """Return the payload of a message that is what it says it is; raises `PoisonError` where it is not.

        1. the size is within bounds; 2. the attributes are those of the contract; 3. the signature is the source's;
        4. the payload was sealed to this hub together with these attributes.
        """
        if not message.value:
            raise PoisonError("The message is empty.", code="empty")
        if len(message.value) > MAX_VALUE_BYTES + 1024:
            raise PoisonError("The message is larger than the contract allows.", code="too-large")
        headers = read_headers(message.headers)
        attributes = Attributes.of(headers)
        signature = headers[SIGNATURE]
        bound = attributes.signed_bytes()
        verify_signature(
            self._keys.get(attributes.key_id),
            source=attributes.source,
            signed_at=instant(attributes.signed_at),
            signature=_decoded(signature),
            signed=message_bytes(bound, message.value),
        )
        return Opened(attributes, signature, self._opener.open(message.value, attributes.data_key, bound))


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except binascii.Error as error:
        raise PoisonError("The signature is not base64.", code="wrong-signature") from error
