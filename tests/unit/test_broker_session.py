"""What a database error is to the hub."""

from unittest.mock import Mock

import psycopg
import pytest
from psycopg import errors

from hub.broker.session import Session
from hub.errors import HubError, RetryableError


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(RetryableError) as raised, Session("host=/nowhere-at-all").connection():
        pass
    assert raised.value.code == "broker-away"
    assert isinstance(raised.value.__cause__, psycopg.OperationalError)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Mock:
    connection = Mock(closed=False)
    monkeypatch.setattr(psycopg, "connect", Mock(return_value=connection))
    return connection


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DiskFull(), "broker-full"),
        (errors.TooManyConnections(), "broker-full"),
        (errors.DeadlockDetected(), "broker-busy"),
    ],
    ids=["disk full", "too many connections", "deadlock"],
)
def test_what_may_pass_by_itself_is_retryable(connection: Mock, error: psycopg.Error, code: str) -> None:
    with pytest.raises(RetryableError) as raised, Session("").connection():
        raise error
    assert raised.value.code == code
    connection.close.assert_called_once()


def test_a_broken_connection_is_replaced_by_the_next_call(connection: Mock) -> None:
    opened = Mock()
    session = Session("", opened)
    with session.connection():
        connection.closed = True
    with pytest.raises(RetryableError) as raised, session.connection():
        raise errors.AdminShutdown
    assert raised.value.code == "broker-away"
    with session.connection():
        assert opened.call_count == 2


def test_what_no_retry_helps_is_not_retryable_and_says_no_more_than_its_code(connection: Mock) -> None:
    with pytest.raises(HubError) as raised, Session("").connection():
        raise errors.UndefinedTable("a row's value")
    assert not isinstance(raised.value, RetryableError)
    assert (raised.value.code, "42P01" in str(raised.value)) == ("broker-error", True)
    assert "value" not in str(raised.value)
    connection.close.assert_called_once()


def test_a_connection_that_could_not_be_made_ready_is_closed(connection: Mock) -> None:
    with pytest.raises(ZeroDivisionError), Session("", Mock(side_effect=ZeroDivisionError)).connection():
        pass
    connection.close.assert_called_once()
