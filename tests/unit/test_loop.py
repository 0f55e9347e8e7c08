"""The loop: what the type of an error does, when offsets are committed, how it stops."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import count

import pytest

from consumers.loop import LONGEST_PAUSE_SECONDS, run
from hub.broker.port import Received, TopicPartition
from hub.errors import ConflictError, PoisonError, RetryableError
from tests.broker_harness import lag, message, values
from tests.fakes_broker import MemoryBroker, MemoryConsumer

TOPIC = "mash.concerns.police"
AWAY = RetryableError("The database does not answer.", code="database-away")

Work = Callable[[Sequence[Received]], None]


@pytest.fixture
def broker() -> MemoryBroker:
    broker = MemoryBroker()
    broker.create_topics({TOPIC: 2})
    return broker


class Pauses:
    """Stands in for waiting: notes each pause, and may do something during one."""

    def __init__(self, during: Callable[[int], object] = lambda number: None) -> None:
        self.seconds: list[float] = []
        self.codes: list[str] = []
        self._during = during

    def note(self, error: RetryableError, seconds: float) -> None:
        self.codes.append(error.code)

    def wait(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return self._during(len(self.seconds)) is True


class Clerk:
    """Work that keeps what it was handed, and fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.handed: list[list[str]] = []
        self._failures = list(failures)

    def __call__(self, received: Sequence[Received]) -> None:
        self.handed.append(values(received))
        if self._failures:
            raise self._failures.pop(0)

    @property
    def worked(self) -> list[str]:
        return [value for batch in self.handed for value in batch]


def send(broker: MemoryBroker, *texts: str) -> None:
    broker.producer().send(TOPIC, [message("one child", text) for text in texts])


def consume(
    broker: MemoryBroker,
    work: Work,
    *,
    once: bool = True,
    batch: int = 100,
    stop: threading.Event | None = None,
    pauses: Pauses | None = None,
    consumer: MemoryConsumer | None = None,
) -> int:
    pauses = pauses or Pauses()
    with closing(consumer or broker.consumer("hub", [TOPIC])) as member:
        return run(
            member,
            work,
            batch=batch,
            once=once,
            stop=stop or threading.Event(),
            on_pause=pauses.note,
            wait=pauses.wait,
        )


class TestCommitting:
    def test_offsets_are_committed_after_the_work(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        lags: list[int] = []
        assert consume(broker, lambda received: lags.append(lag(broker, "hub", TOPIC)[TOPIC])) == 2
        assert lags == [2]
        assert lag(broker, "hub", TOPIC) == {TOPIC: 0}

    def test_work_is_handed_no_more_than_a_batch(self, broker: MemoryBroker) -> None:
        send(broker, *"abcde")
        clerk = Clerk()
        consume(broker, clerk, batch=2)
        assert clerk.handed == [["a", "b"], ["c", "d"], ["e"]]

    def test_a_crash_between_work_and_commit_delivers_again(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")

        class Crash(BaseException):
            """The process dies here."""

        class Crashing(MemoryConsumer):
            def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
                raise Crash

        first, second = Clerk(), Clerk()
        with pytest.raises(Crash):
            consume(broker, first, consumer=Crashing(broker, "hub", [TOPIC]))
        consume(broker, second)
        assert first.worked == second.worked == ["a", "b"]

    @pytest.mark.parametrize(
        "error", [PoisonError("x", code="x"), ConflictError("x", code="x"), ZeroDivisionError("a bug")], ids=type
    )
    def test_an_error_that_no_retry_helps_ends_the_loop_with_nothing_committed(
        self, broker: MemoryBroker, error: Exception
    ) -> None:
        send(broker, "a", "b")
        with pytest.raises(type(error)):
            consume(broker, Clerk(error))
        assert lag(broker, "hub", TOPIC) == {TOPIC: 2}

    def test_a_partition_lost_before_the_commit_is_left_to_its_new_holder(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        consumer = broker.consumer("hub", [TOPIC])
        clerk = Clerk()

        def work(received: Sequence[Received]) -> None:
            clerk(received)
            if len(clerk.handed) == 1:
                consumer.die()

        assert consume(broker, work, consumer=consumer) == 4
        assert clerk.handed == [["a", "b"], ["a", "b"]]
        assert lag(broker, "hub", TOPIC) == {TOPIC: 0}


class TestPausing:
    def test_the_same_messages_are_handed_over_again_after_a_pause(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        clerk, pauses = Clerk(AWAY, AWAY), Pauses()
        assert consume(broker, clerk, pauses=pauses) == 2
        assert clerk.handed == [["a", "b"]] * 3
        assert pauses.codes == ["database-away"] * 2

    def test_pauses_grow_to_a_bound_and_start_anew_after_work_was_done(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        pauses = Pauses()
        consume(broker, Clerk(*[AWAY] * 9), pauses=pauses)
        assert pauses.seconds == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
        send(broker, "c", "d")
        again = Pauses()
        consume(broker, Clerk(AWAY), batch=1, pauses=again)
        assert again.seconds == [0.1]

    def test_messages_of_a_partition_lost_during_the_pause_are_not_worked_on(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        consumer = broker.consumer("hub", [TOPIC])
        other = Clerk()

        def another_takes_over(number: int) -> None:
            consumer.die()
            consume(broker, other)

        clerk = Clerk(AWAY)
        assert consume(broker, clerk, consumer=consumer, pauses=Pauses(another_takes_over)) == 0
        assert clerk.worked == other.worked == ["a", "b"]

    def test_a_broker_that_is_away_is_waited_for(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        consumer = broker.consumer("hub", [TOPIC])
        broker.away = True

        def back_after_three(number: int) -> None:
            broker.away = number < 3

        clerk, pauses = Clerk(), Pauses(back_after_three)
        consume(broker, clerk, consumer=consumer, pauses=pauses)
        assert clerk.worked == ["a", "b"]
        assert pauses.codes == ["broker-away"] * 3

    def test_a_commit_that_the_broker_missed_is_tried_again_without_the_work(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        clerk = Clerk()

        def work(received: Sequence[Received]) -> None:
            clerk(received)
            broker.away = True

        def back(number: int) -> None:
            broker.away = False

        consume(broker, work, pauses=Pauses(back))
        assert clerk.handed == [["a", "b"]]
        assert lag(broker, "hub", TOPIC) == {TOPIC: 0}

    def test_a_commit_missed_is_given_up_when_the_partition_went_to_another(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b")
        consumer = broker.consumer("hub", [TOPIC])
        clerk, other = Clerk(), Clerk()

        def work(received: Sequence[Received]) -> None:
            clerk(received)
            broker.away = True

        def another_takes_over(number: int) -> None:
            broker.away = False
            consumer.die()
            consume(broker, other)

        assert consume(broker, work, consumer=consumer, pauses=Pauses(another_takes_over)) == 2
        assert clerk.worked == other.worked == ["a", "b"]


class TestStopping:
    def test_a_stop_finishes_the_batch_in_hand(self, broker: MemoryBroker) -> None:
        send(broker, *"abcd")
        stop = threading.Event()
        assert consume(broker, lambda received: stop.set(), once=False, batch=2, stop=stop) == 2
        assert lag(broker, "hub", TOPIC) == {TOPIC: 2}

    def test_a_stop_ends_a_pause_and_commits_nothing(self, broker: MemoryBroker) -> None:
        send(broker, "a")
        assert consume(broker, Clerk(*[AWAY] * 5), pauses=Pauses(lambda number: number == 2)) == 0
        assert lag(broker, "hub", TOPIC) == {TOPIC: 1}

    def test_a_loop_that_is_stopped_already_does_nothing(self, broker: MemoryBroker) -> None:
        send(broker, "a")
        stop = threading.Event()
        stop.set()
        assert consume(broker, Clerk(), once=False, stop=stop) == 0

    def test_the_stop_event_itself_ends_the_pause_when_no_other_wait_is_given(self, broker: MemoryBroker) -> None:
        send(broker, "a")
        stop = threading.Event()
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            worked = run(
                consumer, Clerk(AWAY), batch=1, once=False, stop=stop, on_pause=lambda error, seconds: stop.set()
            )
        assert worked == 0


class TestOnce:
    def test_once_ends_at_what_was_there_at_the_start_though_more_keeps_coming(self, broker: MemoryBroker) -> None:
        send(broker, "a", "b", "c")
        numbers = count()

        def work(received: Sequence[Received]) -> None:
            send(broker, f"more {next(numbers)}")

        assert consume(broker, work, batch=1) == 3
        assert lag(broker, "hub", TOPIC) == {TOPIC: 3}

    def test_once_on_an_empty_topic_ends_at_once(self, broker: MemoryBroker) -> None:
        assert consume(broker, Clerk()) == 0

    def test_two_at_once_both_end_and_together_work_through_everything(self, broker: MemoryBroker) -> None:
        broker.producer().send(TOPIC, [message(f"child-{number}", str(number)) for number in range(200)])
        clerks = [Clerk(), Clerk()]
        threads = [threading.Thread(target=consume, args=(broker, clerk), kwargs={"batch": 5}) for clerk in clerks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
        assert {*clerks[0].worked, *clerks[1].worked} == {str(number) for number in range(200)}
        assert lag(broker, "hub", TOPIC) == {TOPIC: 0}
