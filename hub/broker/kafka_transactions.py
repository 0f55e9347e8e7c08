"""Messages and positions in one transaction of Kafka. The positions are records on a topic of one partition.

That topic is called as the transactional id is, `mash.<name>`; the last record of a key holds, so it may be compacted.
A client that failed is of no more use: what holds is learned from a new producer, which ends what was left open.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from kafka import KafkaConsumer as Reader
from kafka import KafkaProducer as Client
from kafka import TopicPartition as KafkaPartition
from kafka.errors import InvalidProducerEpochError, KafkaError, KafkaTimeoutError, ProducerFencedError

from hub.broker.kafka_clients import opened, reading_options
from hub.broker.kafka_connection import KafkaConnection, Timing, milliseconds
from hub.broker.kafka_errors import error_for, kafka_errors
from hub.broker.kafka_producer import producer_options
from hub.broker.kafka_topology import OWN
from hub.broker.port import Message, check_messages, producer_fenced
from hub.errors import HubError, RetryableError

_FENCED = (ProducerFencedError, InvalidProducerEpochError)


class KafkaTransactionalProducer:
    """A producer of a name."""

    def __init__(
        self, connection: KafkaConnection, timing: Timing, name: str, check_known: Callable[[Sequence[str]], object]
    ) -> None:
        self._connection = connection
        self._timing = timing
        self._name = name
        self._own = topic_of(name)
        self._check_known = check_known
        self._known: set[str] = set()
        self._check([self._own])
        self._over: HubError = RetryableError("What was sent last is in doubt: ask a new producer.", code="broker-away")
        self._client: Client | None = self._opened()

    def positions(self) -> dict[str, int]:
        """Return the positions committed under this name."""
        return positions_on(self._connection, self._timing, self._own)

    def send(self, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        """Store messages and positions, all or none."""
        check_messages([message for _, message in messages])
        self._check({topic for topic, _ in messages})
        if self._client is None:
            raise self._over
        if not messages and not positions:
            return
        try:
            self._commit(self._client, messages, positions)
        except KafkaError as error:
            raise self._gave_up(error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the broker, which ends an open transaction with nothing stored."""
        client, self._client = self._client, None
        if client is not None:
            client._sender.force_close()  # Else its thread goes on trying, and may commit what was given up.
            with suppress(KafkaError):
                client.close(timeout=0)

    def _opened(self) -> Client:
        options = {**producer_options(self._connection, self._timing), "transactional_id": self._own}
        options["transaction_timeout_ms"] = milliseconds(2 * self._timing.delivery)
        with kafka_errors():
            client = opened(Client, **options)
            try:
                client.init_transactions()
            except BaseException:
                self._client = client
                self.close()
                raise
        return client

    def _commit(self, client: Client, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        client.begin_transaction()
        sent = [client.send(topic, each.value, each.key, list(each.headers)) for topic, each in messages]
        sent += [client.send(self._own, str(at).encode(), key.encode(), partition=0) for key, at in positions.items()]
        client.flush(2 * self._timing.delivery)
        for each in sent:
            each.get(timeout=0)
        # As commit_transaction does, which would wait for ever.
        result = client._transaction_manager.begin_commit()
        client._sender.wakeup()
        if not result.wait(milliseconds(self._timing.delivery)):
            raise KafkaTimeoutError("The transaction was not committed in time.")

    def _gave_up(self, error: KafkaError) -> HubError:
        manager = self._client._transaction_manager if self._client is not None else None
        fenced = isinstance(error, _FENCED) or isinstance(getattr(manager, "last_error", None), _FENCED)
        self.close()
        if fenced:
            self._over = producer_fenced(self._name)
        return self._over if fenced else error_for(error)

    def _check(self, topics: Sequence[str] | set[str]) -> None:
        unknown = sorted(set(topics) - self._known)
        if unknown:
            self._check_known(unknown)
            self._known.update(unknown)


def topic_of(name: str) -> str:
    """Return the topic that holds the positions committed under a name."""
    return f"{OWN}{name}"


def positions_on(connection: KafkaConnection, timing: Timing, topic: str) -> dict[str, int]:
    """Return the positions that a topic holds."""
    own = KafkaPartition(topic, 0)
    found: dict[str, int] = {}
    with kafka_errors(topic):
        reader = opened(Reader, **reading_options(connection, timing))
        try:
            reader.assign([own])
            end = reader.end_offsets([own])[own]
            while reader.position(own) < end:
                for records in reader.poll(milliseconds(timing.request)).values():
                    found.update((each.key.decode(), int(each.value)) for each in records)
        finally:
            reader.close(autocommit=False)
    return found
