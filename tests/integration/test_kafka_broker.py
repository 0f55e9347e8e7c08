"""The Kafka adapter where it meets what only a Kafka has: others' clients, passwords, rights, aborted messages."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from consumers.loop import run
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_admin import administrator
from hub.broker.kafka_clients import opened
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_server import LocalKafka
from hub.broker.kafka_topology import needed_topic
from hub.broker.port import Consumer, Message, Received
from hub.errors import HubError, RefusedError, RetryableError, UsageError
from tests.broker_harness import lag, message, take, values
from tests.kafka_harness import QUICK, connection_of

PATIENCE = 30.0


@pytest.fixture
def broker(kafka_server: LocalKafka) -> KafkaBroker:
    return KafkaBroker(connection_of(kafka_server), QUICK)


@pytest.fixture
def topic(broker: KafkaBroker) -> str:
    """Return a topic of one partition that no other test has."""
    name = f"{uuid4().hex[:8]}.foreign"
    broker.create_topics({name: 1})
    return name


def believing_its_producers(server: LocalKafka, topic: str) -> None:
    """Let a topic take the moments that producers claim, as a topic does that somebody else made."""
    client = opened(KafkaAdminClient, **connection_of(server).options())
    settings = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
    client.close()


@contextmanager
def foreign_client(server: LocalKafka, **options: Any) -> Iterator[KafkaProducer]:
    """Yield a producer as somebody else may write one."""
    client = opened(KafkaProducer, **connection_of(server).options(), **options)
    try:
        yield client
        client.flush()
    finally:
        client.close()


def received(broker: KafkaBroker, topic: str, wanted: int) -> list[Received]:
    with closing(broker.consumer(f"{topic}.readers", [topic])) as consumer:
        return take(consumer, wanted, PATIENCE)


class BytesName(str):
    """A header's name that is sent as bytes which are no UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return the bytes."""
        return b"ce_\xff\xfe"


class TestForeignMessages:
    def test_what_is_null_is_read_as_empty(self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str) -> None:
        with foreign_client(kafka_server) as client:
            client.send(topic, value=b"no key")
            client.send(topic, key=b"tombstone", value=None)

        assert [one.message for one in received(broker, topic, 2)] == [
            Message(b"", (), b"no key"),
            Message(b"tombstone", (), b""),
        ]

    def test_a_header_whose_name_is_not_text_does_not_stop_the_partition(
        self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str
    ) -> None:
        with foreign_client(kafka_server) as client:
            client.send(topic, value=b"before", headers=[("ce_id", b"\xff")])
            client.send(topic, value=b"odd", headers=[(BytesName("x"), b"\xff"), ("ce_id", b"1")])
            client.send(topic, value=b"after")

        assert [(one.message.value, one.message.headers) for one in received(broker, topic, 3)] == [
            (b"before", (("ce_id", b"\xff"),)),
            (b"odd", (("ce_??", b"\xff"), ("ce_id", b"1"))),
            (b"after", ()),
        ]

    @pytest.mark.parametrize("milliseconds", [-1, 0, 1])
    def test_a_moment_before_all_moments_is_the_first(
        self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str, milliseconds: int
    ) -> None:
        believing_its_producers(kafka_server, topic)
        with foreign_client(kafka_server) as client:
            client.send(topic, value=b"x", timestamp_ms=milliseconds)

        (one,) = received(broker, topic, 1)
        assert abs(one.timestamp - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() < 0.01

    def test_a_moment_that_a_producer_claims_is_not_believed_on_a_topic_of_the_hub(
        self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str
    ) -> None:
        with foreign_client(kafka_server) as client:
            client.send(topic, value=b"x", timestamp_ms=1)

        (one,) = received(broker, topic, 1)
        assert (datetime.now(UTC) - one.timestamp).total_seconds() < PATIENCE

    def test_compressed_batches_are_read(self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str) -> None:
        with foreign_client(kafka_server, compression_type="gzip") as client:
            for number in range(100):
                client.send(topic, value=b"%d" % number)

        assert values(received(broker, topic, 100)) == [str(number) for number in range(100)]

    def test_a_compressed_bomb_is_refused_by_the_broker(self, kafka_server: LocalKafka, topic: str) -> None:
        options = {"compression_type": "gzip", "max_request_size": 2**27, "batch_size": 2**27}
        with foreign_client(kafka_server, **options) as client:
            sent = client.send(topic, value=bytes(2**25))
            client.flush()

        assert type(sent.exception).__name__ in {"MessageSizeTooLargeError", "RecordListTooLargeError"}


class TestTransactions:
    def test_what_was_aborted_is_never_seen(self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str) -> None:
        sent_in_transactions(kafka_server, topic)

        assert values(received(broker, topic, 2)) == ["one", "two"]

    def test_the_end_is_reached_behind_a_transaction(
        self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str
    ) -> None:
        sent_in_transactions(kafka_server, topic)

        with closing(broker.consumer(f"{topic}.readers", [topic])) as consumer:
            assert run_once(consumer) == 2
        assert lag(broker, f"{topic}.readers", topic) == {topic: 0}


def sent_in_transactions(server: LocalKafka, topic: str) -> None:
    """Send "one", an aborted "never" and "two", each in a transaction."""
    with foreign_client(server, transactional_id=f"{topic}.writer") as client:
        client.init_transactions()
        for text, end in ((b"one", "commit"), (b"never", "abort"), (b"two", "commit")):
            client.begin_transaction()
            client.send(topic, value=text)
            client.flush()
            getattr(client, f"{end}_transaction")()


def run_once(consumer: Consumer) -> int:
    """Run the loop until the end; fails where that takes more than the patience."""
    until = time.monotonic() + PATIENCE
    stop = threading.Event()
    timer = threading.Timer(PATIENCE, stop.set)
    timer.start()
    try:
        worked = run(consumer, lambda _: None, batch=100, once=True, stop=stop, on_pause=lambda *_: None)
    finally:
        timer.cancel()
    assert time.monotonic() < until
    return worked


class TestRights:
    def test_a_wrong_password_is_named_at_once(self, kafka_server: LocalKafka) -> None:
        wrong = replace(connection_of(kafka_server), password="wrong")
        began = time.monotonic()
        for ask in asked_of(KafkaBroker(wrong)):
            with pytest.raises(UsageError, match="MASH_KAFKA_SECRET_FILE") as refused:
                ask()
            assert refused.value.code == "sign-in-refused"
        assert time.monotonic() - began < 10

    def test_a_broker_that_is_not_there_is_away(self) -> None:
        nowhere = KafkaBroker(KafkaConnection("127.0.0.1:1", "PLAINTEXT"), replace(QUICK, bootstrap=0.5))
        for ask in asked_of(nowhere):
            with pytest.raises(RetryableError) as away:
                ask()
            assert away.value.code == "broker-away"

    def test_a_broker_that_is_away_costs_no_threads(self) -> None:
        nowhere = KafkaBroker(KafkaConnection("127.0.0.1:1", "PLAINTEXT"), replace(QUICK, bootstrap=0.2))
        before = threading.active_count()
        for ask in asked_of(nowhere) * 2:
            with pytest.raises(RetryableError):
                ask()
        assert threading.active_count() <= before

    def test_a_topic_of_another_is_as_one_that_does_not_exist(
        self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str
    ) -> None:
        stranger = KafkaBroker(user_of(kafka_server, topic), QUICK)
        for name in (topic, "mash.never-made"):
            with closing(stranger.producer()) as producer:
                for ask in (
                    partial(producer.send, name, [message("a")]),
                    partial(stranger.consumer, "hub", [name]),
                    partial(stranger.waiting, "hub", [name]),
                ):
                    with pytest.raises(UsageError) as refused:
                        ask()
                    assert (refused.value.code, refused.value.place) == ("unknown-topic", name)

    def test_a_group_of_another_is_refused(self, kafka_server: LocalKafka, broker: KafkaBroker, topic: str) -> None:
        stranger = KafkaBroker(user_of(kafka_server, topic, reads=True), QUICK)
        with closing(stranger.consumer("mash.ingest", [topic])) as consumer, pytest.raises(RefusedError) as refused:
            consumer.poll(1, 5.0)
        assert refused.value.code == "group-refused"


def asked_of(broker: KafkaBroker) -> list[Callable[[], object]]:
    """Return everything that may be asked of a broker first."""
    return [
        broker.version,
        lambda: broker.create_topics({"mash.new": 1}),
        lambda: broker.producer().send("mash.new", [message("a")]),
        lambda: broker.consumer("hub", ["mash.new"]),
        lambda: lag(broker, "hub", "mash.new"),
    ]


def user_of(server: LocalKafka, topic: str, *, reads: bool = False) -> KafkaConnection:
    """Make a user who may read the topic, or nothing, and return how that user reaches the broker."""
    name, password = f"user-{topic}", "a-password-for-a-test"
    admin = opened(KafkaAdminClient, **connection_of(server).options())
    try:
        admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, password, iterations=4096)]
        )
        if reads:
            pattern = ResourcePattern(ResourceType.TOPIC, topic)
            admin.create_acls([ACL(f"User:{name}", "*", ACLOperation.READ, ACLPermissionType.ALLOW, pattern)])
    finally:
        admin.close()
    connection = replace(connection_of(server), user=name, password=password)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            KafkaBroker(connection, QUICK).version()
        except HubError:
            time.sleep(0.1)
        else:
            return connection
    raise AssertionError("The user never came to be.")


def test_a_topic_made_by_the_port_is_as_the_plan_would_make_it(kafka_server: LocalKafka, broker: KafkaBroker) -> None:
    topic = f"mash.receipts.{uuid4().hex[:8]}"
    broker.create_topics({topic: 6})

    with administrator(connection_of(kafka_server)) as admin:
        found = admin.found().topics[topic]

    assert found == needed_topic(topic, 1)
