"""The broker for a hub without Kafka: tables in the hub's own PostgreSQL (schema `broker`), with Kafka's semantics.

It stores messages, shares partitions among the members of a group and deletes what every known group has committed, and
of what the hub sends also what nobody fetched in the days that Kafka keeps it.
Members hold session locks, so the connection may not go through a pooler that shares sessions.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from hub.broker.embedded_consumer import EmbeddedConsumer
from hub.broker.embedded_producer import EmbeddedProducer
from hub.broker.embedded_transactions import EmbeddedTransactionalProducer, positions_of
from hub.broker.port import MAX_VALUE_BYTES, Waiting, check_topics, topic_differs, unknown_topic
from hub.broker.session import Connection, Session

_ADD_TOPIC = "insert into broker.topic (name) values (%s) on conflict (name) do nothing"
_ADD_PARTITIONS = """
    with added as (
        insert into broker.partition (topic_id, number)
        select topic.id, number from broker.topic, generate_series(0, %(count)s - 1) number where topic.name = %(name)s
        and not exists (select from broker.partition where topic_id = topic.id)
        returning id
    )
    insert into broker.retained (partition_id) select id from added
"""
_COUNT_PARTITIONS = "select count(*) from broker.partition join broker.topic on topic.id = topic_id where name = %s"
_EXISTING = "select name from broker.topic where name = any(%s)"
_WAITING = """
    with read as (
        select partition_id, committed.next_offset from broker.committed
        join broker.consumer_group on consumer_group.id = group_id
        where consumer_group.name = %(group)s
    )
    select topic.name, sum(
        greatest(partition.next_offset - greatest(first_offset, coalesce(read.next_offset, 0)), 0)
    )::bigint, min(oldest.time)
    from broker.topic
    join broker.partition on topic_id = topic.id
    join broker.retained on retained.partition_id = partition.id
    left join read on read.partition_id = partition.id
    left join lateral (
        select message.time from broker.message
        where message.partition_id = partition.id and "offset" >= coalesce(read.next_offset, 0)
        order by "offset" limit 1
    ) oldest on true
    where topic.name = any(%(topics)s)
    group by topic.name
"""


class EmbeddedBroker:
    """Topics in one PostgreSQL database; every producer and consumer has a connection of its own."""

    def __init__(self, conninfo: str, *, max_value_bytes: int = MAX_VALUE_BYTES) -> None:
        self._conninfo = conninfo
        self._max_value_bytes = max_value_bytes

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics that are missing; raises UsageError and ConflictError ("topic-differs")."""
        check_topics(partitions)
        with self._connection() as connection:
            for name, count in sorted(partitions.items()):
                _create_topic(connection, name, count)

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Return those of the topics that there are."""
        with self._connection() as connection:
            found = {name for (name,) in connection.execute(_EXISTING, (list(topics),))}
        return [name for name in topics if name in found]

    def producer(self) -> EmbeddedProducer:
        """Return a producer for any topic."""
        return EmbeddedProducer(self._conninfo, self._max_value_bytes)

    def transactional(self, name: str) -> EmbeddedTransactionalProducer:
        """Return a producer of a name, shutting out any before it."""
        return EmbeddedTransactionalProducer(self._conninfo, name, self._max_value_bytes)

    def followed(self, name: str) -> dict[str, int]:
        """Return the positions committed under a name, by whichever producer."""
        with self._connection() as connection:
            return positions_of(connection, name)

    def consumer(self, group: str, topics: Sequence[str]) -> EmbeddedConsumer:
        """Return a new member of the group; raises UsageError ("unknown-topic")."""
        return EmbeddedConsumer(self._conninfo, group, topics)

    def waiting(self, group: str, topics: Sequence[str]) -> dict[str, Waiting]:
        """Return, by topic, what the group has not committed; raises UsageError ("unknown-topic")."""
        with self._connection() as connection:
            rows = connection.execute(_WAITING, {"group": group, "topics": list(topics)}).fetchall()
        found = {name: Waiting(count, oldest) for name, count, oldest in rows}
        for name in topics:
            if name not in found:
                raise unknown_topic(name)
        return found

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with closing(Session(self._conninfo)) as session, session.connection() as connection:
            yield connection


def _create_topic(connection: Connection, name: str, count: int) -> None:
    with connection.transaction():
        # Whoever comes second waits here for the first, and then finds its partitions.
        connection.execute(_ADD_TOPIC, (name,))
        connection.execute(_ADD_PARTITIONS, {"name": name, "count": count})
        if connection.execute(_COUNT_PARTITIONS, (name,)).fetchall() != [(count,)]:
            raise topic_differs(name)
