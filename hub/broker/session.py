"""One database connection that opens when first needed and opens anew after it was lost; psycopg's errors in our tree.

After any database error the connection is dropped, so what its session holds (locks, a transaction) is never in doubt.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from hub.errors import HubError, RetryableError

Connection = psycopg.Connection[TupleRow]

# A waiting member must not be thrown out for idleness, and one whose machine is gone must be, within half a minute.
_SETTINGS = """
    set time zone 'UTC';
    set idle_session_timeout = 0;
    set tcp_keepalives_idle = 10;
    set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3;
"""


class Session:
    """A connection with what has to be done each time that it is opened."""

    def __init__(self, conninfo: str, on_open: Callable[[Connection], None] = lambda connection: None) -> None:
        self._conninfo = conninfo
        self._on_open = on_open
        self._connection: Connection | None = None

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend the connection; raises RetryableError ("broker-away", "broker-full", "broker-busy") and HubError."""
        try:
            yield self._connection or self._open()
        except psycopg.Error as error:
            connection, self._connection = self._connection, None
            lost = connection is None or connection.closed
            if connection is not None:
                connection.close()
            raise _translated(error, lost) from error

    def close(self) -> None:
        """Close the connection; the server frees what the session held."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> Connection:
        options: dict[str, Any] = {"connect_timeout": 10, "application_name": "mash broker"}
        connection = psycopg.connect(self._conninfo, autocommit=True, **options)
        try:
            connection.execute(_SETTINGS)
            self._on_open(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection


_RETRYABLE = {
    "40": ("broker-busy", "The broker's database broke off the transaction in favour of another."),
    "53": ("broker-full", "The broker's database has no disk, memory or connections left."),
}


def _translated(error: psycopg.Error, lost: bool) -> HubError:
    code, message = _RETRYABLE.get((error.sqlstate or "")[:2], ("", ""))
    if code:
        return RetryableError(message, code=code)
    if lost and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return RetryableError("The broker's database does not answer.", code="broker-away")
    return HubError(f"The broker's database refuses with {error.sqlstate}: run mash doctor.", code="broker-error")
