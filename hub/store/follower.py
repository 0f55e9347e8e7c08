"""Follow the log: all events after a stored position, in log order, soon after they are recorded.

Woken by the database's notification, with a poll behind it since notifications are lost with a connection. The position
is stored by `advance`, in the transaction of the follower's own work, so that each event is worked on exactly once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from hub.errors import ConflictError, RetryableError
from hub.store.database_errors import database_errors
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent
from hub.store.recorder import CHANNEL

_ADVANCE = """
    INSERT INTO hub.follower (name, position) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE follower.position < excluded.position
"""
_BEGIN = "INSERT INTO hub.follower (name, position) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_LOCK = "SELECT position FROM hub.follower WHERE name = %s FOR UPDATE"


def advance(cursor: psycopg.Cursor[Any], name: str, position: int) -> None:
    """Store how far a follower has come, as part of the cursor's transaction.

    Raises ConflictError if another of the same name is as far already: the transaction must then be rolled back.
    """
    cursor.execute(_ADVANCE, [name, position])
    if cursor.rowcount == 0:
        raise ConflictError(
            f"Another follower {name} has come to position {position} already.", code="follower-overtaken"
        )


@database_errors()
def stored_position(connection: psycopg.Connection[Any], name: str) -> int:
    """Return how far a follower has come, 0 if it never worked."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT position FROM hub.follower WHERE name = %s", [name]).fetchone()
    return row[0] if row else 0


@contextmanager
def turn(connection: psycopg.Connection[Any], name: str, giving_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold a follower's row for one transaction, waiting for whoever holds it; yields False having given up.

    A lock of the row, not an advisory one: only a role that may move the follower can take it.
    """
    with connection.transaction():
        held = False
        while not held and not giving_up():
            held = _take(connection, name)
        yield held


def _take(connection: psycopg.Connection[Any], name: str) -> bool:
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '500ms'")
            connection.execute(_BEGIN, [name])
            connection.execute(_LOCK, [name])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


class Follower:
    """Hands over events in batches, from where its name's stored position is."""

    def __init__(self, log: EventLog, url: str, name: str, *, batch: int = 500, pause: float = 1.0) -> None:
        self._log = log
        self._url = url
        self._name = name
        self._batch = batch
        self._pause = pause

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection of the follower's own; raises RetryableError when the database goes away."""
        with database_errors(), psycopg.connect(self._url, autocommit=True) as connection:
            yield connection

    @contextmanager
    def alone(self, patience: float = 30.0) -> Iterator[None]:
        """Keep the follower waiting meanwhile, whichever process it is in; raises RetryableError when not let in."""
        until = time.monotonic() + patience
        with self.connected() as connection, turn(connection, self._name, lambda: time.monotonic() > until) as held:
            if not held:
                raise RetryableError(f"The follower {self._name} is busy: try again.", code="follower-busy")
            yield

    def position(self) -> int:
        """Return how far the follower has come."""
        with self.connected() as connection:
            return stored_position(connection, self._name)

    def waiting(self, connection: psycopg.Connection[Any]) -> list[StoredEvent]:
        """Return the next batch after the stored position, for whoever holds the turn."""
        return self._log.after(stored_position(connection, self._name), self._batch)

    def catch_up(self) -> Iterator[list[StoredEvent]]:
        """Hand over what is recorded already, then end; raises RetryableError when the database goes away."""
        with self.connected() as connection:
            yield from self._recorded(connection)

    def woken(self, stopping: Callable[[], bool]) -> Iterator[psycopg.Connection[Any]]:
        """Say that there may be something new: at once, when something is recorded, and every pause all the same.

        Ends when `stopping`; raises RetryableError when the database goes away.
        """
        with self.connected() as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            while not stopping():
                yield connection
                for _ in connection.notifies(timeout=self._pause, stop_after=1):
                    pass

    def follow(self, stopping: Callable[[], bool]) -> Iterator[list[StoredEvent]]:
        """Hand over what is recorded and what comes, until `stopping`; waits while the database is away.

        What was handed over but not stored by `advance` is handed over again.
        """
        while not stopping():
            try:
                for connection in self.woken(stopping):
                    for events in self._recorded(connection):
                        yield events
                        if stopping():
                            return
            except RetryableError:
                time.sleep(self._pause)

    def _recorded(self, connection: psycopg.Connection[Any]) -> Iterator[list[StoredEvent]]:
        position = stored_position(connection, self._name)
        while events := self._log.after(position, self._batch):
            yield events
            position = events[-1].position
