"""Rows of the log for tests that need no keys: a header as the mapper writes it, then anything, and nothing sealed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID, uuid4

from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.store.frame import AES_256_GCM, LAYOUT, MAGIC, RECORDED_AT_OFFSET
from hub.store.log import Keys
from hub.store.mapper import DraftEvent, StoredEvent

_HEADER = Struct(">4sBBHqH")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row(
    *tags: str, id: UUID | None = None, type: str = "referral", at: datetime = _EPOCH, body: bytes = b""
) -> DCBEvent:
    """Return the row of an event with these tags and its own."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    return DCBEvent(
        type, _HEADER.pack(MAGIC, LAYOUT, AES_256_GCM, 1, micros, 0) + body, [*tags, f"event:{id or uuid4()}"]
    )


def stamp(event: DCBEvent) -> datetime:
    """Return when a row says it was recorded."""
    micros = int.from_bytes(event.data[RECORDED_AT_OFFSET : RECORDED_AT_OFFSET + 8], signed=True)
    return _EPOCH + timedelta(microseconds=micros)


class PlainSealer:
    """Makes rows that hold a random number and no part."""

    def seal(self, drafts: Sequence[DraftEvent], at: datetime, keys: Keys | None = None) -> list[DCBEvent]:
        """Return the rows of drafts."""
        return [row(*draft.tags, id=draft.id, type=draft.type, at=at, body=uuid4().bytes) for draft in drafts]

    def open(self, rows: Sequence[DCBSequencedEvent]) -> list[StoredEvent]:
        """Return the events of rows, without parts."""
        return [_stored(each.position, each.event) for each in rows]


def _stored(position: int, event: DCBEvent) -> StoredEvent:
    (own,) = (tag for tag in event.tags if tag.startswith("event:"))
    tags = tuple(tag for tag in event.tags if tag != own)
    return StoredEvent(position, stamp(event), UUID(own.removeprefix("event:")), event.type, tags, {})
