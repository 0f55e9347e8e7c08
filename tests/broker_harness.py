"""What the broker contract suite needs of an engine besides the port: ways to break it, and patience.

A member that is killed is dead to its group without having left it, as by a cut cable, and learns that on a later call.
Where an engine takes its time to notice the dead, or to come back, `kill` and `away` last until it has.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from hub.broker.embedded import EmbeddedBroker
from hub.broker.embedded_consumer import EmbeddedConsumer
from hub.broker.port import Broker, Consumer, Message, Received, TopicPartition
from hub.errors import RetryableError
from hub.store.postgres_server import ServerUrls
from tests.fakes_broker import MemoryBroker, MemoryConsumer
from tests.waiting import until


class Harness(Protocol):
    """One engine under test."""

    @property
    def broker(self) -> Broker:
        """The engine's broker."""
        ...

    @property
    def patience(self) -> float:
        """How many seconds anything may take to come true."""
        ...

    @property
    def beat(self) -> float:
        """How many seconds a poll lasts; kafka-python may never end a join that polls under half a second cut off."""
        ...

    def kill(self, member: Consumer) -> None:
        """Let the group take the member for dead."""
        ...

    def away(self) -> AbstractContextManager[None]:
        """Take the broker away for the length of a `with`."""
        ...


@dataclass
class MemoryHarness:
    """The fake of the unit tests."""

    broker: MemoryBroker
    patience: float = 5.0
    beat: float = 0.05

    def kill(self, member: Consumer) -> None:
        """Let the group take the member for dead."""
        assert isinstance(member, MemoryConsumer)
        member.die()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Make every call fail."""
        self.broker.away = True
        yield
        self.broker.away = False


@dataclass
class EmbeddedHarness:
    """The broker in PostgreSQL."""

    broker: EmbeddedBroker
    database: ServerUrls
    patience: float = 10.0
    beat: float = 0.05

    def kill(self, member: Consumer) -> None:
        """Break the member's connection."""
        assert isinstance(member, EmbeddedConsumer)
        member.session.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Break the database's connections and refuse new ones."""
        name = conninfo_to_dict(self.database.app)["dbname"]
        with psycopg.connect(self.database.superuser, dbname="postgres", autocommit=True) as server:
            allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format
            server.execute(allow(sql.Identifier(str(name)), sql.Literal(False)))
            server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
            server.execute(allow(sql.Identifier(str(name)), sql.Literal(True)))


def embedded_harness(database: ServerUrls) -> EmbeddedHarness:
    """Return the embedded broker in this database."""
    return EmbeddedHarness(EmbeddedBroker(database.app), database)


def message(key: str, value: str = "") -> Message:
    """Return a message with a readable key and value."""
    return Message(key.encode(), (), value.encode())


def values(received: Iterable[Received]) -> list[str]:
    """Return the messages' values as text."""
    return [one.message.value.decode() for one in received]


def next_offsets(received: Iterable[Received]) -> dict[TopicPartition, int]:
    """Return what to commit after these messages."""
    return {one.source: one.offset + 1 for one in received}


def lag(broker: Broker, group: str, *topics: str) -> dict[str, int]:
    """Return how many messages of each topic the group has not committed."""
    return {topic: waiting.count for topic, waiting in broker.waiting(group, topics).items()}


def take(consumer: Consumer, wanted: int, patience: float, *, commit: bool = False) -> list[Received]:
    """Poll until `wanted` messages came; fails when patience ends first."""
    taken: list[Received] = []

    def enough() -> bool:
        received = poll_patiently(consumer, wanted - len(taken))
        taken.extend(received)
        if commit and received:
            consumer.commit(next_offsets(received))
        return len(taken) >= wanted

    until(enough, patience=patience)
    return taken


def take_until(consumer: Consumer, value: str, patience: float) -> list[Received]:
    """Poll until a message of this value came; fails when patience ends first."""
    taken: list[Received] = []

    def came() -> bool:
        taken.extend(poll_patiently(consumer))
        return value in values(taken)

    until(came, patience=patience)
    return taken


def poll_patiently(consumer: Consumer, limit: int = 100) -> list[Received]:
    """Poll, taking a broker that is away for an empty one."""
    try:
        return consumer.poll(limit, 0.5)
    except RetryableError:
        return []


def settle(harness: Harness, members: Sequence[Consumer], wanted: list[int]) -> None:
    """Poll the members in turn until their numbers of partitions, sorted, are `wanted`."""

    def shared() -> bool:
        for member in members:
            member.poll(1, harness.beat)
        return sorted(len(member.hold()) for member in members) == wanted

    until(shared, patience=harness.patience)
