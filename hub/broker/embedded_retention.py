"""What the embedded broker deletes: what every known group has committed, and what is older than Kafka would keep.

Age alone never takes a concern: the hub takes those in itself, and they stay until it has, however long it is down.
"""

import math
import time
from collections.abc import Sequence
from typing import Final

from hub.broker.kafka_topology import RETENTION_DAYS
from hub.broker.session import Connection
from hub.contract.topics import CONCERNS

_SWEEP_SECONDS: Final = 3600.0
_LOCK = "select from broker.retained where partition_id = any(%s) order by partition_id for no key update"
_COMMITTED = """
    select retained.partition_id, first_offset, min(coalesce(committed.next_offset, 0))
    from broker.retained
    join broker.partition on partition.id = retained.partition_id
    join broker.subscription on subscription.topic_id = partition.topic_id
    left join broker.committed on committed.group_id = subscription.group_id and committed.partition_id = partition.id
    where retained.partition_id = any(%s)
    group by retained.partition_id, first_offset
    having min(coalesce(committed.next_offset, 0)) > first_offset
"""
# Walks a partition from its first message to the first that is kept, and so no further than what it finds to delete.
_EXPIRED = """
    select partition_id, first_offset, floor
    from broker.retained
    join broker.partition on partition.id = partition_id
    cross join lateral (
        select coalesce(
            (
                select "offset" from broker.message
                where message.partition_id = retained.partition_id
                and time >= clock_timestamp() - make_interval(days => %s)
                order by "offset" limit 1
            ),
            next_offset
        ) as floor
    ) as young
    where partition_id = any(%s) and floor > first_offset
"""
_DELETE = 'delete from broker.message where partition_id = %s and "offset" >= %s and "offset" < %s'
_RETAIN = "update broker.retained set first_offset = %s where partition_id = %s"


def lock_retained(connection: Connection, partitions: Sequence[int]) -> None:
    """Let nobody else delete from the partitions until the transaction ends, always in the order of their ids."""
    connection.execute(_LOCK, (list(partitions),))


def delete_committed(connection: Connection, partitions: Sequence[int]) -> None:
    """Delete what every group has committed; the caller locked the partitions before it committed."""
    _delete(connection, connection.execute(_COMMITTED, (list(partitions),)).fetchall())


class Sweeper:
    """Deletes what is too old from the topics that a producer writes, at its first message and then once an hour."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def sweep(self, connection: Connection, topic: str, partitions: Sequence[int]) -> None:
        """Delete what is too old, in a transaction of its own, if it is time to."""
        now = time.monotonic()
        if topic.startswith(CONCERNS) or now < self._due.get(topic, -math.inf):
            return
        with connection.transaction():
            lock_retained(connection, partitions)
            expired = connection.execute(_EXPIRED, (RETENTION_DAYS, list(partitions))).fetchall()
            _delete(connection, expired)
        self._due[topic] = now + _SWEEP_SECONDS


def _delete(connection: Connection, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Delete from each partition the messages from one offset up to another, which is then the first that is kept."""
    if ranges:
        cursor = connection.cursor()
        cursor.executemany(_DELETE, ranges)
        cursor.executemany(_RETAIN, [(floor, partition) for partition, _, floor in ranges])
