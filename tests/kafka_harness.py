"""The Kafka adapter under the broker contract suite: every test on topics and groups of its own, on one broker."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_clients import administering
from hub.broker.kafka_connection import KafkaConnection, Timing
from hub.broker.kafka_consumer import KafkaConsumer
from hub.broker.kafka_server import LocalKafka
from hub.broker.port import (
    Broker,
    Consumer,
    Message,
    Producer,
    Received,
    TopicPartition,
    TransactionalProducer,
    Waiting,
)
from hub.errors import HubError
from tests.waiting import until

QUICK = Timing(
    bootstrap=2, request=2, delivery=3, session=2, heartbeat=0.3, longest_work=20, metadata_age=2, reconnect=0.2
)


def connection_of(server: LocalKafka) -> KafkaConnection:
    """Return how the administrator of a local Kafka reaches it."""
    secret = json.loads(server.admin_secret.read_text())
    return KafkaConnection(
        server.bootstrap, "SASL_PLAINTEXT", None, secret["user"], secret["password"], secret["mechanism"]
    )


def remove(broker: KafkaBroker, topics: Sequence[str], group: str) -> None:
    """Remove topics and a group that a test made under the hub's own names, and wait until they are gone.

    A broker names a topic for a while after it took its deletion: the next test would not make it again.
    """
    with suppress(HubError), administering(broker.connection, QUICK) as admin:
        admin.delete_topics(topics)
        admin.delete_groups([group])
    until(lambda: not broker.existing(topics), "a topic is still there")


@dataclass
class KafkaHarness:
    """The Kafka adapter on a broker of this machine."""

    broker: Broker
    server: LocalKafka
    patience: float = 30.0
    beat: float = 0.05

    def kill(self, member: Consumer) -> None:
        """Stop the member's heart for longer than its session lasts."""
        assert isinstance(member, PrefixedConsumer)
        coordinator = member.inner._client._coordinator
        coordinator._disable_heartbeat()
        time.sleep(QUICK.session + 0.8)
        coordinator._enable_heartbeat()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the broker's clock: it is there and does not answer."""
        (node,) = self.server.nodes
        node.pause(paused=True)
        try:
            yield
        finally:
            node.pause(paused=False)


def kafka_harness(server: LocalKafka) -> KafkaHarness:
    """Return the adapter with names that no other test has."""
    broker = KafkaBroker(connection_of(server), QUICK)
    return KafkaHarness(PrefixedBroker(broker, f"{uuid4().hex[:8]}-"), server)


@dataclass
class PrefixedBroker:
    """A broker on which all names begin with the test's prefix, which the test does not see."""

    inner: KafkaBroker
    prefix: str

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics."""
        self.inner.create_topics({self._name(name): count for name, count in partitions.items()})

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Return those that there are."""
        return [each.removeprefix(self.prefix) for each in self.inner.existing([self.prefix + name for name in topics])]

    def producer(self) -> Producer:
        """Return a producer."""
        return PrefixedProducer(self.inner.producer(), self.prefix)

    def transactional(self, name: str) -> TransactionalProducer:
        """Return a transactional producer, with a topic for its positions."""
        self.inner.create_topics({f"mash.{self.prefix}{name}": 1})
        return PrefixedTransactionalProducer(self.inner.transactional(self.prefix + name), self.prefix)

    def followed(self, name: str) -> dict[str, int]:
        """Return the positions."""
        return self.inner.followed(self.prefix + name)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Return a consumer."""
        return PrefixedConsumer(
            self.inner.consumer(self.prefix + group, [self.prefix + topic for topic in topics]), self.prefix
        )

    def waiting(self, group: str, topics: Sequence[str]) -> dict[str, Waiting]:
        """Return what waits."""
        waiting = self.inner.waiting(self.prefix + group, [self.prefix + topic for topic in topics])
        return {topic.removeprefix(self.prefix): each for topic, each in waiting.items()}

    def _name(self, topic: str) -> str:
        """Return the topic's name; one too short to be a name stays so."""
        return self.prefix + topic if len(topic) > 1 else topic


@dataclass
class PrefixedProducer:
    """A producer of a prefixed broker."""

    inner: Producer
    prefix: str

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Send."""
        self.inner.send(self.prefix + topic, messages)

    def close(self) -> None:
        """Close."""
        self.inner.close()


@dataclass
class PrefixedTransactionalProducer:
    """A transactional producer of a prefixed broker."""

    inner: TransactionalProducer
    prefix: str

    def positions(self) -> dict[str, int]:
        """Return the positions."""
        return self.inner.positions()

    def send(self, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        """Send."""
        self.inner.send([(self.prefix + topic, message) for topic, message in messages], positions)

    def close(self) -> None:
        """Close."""
        self.inner.close()


@dataclass
class PrefixedConsumer:
    """A consumer of a prefixed broker."""

    inner: KafkaConsumer
    prefix: str

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Poll."""
        return [replace(each, topic=self._without(each.source)[0]) for each in self.inner.poll(limit, timeout)]

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit."""
        self.inner.commit({self._with(source): offset for source, offset in offsets.items()})

    def hold(self) -> frozenset[TopicPartition]:
        """Hold."""
        return frozenset(map(self._without, self.inner.hold()))

    def ends(self) -> Mapping[TopicPartition, int]:
        """Return the ends."""
        return {self._without(source): end for source, end in self.inner.ends().items()}

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Say whether the ends are reached."""
        return self.inner.reached({self._with(source): end for source, end in ends.items()})

    def close(self) -> None:
        """Close."""
        self.inner.close()

    def _with(self, source: TopicPartition) -> TopicPartition:
        return self.prefix + source[0], source[1]

    def _without(self, source: TopicPartition) -> TopicPartition:
        return source[0].removeprefix(self.prefix), source[1]
