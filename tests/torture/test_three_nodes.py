"""A Kafka of three nodes, of which one dies, then two."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_admin import administrator
from hub.broker.kafka_plan import to_do
from hub.broker.kafka_server import LocalKafka, local_kafka
from hub.broker.kafka_users import SecretFolder
from hub.broker.port import Consumer, Message, Producer
from hub.contract.topics import concerns_topic
from hub.errors import RetryableError
from tests.kafka_harness import QUICK, connection_of
from tests.waiting import until

POLICE = concerns_topic("police")


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalKafka]:
    """Three nodes with the topics of one agency, each kept on all and confirmed by two."""
    folder = Path(tempfile.mkdtemp(prefix="mash-three-"))
    server = local_kafka(folder, 3)
    try:
        server.start()
        with administrator(connection_of(server)) as admin:
            admin.apply(admin.plan(["police"]), SecretFolder(folder / "secrets"))
            admin.settle(["police"])
            assert to_do(admin.plan(["police"])) == []
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.mark.kafka
def test_with_one_node_dead_nothing_waits_and_with_two_publishing_waits_and_nothing_is_lost(
    cluster: LocalKafka,
) -> None:
    broker = KafkaBroker(connection_of(cluster), replace(QUICK, request=5, delivery=8))
    accepted: list[str] = []
    first, second, _ = cluster.nodes
    with closing(broker.producer()) as producer:
        sends(producer, accepted, "all three", patience=30)
        first.kill()
        sends(producer, accepted, "two", patience=60)
        second.kill()
        with pytest.raises(RetryableError):
            producer.send(POLICE, [Message(b"k", (), b"one alone")])
        first.start()
        second.start()
        sends(producer, accepted, "back", patience=90)
    found: list[str] = []

    def all_came() -> bool:
        with suppress(RetryableError):
            found.extend(each.message.value.decode() for each in consumer.poll(1000, 1.0))
        return {*accepted} <= {*found}

    with closing(opened(broker)) as consumer:
        until(all_came, patience=60)
    kept = [value for value in found if value != "one alone"]
    assert list(dict.fromkeys(kept)) == accepted


def opened(broker: KafkaBroker) -> Consumer:
    """Open a consumer; a node that has only begun may refuse the first question."""
    consumers: list[Consumer] = []

    def is_open() -> bool:
        with suppress(RetryableError):
            consumers.append(broker.consumer("mash.look", [POLICE]))
        return bool(consumers)

    until(is_open, patience=60)
    return consumers[0]


def sends(producer: Producer, accepted: list[str], name: str, *, patience: float) -> None:
    """Send ten messages of one child, each until it is accepted."""
    for number in range(10):

        def sent(value: str = f"{name} {number}") -> bool:
            with suppress(RetryableError):
                producer.send(POLICE, [Message(b"k", (), value.encode())])
                accepted.append(value)
                return True
            return False

        until(sent, patience=patience)
