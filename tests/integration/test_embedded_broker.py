"""What only the broker in PostgreSQL promises: whole batches, dense offsets, deletion, recovery from real crashes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.broker.embedded_consumer import FETCH_BYTES
from hub.broker.kafka_topology import RETENTION_DAYS
from hub.broker.port import MAX_VALUE_BYTES, Message
from hub.errors import RetryableError
from hub.store.postgres_server import ServerUrls
from tests.broker_harness import lag, message, next_offsets, take, values
from tests.waiting import until

TOPIC = "mash.concerns.police"
PATIENCE = 20.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(new_database: ServerUrls) -> EmbeddedBroker:
    broker = EmbeddedBroker(new_database.app)
    broker.create_topics({TOPIC: 4})
    return broker


@contextmanager
def superuser(database: ServerUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        yield connection


def send(broker: EmbeddedBroker, *messages: Message) -> None:
    with closing(broker.producer()) as producer:
        producer.send(TOPIC, messages)


def kept(database: ServerUrls) -> int:
    with superuser(database) as server:
        ((count,),) = server.execute("select count(*) from broker.message").fetchall()
    return int(count)


def blocked_backends(server: psycopg.Connection) -> list[int]:
    found = server.execute(
        "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    return [pid for (pid,) in found]


class TestSending:
    def test_a_batch_that_is_cut_off_half_way_leaves_nothing(
        self, broker: EmbeddedBroker, new_database: ServerUrls
    ) -> None:
        batch = [message("one child", str(number)) for number in range(1_000)]
        outcome: list[BaseException] = []

        def try_to_send() -> None:
            try:
                send(broker, *batch)
            except RetryableError as error:
                outcome.append(error)

        with (
            superuser(new_database) as server,
            superuser(new_database) as blocker,
            blocker.transaction(force_rollback=True),
        ):
            # The batch writes 500 rows of the key's partition, and then waits for this one to be given up.
            blocker.execute("insert into broker.message select id, 500, now(), '', '', '' from broker.partition")
            sender = threading.Thread(target=try_to_send)
            sender.start()
            until(lambda: len(blocked_backends(server)) == 1, patience=PATIENCE)
            server.execute("select pg_terminate_backend(%s)", blocked_backends(server))
            sender.join(PATIENCE)
        assert [error.code for error in outcome if isinstance(error, RetryableError)] == ["broker-away"]
        assert kept(new_database) == 0
        send(broker, *batch)
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            received = take(consumer, 1_000, PATIENCE)
        assert [one.offset for one in received] == list(range(1_000))

    def test_a_reader_never_meets_a_gap_while_many_write(self, broker: EmbeddedBroker) -> None:
        each = 1_500
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            writers = [threading.Thread(target=write_in_small_batches, args=(broker, each)) for _ in range(4)]
            for writer in writers:
                writer.start()
            received = take(consumer, each * 4, PATIENCE)
            for writer in writers:
                writer.join(PATIENCE)
        for number in range(4):
            offsets = [one.offset for one in received if one.partition == number]
            assert offsets == list(range(len(offsets)))

    def test_topics_created_by_many_at_once_are_created_once(self, new_database: ServerUrls) -> None:
        broker = EmbeddedBroker(new_database.app)
        names = {f"mash.concerns.agency-{number}": 3 for number in range(20)}
        creators = [threading.Thread(target=broker.create_topics, args=(names,)) for _ in range(4)]
        for creator in creators:
            creator.start()
        for creator in creators:
            creator.join(PATIENCE)
        broker.create_topics(names)
        assert set(lag(broker, "hub", *names).values()) == {0}


class TestReading:
    def test_a_poll_is_bounded_in_bytes_too(self, broker: EmbeddedBroker) -> None:
        largest = [Message(b"one child", (), b"x" * MAX_VALUE_BYTES)] * 20
        send(broker, *largest)
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            first = consumer.poll(100, PATIENCE)
            assert len(first) == FETCH_BYTES // MAX_VALUE_BYTES
            assert len(first) + len(take(consumer, 20 - len(first), PATIENCE)) == 20

    def test_one_busy_partition_does_not_starve_the_others(self, broker: EmbeddedBroker) -> None:
        send(broker, *(message("busy", "x") for _ in range(500)))
        send(broker, *(message(f"child-{number}", "quiet") for number in range(20)))
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            seen = [consumer.poll(50, 1.0) for _ in range(4)]
        assert {one.partition for received in seen for one in received} == {0, 1, 2, 3}


class TestDeleting:
    def test_messages_go_once_every_known_group_has_committed_past_them(
        self, broker: EmbeddedBroker, new_database: ServerUrls
    ) -> None:
        send(broker, *(message(f"child-{number}") for number in range(100)))
        with closing(broker.consumer("hub", [TOPIC])) as hub, closing(broker.consumer("audit", [TOPIC])) as audit:
            take(hub, 100, PATIENCE, commit=True)
            assert kept(new_database) == 100
            received = take(audit, 100, PATIENCE)
            audit.commit(next_offsets(received[:60]))
            assert 0 < kept(new_database) < 100
            audit.commit(next_offsets(received))
            assert kept(new_database) == 0

    @pytest.mark.parametrize(
        ("topic", "left"),
        [("mash.disclosures.school", 2), ("mash.receipts.police", 2), ("mash.dead-letters", 2), (TOPIC, 11)],
    )
    def test_what_the_hub_sends_is_kept_as_long_as_on_kafka_and_concerns_until_they_are_taken_in(
        self, broker: EmbeddedBroker, new_database: ServerUrls, topic: str, left: int
    ) -> None:
        broker.create_topics({topic: 4})
        with closing(broker.producer()) as producer:
            producer.send(topic, [message(f"child-{number}", "old") for number in range(9)])
            with superuser(new_database) as server:
                server.execute("update broker.message set time = time - make_interval(days => %s)", [RETENTION_DAYS])
            producer.send(topic, [message("child-1", "young")])
        with closing(broker.transactional("relay")) as relay:
            relay.send([(topic, message("child-2", "younger"))], {"school": 1})

        assert kept(new_database) == left
        assert lag(broker, "school", topic) == {topic: left}
        with closing(broker.consumer("school", [topic])) as school:
            assert {"young", "younger"} <= set(values(take(school, left, PATIENCE)))

    def test_offsets_go_on_after_everything_was_deleted(self, broker: EmbeddedBroker, new_database: ServerUrls) -> None:
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            for start in (0, 10, 20):
                send(broker, *(message("one child") for _ in range(10)))
                received = take(consumer, 10, PATIENCE, commit=True)
                assert [one.offset for one in received] == list(range(start, start + 10))
                assert kept(new_database) == 0

    def test_a_group_that_comes_later_starts_at_what_is_kept_and_has_no_lag_for_the_rest(
        self, broker: EmbeddedBroker
    ) -> None:
        with closing(broker.consumer("hub", [TOPIC])) as hub:
            send(broker, *(message("one child", str(number)) for number in range(10)))
            received = take(hub, 10, PATIENCE)
            hub.commit(next_offsets(received[:7]))
            assert lag(broker, "audit", TOPIC) == {TOPIC: 3}
            with closing(broker.consumer("audit", [TOPIC])) as audit:
                assert values(take(audit, 3, PATIENCE)) == ["7", "8", "9"]

    def test_a_group_that_comes_when_all_is_deleted_has_reached_the_ends(self, broker: EmbeddedBroker) -> None:
        send(broker, *(message(f"child-{number}") for number in range(10)))
        with closing(broker.consumer("hub", [TOPIC])) as hub:
            take(hub, 10, PATIENCE, commit=True)
        with closing(broker.consumer("audit", [TOPIC])) as audit:
            assert audit.reached(audit.ends())

    def test_groups_that_commit_at_the_same_time_leave_nothing_behind(
        self, broker: EmbeddedBroker, new_database: ServerUrls
    ) -> None:
        groups = ["hub", "audit", "relay"]
        members = [broker.consumer(group, [TOPIC]) for group in groups]
        for _ in range(10):
            send(broker, *(message(f"child-{number}") for number in range(40)))
            readers = [
                threading.Thread(target=take, args=(member, 40, PATIENCE), kwargs={"commit": True})
                for member in members
            ]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join(PATIENCE)
            assert kept(new_database) == 0
        for member in members:
            member.close()


class TestCrashing:
    def test_a_killed_process_frees_its_partitions_and_its_messages_come_again(
        self, broker: EmbeddedBroker, new_database: ServerUrls
    ) -> None:
        send(broker, *(message(f"child-{number}", str(number)) for number in range(100)))
        child = subprocess.Popen(
            [sys.executable, "-c", READ_AND_HANG, new_database.app, TOPIC], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "100 in hand\n"
            with closing(broker.consumer("hub", [TOPIC])) as living:
                assert living.poll(100, 0.5) == []
                child.kill()
                assert len(take(living, 100, PATIENCE, commit=True)) == 100
        finally:
            child.kill()
            child.communicate()
        assert lag(broker, "hub", TOPIC) == {TOPIC: 0}

    def test_a_member_whose_connection_was_cut_joins_again_by_itself(
        self, broker: EmbeddedBroker, new_database: ServerUrls
    ) -> None:
        with closing(broker.consumer("hub", [TOPIC])) as consumer:
            consumer.poll(1, 0.1)
            with superuser(new_database) as server:
                server.execute(CUT_CONNECTIONS)
            with pytest.raises(RetryableError):
                consumer.poll(1, 0.1)
            send(broker, message("a", "after"))
            assert values(take(consumer, 1, PATIENCE)) == ["after"]


def test_the_application_cannot_alter_what_was_sent(broker: EmbeddedBroker, new_database: ServerUrls) -> None:
    send(broker, message("a"))
    for statement in ("update broker.message set value = ''", "truncate broker.message", "drop table broker.message"):
        with psycopg.connect(new_database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)


CUT_CONNECTIONS = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where usename = 'mash_app' and datname = current_database()
"""
READ_AND_HANG = """
import sys, time
from hub.broker.embedded import EmbeddedBroker

consumer = EmbeddedBroker(sys.argv[1]).consumer("hub", [sys.argv[2]])
received = []
while len(received) < 100:
    received += consumer.poll(100, 1.0)
print(len(received), "in hand", flush=True)
time.sleep(600)
"""


def write_in_small_batches(broker: EmbeddedBroker, wanted: int) -> None:
    with closing(broker.producer()) as producer:
        for start in range(0, wanted, 5):
            producer.send(TOPIC, [message(f"child-{start + number}") for number in range(5)])
