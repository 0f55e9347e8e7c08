"""The producer of the Kafka adapter: idempotent, every message acknowledged by all replicas that must have it.

A client that failed to deliver is thrown away with all that it still held: nothing of it comes late and out of order.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer as Client
from kafka.errors import KafkaError

from hub.broker.kafka_clients import opened
from hub.broker.kafka_connection import KafkaConnection, Timing, milliseconds
from hub.broker.kafka_errors import error_for
from hub.broker.kafka_topology import MAX_MESSAGE_BYTES
from hub.broker.port import Message, check_messages

_BATCH_BYTES = 256 * 1024
_LINGER_SECONDS = 0.005
_LONGEST_CLOSE_SECONDS = 2.0


def producer_options(connection: KafkaConnection, timing: Timing) -> dict[str, Any]:
    """Return what a client that sends is given."""
    return {
        **connection.options(),
        **timing.options(),
        "acks": "all",
        "enable_idempotence": True,
        "batch_size": _BATCH_BYTES,
        "linger_ms": milliseconds(_LINGER_SECONDS),
        "max_request_size": MAX_MESSAGE_BYTES,
        "delivery_timeout_ms": milliseconds(timing.delivery),
        "max_block_ms": milliseconds(timing.request),
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


class KafkaProducer:
    """Puts messages into topics of a Kafka."""

    def __init__(
        self, connection: KafkaConnection, timing: Timing, check_known: Callable[[Sequence[str]], object]
    ) -> None:
        self._options = producer_options(connection, timing)
        self._timing = timing
        self._check_known = check_known
        self._client: Client | None = None
        self._known: set[str] = set()

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Store the messages durably, in order, before returning."""
        check_messages(messages)
        if topic not in self._known:
            self._check_known([topic])
            self._known.add(topic)
        try:
            self._deliver(topic, messages)
        except KafkaError as error:
            self._give_up()
            raise error_for(error, topic) from error
        except BaseException:
            self._give_up()
            raise

    def _deliver(self, topic: str, messages: Sequence[Message]) -> None:
        if self._client is None:
            self._client = opened(Client, **self._options)
        send = self._client.send
        sent = [send(topic, each.value, each.key, list(each.headers)) for each in messages]
        self._client.flush(2 * self._timing.delivery)
        for each in sent:
            if not each.succeeded():
                each.get(timeout=0)

    def _give_up(self) -> None:
        self._known.clear()
        client, self._client = self._client, None
        if client is not None:
            client._sender.force_close()  # Else its thread goes on trying, and delivers behind what is sent next.
            with suppress(KafkaError):
                client.close(timeout=0)

    def close(self) -> None:
        """Let go of the broker."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError):
                client.close(timeout=_LONGEST_CLOSE_SECONDS)
