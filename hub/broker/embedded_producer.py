"""Puts messages into the embedded broker's tables, many in one transaction; never reads them.

Offsets are given out under the lock of each partition's row, held until the commit, so a reader that has seen
offset N never meets a later-committed N-1.
"""

from collections.abc import Iterator, Sequence

from hub.broker.embedded_retention import Sweeper
from hub.broker.headers import pack_headers
from hub.broker.partitioner import partition_for
from hub.broker.port import Message, check_messages, unknown_topic
from hub.broker.session import Connection, Session

WAKE_CHANNEL = "mash_broker"
BATCH_MESSAGES = 1_000
BATCH_BYTES = 8 * 1_048_576

_PARTITIONS = """
    select partition.id from broker.partition join broker.topic on topic.id = topic_id where name = %s order by number
"""
# In the order of ids, so that two producers never wait for each other.
_LOCK = "select from broker.partition where id = any(%b) order by id for no key update"
_APPEND = """
    with base as (
        update broker.partition set next_offset = next_offset + added.count
        from unnest(%(ids)b::integer[], %(counts)b::bigint[]) as added (id, count)
        where partition.id = added.id
        returning partition.id, next_offset - added.count as first_offset
    )
    insert into broker.message (partition_id, "offset", time, key, headers, value)
    select base.id, base.first_offset + sent.ordinal, clock_timestamp(), sent.key, sent.headers, sent.value
    from unnest(
        %(partitions)b::integer[], %(ordinals)b::bigint[], %(keys)b::bytea[], %(headers)b::bytea[], %(values)b::bytea[]
    ) as sent (partition, ordinal, key, headers, value)
    join base on base.id = sent.partition
"""
_WAKE = "select pg_notify(%s, '')"


class EmbeddedProducer:
    """A producer with a connection of its own."""

    def __init__(self, conninfo: str, max_value_bytes: int) -> None:
        self._session = Session(conninfo)
        self._max_value_bytes = max_value_bytes
        self._partitions: dict[str, list[int]] = {}
        self._sweeper = Sweeper()

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Store the messages durably, in order; each thousand is stored whole or not at all."""
        check_messages(messages, self._max_value_bytes)
        with self._session.connection() as connection:
            partitions = self._partitions_of(connection, topic)
            self._sweeper.sweep(connection, topic, partitions)
            for batch in _batches(messages):
                append(connection, [(partition_of(partitions, message), message) for message in batch])

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _partitions_of(self, connection: Connection, topic: str) -> list[int]:
        if topic not in self._partitions:
            self._partitions[topic] = partitions_of(connection, topic)
        return self._partitions[topic]


def partitions_of(connection: Connection, topic: str) -> list[int]:
    """Return the ids of a topic's partitions in order; raises UsageError ("unknown-topic")."""
    found = [partition for (partition,) in connection.execute(_PARTITIONS, (topic,))]
    if not found:
        raise unknown_topic(topic)
    return found


def partition_of(partitions: Sequence[int], message: Message) -> int:
    """Return the id of the partition that a message goes to."""
    return partitions[partition_for(message.key, len(partitions))]


def append(connection: Connection, batch: Sequence[tuple[int, Message]]) -> None:
    """Append messages to their partitions, in order, in one transaction or as part of the one that is open."""
    counts: dict[int, int] = {}
    ordinals: list[int] = []
    for partition, _ in batch:
        ordinal = counts.get(partition, 0)
        counts[partition] = ordinal + 1
        ordinals.append(ordinal)
    rows = {
        "ids": list(counts),
        "counts": list(counts.values()),
        "partitions": [partition for partition, _ in batch],
        "ordinals": ordinals,
        "keys": [message.key for _, message in batch],
        "headers": [pack_headers(message.headers) for _, message in batch],
        "values": [message.value for _, message in batch],
    }
    with connection.pipeline(), connection.transaction():
        connection.execute(_LOCK, (rows["ids"],))
        connection.execute(_APPEND, rows)
        connection.execute(_WAKE, (WAKE_CHANNEL,))


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    for message in messages:
        if len(batch) == BATCH_MESSAGES or size + len(message.value) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message.value)
    if batch:
        yield batch
