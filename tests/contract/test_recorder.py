"""What a DCB recorder does, on the library's own and on ours, both on the hub's tables in the real PostgreSQL.

The library's functions, which the hub does not make, are added by a superuser: the stock recorder appends by them, and
ours leaves to them every condition that is not "no event has any of these tags".
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem, DCBRecorder
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.persistence import IntegrityError

from hub.store.frame import bound_bytes
from hub.store.postgres_server import ServerUrls
from hub.store.recorder import LogDatastore, LogRecorder
from tests.log_rows import row

RECORDERS = {"stock": PostgresDCBRecorderTT, "ours": LogRecorder}


@pytest.fixture(params=RECORDERS)
def recorder(request: pytest.FixtureRequest, new_database: ServerUrls) -> Iterator[DCBRecorder]:
    """Return each recorder in turn, on an empty log."""
    datastore = LogDatastore(new_database.superuser)
    made = RECORDERS[request.param](datastore)
    made.create_table()
    yield made
    datastore.close()


@pytest.fixture
def other(new_database: ServerUrls, recorder: DCBRecorder) -> Iterator[DCBRecorder]:
    """Return the other kind of recorder, on the same log."""
    datastore = LogDatastore(new_database.superuser)
    yield PostgresDCBRecorderTT(datastore) if isinstance(recorder, LogRecorder) else LogRecorder(datastore)
    datastore.close()


def any_of(*tags: str) -> DCBQuery:
    return DCBQuery([DCBQueryItem(tags=[tag]) for tag in tags])


def once(recorder: DCBRecorder, *events: DCBEvent) -> int:
    own = [tag for event in events for tag in event.tags if tag.startswith("event:")]
    return recorder.append(events, DCBAppendCondition(any_of(*own)))


def found(recorder: DCBRecorder, query: DCBQuery | None = None) -> list[tuple[str, bytes, list[str]]]:
    """Return all but positions and stamps, which ours writes and the library does not."""
    return [_all_but_stamp(each.event) for each in recorder.read(query)]


def _all_but_stamp(event: DCBEvent) -> tuple[str, bytes, list[str]]:
    return event.type, bound_bytes(event.data), event.tags


@pytest.mark.parametrize("suite", ["_test_append_read", "_test_append_subscribe"])
def test_the_librarys_own_suite_passes(recorder: DCBRecorder, suite: str) -> None:
    getattr(DCBRecorderTestCase(), suite)(recorder)


class TestReading:
    def test_an_empty_log_has_no_head(self, recorder: DCBRecorder) -> None:
        response = recorder.read(any_of("subject:a"))
        assert (list(response), response.head) == ([], None)

    def test_rows_come_back_as_they_were_in_the_order_given(self, recorder: DCBRecorder) -> None:
        events = [row("subject:b", "agency:police", body=bytes([n, 0, 255])) for n in range(20)]
        once(recorder, *events)
        assert found(recorder) == [_all_but_stamp(event) for event in events]

    def test_an_event_with_several_of_the_tags_comes_once(self, recorder: DCBRecorder) -> None:
        events = [row("subject:a", "party:b"), row("subject:c"), row("subject:b", "party:a"), row("party:b")]
        once(recorder, *events)
        wanted = [events[0], events[2], events[3]]
        assert found(recorder, any_of("subject:a", "party:a", "party:b")) == [_all_but_stamp(event) for event in wanted]

    def test_a_limit_and_a_start_cut_the_answer(self, recorder: DCBRecorder) -> None:
        once(recorder, *(row("subject:a") for _ in range(5)))
        assert [each.position for each in recorder.read(any_of("subject:a"), after=1, limit=2)] == [2, 3]

    def test_a_large_row_comes_back_whole(self, recorder: DCBRecorder) -> None:
        event = row("subject:a", body=bytes(3_000_000))
        once(recorder, event)
        assert found(recorder) == [_all_but_stamp(event)]

    def test_the_other_recorder_reads_the_same(self, recorder: DCBRecorder, other: DCBRecorder) -> None:
        once(recorder, row("subject:a"), row("subject:b"))
        once(other, row("subject:a"))
        assert list(recorder.read(any_of("subject:a"))) == list(other.read(any_of("subject:a")))
        assert [each.position for each in recorder.read()] == [1, 2, 3]


class TestAppendingOnce:
    def test_the_last_position_is_returned(self, recorder: DCBRecorder) -> None:
        assert once(recorder, row(), row(), row()) == 3
        assert once(recorder, row()) == 4

    def test_an_event_that_is_recorded_stops_its_whole_batch(self, recorder: DCBRecorder) -> None:
        event = row()
        once(recorder, event)
        with pytest.raises(IntegrityError):
            once(recorder, row(), event, row())
        assert len(found(recorder)) == 1

    def test_an_event_twice_in_a_batch_is_refused(self, recorder: DCBRecorder) -> None:
        event = row()
        with pytest.raises(IntegrityError):
            once(recorder, event, row(), event)
        assert found(recorder) == []

    def test_another_tag_may_be_the_condition(self, recorder: DCBRecorder) -> None:
        once(recorder, row("decision:1"))
        with pytest.raises(IntegrityError):
            recorder.append([row("decision:1")], DCBAppendCondition(any_of("decision:2", "decision:1")))
        recorder.append([row("decision:1")], DCBAppendCondition(any_of("decision:2")))
        assert len(found(recorder)) == 2

    def test_a_condition_may_look_at_what_came_after_a_position(self, recorder: DCBRecorder) -> None:
        once(recorder, row("person:1"))
        recorder.append([row("person:1")], DCBAppendCondition(any_of("person:1"), after=1))
        with pytest.raises(IntegrityError):
            recorder.append([row("person:1")], DCBAppendCondition(any_of("person:1"), after=1))


class TestAppendingAtTheSameTime:
    def test_of_many_that_append_the_same_event_one_wins(self, recorder: DCBRecorder) -> None:
        batch = [row(), row()]
        together = threading.Barrier(6)

        def append(_: int) -> bool:
            together.wait()
            try:
                once(recorder, row(), *batch)
            except IntegrityError:
                return False
            return True

        with ThreadPoolExecutor(6) as threads:
            assert sum(threads.map(append, range(6))) == 1
        assert len(found(recorder)) == 3

    def test_a_reader_that_has_seen_a_position_never_meets_an_earlier_one_later(self, recorder: DCBRecorder) -> None:
        writers, each_writes = 5, 40
        seen = _follow_while(recorder, writers * each_writes, _writer(recorder, each_writes), writers)
        assert seen == [each.position for each in recorder.read()]


def _writer(recorder: DCBRecorder, count: int) -> Callable[[int], None]:
    def write(number: int) -> None:
        for _ in range(count):
            once(recorder, row(f"subject:{number}"))

    return write


def _follow_while(recorder: DCBRecorder, total: int, write: Callable[[int], None], writers: int) -> list[int]:
    """Read on from the last position seen, again and again, while others write."""
    seen: list[int] = []
    with ThreadPoolExecutor(writers) as threads:
        done = [threads.submit(write, number) for number in range(writers)]
        while len(seen) < total and not all(each.done() for each in done):
            seen += [each.position for each in recorder.read(after=seen[-1] if seen else 0, limit=1000)]
        for each in done:
            each.result()
    return seen + [each.position for each in recorder.read(after=seen[-1] if seen else 0)]
