"""Lets one process at a time do what only one may, and others stand by; whoever dies frees the place.

It is a courtesy, for a process whose connection broke does not know that it lost its place: what it does must be
refused by something else. A lock of the session, not of a row: a transaction that is open for weeks keeps dead rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import sleep
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from hub.store.database_errors import database_errors

_TAKE = "select from (select pg_try_advisory_lock(hashtextextended(%s, 0)) as taken) as tried where taken"
_FREE = "select pg_advisory_unlock_all()"
# The server must learn within half a minute that the machine of whoever holds the place is gone.
_SETTINGS = "-c idle_session_timeout=0 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
_AGAIN_SECONDS = 0.5


@contextmanager
def only_one(url: str, name: str, giving_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold the place of a name, waiting for whoever holds it; yields False having given up.

    Raises `RetryableError` when the database goes away.
    """
    with (
        database_errors(),
        psycopg.connect(url, autocommit=True, row_factory=tuple_row, options=_SETTINGS) as connection,
    ):
        while not (held := connection.execute(_TAKE, [f"mash {name}"]).fetchone() is not None) and not giving_up():
            sleep(_AGAIN_SECONDS)
        with given_back(connection):
            yield held


@contextmanager
def given_back(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Give back the locks of a session that is about to end.

    The server ends it some time after the connection is closed: whoever comes next must not wait for that.
    """
    try:
        yield
    finally:
        # A connection that broke has given them back already.
        with suppress(psycopg.Error):
            connection.execute(_FREE)
