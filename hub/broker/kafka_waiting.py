"""Looks when the first messages came that a group has not committed, without joining it."""

import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime

from kafka import KafkaConsumer as Client
from kafka import TopicPartition as KafkaPartition

from hub.broker.kafka_clients import opened, reading_options
from hub.broker.kafka_connection import KafkaConnection, Timing, milliseconds
from hub.broker.kafka_consumer import moment_of
from hub.broker.kafka_errors import kafka_errors
from hub.broker.port import TopicPartition


def first_moments(
    connection: KafkaConnection, timing: Timing, starts: Mapping[TopicPartition, int]
) -> dict[TopicPartition, datetime]:
    """Return when the first message from each offset on came, as far as the broker answers in time."""
    if not starts:
        return {}
    options = {**reading_options(connection, timing), "max_partition_fetch_bytes": 1}
    moments: dict[TopicPartition, datetime] = {}
    with kafka_errors(), closing(opened(Client, **options)) as client:
        client.assign([KafkaPartition(*source) for source in starts])
        for source, offset in starts.items():
            client.seek(KafkaPartition(*source), offset)
        until = time.monotonic() + timing.request
        while len(moments) < len(starts) and (left := until - time.monotonic()) > 0:
            for partition, records in client.poll(milliseconds(left), len(starts)).items():
                moments.setdefault((partition.topic, partition.partition), moment_of(records[0]))
                client.pause(partition)
    return moments
