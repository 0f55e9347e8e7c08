"""Asks a cluster how far its topics reach and how far a group has come, over a connection that no join holds up."""

import time
from collections.abc import Sequence
from typing import Final

from kafka import KafkaAdminClient, OffsetAndMetadata
from kafka import TopicPartition as KafkaPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidTopicError,
    NoError,
    NotCoordinatorError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from kafka.protocol.consumer import IsolationLevel, OffsetSpec

from hub.broker.port import TopicPartition, unknown_topic

_GROUPS_NOT_READY: Final = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
_AGAIN_SECONDS: Final = 0.1
_UNKNOWN: Final = frozenset({InvalidTopicError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError})


def partitions_found(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    """Return the number of partitions of each topic that exists and that this user may know of."""
    found = {}
    for described in admin.describe_topics(list(topics)) if topics else []:
        error = for_code(described["error_code"])
        if error is NoError:
            found[described["name"]] = len(described["partitions"])
        elif error not in _UNKNOWN:
            raise error()
    return found


def partitions_of(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    """Return the number of partitions of each topic; raises UsageError ("unknown-topic")."""
    found = partitions_found(admin, topics)
    for name in topics:
        if name not in found:
            raise unknown_topic(name)
    return found


def first_offsets(admin: KafkaAdminClient, sources: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the offset of the first message kept of each partition."""
    return _offsets(admin, sources, OffsetSpec.EARLIEST)


def end_offsets(admin: KafkaAdminClient, sources: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the offset after the last message of each partition that is not in an open transaction."""
    return _offsets(admin, sources, OffsetSpec.LATEST)


def committed_offsets(
    admin: KafkaAdminClient, group: str, sources: Sequence[TopicPartition], patience: float
) -> dict[TopicPartition, int]:
    """Return the next offset to read of each partition of which the group has committed one."""
    until = time.monotonic() + patience
    while sources:
        try:
            found: dict[KafkaPartition, OffsetAndMetadata] = admin.list_group_offsets({group: _partitions(sources)})[
                group
            ]
        except _GROUPS_NOT_READY:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return {_source(each): at.offset for each, at in found.items() if at.offset >= 0}
    return {}


def _offsets(admin: KafkaAdminClient, sources: Sequence[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
    asked = dict.fromkeys(_partitions(sources), spec)
    found = admin.list_partition_offsets(asked, IsolationLevel.READ_COMMITTED) if asked else {}
    return {_source(each): at.offset for each, at in found.items()}


def _partitions(sources: Sequence[TopicPartition]) -> list[KafkaPartition]:
    return [KafkaPartition(*each) for each in sources]


def _source(partition: KafkaPartition) -> TopicPartition:
    return partition.topic, partition.partition
