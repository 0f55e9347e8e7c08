"""The place of which one process has one at a time, on a real PostgreSQL."""

from contextlib import closing
from typing import Any

import psycopg
import pytest

from hub.store.only_one import only_one
from hub.store.postgres_server import ServerUrls


def test_whoever_comes_after_finds_the_place_free_though_the_server_is_slow_to_end_a_session(
    new_database: ServerUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    lingering: list[psycopg.Connection[Any]] = []

    def linger(connection: psycopg.Connection[Any]) -> None:
        lingering.append(connection)

    with monkeypatch.context() as slow:
        slow.setattr(psycopg.Connection, "close", linger)
        with only_one(new_database.app, "relay", lambda: True) as first:
            assert first
    with closing(lingering.pop()), only_one(new_database.app, "relay", lambda: True) as second:
        assert second


def test_one_holds_it_at_a_time(new_database: ServerUrls) -> None:
    with only_one(new_database.app, "relay", lambda: True), only_one(new_database.app, "relay", lambda: True) as second:
        assert not second


def test_what_fails_in_it_frees_it_and_is_told(new_database: ServerUrls) -> None:
    with pytest.raises(ValueError, match="of its own"), only_one(new_database.app, "relay", lambda: True):
        raise ValueError("of its own")
    with only_one(new_database.app, "relay", lambda: True) as held:
        assert held


def test_a_connection_that_broke_hides_nothing_of_what_failed_in_it(new_database: ServerUrls) -> None:
    def fail_after_losing_the_connection() -> None:
        with psycopg.connect(new_database.superuser, autocommit=True) as other:
            other.execute("select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory'")
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"), only_one(new_database.app, "relay", lambda: True):
        fail_after_losing_the_connection()
