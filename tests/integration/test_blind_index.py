"""The blind index: subjects are found by a value that is stored nowhere."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from hub.errors import HubError, RetryableError
from hub.store.blind_index import BlindIndex
from hub.store.postgres_server import ServerUrls

NHS = "nhs-number"
UPN = "upn"


@pytest.fixture
def pool(new_database: ServerUrls) -> Iterator[ConnectionPool[Any]]:
    with ConnectionPool(new_database.app, min_size=1, max_size=4, open=True) as opened:
        yield opened


@pytest.fixture
def index(pool: ConnectionPool[Any]) -> BlindIndex:
    return BlindIndex(pool, os.urandom(32))


def subjects(count: int) -> list[UUID]:
    return sorted(uuid4() for _ in range(count))


def test_finds_all_who_have_a_value(index: BlindIndex) -> None:
    first, second, other = subjects(3)
    index.put([(second, NHS, "9990000018"), (first, NHS, "9990000018"), (other, NHS, "9990000026")])
    assert index.find(NHS, "9990000018") == [first, second]
    assert index.find(NHS, "9990000000") == []


def test_the_same_value_of_another_kind_is_another(index: BlindIndex) -> None:
    (subject,) = subjects(1)
    index.put([(subject, NHS, "A")])
    assert index.find(UPN, "A") == []


def test_adding_again_changes_nothing(index: BlindIndex) -> None:
    (subject,) = subjects(1)
    for _ in range(2):
        index.put([(subject, NHS, "1"), (subject, NHS, "1"), (subject, UPN, "1")])
    assert index.find(NHS, "1") == [subject]
    index.put([])


def test_many_values_are_asked_at_once(index: BlindIndex) -> None:
    first, second = subjects(2)
    index.put([(first, NHS, "1"), (second, UPN, "1"), (second, NHS, "1")])
    assert index.find_any([(NHS, "1"), (UPN, "1"), (UPN, "2")]) == {
        (NHS, "1"): [first, second],
        (UPN, "1"): [second],
        (UPN, "2"): [],
    }
    assert index.find_any([]) == {}


def test_what_is_cleared_is_gone(index: BlindIndex) -> None:
    gone, kept = subjects(2)
    index.put([(gone, NHS, "1"), (gone, UPN, "2"), (kept, NHS, "1")])
    index.clear([gone])
    assert index.find_any([(NHS, "1"), (UPN, "2")]) == {(NHS, "1"): [kept], (UPN, "2"): []}


def test_no_value_is_in_the_table_and_another_key_finds_nothing(
    index: BlindIndex, pool: ConnectionPool[Any], new_database: ServerUrls
) -> None:
    (subject,) = subjects(1)
    index.put([(subject, "name+birth-date", "o’neill\x1fffion\x1f2014-02-27")])
    assert BlindIndex(pool, os.urandom(32)).find("name+birth-date", "o’neill\x1fffion\x1f2014-02-27") == []
    with psycopg.connect(new_database.app) as connection:
        ((kind, token, held),) = connection.execute("select kind, token, subject from hub.blind_index").fetchall()
    assert (kind, len(token), held) == ("name+birth-date", 16, subject)
    assert b"ffion" not in token


def test_a_kind_is_told_from_its_value(index: BlindIndex) -> None:
    with pytest.raises(HubError) as caught:
        index.find("nhs\x1fnumber", "1")
    assert caught.value.code == "bad-kind"


def test_two_processes_add_the_same_in_another_order(index: BlindIndex) -> None:
    entries = [(subject, NHS, str(number % 50)) for number, subject in enumerate(subjects(2000))]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(index.put, [entries, entries[::-1], entries[1000:] + entries[:1000], entries]))
    assert len(index.find(NHS, "7")) == 40


def test_the_role_of_the_keys_sees_nothing_of_it(new_database: ServerUrls) -> None:
    with psycopg.connect(new_database.keys) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("table hub.blind_index")


def test_a_lost_connection_is_an_error_that_says_so(
    index: BlindIndex, pool: ConnectionPool[Any], new_database: ServerUrls
) -> None:
    index.find(NHS, "1")
    with psycopg.connect(new_database.superuser, autocommit=True) as server:
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mash_app'")
    with pytest.raises(RetryableError) as caught:
        index.find(NHS, "1")
    assert caught.value.code == "database-away"
    pool.check()
    assert index.find(NHS, "1") == []
