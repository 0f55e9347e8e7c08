"""Reads the embedded broker's tables as one member of a group, commits, and deletes what every group has committed.

Only the session that holds a partition's lock can commit it: a member that lost its connection is refused.
"""

import math
import time
from collections.abc import Mapping, Sequence

from hub.broker.embedded_producer import WAKE_CHANNEL
from hub.broker.embedded_retention import delete_committed, lock_retained
from hub.broker.headers import unpack_headers
from hub.broker.membership import Membership
from hub.broker.port import Message, PartitionLostError, Received, TopicPartition
from hub.broker.session import Connection, Session

REBALANCE_SECONDS = 0.2
FETCH_BYTES = 16 * 1_048_576

# The bound on bytes stops after the message that reaches it: one message always comes.
_FETCH = """
    select partition_id, "offset", time, key, headers, value
    from (
        select message.*, sum(octet_length(value)) over (rows unbounded preceding) - octet_length(value) as bytes_before
        from unnest(%(ids)b::integer[], %(positions)b::bigint[]) as held (id, position)
        cross join lateral (
            select * from broker.message where partition_id = held.id and "offset" >= held.position
            order by "offset" limit %(limit)b
        ) message
        limit %(limit)b
    ) fetched
    where bytes_before < %(bytes)b
"""
_COMMIT = """
    insert into broker.committed (group_id, partition_id, next_offset)
    select %s, * from unnest(%s::integer[], %s::bigint[])
    on conflict (group_id, partition_id) do update set next_offset = excluded.next_offset
"""
_ENDS = "select id, next_offset from broker.partition where id = any(%s)"
_REACHED = """
    select not exists (
        select from unnest(%(ids)s::integer[], %(ends)s::bigint[]) as wanted (id, end_offset)
        left join broker.committed on committed.partition_id = wanted.id and committed.group_id = %(group)s
        cross join lateral (
            select from broker.message where partition_id = wanted.id
            and "offset" >= coalesce(committed.next_offset, 0) and "offset" < end_offset limit 1
        ) waiting
    )
"""


class EmbeddedConsumer:
    """One member of a group, alive as long as its connection; it joins again by itself after losing that."""

    def __init__(self, conninfo: str, group: str, topics: Sequence[str]) -> None:
        self._group = group
        self._topics = topics
        self._unbroken: set[TopicPartition] = set()
        self._balanced_at = -math.inf
        self._turn = 0
        self.session = Session(conninfo, self._join)
        with self.session.connection():
            pass

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Return up to `limit` messages, waiting up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        with self.session.connection() as connection:
            while True:
                if time.monotonic() - self._balanced_at >= REBALANCE_SECONDS:
                    self._rebalance()
                self._unbroken = set(self._member.held())
                _forget_wakes(connection)
                received = self._fetch(connection, limit)
                remaining = deadline - time.monotonic()
                if received or remaining <= 0:
                    return received
                _wait_for_wake(connection, min(remaining, REBALANCE_SECONDS))

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record the next offset to read of each partition, all or none; raises PartitionLostError."""
        with self.session.connection() as connection:
            held = self._member.held()
            for source in offsets:
                if source not in held:
                    raise PartitionLostError(source)
            ids = [held[source] for source in offsets]
            with connection.transaction():
                lock_retained(connection, ids)
                connection.execute(_COMMIT, (self._member.group_id, ids, list(offsets.values())))
                delete_committed(connection, ids)

    def hold(self) -> frozenset[TopicPartition]:
        """Keep the membership alive without reading; return what is held without a break since the last poll."""
        with self.session.connection():
            self._rebalance()
            return frozenset(self._unbroken)

    def ends(self) -> dict[TopicPartition, int]:
        """Return the offset after the last message of every partition of the topics, held or not."""
        with self.session.connection() as connection:
            partitions = self._member.subscribed()
            ends = dict(connection.execute(_ENDS, (list(partitions.values()),)).fetchall())
        return {source: ends[partition] for source, partition in partitions.items()}

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Say whether the group has committed every message kept below `ends`."""
        with self.session.connection() as connection:
            partitions = self._member.subscribed()
            wanted = {
                "ids": [partitions[source] for source in ends],
                "ends": list(ends.values()),
                "group": self._member.group_id,
            }
            return connection.execute(_REACHED, wanted).fetchall() == [(True,)]

    def close(self) -> None:
        """Leave the group at once, committing nothing."""
        self.session.close()

    def _join(self, connection: Connection) -> None:
        self._unbroken = set()
        # A commit that a crash of the server takes back is delivered again, as one that never came.
        connection.execute("set synchronous_commit = off")
        connection.execute(f"listen {WAKE_CHANNEL}")
        self._member = Membership(connection, self._group, self._topics)
        self._balanced_at = -math.inf

    def _rebalance(self) -> None:
        self._member.rebalance()
        self._unbroken &= self._member.held().keys()
        self._balanced_at = time.monotonic()

    def _fetch(self, connection: Connection, limit: int) -> list[Received]:
        positions = self._member.positions
        if not positions:
            return []
        ids = sorted(positions)
        self._turn = (self._turn + 1) % len(ids)
        ids = ids[self._turn :] + ids[: self._turn]
        wanted = {
            "ids": ids,
            "positions": [positions[partition] for partition in ids],
            "limit": limit,
            "bytes": FETCH_BYTES,
        }
        received = []
        for partition, offset, at, key, headers, value in connection.cursor(binary=True).execute(_FETCH, wanted):
            topic, number = self._member.slot(partition).source
            received.append(Received(topic, number, offset, Message(key, unpack_headers(headers), value), at))
            positions[partition] = offset + 1
        return received


def _forget_wakes(connection: Connection) -> None:
    for _ in connection.notifies(timeout=0):
        pass


def _wait_for_wake(connection: Connection, seconds: float) -> None:
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass
