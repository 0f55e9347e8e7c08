"""The port of the broker on Apache Kafka. Knows topics, groups and offsets; who may do what is the cluster's to say."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kafka.errors import TopicAlreadyExistsError

from hub.broker.kafka_clients import administering
from hub.broker.kafka_connection import KafkaConnection, Timing, milliseconds
from hub.broker.kafka_consumer import KafkaConsumer
from hub.broker.kafka_offsets import committed_offsets, end_offsets, first_offsets, partitions_found, partitions_of
from hub.broker.kafka_producer import KafkaProducer
from hub.broker.kafka_topology import REPLICAS, needed_settings
from hub.broker.kafka_transactions import KafkaTransactionalProducer, positions_on, topic_of
from hub.broker.kafka_waiting import first_moments
from hub.broker.port import TopicPartition, Waiting, check_topics, topic_differs


class KafkaBroker:
    """Makes topics, producers and consumers on a Kafka."""

    def __init__(self, connection: KafkaConnection, timing: Timing | None = None) -> None:
        self.connection = connection
        self.timing = timing or Timing()

    def version(self) -> str:
        """Return the Kafka version whose protocol the cluster speaks; a newer one may speak the same."""
        with administering(self.connection, self.timing) as admin:
            return ".".join(map(str, admin._manager.broker_version))

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create the topics that are missing."""
        check_topics(partitions)
        with administering(self.connection, self.timing) as admin:
            found = partitions_found(admin, list(partitions))
            for name, count in found.items():
                if count != partitions[name]:
                    raise topic_differs(name)
            replicas = min(REPLICAS, len(admin.describe_cluster()["brokers"]))
            missing = {name: _topic(name, count, replicas) for name, count in partitions.items() if name not in found}
            if missing:
                try:
                    admin.create_topics(missing)
                except TopicAlreadyExistsError:
                    return self.create_topics(partitions)
                admin.wait_for_topics(list(missing), milliseconds(self.timing.request))
        return None

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Return those of the topics that there are and that this user may know of."""
        with administering(self.connection, self.timing) as admin:
            found = partitions_found(admin, topics)
        return [name for name in topics if name in found]

    def producer(self) -> KafkaProducer:
        """Return a producer for any topic."""
        return KafkaProducer(self.connection, self.timing, self._partitions)

    def transactional(self, name: str) -> KafkaTransactionalProducer:
        """Return a producer of a name, shutting out any before it; its positions are on the topic `mash.<name>`."""
        return KafkaTransactionalProducer(self.connection, self.timing, name, self._partitions)

    def followed(self, name: str) -> dict[str, int]:
        """Return the positions committed under a name, none where their topic is not made yet."""
        topic = topic_of(name)
        return positions_on(self.connection, self.timing, topic) if self.existing([topic]) else {}

    def consumer(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        """Return a new member of the group; a new group starts at the first message kept."""
        return KafkaConsumer(self.connection, self.timing, group, self._partitions(topics))

    def waiting(self, group: str, topics: Sequence[str]) -> dict[str, Waiting]:
        """Return, by topic, what is kept and the group has not committed; for an unknown group, all that is kept."""
        spans = self._spans(group, topics)
        starts = {source: first for source, (first, end) in spans.items() if first < end}
        moments = first_moments(self.connection, self.timing, starts)
        counts, oldest = dict.fromkeys(topics, 0), dict[str, datetime]()
        for source, (first, end) in spans.items():
            counts[source[0]] += end - first
        for (topic, _), moment in moments.items():
            oldest[topic] = min(oldest.get(topic, moment), moment)
        return {topic: Waiting(count, oldest.get(topic)) for topic, count in counts.items()}

    def _spans(self, group: str, topics: Sequence[str]) -> dict[TopicPartition, tuple[int, int]]:
        """Return the first offset of each partition that is kept and not committed, and the end."""
        with administering(self.connection, self.timing) as admin:
            sources = [(topic, n) for topic, count in partitions_of(admin, topics).items() for n in range(count)]
            committed = committed_offsets(admin, group, sources, self.timing.request)
            firsts, ends = first_offsets(admin, sources), end_offsets(admin, sources)
        return {each: (min(max(committed.get(each, 0), firsts[each]), ends[each]), ends[each]) for each in sources}

    def _partitions(self, topics: Sequence[str]) -> dict[str, int]:
        with administering(self.connection, self.timing) as admin:
            return partitions_of(admin, topics)


def _topic(name: str, partitions: int, replicas: int) -> dict[str, object]:
    return {
        "num_partitions": partitions,
        "replication_factor": replicas,
        "configs": needed_settings(name, replicas),
    }
