"""What every broker adapter does. One suite for all: it assumes nothing that Kafka does not promise."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from consumers.loop import run
from hub.broker.partitioner import partition_for
from hub.broker.port import (
    MAX_VALUE_BYTES,
    Consumer,
    Message,
    PartitionLostError,
    Producer,
    Received,
    TopicPartition,
    Waiting,
)
from hub.errors import ConflictError, HubError, PoisonError, RetryableError, UsageError
from tests.broker_engines import ENGINES, engine
from tests.broker_harness import (
    Harness,
    lag,
    message,
    next_offsets,
    poll_patiently,
    settle,
    take,
    take_until,
    values,
)
from tests.waiting import until

TOPIC = "mash.concerns.police"
OTHER = "mash.concerns.health"
PARTITIONS = 4


@pytest.fixture(params=ENGINES)
def harness(request: pytest.FixtureRequest) -> Harness:
    """Return each engine in turn with two topics, police of four partitions and health of one."""
    harness = engine(request)
    harness.broker.create_topics({TOPIC: PARTITIONS, OTHER: 1})
    return harness


def send(harness: Harness, *messages: Message, topic: str = TOPIC) -> None:
    with closing(harness.broker.producer()) as producer:
        producer.send(topic, messages)


def numbered(count: int, keys: int = 20) -> list[Message]:
    return [message(f"child-{number % keys}", f"{number:05}") for number in range(count)]


class TestTopics:
    def test_creating_a_topic_again_changes_nothing(self, harness: Harness) -> None:
        send(harness, message("a", "kept"))
        harness.broker.create_topics({TOPIC: PARTITIONS})
        assert lag(harness.broker, "hub", TOPIC) == {TOPIC: 1}

    def test_a_topic_is_not_repartitioned_since_that_would_break_the_order_of_keys(self, harness: Harness) -> None:
        with pytest.raises(ConflictError) as refused:
            harness.broker.create_topics({TOPIC: PARTITIONS + 1})
        assert refused.value.code == "topic-differs"

    @pytest.mark.parametrize("name", ["", ".", "mash concerns", "mash/concerns", "é", "x" * 201])
    def test_a_name_that_some_broker_refuses_is_refused_by_all(self, harness: Harness, name: str) -> None:
        with pytest.raises(UsageError):
            harness.broker.create_topics({name: 1})

    def test_a_topic_has_partitions(self, harness: Harness) -> None:
        with pytest.raises(UsageError) as refused:
            harness.broker.create_topics({"mash.concerns.fire": 0})
        assert refused.value.code == "bad-partition-count"

    def test_an_unknown_topic_cannot_be_sent_to_read_or_asked_about(self, harness: Harness) -> None:
        with closing(harness.broker.producer()) as producer, pytest.raises(HubError) as sent:
            producer.send("mash.unknown", [message("a")])
        with pytest.raises(HubError) as read:
            harness.broker.consumer("hub", [TOPIC, "mash.unknown"])
        with pytest.raises(HubError) as asked:
            lag(harness.broker, "hub", "mash.unknown")
        assert [error.value.code for error in (sent, read, asked)] == ["unknown-topic"] * 3

    def test_which_topics_there_are_is_said_in_the_order_asked(self, harness: Harness) -> None:
        assert harness.broker.existing([OTHER, "mash.unknown", TOPIC]) == [OTHER, TOPIC]


class TestSending:
    def test_a_message_arrives_as_it_was_sent(self, harness: Harness) -> None:
        before = datetime.now(UTC)
        headers = (("ce_id", b"1"), ("ce_source", "ysgol/é".encode()), ("twice", b""), ("twice", bytes(range(256))))
        sent = Message(b"\x00\xffkey", headers, b"\x00 not text \xff")
        send(harness, sent)
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            (received,) = take(consumer, 1, harness.patience)
        assert received.message == sent
        assert received.source == (TOPIC, partition_for(sent.key, PARTITIONS))
        assert abs(received.timestamp - before) < timedelta(minutes=1)

    def test_a_key_is_always_in_the_partition_that_kafka_would_choose(self, harness: Harness) -> None:
        send(harness, *numbered(100))
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            received = take(consumer, 100, harness.patience)
        assert all(one.partition == partition_for(one.message.key, PARTITIONS) for one in received)
        assert {one.partition for one in received} == set(range(PARTITIONS))

    def test_offsets_ascend_and_each_key_keeps_the_order_sent(self, harness: Harness) -> None:
        sent = numbered(2_500)
        send(harness, *sent)
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            received = take(consumer, len(sent), harness.patience)
        for source in {one.source for one in received}:
            offsets = [one.offset for one in received if one.source == source]
            assert offsets == sorted(set(offsets))
        assert_order_of_keys(sent, [one.message for one in received])

    @pytest.mark.parametrize("value", [b"", b"x" * MAX_VALUE_BYTES])
    def test_the_empty_and_the_largest_value_pass(self, harness: Harness, value: bytes) -> None:
        send(harness, Message(b"", (), value))
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            (received,) = take(consumer, 1, harness.patience)
        assert (received.message.key, received.message.value) == (b"", value)

    @pytest.mark.parametrize(
        "bad",
        [
            Message(b"k", (), b"x" * (MAX_VALUE_BYTES + 1)),
            Message(b"k" * 1_025, (), b""),
            Message(b"k", (("h", b"x" * 16_384),), b""),
            Message(b"k", (("h", b""),) * 65, b""),
        ],
        ids=["value", "key", "headers", "number of headers"],
    )
    def test_a_batch_with_a_message_out_of_bounds_is_refused_whole(self, harness: Harness, bad: Message) -> None:
        with pytest.raises(PoisonError) as refused:
            send(harness, message("a", "good"), bad)
        assert refused.value.code == "message-too-large"
        assert lag(harness.broker, "hub", TOPIC) == {TOPIC: 0}

    def test_sending_nothing_is_allowed(self, harness: Harness) -> None:
        send(harness)
        assert lag(harness.broker, "hub", TOPIC) == {TOPIC: 0}


class TestPolling:
    def test_an_empty_topic_gives_nothing(self, harness: Harness) -> None:
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            assert consumer.poll(10, 0.1) == []

    def test_no_more_than_the_limit_comes(self, harness: Harness) -> None:
        send(harness, *numbered(30))
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            polls: list[list[Received]] = []

            def all_came() -> bool:
                polls.append(consumer.poll(7, 0.2))
                return sum(map(len, polls)) >= 30

            until(all_came, patience=harness.patience)
        assert max(map(len, polls)) <= 7

    def test_a_waiting_consumer_gets_what_is_sent_meanwhile(self, harness: Harness) -> None:
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            settle(harness, [consumer], [PARTITIONS])
            later = threading.Timer(0.2, send, [harness, message("a", "late")])
            later.start()
            assert values(consumer.poll(10, harness.patience)) == ["late"]
            later.join()

    def test_several_topics_are_read_by_one_consumer(self, harness: Harness) -> None:
        send(harness, message("a", "police"))
        send(harness, message("a", "health"), topic=OTHER)
        with closing(harness.broker.consumer("hub", [TOPIC, OTHER])) as consumer:
            received = take(consumer, 2, harness.patience)
        assert sorted((one.topic, one.message.value) for one in received) == [(OTHER, b"health"), (TOPIC, b"police")]


class TestCommitting:
    def test_what_was_not_committed_is_delivered_again(self, harness: Harness) -> None:
        send(harness, *numbered(10))
        with closing(harness.broker.consumer("hub", [TOPIC])) as crashed:
            take(crashed, 10, harness.patience)
        with closing(harness.broker.consumer("hub", [TOPIC])) as successor:
            assert len(take(successor, 10, harness.patience)) == 10

    def test_reading_goes_on_after_the_offset_committed(self, harness: Harness) -> None:
        send(harness, *(message("one child", str(number)) for number in range(10)))
        with closing(harness.broker.consumer("hub", [TOPIC])) as first:
            received = take(first, 10, harness.patience)
            first.commit(next_offsets(received[:4]))
        with closing(harness.broker.consumer("hub", [TOPIC])) as second:
            assert values(take(second, 6, harness.patience)) == list("456789")

    def test_groups_do_not_affect_each_other(self, harness: Harness) -> None:
        send(harness, *numbered(10))
        with (
            closing(harness.broker.consumer("hub", [TOPIC])) as hub,
            closing(harness.broker.consumer("audit", [TOPIC])) as audit,
        ):
            take(hub, 10, harness.patience, commit=True)
            assert len(take(audit, 10, harness.patience)) == 10

    def test_what_waits_is_counted_and_dated_by_what_the_group_has_not_committed(self, harness: Harness) -> None:
        before = datetime.now(UTC) - timedelta(minutes=1)
        send(harness, *numbered(10))
        waiting = harness.broker.waiting("hub", [TOPIC, OTHER])
        assert waiting[OTHER] == Waiting(0, None)
        assert waiting[TOPIC].count == 10
        assert before < (waiting[TOPIC].oldest or before) < before + timedelta(minutes=2)
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            received = take(consumer, 10, harness.patience)
            assert harness.broker.waiting("hub", [TOPIC]) == {TOPIC: waiting[TOPIC]}
            consumer.commit(next_offsets(received))
        assert harness.broker.waiting("hub", [TOPIC]) == {TOPIC: Waiting(0, None)}

    def test_a_member_that_lost_its_partition_cannot_commit_it(self, harness: Harness) -> None:
        send(harness, *(message("one child", str(number)) for number in range(3)))
        lost = harness.broker.consumer("hub", [TOPIC])
        received = take(lost, 3, harness.patience)
        harness.kill(lost)
        with closing(harness.broker.consumer("hub", [TOPIC])) as successor:
            take(successor, 3, harness.patience)
            with pytest.raises(PartitionLostError):
                commit_patiently(lost, next_offsets(received), harness.patience)
            assert lag(harness.broker, "hub", TOPIC) == {TOPIC: 3}
        lost.close()


class TestSharing:
    def test_members_share_the_partitions_evenly(self, harness: Harness) -> None:
        with (
            closing(harness.broker.consumer("hub", [TOPIC])) as one,
            closing(harness.broker.consumer("hub", [TOPIC])) as two,
        ):
            settle(harness, [one, two], [2, 2])
            assert not one.hold() & two.hold()

    def test_a_third_member_joins_and_leaves(self, harness: Harness) -> None:
        with (
            closing(harness.broker.consumer("hub", [TOPIC])) as one,
            closing(harness.broker.consumer("hub", [TOPIC])) as two,
        ):
            with closing(harness.broker.consumer("hub", [TOPIC])) as three:
                settle(harness, [one, two, three], [1, 1, 2])
            settle(harness, [one, two], [2, 2])

    def test_members_in_excess_wait_until_there_is_a_partition_for_them(self, harness: Harness) -> None:
        with (
            closing(harness.broker.consumer("hub", [OTHER])) as one,
            closing(harness.broker.consumer("hub", [OTHER])) as two,
        ):
            settle(harness, [one, two], [0, 1])
            holder, waiting = (one, two) if one.hold() else (two, one)
            holder.close()
            settle(harness, [waiting], [1])

    def test_the_partitions_of_a_dead_member_go_to_the_living(self, harness: Harness) -> None:
        send(harness, *numbered(50))
        dead = harness.broker.consumer("hub", [TOPIC])
        with closing(harness.broker.consumer("hub", [TOPIC])) as living:
            settle(harness, [dead, living], [2, 2])
            harness.kill(dead)
            settle(harness, [living], [PARTITIONS])
        dead.close()

    def test_nobody_starves_when_members_read_different_topics(self, harness: Harness) -> None:
        send(harness, *numbered(20))
        send(harness, message("a"), topic=OTHER)
        with (
            closing(harness.broker.consumer("hub", [TOPIC])) as police,
            closing(harness.broker.consumer("hub", [OTHER])) as other,
        ):
            settle(harness, [police, other], [1, PARTITIONS])

    def test_hold_names_what_is_held_since_the_last_poll(self, harness: Harness) -> None:
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            settle(harness, [consumer], [PARTITIONS])
            assert consumer.hold() == {(TOPIC, number) for number in range(PARTITIONS)}

    def test_members_never_work_on_one_partition_at_once_and_together_work_on_all(self, harness: Harness) -> None:
        desk, flow = Desk(), Flow(harness)
        with desk.staffed(harness), desk.staffed(harness):
            flow.send(500)
            with desk.staffed(harness) as third:
                until(lambda: flow.send(50) and third.worked.wait(0.05), patience=harness.patience)
            flow.send(500)
            until(lambda: len(desk.seen) == len(flow.sent), patience=harness.patience * 3)
        assert desk.trespasses == []
        assert_order_of_keys(flow.sent, list(desk.seen.values()))


class TestAway:
    def test_nothing_is_lost_while_the_broker_is_away(self, harness: Harness) -> None:
        with (
            closing(harness.broker.producer()) as producer,
            closing(harness.broker.consumer("hub", [TOPIC])) as consumer,
        ):
            producer.send(TOPIC, numbered(10))
            before = take(consumer, 10, harness.patience)
            with harness.away():
                for call in (
                    lambda: producer.send(TOPIC, [message("a", "perhaps")]),
                    lambda: consumer.commit(next_offsets(before)),
                    lambda: lag(harness.broker, "hub", TOPIC),
                ):
                    with pytest.raises(RetryableError) as away:
                        call()
                    assert away.value.code == "broker-away"
                assert poll_patiently(consumer) == []
            send_patiently(producer, message("a", "after"), harness.patience)
            after = take_until(consumer, "after", harness.patience)
        assert {*values(before), *values(after)} - {"perhaps"} == {*values(before), "after"}

    def test_messages_in_hand_are_delivered_again_when_the_membership_was_lost(self, harness: Harness) -> None:
        send(harness, *numbered(10))
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            take(consumer, 10, harness.patience)
            harness.kill(consumer)
            until(lambda: held_patiently(consumer) == frozenset(), patience=harness.patience)
            assert len(take(consumer, 10, harness.patience)) == 10


class TestEnds:
    def test_ends_are_reached_when_the_group_has_committed_them(self, harness: Harness) -> None:
        send(harness, *numbered(20))
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            ends = consumer.ends()
            assert set(ends) == {(TOPIC, number) for number in range(PARTITIONS)}
            assert not consumer.reached(ends)
            received = take(consumer, 20, harness.patience)
            assert not consumer.reached(ends)
            consumer.commit(next_offsets(received))
            send(harness, message("a", "after the ends were taken"))
            assert consumer.reached(ends)
            assert not consumer.reached(consumer.ends())

    def test_an_empty_topic_has_reached_its_ends(self, harness: Harness) -> None:
        with closing(harness.broker.consumer("hub", [TOPIC])) as consumer:
            assert consumer.reached(consumer.ends())

    def test_two_loops_that_run_once_at_the_same_time_both_end_with_everything_worked(self, harness: Harness) -> None:
        send(harness, *numbered(400))
        clerks = [Clerk(Desk(), harness, once=True) for _ in range(2)]
        for clerk in clerks:
            clerk.thread.start()
        for clerk in clerks:
            clerk.thread.join(harness.patience * 3)
        assert not any(clerk.thread.is_alive() for clerk in clerks)
        assert lag(harness.broker, "hub", TOPIC) == {TOPIC: 0}

    def test_what_another_member_committed_counts(self, harness: Harness) -> None:
        send(harness, *numbered(20))
        with (
            closing(harness.broker.consumer("hub", [TOPIC])) as watcher,
            closing(harness.broker.consumer("hub", [TOPIC])) as worker,
        ):
            ends = watcher.ends()

            def both_worked() -> bool:
                for member in (worker, watcher):
                    member.commit(next_offsets(member.poll(20, harness.beat)))
                return watcher.reached(ends)

            until(both_worked, patience=harness.patience)


class Flow:
    """Sends numbered messages, some at a time."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.sent: list[Message] = []

    def send(self, count: int) -> bool:
        start = len(self.sent)
        some = [message(f"child-{number % 20}", f"{number:06}") for number in range(start, start + count)]
        send(self._harness, *some)
        self.sent += some
        return True


class Desk:
    """Where several members work; notes who is at which partition, and each message when it first comes."""

    def __init__(self) -> None:
        self.trespasses: list[TopicPartition] = []
        self.seen: dict[bytes, Message] = {}
        self._at_work: set[TopicPartition] = set()
        self._lock = threading.Lock()

    @contextmanager
    def staffed(self, harness: Harness) -> Iterator["Clerk"]:
        clerk = Clerk(self, harness)
        clerk.thread.start()
        try:
            yield clerk
        finally:
            clerk.stop.set()
            clerk.thread.join()

    def enter(self, sources: set[TopicPartition]) -> None:
        with self._lock:
            self.trespasses.extend(sources & self._at_work)
            self._at_work |= sources

    def leave(self, sources: set[TopicPartition], received: Sequence[Received]) -> None:
        with self._lock:
            self._at_work -= sources
            for one in received:
                self.seen.setdefault(one.message.value, one.message)


class Clerk:
    """One member at the desk, with a thread and the real loop."""

    def __init__(self, desk: Desk, harness: Harness, *, once: bool = False) -> None:
        self._desk, self._harness, self._once = desk, harness, once
        self.stop, self.worked = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with closing(self._harness.broker.consumer("hub", [TOPIC])) as consumer:
            run(consumer, self._work, batch=100, once=self._once, stop=self.stop, on_pause=lambda error, seconds: None)

    def _work(self, received: Sequence[Received]) -> None:
        sources = {one.source for one in received}
        self._desk.enter(sources)
        time.sleep(0.005)
        self._desk.leave(sources, received)
        self.worked.set()


def assert_order_of_keys(sent: list[Message], received: list[Message]) -> None:
    """Check that both hold the same messages, and those of each key in the same order."""
    assert sorted(one.value for one in received) == sorted(one.value for one in sent)
    for key in {one.key for one in sent}:
        assert [one.value for one in received if one.key == key] == [one.value for one in sent if one.key == key]


def send_patiently(producer: Producer, sent: Message, patience: float) -> None:
    """Send, asking again while the broker is away."""

    def stored() -> bool:
        try:
            producer.send(TOPIC, [sent])
        except RetryableError:
            return False
        return True

    until(stored, patience=patience)


def held_patiently(consumer: Consumer) -> frozenset[TopicPartition] | None:
    """Ask what is held; None while the broker is away."""
    try:
        return consumer.hold()
    except RetryableError:
        return None


def commit_patiently(consumer: Consumer, offsets: dict[TopicPartition, int], patience: float) -> None:
    """Commit, asking again while the broker is away."""

    def committed() -> bool:
        try:
            consumer.commit(offsets)
        except RetryableError:
            return False
        return True

    until(committed, patience=patience)
