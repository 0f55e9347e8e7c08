"""The log as it was at a position, for whoever decides again what was decided then. Takes nothing in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from hub.store.log import EventLog
from hub.store.mapper import StoredEvent


class PastLog:
    """Reads the log as if it ended at a position."""

    def __init__(self, log: EventLog, position: int) -> None:
        self._log = log
        self._end = position

    def read(
        self, tags: Sequence[str], *, after: int = 0, upto: int | None = None, types: Collection[str] | None = None
    ) -> list[StoredEvent]:
        """Return the events that have any of the tags, each once, in log order, after one position up to another."""
        return self._log.read(tags, after=after, upto=self._end if upto is None else min(upto, self._end), types=types)

    def newest(self, tag: str, limit: int) -> list[StoredEvent]:
        """Return the last `limit` events that have a tag, the newest first."""
        return self._log.newest(tag, limit, upto=self._end)

    def last_position(self, tag: str) -> int:
        """Return the position of the last event that has a tag, 0 if none has it."""
        return self._log.last_position(tag, upto=self._end)

    def last_id(self, tag: str, upto: int) -> UUID | None:
        """Return the last event up to a position that has a tag, None if none has it."""
        return self._log.last_id(tag, min(upto, self._end))

    def head(self) -> int:
        """Return the position at which the log ended."""
        return self._end

    def position_at(self, moment: datetime) -> int:
        """Return the last position that was recorded at a moment or before it, 0 if none was."""
        return min(self._log.position_at(moment), self._end)
