"""The tables of sessions and of what may be used once only. Knows hashes, never the secrets; decides no time-out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg_pool import ConnectionPool

from hub.store.database_errors import database_errors

# Every request waits for this: one that cannot be answered is told so soon.
_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session: whose, since when, when they last proved who they are, and when they were last seen."""

    id: UUID
    user: str
    standing: bytes
    began_at: datetime
    authenticated_at: datetime
    seen_at: datetime


class SessionTable:
    """The table `sign_in.session`, by the hash of the secret that the browser holds."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def put(self, row: SessionRow, token: bytes, *, without: bytes | None, older_than: datetime) -> None:
        """Add a session in place of the one that the browser had, and forget those that began before a moment."""
        values = [row.id, token, row.user, row.standing, row.began_at, row.authenticated_at, row.seen_at]
        with database_errors(), self._pool.connection(_PATIENCE) as connection:
            connection.execute("delete from sign_in.session where token = %s or began_at < %s", [without, older_than])
            connection.execute(_INSERT, values)

    def find(self, token: bytes) -> SessionRow | None:
        """Return a session."""
        with database_errors(), self._pool.connection(_PATIENCE) as connection:
            row = connection.execute(_SELECT, [token]).fetchone()
        return None if row is None else SessionRow(*row)

    def seen(self, session: UUID, at: datetime) -> None:
        """Note that a session is in use."""
        self._change("update sign_in.session set seen_at = greatest(seen_at, %s) where id = %s", at, session)

    def renew(self, old: bytes, new: bytes, *, proved_at: datetime, now: datetime) -> bool:
        """Give a session another secret, its user having proved again who they are; say whether it was still there."""
        renewed = "update sign_in.session set token = %s, authenticated_at = %s, seen_at = %s where token = %s"
        return self._change(renewed, new, proved_at, now, old) == 1

    def end(self, token: bytes) -> str | None:
        """Remove a session; return whose it was."""
        with database_errors(), self._pool.connection(_PATIENCE) as connection:
            query = 'delete from sign_in.session where token = %s returning "user"'
            row = connection.execute(query, [token]).fetchone()
        return None if row is None else str(row[0])

    def end_all(self, user: str) -> int:
        """Remove all sessions of a user; return how many there were."""
        return self._change('delete from sign_in.session where "user" = %s', user)

    def _change(self, query: str, *values: object) -> int:
        with database_errors(), self._pool.connection(_PATIENCE) as connection:
            return int(connection.execute(query.encode(), values).rowcount)


class UsedOnce:
    """The table `sign_in.used`: what has been used, until it could not be used any more anyway."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def use(self, what: bytes, *, now: datetime, until: datetime) -> bool:
        """Use something; say whether this was the first time."""
        with database_errors(), self._pool.connection(_PATIENCE) as connection:
            connection.execute("delete from sign_in.used where until < %s", [now])
            return bool(connection.execute(_USE, [what, until]).rowcount)


_INSERT = """
insert into sign_in.session (id, token, "user", standing, began_at, authenticated_at, seen_at)
values (%s, %s, %s, %s, %s, %s, %s)"""

_SELECT = """
select id, "user", standing, began_at, authenticated_at, seen_at from sign_in.session where token = %s"""

_USE = "insert into sign_in.used (what, until) values (%s, %s) on conflict do nothing"
