"""Followers: all events from where they left off, soon after they are recorded, each worked on exactly once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from hub.errors import ConflictError, RetryableError
from hub.store.follower import Follower, advance, stored_position
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent
from hub.store.postgres_server import ServerUrls, start, stop
from tests.log_rows import PlainSealer
from tests.postgres import DatabaseServer
from tests.waiting import until

NOW = datetime(2026, 3, 4, tzinfo=UTC)
PATIENCE = 120.0


@pytest.fixture
def log(new_database: ServerUrls) -> Iterator[EventLog]:
    """An empty log."""
    log = EventLog.connect(new_database.app, PlainSealer(), patience=1.0)
    yield log
    log.close()


def append(log: EventLog, count: int) -> None:
    log.append([DraftEvent(uuid4(), "referral", (), ()) for _ in range(count)], at=NOW)


def positions(follower: Follower) -> list[list[int]]:
    return [[event.position for event in events] for events in follower.catch_up()]


class TestCatchingUp:
    def test_it_hands_over_all_in_batches_then_ends(self, log: EventLog, new_database: ServerUrls) -> None:
        append(log, 5)
        assert positions(Follower(log, new_database.app, "tree", batch=2)) == [[1, 2], [3, 4], [5]]

    def test_it_begins_after_the_stored_position(self, log: EventLog, new_database: ServerUrls) -> None:
        append(log, 5)
        with psycopg.connect(new_database.app) as connection:
            advance(connection.cursor(), "tree", 3)
        assert positions(Follower(log, new_database.app, "tree")) == [[4, 5]]
        assert positions(Follower(log, new_database.app, "another")) == [[1, 2, 3, 4, 5]]

    def test_a_database_that_is_away_is_worth_another_try(self, log: EventLog) -> None:
        with pytest.raises(RetryableError):
            positions(Follower(log, "postgresql:///mash?host=/nowhere", "tree"))


class TestAdvancing:
    def test_the_position_is_part_of_the_followers_own_transaction(self, new_database: ServerUrls) -> None:
        with psycopg.connect(new_database.app) as connection:
            advance(connection.cursor(), "tree", 3)
            connection.rollback()
            assert stored_position(connection, "tree") == 0
            advance(connection.cursor(), "tree", 2)
        with psycopg.connect(new_database.app) as connection:
            assert stored_position(connection, "tree") == 2

    @pytest.mark.parametrize("position", [1, 2])
    def test_it_never_goes_back(self, new_database: ServerUrls, position: int) -> None:
        with psycopg.connect(new_database.app, autocommit=True) as connection:
            advance(connection.cursor(), "tree", 2)
            with pytest.raises(ConflictError) as caught:
                advance(connection.cursor(), "tree", position)
            assert caught.value.code == "follower-overtaken"
            assert stored_position(connection, "tree") == 2

    def test_two_of_a_name_do_the_work_once(self, log: EventLog, new_database: ServerUrls) -> None:
        append(log, 30)
        with psycopg.connect(new_database.superuser, autocommit=True) as connection:
            connection.execute("CREATE TABLE hub.work (position bigint); GRANT INSERT, SELECT ON hub.work TO mash_app")

        def work(_: int) -> None:
            for events in Follower(log, new_database.app, "tree", batch=3).catch_up():
                try:
                    with psycopg.connect(new_database.app) as connection, connection.cursor() as cursor:
                        cursor.executemany("INSERT INTO hub.work VALUES (%s)", [(event.position,) for event in events])
                        advance(cursor, "tree", events[-1].position)
                except ConflictError:
                    continue

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(work, range(2)))
        with psycopg.connect(new_database.app) as connection:
            done = [position for (position,) in connection.execute("SELECT position FROM hub.work ORDER BY 1")]
        assert done == [*range(1, 31)]


class Worker(threading.Thread):
    """Follows until told to stop, noting what it was handed."""

    def __init__(self, log: EventLog, url: str, pause: float) -> None:
        super().__init__(daemon=True)
        self.seen: list[int] = []
        self._url = url
        self._stopping = threading.Event()
        self._follower = Follower(log, url, "tree", pause=pause)

    def run(self) -> None:
        for events in self._follower.follow(self._stopping.is_set):
            try:
                with psycopg.connect(self._url) as connection:
                    advance(connection.cursor(), "tree", events[-1].position)
            except psycopg.OperationalError:
                continue
            self.seen += [event.position for event in events]

    def sees(self, expected: list[int], within: float = PATIENCE) -> None:
        """Wait until exactly these were seen."""
        until(lambda: self.seen == expected, f"{self.seen} is what was seen", within)

    def end(self) -> None:
        """Stop and wait."""
        self._stopping.set()
        self.join(PATIENCE)
        assert not self.is_alive()


class TestFollowing:
    def test_it_is_woken_by_the_notification(self, log: EventLog, new_database: ServerUrls) -> None:
        worker = Worker(log, new_database.app, pause=PATIENCE)
        append(log, 2)
        worker.start()
        worker.sees([1, 2])
        append(log, 1)
        worker.sees([1, 2, 3], within=PATIENCE / 2)
        worker._stopping.set()
        append(log, 1)
        worker.end()

    def test_it_goes_on_when_the_database_is_back(
        self, log: EventLog, new_database: ServerUrls, database_server: DatabaseServer
    ) -> None:
        worker = Worker(log, new_database.app, pause=0.1)
        worker.start()
        append(log, 1)
        worker.sees([1])
        stop(database_server.home)
        time.sleep(0.5)
        start(database_server.home)
        append(log, 2)
        worker.sees([1, 2, 3])
        worker.end()

    def test_a_connection_that_died_in_between_is_told_as_one_that_may_be_back(self, new_database: ServerUrls) -> None:
        with psycopg.connect(new_database.app) as connection:
            connection.close()
            with pytest.raises(RetryableError):
                stored_position(connection, "tree")

    def test_what_was_not_stored_is_handed_over_again(self, log: EventLog, new_database: ServerUrls) -> None:
        append(log, 1)
        stopping = threading.Event()
        handed = Follower(log, new_database.app, "tree", pause=0.01).follow(stopping.is_set)
        assert [[event.position for event in next(handed)] for _ in range(3)] == [[1]] * 3
        stopping.set()
        assert list(handed) == []
