"""Turn what PostgreSQL and its drivers raise into the hub's own errors, by one table.

A message names no value of any row: PostgreSQL's own detail lines, which do, are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg import errors
from psycopg_pool import PoolTimeout

from hub.errors import ConflictError, HubError, RefusedError, RetryableError

DATABASE_AWAY = "database-away"


class ConnectionLostError(RetryableError):
    """The connection broke while it was used: the server may or may not have done what was asked."""


_TABLE: tuple[tuple[type[psycopg.Error], type[HubError], str, str], ...] = (
    (errors.UniqueViolation, ConflictError, "already-recorded", "It is recorded already."),
    (errors.InsufficientPrivilege, RefusedError, "database-refused", "The database refused it: {reason}."),
    (errors.DiskFull, RetryableError, "disk-full", "The database's disk is full: make room, then try again."),
    (errors.LockNotAvailable, RetryableError, "database-busy", "The database is busy: try again."),
    (errors.QueryCanceled, RetryableError, "database-busy", "The database took too long: try again."),
    (errors.SerializationFailure, RetryableError, "database-busy", "The database is busy: try again."),
    (errors.DeadlockDetected, RetryableError, "database-busy", "The database is busy: try again."),
    (errors.ReadOnlySqlTransaction, RetryableError, "database-read-only", "The database takes no changes now."),
    (PoolTimeout, RetryableError, DATABASE_AWAY, "The database cannot be reached."),
    (psycopg.OperationalError, ConnectionLostError, DATABASE_AWAY, "The database cannot be reached: {reason}."),
    (psycopg.Error, HubError, "database-error", "The database reports: {reason}."),
)


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise the hub's error for any error of the database, or of the recorder's library, raised inside."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error) from error
    except PersistenceError as error:
        if not isinstance(error.__cause__, psycopg.Error):
            raise
        raise _translated(error.__cause__) from error


def _translated(error: psycopg.Error) -> HubError:
    for kind, ours, code, message in _TABLE:
        if isinstance(error, kind):
            return ours(message.format(reason=_reason(error)), code=code)
    raise AssertionError("psycopg.Error is the table's last row")


def _reason(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
