"""The event log on the real PostgreSQL: once, in order, with stamps that never run back, whatever the server does."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import randbytes
from threading import Barrier
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent

from hub.errors import ConflictError, RetryableError
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart, Mapper, StoredEvent
from hub.store.postgres_server import ServerUrls, start, stop
from hub.store.recorder import LogDatastore, LogRecorder
from hub.store.sealer import VaultSealer
from hub.store.upcasting import Upcasters
from tests.log_rows import PlainSealer, row
from tests.postgres import DatabaseServer

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, UTC)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def log(new_database: ServerUrls) -> Iterator[EventLog]:
    """An empty log, as the application has it."""
    log = EventLog.connect(new_database.app, PlainSealer())
    yield log
    log.close()


def draft(*tags: str, id: UUID | None = None, type: str = "referral") -> DraftEvent:
    return DraftEvent(id or uuid4(), type, tags, ())


def ids(events: Sequence[StoredEvent]) -> list[UUID]:
    return [event.id for event in events]


class TestAppending:
    def test_the_last_position_is_returned(self, log: EventLog) -> None:
        assert log.append([draft(), draft()], at=NOW) == 2
        assert log.append([draft()], at=NOW) == 3
        assert log.head() == 3

    def test_nothing_appends_nothing(self, log: EventLog) -> None:
        assert log.append([], at=NOW) == 0
        log.append([draft()], at=NOW)
        assert log.append([], at=NOW) == 1

    def test_an_event_that_is_recorded_stops_its_batch(self, log: EventLog) -> None:
        event = draft()
        log.append([event], at=NOW)
        with pytest.raises(ConflictError) as caught:
            log.append([draft(), event], at=NOW)
        assert caught.value.code == "already-recorded"
        assert ids(log.after(0, 10)) == [event.id]
        assert log.append([draft()], at=NOW) == 2, "a refused batch writes nothing at all, not even positions"

    def test_an_event_twice_in_a_batch_is_refused(self, log: EventLog) -> None:
        event = draft()
        with pytest.raises(ConflictError) as caught:
            log.append([event, draft(), event], at=NOW)
        assert caught.value.code == "repeated-event"
        assert log.head() == 0

    def test_of_two_that_append_the_same_events_one_wins(self, log: EventLog) -> None:
        batch, together = [draft(), draft()], Barrier(2)

        def append(_: int) -> str:
            together.wait()
            try:
                log.append(batch, at=NOW)
            except ConflictError as error:
                return error.code
            return "appended"

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(append, range(2))) == ["already-recorded", "appended"]
        assert ids(log.after(0, 10)) == [event.id for event in batch]

    def test_existing_says_where(self, log: EventLog) -> None:
        events = [draft(), draft(), draft()]
        log.append(events, at=NOW)
        assert log.existing([events[2].id, uuid4(), events[0].id]) == {events[0].id: 1, events[2].id: 3}
        assert log.existing([]) == {}


class TestReading:
    def test_an_event_comes_back_as_it_went_in(self, log: EventLog) -> None:
        event = draft("subject:a", "agency:police", type="police-incident")
        log.append([event], at=NOW)
        assert log.read(["subject:a"]) == [StoredEvent(1, NOW, event.id, event.type, event.tags, {})]

    def test_any_of_the_tags_each_event_once_up_to_a_position(self, log: EventLog) -> None:
        log.append([draft("subject:a", "party:b"), draft("subject:b"), draft("subject:c"), draft("subject:a")], at=NOW)
        assert [event.position for event in log.read(["subject:a", "party:b", "subject:b"])] == [1, 2, 4]
        assert [event.position for event in log.read(["subject:a", "subject:b"], upto=3)] == [1, 2]
        assert log.read(["subject:a"], upto=0) == []
        assert log.read([]) == []

    def test_only_of_some_types(self, log: EventLog) -> None:
        log.append([draft("subject:a", type="death"), draft("subject:a", type="referral")], at=NOW)
        assert [event.type for event in log.read(["subject:a"], types={"death", "consent"})] == ["death"]
        assert log.read(["subject:a"], types=()) == []

    def test_after_a_position_so_many(self, log: EventLog) -> None:
        log.append([draft() for _ in range(5)], at=NOW)
        assert [event.position for event in log.after(2, 2)] == [3, 4]
        assert log.after(5, 10) == []

    def test_the_newest_of_a_tag_come_first(self, log: EventLog) -> None:
        log.append([draft("decisions"), draft("other"), draft("decisions"), draft("decisions")], at=NOW)
        assert [event.position for event in log.newest("decisions", 2)] == [4, 3]
        assert log.newest("nothing", 2) == []


class TestWhenItWasRecorded:
    def test_each_event_is_a_microsecond_after_the_one_before_at_least(self, log: EventLog) -> None:
        log.append([draft(), draft(), draft()], at=NOW)
        log.append([draft()], at=NOW)
        stamps = [event.recorded_at for event in log.after(0, 10)]
        assert stamps == [NOW + n * MICROSECOND for n in range(4)]

    def test_a_clock_set_back_does_not_turn_the_log_round(self, log: EventLog) -> None:
        moments = (NOW, NOW - timedelta(days=1), NOW + timedelta(hours=1), NOW - timedelta(days=400))
        for moment in moments:
            log.append([draft()], at=moment)
        later = NOW + timedelta(hours=1)
        expected = [NOW, NOW + MICROSECOND, later, later + MICROSECOND]
        assert [event.recorded_at for event in log.after(0, 10)] == expected

    def test_a_moment_becomes_the_last_position_known_then(self, log: EventLog) -> None:
        assert log.position_at(NOW) == 0
        for hour in range(20):
            log.append([draft(), draft()], at=NOW + timedelta(hours=hour))
        assert log.position_at(NOW - MICROSECOND) == 0
        assert log.position_at(NOW) == 1
        assert log.position_at(NOW + MICROSECOND) == 2
        assert [log.position_at(NOW + timedelta(hours=n, minutes=1)) for n in range(20)] == [*range(2, 42, 2)]
        assert log.position_at(datetime(9999, 12, 31, tzinfo=UTC)) == 40

    def test_positions_may_have_gaps(self, log: EventLog, new_database: ServerUrls) -> None:
        log.append([draft()], at=NOW)
        for hour in range(1, 9):
            with psycopg.connect(new_database.superuser) as server:
                taken = "SELECT nextval('public.dcb_events_tt_main_id_seq') FROM generate_series(1, %s)"
                server.execute(taken, [hour * 7])
            log.append([draft()], at=NOW + timedelta(hours=hour))
        positions = [event.position for event in log.after(0, 100)]
        assert positions[-1] > len(positions)
        assert [log.position_at(NOW + timedelta(hours=n, minutes=1)) for n in range(9)] == positions


class _OneKey:
    """Keys of everybody, the same."""

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        return dict.fromkeys(subjects, bytes(32))


def test_an_event_of_usual_size_lies_in_its_row(new_database: ServerUrls) -> None:
    recorder = LogRecorder(LogDatastore(new_database.app))
    recorder.append_once([row(body=randbytes(4_000))])
    recorder.datastore.close()
    with psycopg.connect(new_database.superuser) as connection:
        apart = connection.execute(
            "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'dcb_events_tt_main'"
        ).fetchone()
    assert apart == (0,)


def test_what_is_stamped_under_the_lock_still_opens(new_database: ServerUrls) -> None:
    """The stamp is the one thing that the seal does not bind."""
    log = EventLog.connect(new_database.app, VaultSealer(Mapper(Upcasters()), _OneKey()))  # type: ignore[arg-type]
    subject = uuid4()
    event = DraftEvent(uuid4(), "referral", (f"subject:{subject}",), (DraftPart("child", subject, {"what": b'"x"'}),))
    log.append([event], at=NOW)
    assert log.subjects_after(0, 10) == ({subject}, 1)
    assert log.subjects_after(1, 10) == (set(), 1)
    (stored,) = log.read([f"subject:{subject}"])
    assert (stored.recorded_at, stored.parts) == (NOW, {"child": {"what": "x"}})
    log.close()


class TestWhenTheServerGoesAway:
    @pytest.fixture
    def own(
        self, database_server: DatabaseServer, new_database: ServerUrls
    ) -> Iterator[tuple[DatabaseServer, EventLog]]:
        """A log with open connections, on a server that is up again afterwards."""
        log = EventLog.connect(new_database.app, PlainSealer(), patience=1.0)
        with ThreadPoolExecutor(4) as threads:
            assert [*threads.map(lambda _: log.head(), range(8))] == [0] * 8
        yield database_server, log
        log.close()
        start(database_server.home)

    def test_a_restart_between_two_calls_is_not_noticed(self, own: tuple[DatabaseServer, EventLog]) -> None:
        server, log = own
        event = draft("subject:a")
        log.append([event], at=NOW)
        stop(server.home)
        start(server.home)
        assert ids(log.read(["subject:a"])) == [event.id]
        stop(server.home)
        start(server.home)
        assert log.append([draft()], at=NOW) == 2

    def test_while_it_is_away_the_error_says_so_and_nothing_is_lost(self, own: tuple[DatabaseServer, EventLog]) -> None:
        server, log = own
        event = draft()
        stop(server.home)
        with pytest.raises(RetryableError) as caught:
            log.append([event], at=NOW)
        assert caught.value.code == "database-away"
        with pytest.raises(RetryableError):
            log.head()
        start(server.home)
        assert log.append([event], at=NOW) == 1
        assert ids(log.after(0, 10)) == [event.id]


class _Unlucky(LogRecorder):
    """Loses its connection once, before the append reaches the server or after it is done there."""

    done_first = True
    cut = False

    def append_once(self, events: Sequence[DCBEvent], *, absent: Collection[str] = (), after: int = 0) -> int:
        if self.cut:
            return super().append_once(events, absent=absent, after=after)
        self.cut = True
        if self.done_first:
            super().append_once(events, absent=absent, after=after)
        raise psycopg.OperationalError("server closed the connection unexpectedly")


class TestAnAppendWhoseOutcomeIsNotKnown:
    @pytest.mark.parametrize("done_first", [True, False])
    def test_is_recorded_once(self, new_database: ServerUrls, done_first: bool) -> None:
        recorder = _Unlucky(LogDatastore(new_database.app))
        recorder.done_first = done_first
        log = EventLog(recorder, PlainSealer())
        events = [draft(), draft()]
        assert log.append(events, at=NOW) == 2
        assert ids(log.after(0, 10)) == [event.id for event in events]
        log.close()

    def test_is_a_conflict_if_another_recorded_the_same_event_meanwhile(self, new_database: ServerUrls) -> None:
        event = draft()
        LogRecorder(LogDatastore(new_database.app)).append_once([row(id=event.id, body=b"another's")])
        recorder = _Unlucky(LogDatastore(new_database.app))
        recorder.done_first = False
        with pytest.raises(ConflictError):
            EventLog(recorder, PlainSealer()).append([event], at=NOW)
