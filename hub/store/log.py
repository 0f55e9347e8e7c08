"""The event log as the rest of the hub sees it: drafts go in once and sealed, events come out opened, in log order.

Owns what happens when the database goes away in the middle: a read is tried once more, an append that may or may not
have been done is settled by what is in the log. Never decides who may see an event.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.errors import ConflictError
from hub.store.database_errors import ConnectionLostError, database_errors
from hub.store.frame import bound_bytes, parse, subjects_in
from hub.store.mapper import DraftEvent, StoredEvent, moment_of
from hub.store.recorder import EVENT_TAG, LogDatastore, LogRecorder

T = TypeVar("T")
Keys = Mapping[UUID, bytes | None]


class Sealer(Protocol):
    """Turns drafts into sealed rows and rows into events."""

    def seal(self, drafts: Sequence[DraftEvent], at: datetime, keys: Keys | None = None) -> list[DCBEvent]:
        """Return the rows of drafts, stamped with a moment; fetches the keys that it is not given."""
        ...

    def open(self, rows: Sequence[DCBSequencedEvent]) -> list[StoredEvent]:
        """Return the events of rows, in the same order."""
        ...


class LogReader(Protocol):
    """The log as those meet it who only read: as it is, or as it was."""

    def read(
        self, tags: Sequence[str], *, after: int = 0, upto: int | None = None, types: Collection[str] | None = None
    ) -> list[StoredEvent]:
        """Return the events that have any of the tags, each once, in log order, after one position up to another."""
        ...

    def newest(self, tag: str, limit: int) -> list[StoredEvent]:
        """Return the last `limit` events that have a tag, the newest first."""
        ...

    def last_position(self, tag: str) -> int:
        """Return the position of the last event that has a tag, 0 if none has it."""
        ...

    def last_id(self, tag: str, upto: int) -> UUID | None:
        """Return the last event up to a position that has a tag, None if none has it."""
        ...

    def head(self) -> int:
        """Return the last position, 0 when the log is empty."""
        ...

    def position_at(self, moment: datetime) -> int:
        """Return the last position that was recorded at a moment or before it, 0 if none was."""
        ...


class EventLog:
    """Appends to the log and reads it; safe to share among threads."""

    def __init__(self, recorder: LogRecorder, sealer: Sealer) -> None:
        self._recorder = recorder
        self._sealer = sealer

    @classmethod
    def connect(cls, url: str, sealer: Sealer, *, connections: int = 8, patience: float = 5.0) -> "EventLog":
        """Return the log in a database; calls wait so many seconds for one that is away, then raise RetryableError."""
        with database_errors():
            return cls(LogRecorder(LogDatastore(url, connections=connections, patience=patience)), sealer)

    def close(self) -> None:
        """Close the connections."""
        self._recorder.datastore.close()

    def append(
        self,
        drafts: Sequence[DraftEvent],
        *,
        at: datetime,
        keys: Keys | None = None,
        absent: Collection[str] = (),
        after: int = 0,
    ) -> int:
        """Append all or none, durable on return, and return the last position; stamps never run backwards.

        `keys` are those of the subjects of all parts, of a caller that has just fetched them.
        Raises ConflictError: `already-recorded` if one of the events is in the log, or one with a tag of `absent` after
        the position `after`; `repeated-event` if two are one.
        """
        if not drafts:
            return self.head()
        _refuse_repeated(drafts)
        rows = self._sealer.seal(drafts, at, keys)
        try:
            return self._append(rows, absent, after)
        except ConnectionLostError:
            self._recorder.forget_lost_connections()
        try:
            return self._append(rows, absent, after)
        except ConflictError:
            if (position := self._position_if_same(rows)) is None:
                raise
            return position

    def existing(self, ids: Collection[UUID]) -> dict[UUID, int]:
        """Return the positions of those events that are recorded."""
        tags = {f"{EVENT_TAG}{each}": each for each in ids}
        found = self._twice(lambda: self._recorder.positions(tags))
        return {tags[tag]: position for tag, position in found.items()}

    def read(
        self,
        tags: Sequence[str],
        *,
        after: int = 0,
        upto: int | None = None,
        types: Collection[str] | None = None,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return the events that have any of the tags, each once, in log order, after one position up to another.

        With a limit, the first of them.
        """
        found = self._twice(lambda: self._recorder.with_any_tag(tags, after=after, upto=upto, types=types, limit=limit))
        return self._sealer.open(found)

    def after(self, position: int, limit: int) -> list[StoredEvent]:
        """Return the first `limit` events after a position, in log order."""
        return self._sealer.open(self._twice(lambda: self._recorder.after(position, limit)))

    def newest(self, tag: str, limit: int, *, upto: int | None = None) -> list[StoredEvent]:
        """Return the last `limit` events that have a tag, up to a position, the newest first."""
        return self._sealer.open(self._twice(lambda: self._recorder.newest(tag, limit, upto=upto)))

    def last_position(self, tag: str, *, upto: int | None = None) -> int:
        """Return the position of the last event that has a tag, up to a position, 0 if none has it."""
        return self._twice(lambda: self._recorder.last_position(tag, upto=upto))

    def last_id(self, tag: str, upto: int) -> UUID | None:
        """Return the last event up to a position that has a tag, None if none has it; nothing is opened."""
        rows = self._twice(lambda: self._recorder.newest(tag, 1, upto=upto))
        return _id_of(rows[0]) if rows else None

    def last_at(self, tag: str) -> datetime | None:
        """Return when the last event that has a tag was recorded, None if none has it; nothing is opened."""
        rows = self._twice(lambda: self._recorder.newest(tag, 1))
        return moment_of(parse(rows[0].event.data).recorded_at) if rows else None

    def places(self, tag: str, *, after: int, upto: int, limit: int) -> list[tuple[int, UUID]]:
        """Return position and id of the first `limit` events with a tag between two positions; nothing is opened."""
        rows = self._twice(lambda: self._recorder.with_any_tag([tag], after=after, upto=upto, types=None, limit=limit))
        return [(row.position, _id_of(row)) for row in rows]

    def subjects_after(self, position: int, limit: int) -> tuple[set[UUID], int]:
        """Return whose keys the first `limit` rows after a position need, unopened, and the last position of them."""
        rows = self._twice(lambda: self._recorder.after(position, limit))
        subjects = {subject for row in rows for subject in subjects_in(row.event.data)}
        return subjects, rows[-1].position if rows else position

    def head(self) -> int:
        """Return the last position, 0 when the log is empty."""
        return self._twice(self._recorder.head)

    def position_at(self, moment: datetime) -> int:
        """Return the last position that was recorded at a moment or before it, 0 if none was."""
        return self._twice(lambda: self._recorder.position_at(moment))

    def _append(self, rows: Sequence[DCBEvent], absent: Collection[str], after: int) -> int:
        with database_errors():
            return self._recorder.append_once(rows, absent=absent, after=after)

    def _position_if_same(self, rows: Sequence[DCBEvent]) -> int | None:
        """Return the last position if exactly these rows are recorded; nonces are random, so nobody else made them."""
        tags = [tag for row in rows for tag in row.tags if tag.startswith(EVENT_TAG)]
        stored = self._twice(lambda: self._recorder.with_any_tag(tags))
        same = [bound_bytes(each.event.data) for each in stored] == [bound_bytes(row.data) for row in rows]
        return stored[-1].position if same else None

    def _twice(self, read: Callable[[], T]) -> T:
        try:
            with database_errors():
                return read()
        except ConnectionLostError:
            self._recorder.forget_lost_connections()
        with database_errors():
            return read()


def _id_of(row: DCBSequencedEvent) -> UUID:
    return UUID(next(tag for tag in row.event.tags if tag.startswith(EVENT_TAG)).removeprefix(EVENT_TAG))


def _refuse_repeated(drafts: Sequence[DraftEvent]) -> None:
    repeated = [str(each) for each, count in Counter(draft.id for draft in drafts).items() if count > 1]
    if repeated:
        raise ConflictError(f"One batch holds an event twice: {repeated[0]}.", code="repeated-event")
