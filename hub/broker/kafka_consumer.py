"""One member of a Kafka group: commits by hand, hands partitions over one by one, and never sees what was aborted."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kafka import ConsumerRebalanceListener, OffsetAndMetadata
from kafka import KafkaConsumer as Client
from kafka import TopicPartition as KafkaPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError

from hub.broker.kafka_clients import LastingAdmin, opened, reading_options
from hub.broker.kafka_connection import KafkaConnection, Timing, milliseconds
from hub.broker.kafka_errors import error_for, kafka_errors
from hub.broker.kafka_mending import finish_joins
from hub.broker.kafka_offsets import committed_offsets, end_offsets, first_offsets
from hub.broker.port import Message, PartitionLostError, Received, TopicPartition
from hub.errors import RetryableError

_HOLD_SECONDS: Final = 0.05
_PARTITION_FETCH_BYTES: Final = 4 * 1_048_576
_FETCH_BYTES: Final = 16 * 1_048_576
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MOMENT_MS: Final = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) / timedelta(milliseconds=1))


def consumer_options(connection: KafkaConnection, timing: Timing, group: str) -> dict[str, Any]:
    """Return what a client that reads as a member of a group is given."""
    return {
        **reading_options(connection, timing),
        "group_id": group,
        "partition_assignment_strategy": [CooperativeStickyAssignor],
        "session_timeout_ms": milliseconds(timing.session),
        "heartbeat_interval_ms": milliseconds(timing.heartbeat),
        "max_poll_interval_ms": milliseconds(timing.longest_work),
        "max_partition_fetch_bytes": _PARTITION_FETCH_BYTES,
        "fetch_max_bytes": _FETCH_BYTES,
    }


class KafkaConsumer:
    """A member of a group."""

    def __init__(self, connection: KafkaConnection, timing: Timing, group: str, topics: Mapping[str, int]) -> None:
        self._timing = timing
        self._group = group
        self._all = [(topic, number) for topic, count in topics.items() for number in range(count)]
        self._given: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._broken: set[TopicPartition] = set()
        self._admin = LastingAdmin(connection, timing)
        with kafka_errors():
            self._client = opened(Client, **consumer_options(connection, timing, group))
        finish_joins(self._client._coordinator, timing.session / 2)
        self._client.subscribe(list(topics), listener=_Listener(self._broken, self._given, self._done))

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Return up to `limit` messages, waiting up to `timeout` seconds for the first."""
        self._broken.clear()
        with kafka_errors():
            fetched = self._client.poll(milliseconds(timeout), limit)
        self._broken.clear()
        for partition, records in fetched.items():
            self._given[partition.topic, partition.partition] = records[-1].offset + 1
        return [_received(record) for records in fetched.values() for record in records]

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record the next offset to read of each partition, all or none; raises PartitionLostError."""
        if not offsets:
            return
        held = _sources(self._client.assignment()) - self._broken
        for source in offsets:
            if source not in held:
                raise PartitionLostError(source)
        wanted = {KafkaPartition(*source): OffsetAndMetadata(offset, "", -1) for source, offset in offsets.items()}
        try:
            self._client.commit(wanted, timeout_ms=milliseconds(self._timing.request))
        except CommitFailedError as error:
            raise PartitionLostError(next(iter(offsets))) from error
        except RebalanceInProgressError as error:
            # What this member keeps it may commit when the group has settled, which `hold` or `poll` sees to.
            raise RetryableError("The partitions are being shared out again.", code="rebalancing") from error
        except KafkaError as error:
            raise error_for(error) from error
        self._done.update(offsets)

    def hold(self) -> frozenset[TopicPartition]:
        """Keep the membership alive without reading; return what is held without a break since the last poll."""
        before = self._client.assignment()
        self._client.pause(*before)
        try:
            with kafka_errors():
                for partition, records in self._client.poll(milliseconds(_HOLD_SECONDS)).items():
                    # Of a partition given just now, which was not paused; it is read from here when polled.
                    self._client.seek(partition, records[0].offset)
        finally:
            self._client.resume(*(self._client.paused() & self._client.assignment()))
        return frozenset(_sources(self._client.assignment() & before) - self._broken)

    def ends(self) -> Mapping[TopicPartition, int]:
        """Return the offset after the last message of every partition of the topics, held or not."""
        with self._admin.used() as admin:
            return end_offsets(admin, self._all)

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Say whether the group, all its members together, has committed every message below `ends`."""
        behind = [source for source, end in ends.items() if self._done.get(source, 0) < end]
        if not behind:
            return True
        with self._admin.used() as admin:
            committed = committed_offsets(admin, self._group, behind, self._timing.request)
            firsts = first_offsets(admin, behind)
        behind = [each for each in behind if max(committed.get(each, 0), firsts[each]) < ends[each]]
        return not behind or self._stepped_over(behind, committed, ends)

    def _stepped_over(
        self,
        behind: Collection[TopicPartition],
        committed: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> bool:
        """Commit the ends that only marks of transactions lie before, and say whether that is all."""
        read = _sources(self._client.assignment()) - self._broken
        over = {each: ends[each] for each in behind if each in read and self._all_done(each, committed, ends[each])}
        try:
            self.commit(over)
        except PartitionLostError:
            return False
        return len(over) == len(behind)

    def _all_done(self, source: TopicPartition, committed: Mapping[TopicPartition, int], end: int) -> bool:
        """Say whether all that was given out is committed and nothing more to give out lies before the end."""
        return committed.get(source, 0) >= self._given.get(source, 0) and self._position(source) >= end

    def _position(self, source: TopicPartition) -> int:
        return self._client.position(KafkaPartition(*source), milliseconds(self._timing.request)) or 0

    def close(self) -> None:
        """Leave the group at once, committing nothing."""
        self._admin.close()
        self._client.close(autocommit=False)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes what was taken from the member, and forgets how far it had come there."""

    def __init__(self, broken: set[TopicPartition], *places: dict[TopicPartition, int]) -> None:
        self._broken = broken
        self._places = places

    def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        """Do nothing: reading goes on where the group committed."""

    def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        """Note that the partitions are another's."""
        self._take(_sources(revoked))

    def on_partitions_lost(self, lost: Iterable[KafkaPartition]) -> None:
        """Note that the partitions may be another's."""
        self._take(_sources(lost))

    def _take(self, sources: set[TopicPartition]) -> None:
        self._broken |= sources
        for places in self._places:
            for source in sources:
                places.pop(source, None)


def _sources(partitions: Iterable[KafkaPartition]) -> set[TopicPartition]:
    return {(each.topic, each.partition) for each in partitions}


def _received(record: Any) -> Received:
    """Return a record as the hub meets it: what is null at Kafka is empty."""
    headers = tuple([(name, value if value is not None else b"") for name, value in record.headers])
    message = Message(record.key or b"", headers, record.value or b"")
    return Received(record.topic, record.partition, record.offset, message, moment_of(record))


def moment_of(record: Any) -> datetime:
    """Return a record's moment; one that is none is the nearest that is."""
    return _EPOCH + timedelta(milliseconds=min(max(record.timestamp, 0), _LAST_MOMENT_MS))
