"""A consumer's place in its group, kept by session advisory locks: whoever dies frees them as its connection ends.

A member holds a shared lock (group, -topic) for each topic it reads, which is how the others count it, and an exclusive
lock (group, partition) for each partition it reads. All members work out the same shares, and take or let go until each
has its own.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from hub.broker.port import TopicPartition, unknown_topic
from hub.broker.session import Connection
from hub.broker.shares import share

_UNSIGNED = 1 << 32

_ADD_GROUP = "insert into broker.consumer_group (name) values (%s) on conflict (name) do nothing"
_GROUP = "select id from broker.consumer_group where name = %s"
_TOPICS = "select name, id from broker.topic where name = any(%s)"
_SUBSCRIBE = """
    insert into broker.subscription (topic_id, group_id) select unnest(%s::integer[]), %s on conflict do nothing
"""
_JOIN = "select pg_advisory_lock_shared(%s::integer, -topic) from unnest(%s::integer[]) topic"
_PARTITIONS = """
    select partition.id, topic_id, name, number from broker.partition join broker.topic on topic.id = topic_id
    where topic_id = any(%s)
"""
_MEMBERS = """
    select pid, objid::bigint from pg_locks
    where locktype = 'advisory' and objsubid = 2 and granted and mode = 'ShareLock' and classid = %s::bigint::oid
    and database = (select oid from pg_database where datname = current_database())
"""
_LET_GO = "select pg_advisory_unlock(%s::integer, partition) from unnest(%s::integer[]) partition"
_TAKE = "select partition, pg_try_advisory_lock(%s::integer, partition) from unnest(%s::integer[]) partition"
_COMMITTED = """
    select id, coalesce(committed.next_offset, 0) from unnest(%(ids)s::integer[]) id
    left join broker.committed on committed.partition_id = id and committed.group_id = %(group)s
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """One partition of one topic, with its row's id."""

    id: int
    topic_id: int
    source: TopicPartition


class Membership:
    """The partitions that one open connection holds for its group, each with the offset it is to be read from."""

    def __init__(self, connection: Connection, group: str, topics: Collection[str]) -> None:
        self._connection = connection
        self._topic_ids = _topic_ids(connection, topics)
        self.group_id = _group_id(connection, group)
        self._slots: dict[int, Slot] = {}
        self.positions: dict[int, int] = {}
        connection.execute(_SUBSCRIBE, (self._topic_ids, self.group_id))
        connection.execute(_JOIN, (self.group_id, self._topic_ids))
        self._learn(self._topic_ids)

    def slot(self, partition_id: int) -> Slot:
        """Return the partition with this row id."""
        return self._slots[partition_id]

    def held(self) -> dict[TopicPartition, int]:
        """Return the row ids of the partitions held."""
        return {self._slots[held].source: held for held in self.positions}

    def subscribed(self) -> dict[TopicPartition, int]:
        """Return the row ids of all partitions of the topics that this member reads, held or not."""
        return {slot.source: slot.id for slot in self._slots.values() if slot.topic_id in self._topic_ids}

    def rebalance(self) -> None:
        """Let go of the partitions that belong to others now, and take this member's own that are free."""
        share_now = self._share()
        if leaving := [held for held in self.positions if held not in share_now]:
            self._connection.execute(_LET_GO, (self.group_id, leaving))
            for partition in leaving:
                del self.positions[partition]
        if missing := [partition for partition in share_now if partition not in self.positions]:
            self._take(missing)

    def _share(self) -> set[int]:
        members: dict[int, set[int]] = {}
        for pid, lock in self._connection.execute(_MEMBERS, (self.group_id,)):
            members.setdefault(pid, set()).add(_UNSIGNED - lock)
        self._learn(set().union(*members.values()))
        partitions: dict[int, list[int]] = {}
        for slot in self._slots.values():
            partitions.setdefault(slot.topic_id, []).append(slot.id)
        return share(members, partitions)[self._connection.info.backend_pid]

    def _take(self, partitions: list[int]) -> None:
        tried = self._connection.execute(_TAKE, (self.group_id, partitions))
        if taken := [partition for partition, free in tried if free]:
            # Read only once the lock is held: the member before may have committed up to that moment.
            committed = self._connection.execute(_COMMITTED, {"ids": taken, "group": self.group_id})
            self.positions.update(committed.fetchall())

    def _learn(self, topic_ids: Iterable[int]) -> None:
        known = {slot.topic_id for slot in self._slots.values()}
        if unknown := sorted(set(topic_ids) - known):
            for partition, topic_id, name, number in self._connection.execute(_PARTITIONS, (unknown,)):
                self._slots[partition] = Slot(partition, topic_id, (name, number))


def _topic_ids(connection: Connection, topics: Collection[str]) -> list[int]:
    found: dict[str, int] = dict(connection.execute(_TOPICS, (list(topics),)).fetchall())
    for name in topics:
        if name not in found:
            raise unknown_topic(name)
    return sorted(found.values())


def _group_id(connection: Connection, group: str) -> int:
    connection.execute(_ADD_GROUP, (group,))
    ((group_id,),) = connection.execute(_GROUP, (group,)).fetchall()
    return int(group_id)
