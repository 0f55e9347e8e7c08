"""What the hub asks of a broker, and the bounds of a message. Knows no engine.

Delivery is at least once: what a group has not committed comes again to whichever member holds the partition,
and a producer that is told "away" may have sent already. One key is one partition, in the order sent.
A producer and a consumer belong to one thread at a time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hub.errors import ConflictError, PoisonError, UsageError

MAX_VALUE_BYTES = 1_048_576
MAX_KEY_BYTES = 1_024
MAX_HEADERS = 64
MAX_HEADERS_BYTES = 16_384

PRODUCER_FENCED = "producer-fenced"
UNKNOWN_TOPIC = "unknown-topic"

_TOPIC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """What a producer sends: opaque bytes and named headers, in order, names repeatable."""

    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A message as a consumer meets it; offsets of one partition ascend."""

    topic: str
    partition: int
    offset: int
    message: Message
    timestamp: datetime

    @property
    def source(self) -> TopicPartition:
        """Return the topic and partition that the message came from."""
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a group has not committed of a topic: how many messages, and when the first came, None where none waits."""

    count: int
    oldest: datetime | None


class PartitionLostError(ConflictError):
    """A commit names a partition that another member may hold by now; nothing of it was committed."""

    def __init__(self, lost: TopicPartition) -> None:
        topic, number = lost
        super().__init__(
            "The partition was given to another consumer; its messages are delivered again.",
            code="partition-lost",
            place=f"{topic}/{number}",
        )


class Producer(Protocol):
    """Puts messages into topics."""

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Store the messages durably, in order, before returning.

        Raises PoisonError ("message-too-large") with nothing sent, UsageError ("unknown-topic"), and RetryableError
        when the broker is away: some of the messages may then be stored, and sending them all again is right.
        """
        ...

    def close(self) -> None:
        """Let go of the broker; everything sent is stored already."""
        ...


class TransactionalProducer(Protocol):
    """Puts messages into topics together with the positions of what they were made from, all or none.

    There is one of a name at a time: a new one shuts out the one before it. Positions are numbers under names of the
    caller's own, and are kept by the broker, so that what was sent and how far that is can never differ.
    """

    def positions(self) -> dict[str, int]:
        """Return the positions that were committed under this producer's name, by whichever producer."""
        ...

    def send(self, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        """Store messages, each with its topic, and positions durably: all or none, readers see none before all.

        Raises as `Producer.send` does, with nothing sent; RetryableError when that is in doubt: whoever asks for
        `positions` of a new producer then learns what holds. ConflictError ("producer-fenced") where a newer one of
        this name was made.
        """
        ...

    def close(self) -> None:
        """Let go of the broker; what was not sent is not."""
        ...


class Consumer(Protocol):
    """One member of a group. Every call but `close` may raise RetryableError while the broker is away."""

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Return up to `limit` messages, waiting up to `timeout` seconds for the first.

        Polling says that the messages of the poll before are done with; partitions change hands here and in `hold`.
        """
        ...

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record the next offset to read of each partition, all or none; raises PartitionLostError."""
        ...

    def hold(self) -> frozenset[TopicPartition]:
        """Keep the membership alive without reading; return what is held without a break since the last poll.

        Messages in hand from any other partition are no longer this member's: they are delivered again.
        """
        ...

    def ends(self) -> Mapping[TopicPartition, int]:
        """Return the offset after the last message of every partition of the topics, held or not."""
        ...

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Say whether the group, all its members together, has committed every message below `ends`."""
        ...

    def close(self) -> None:
        """Leave the group at once, committing nothing."""
        ...


class Broker(Protocol):
    """Makes topics, producers and consumers."""

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics that are missing.

        Raises UsageError, and ConflictError ("topic-differs") for a topic that has another number of partitions.
        """
        ...

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Return those of the topics that there are and that the caller may know of, in the order asked."""
        ...

    def producer(self) -> Producer:
        """Return a producer for any topic."""
        ...

    def transactional(self, name: str) -> TransactionalProducer:
        """Return a producer of a name, shutting out any before it; raises RetryableError."""
        ...

    def followed(self, name: str) -> dict[str, int]:
        """Return the positions that were committed under a transactional producer's name, and shut nobody out."""
        ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Return a new member of the group; a new group starts at the first message kept.

        Raises UsageError ("unknown-topic").
        """
        ...

    def waiting(self, group: str, topics: Sequence[str]) -> dict[str, Waiting]:
        """Return, by topic, what is kept and the group has not committed; for an unknown group, all that is kept.

        Raises UsageError ("unknown-topic").
        """
        ...


def check_topics(partitions: Mapping[str, int]) -> None:
    """Check names and partition counts of topics to be made; raises UsageError."""
    for name, count in partitions.items():
        if not _TOPIC_NAME.fullmatch(name):
            raise UsageError(
                "A topic's name is 1 to 200 letters, digits, dots, dashes and underscores.", code="bad-topic-name"
            )
        if count < 1:
            raise UsageError("A topic has at least one partition.", code="bad-partition-count", place=name)


def check_messages(messages: Sequence[Message], max_value_bytes: int = MAX_VALUE_BYTES) -> None:
    """Check that every message is within the bounds of all brokers; raises PoisonError."""
    for index, message in enumerate(messages):
        if len(message.value) > max_value_bytes:
            raise _too_large(index, "value", max_value_bytes)
        if len(message.key) > MAX_KEY_BYTES:
            raise _too_large(index, "key", MAX_KEY_BYTES)
        if sum(len(name) + len(value) for name, value in message.headers) > MAX_HEADERS_BYTES:
            raise _too_large(index, "headers", MAX_HEADERS_BYTES)
        if len(message.headers) > MAX_HEADERS:
            raise _too_large(index, "headers", MAX_HEADERS)


def producer_fenced(name: str) -> ConflictError:
    """Return the error for a transactional producer that another of its name has shut out."""
    return ConflictError("Another process has taken this one's place.", code=PRODUCER_FENCED, place=name)


def unknown_topic(name: str) -> UsageError:
    """Return the error for a topic that does not exist, or that the caller may not know of."""
    return UsageError("There is no such topic.", code=UNKNOWN_TOPIC, place=name)


def topic_differs(name: str) -> ConflictError:
    """Return the error for a topic that exists with another number of partitions than asked."""
    return ConflictError("The topic exists with another number of partitions.", code="topic-differs", place=name)


def _too_large(index: int, part: str, bound: int) -> PoisonError:
    return PoisonError(
        f"The message's {part} exceeds the bound of {bound}.",
        code="message-too-large",
        place=f"message {index}, {part}",
    )
