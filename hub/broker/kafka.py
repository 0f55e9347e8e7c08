"""The port of the broker on Apache Kafka. Knows topics, groups and offsets; who may do what is the cluster's to say."""

import time
from collections.abc import Mapping, Sequence

from kafka import KafkaAdminClient, OffsetAndMetadata
from kafka import TopicPartition as KafkaPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidTopicError,
    NoError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from kafka.protocol.consumer import IsolationLevel, OffsetSpec

from hub.broker.kafka_connection import KafkaConnection, Timing, administering, milliseconds
from hub.broker.kafka_consumer import KafkaConsumer
from hub.broker.kafka_producer import MAX_REQUEST_BYTES, KafkaProducer
from hub.broker.kafka_transactions import KafkaTransactionalProducer
from hub.broker.port import check_topics, topic_differs, unknown_topic

_GROUPS_NOT_READY = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
_AGAIN_SECONDS = 0.1
_UNKNOWN = {InvalidTopicError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError}


class KafkaBroker:
    """Makes topics, producers and consumers on a Kafka."""

    def __init__(self, connection: KafkaConnection, timing: Timing | None = None) -> None:
        self.connection = connection
        self.timing = timing or Timing()

    def version(self) -> str:
        """Return the version that the cluster answers as, which a newer one of the same protocol shares."""
        with administering(self.connection, self.timing) as admin:
            return ".".join(map(str, admin.config["api_version"] or admin._manager.broker_version))

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics that are missing."""
        check_topics(partitions)
        with administering(self.connection, self.timing) as admin:
            found = _partitions(admin, list(partitions))
            for name, count in found.items():
                if count != partitions[name]:
                    raise topic_differs(name)
            missing = {name: _topic(count) for name, count in partitions.items() if name not in found}
            if missing:
                try:
                    admin.create_topics(missing)
                except TopicAlreadyExistsError:
                    return self.create_topics(partitions)
                admin.wait_for_topics(list(missing), milliseconds(self.timing.request))
        return None

    def producer(self) -> KafkaProducer:
        """Return a producer for any topic."""
        return KafkaProducer(self.connection, self.timing, self.partitions)

    def transactional(self, name: str) -> KafkaTransactionalProducer:
        """Return a producer of a name, shutting out any before it; its positions are on the topic `mash.<name>`."""
        return KafkaTransactionalProducer(self.connection, self.timing, name, self.partitions)

    def consumer(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        """Return a new member of the group; a new group starts at the first message kept."""
        return KafkaConsumer(self.connection, self.timing, group, self.partitions(topics))

    def lag(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        """Return, by topic, how many messages kept the group has not committed; for an unknown group, all."""
        with administering(self.connection, self.timing) as admin:
            counts = _known_partitions(admin, topics)
            partitions = [KafkaPartition(topic, number) for topic in counts for number in range(counts[topic])]
            committed = self._committed(admin, group, partitions) if partitions else {}
            firsts, ends = (_offsets(admin, partitions, spec) for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST))
            lag = dict.fromkeys(topics, 0)
            for each in partitions:
                done = committed[each].offset if each in committed else 0
                lag[each.topic] += max(0, ends[each] - max(done, firsts[each]))
        return lag

    def _committed(
        self, admin: KafkaAdminClient, group: str, partitions: Sequence[KafkaPartition]
    ) -> dict[KafkaPartition, OffsetAndMetadata]:
        until = time.monotonic() + self.timing.request
        while True:
            try:
                found: dict[KafkaPartition, OffsetAndMetadata] = admin.list_group_offsets({group: partitions})[group]
            except _GROUPS_NOT_READY:
                if time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_SECONDS)
            else:
                return found

    def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        """Return how many partitions each topic has; raises UsageError ("unknown-topic")."""
        with administering(self.connection, self.timing) as admin:
            return _known_partitions(admin, topics)


def _topic(partitions: int) -> dict[str, object]:
    return {"num_partitions": partitions, "configs": {"max.message.bytes": str(MAX_REQUEST_BYTES)}}


def _known_partitions(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    found = _partitions(admin, topics)
    for name in topics:
        if name not in found:
            raise unknown_topic(name)
    return found


def _partitions(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    """Return the number of partitions of each topic that this user may know of."""
    found = {}
    for described in admin.describe_topics(list(topics)) if topics else []:
        error = for_code(described["error_code"])
        if error is NoError:
            found[described["name"]] = len(described["partitions"])
        elif error not in _UNKNOWN:
            raise error()
    return found


def _offsets(
    admin: KafkaAdminClient, partitions: Sequence[KafkaPartition], spec: OffsetSpec
) -> dict[KafkaPartition, int]:
    asked = admin.list_partition_offsets(dict.fromkeys(partitions, spec), IsolationLevel.READ_COMMITTED)
    return {partition: found.offset for partition, found in asked.items()}
