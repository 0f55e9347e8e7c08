"""A broker in memory, for unit tests: the port's semantics without a database; passes the contract suite."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import count

from hub.broker.partitioner import partition_for
from hub.broker.port import (
    MAX_VALUE_BYTES,
    Message,
    PartitionLostError,
    Received,
    TopicPartition,
    Waiting,
    check_messages,
    check_topics,
    producer_fenced,
    topic_differs,
    unknown_topic,
)
from hub.broker.shares import share
from hub.clock import Clock, SystemClock
from hub.errors import RetryableError

_REBALANCE_SECONDS = 0.02


@dataclass(eq=False)
class _Group:
    members: dict[int, frozenset[str]] = field(default_factory=dict)
    owners: dict[TopicPartition, int] = field(default_factory=dict)
    committed: dict[TopicPartition, int] = field(default_factory=dict)


class MemoryBroker:
    """Topics as lists. `away` makes every call fail until it is set back."""

    def __init__(self, clock: Clock | None = None, *, max_value_bytes: int = MAX_VALUE_BYTES) -> None:
        self.away = False
        self.clock = clock or SystemClock()
        self.max_value_bytes = max_value_bytes
        self.changed = threading.Condition()
        self.topics: dict[str, list[list[Received]]] = {}
        self.groups: dict[str, _Group] = {}
        self.member_ids = count(1)
        self.takers: dict[str, MemoryTransactionalProducer] = {}
        self.positions_of: dict[str, dict[str, int]] = {}

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics that are missing."""
        check_topics(partitions)
        self.check()
        for name, wanted in partitions.items():
            if len(self.topics.setdefault(name, [[] for _ in range(wanted)])) != wanted:
                raise topic_differs(name)

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Return those of the topics that there are."""
        self.check()
        return [name for name in topics if name in self.topics]

    def producer(self) -> "MemoryProducer":
        """Return a producer for any topic."""
        return MemoryProducer(self)

    def transactional(self, name: str) -> "MemoryTransactionalProducer":
        """Return a producer of a name, shutting out any before it."""
        self.check()
        self.takers[name] = MemoryTransactionalProducer(self, name)
        return self.takers[name]

    def followed(self, name: str) -> dict[str, int]:
        """Return the positions committed under a name."""
        self.check()
        return dict(self.positions_of.get(name, {}))

    def consumer(self, group: str, topics: Sequence[str]) -> "MemoryConsumer":
        """Return a new member of the group."""
        self.check()
        for topic in topics:
            self.partitions(topic)
        return MemoryConsumer(self, group, topics)

    def waiting(self, group: str, topics: Sequence[str]) -> dict[str, Waiting]:
        """Return, by topic, what the group has not committed."""
        self.check()
        committed = self.groups.get(group, _Group()).committed
        times = {
            topic: [
                received.timestamp
                for number, kept in enumerate(self.partitions(topic))
                for received in kept[committed.get((topic, number), 0) :]
            ]
            for topic in topics
        }
        return {topic: Waiting(len(came), min(came, default=None)) for topic, came in times.items()}

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """Return the offset after the last message of each partition."""
        return {(topic, number): len(kept) for topic in topics for number, kept in enumerate(self.partitions(topic))}

    def partitions(self, topic: str) -> list[list[Received]]:
        """Return the messages of each partition; raises UsageError."""
        if topic not in self.topics:
            raise unknown_topic(topic)
        return self.topics[topic]

    def check(self) -> None:
        """Raise RetryableError while the broker is away."""
        if self.away:
            raise RetryableError("The broker does not answer.", code="broker-away")


class MemoryProducer:
    """Appends to the broker's lists."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Store the messages."""
        broker = self._broker
        check_messages(messages, broker.max_value_bytes)
        broker.check()
        with broker.changed:
            partitions = broker.partitions(topic)
            for message in messages:
                number = partition_for(message.key, len(partitions))
                kept = partitions[number]
                kept.append(Received(topic, number, len(kept), message, broker.clock.now().astimezone(UTC)))
            broker.changed.notify_all()

    def close(self) -> None:
        """Do nothing."""


class MemoryTransactionalProducer:
    """Appends to the broker's lists and remembers positions, all or none."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        self._broker = broker
        self._name = name
        self._producer = MemoryProducer(broker)

    def positions(self) -> dict[str, int]:
        """Return the positions committed under this name."""
        self._check()
        return self._broker.followed(self._name)

    def send(self, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        """Store messages and positions."""
        check_messages([message for _, message in messages], self._broker.max_value_bytes)
        self._check()
        for topic, _ in messages:
            self._broker.partitions(topic)
        for topic, message in messages:
            self._producer.send(topic, [message])
        self._broker.positions_of.setdefault(self._name, {}).update(positions)

    def close(self) -> None:
        """Do nothing."""

    def _check(self) -> None:
        self._broker.check()
        if self._broker.takers[self._name] is not self:
            raise producer_fenced(self._name)


class MemoryConsumer:
    """One member of a group."""

    def __init__(self, broker: MemoryBroker, group: str, topics: Sequence[str]) -> None:
        self._broker = broker
        self._topics = frozenset(topics)
        self._group = broker.groups.setdefault(group, _Group())
        self._positions: dict[TopicPartition, int] = {}
        self._unbroken: frozenset[TopicPartition] = frozenset()
        self._join()

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Return up to `limit` messages, waiting up to `timeout` seconds for the first."""
        with self._broker.changed:
            received: list[Received] = []

            def fetched() -> bool:
                self._broker.check()
                self._rebalance()
                received.extend(self._fetch(limit))
                return bool(received)

            waited = 0.0
            while not fetched() and waited < timeout:
                self._broker.changed.wait(_REBALANCE_SECONDS)
                waited += _REBALANCE_SECONDS
            self._unbroken = frozenset(self._positions)
            return received

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record the next offset to read of each partition."""
        self._broker.check()
        with self._broker.changed:
            for source in offsets:
                if self._group.owners.get(source) != self._member:
                    raise PartitionLostError(source)
            self._group.committed.update(offsets)

    def hold(self) -> frozenset[TopicPartition]:
        """Return what is held without a break since the last poll."""
        self._broker.check()
        with self._broker.changed:
            self._rebalance()
            self._unbroken &= self._positions.keys()
            return self._unbroken

    def ends(self) -> dict[TopicPartition, int]:
        """Return the offset after the last message of every partition."""
        self._broker.check()
        return self._broker.ends(self._topics)

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Say whether the group has committed every message below `ends`."""
        self._broker.check()
        return all(self._group.committed.get(source, 0) >= end for source, end in ends.items())

    def close(self) -> None:
        """Leave the group."""
        with self._broker.changed:
            self.die()

    def die(self) -> None:
        """Lose the membership, as a member does whose connection breaks; the next call joins again."""
        self._group.members.pop(self._member, None)
        self._group.owners = {source: owner for source, owner in self._group.owners.items() if owner != self._member}

    def _join(self) -> None:
        self._member = next(self._broker.member_ids)
        self._positions = {}
        self._unbroken = frozenset()
        self._group.members[self._member] = self._topics

    def _rebalance(self) -> None:
        if self._member not in self._group.members:
            self._join()
        mine = self._share()
        owners = self._group.owners
        for source in self._positions.keys() - mine:
            del owners[source], self._positions[source]
        for source in mine - self._positions.keys():
            if owners.setdefault(source, self._member) == self._member:
                self._positions[source] = self._group.committed.get(source, 0)

    def _share(self) -> set[TopicPartition]:
        names = sorted(set().union(*self._group.members.values()))
        sources = [(name, number) for name in names for number in range(len(self._broker.partitions(name)))]
        partitions = {
            names.index(name): [index for index, (topic, _) in enumerate(sources) if topic == name] for name in names
        }
        members = {member: {names.index(name) for name in topics} for member, topics in self._group.members.items()}
        return {sources[index] for index in share(members, partitions)[self._member]}

    def _fetch(self, limit: int) -> list[Received]:
        received: list[Received] = []
        for source, position in sorted(self._positions.items(), key=lambda item: item[1]):
            topic, number = source
            some = self._broker.topics[topic][number][position : position + limit - len(received)]
            self._positions[source] = position + len(some)
            received.extend(some)
        return received
