"""The table of what idempotency keys were answered with: hashes and sealed bytes, forgotten when their time is over."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg_pool import ConnectionPool

from hub.store.database_errors import database_errors

_BEGIN = """
insert into sign_in.answered (what, request, until) values (%s, %s, %s) on conflict do nothing"""


class Held(NamedTuple):
    """What a key stands for: the hash of what was sent, and the sealed answer, None while there is none."""

    request: bytes
    answer: bytes | None


class AnsweredTable:
    """The table `sign_in.answered`."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def begin(self, what: bytes, request: bytes, *, now: datetime, until: datetime) -> Held | None:
        """Take a key for a request; return what it stands for already, None where it was free."""
        with database_errors(), self._pool.connection() as connection:
            connection.execute("delete from sign_in.answered where until < %s", [now])
            if connection.execute(_BEGIN, [what, request, until]).rowcount:
                return None
            row = connection.execute("select request, answer from sign_in.answered where what = %s", [what]).fetchone()
        return Held(request, None) if row is None else Held(bytes(row[0]), row[1] and bytes(row[1]))

    def keep(self, what: bytes, answer: bytes) -> None:
        """Keep the answer to a request."""
        with database_errors(), self._pool.connection() as connection:
            connection.execute("update sign_in.answered set answer = %s where what = %s", [answer, what])

    def free(self, what: bytes) -> None:
        """Let a key be taken again: nothing was done."""
        with database_errors(), self._pool.connection() as connection:
            connection.execute("delete from sign_in.answered where what = %s and answer is null", [what])
