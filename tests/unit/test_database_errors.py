"""Errors of the database become the hub's: the type says what to do, and no row's values get out."""

import psycopg
import pytest
from eventsourcing import persistence
from psycopg import errors
from psycopg_pool import PoolTimeout

from hub.errors import ConflictError, HubError, RefusedError, RetryableError
from hub.store.database_errors import ConnectionLostError, database_errors


@pytest.mark.parametrize(
    ("raised", "kind", "code"),
    [
        (errors.UniqueViolation, ConflictError, "already-recorded"),
        (errors.InsufficientPrivilege, RefusedError, "database-refused"),
        (errors.DiskFull, RetryableError, "disk-full"),
        (errors.LockNotAvailable, RetryableError, "database-busy"),
        (errors.QueryCanceled, RetryableError, "database-busy"),
        (errors.SerializationFailure, RetryableError, "database-busy"),
        (errors.DeadlockDetected, RetryableError, "database-busy"),
        (errors.ReadOnlySqlTransaction, RetryableError, "database-read-only"),
        (errors.AdminShutdown, ConnectionLostError, "database-away"),
        (psycopg.OperationalError, ConnectionLostError, "database-away"),
        (PoolTimeout, RetryableError, "database-away"),
        (errors.DataException, HubError, "database-error"),
        (errors.UndefinedTable, HubError, "database-error"),
    ],
)
def test_each_error_has_one_meaning(raised: type[psycopg.Error], kind: type[HubError], code: str) -> None:
    with pytest.raises(HubError) as caught, database_errors():
        raise raised("the reason\nDETAIL: Key (tag)=(a name) already exists.")
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert "a name" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_of_the_recorders_library_means_what_caused_it() -> None:
    wrapped = persistence.IntegrityError("wrapped")
    wrapped.__cause__ = errors.UniqueViolation()
    with pytest.raises(ConflictError), database_errors():
        raise wrapped


@pytest.mark.parametrize("error", [persistence.ProgrammingError("a tag holds a line feed"), ValueError("not ours")])
def test_what_no_database_caused_passes_through(error: Exception) -> None:
    with pytest.raises(type(error)), database_errors():
        raise error


def test_an_error_without_words_is_named_by_its_kind() -> None:
    with pytest.raises(HubError, match="UndefinedTable"), database_errors():
        raise errors.UndefinedTable
