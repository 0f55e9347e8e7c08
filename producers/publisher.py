"""Publish an agency's events: sign and seal each, key them by child, and send them in batches.

Everything read is either accepted or rejected with its place and its reason; none is dropped. Accepted means: stored by
the broker or, while that is away, on the disk of the spool. Events about one child go out in the order of the calls.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

import orjson
from pydantic import ValidationError

from hub.broker.port import Message, Producer
from hub.clock import Clock, SystemClock
from hub.contract.envelope import CE_ID
from hub.contract.event import ConcernEvent
from hub.contract.ids import event_id
from hub.contract.topics import concerns_topic
from hub.errors import PoisonError, RetryableError
from hub.signing.credentials import Credentials
from hub.signing.message import MessageWriter, Sealed
from producers.adapters.build import explain
from producers.adapters.port import Record, Reject, RejectCode
from producers.outbox import BATCH, Outbox
from producers.spool import Spool
from producers.spool_folder import SpoolStatus
from producers.steady_clock import SteadyClock

if TYPE_CHECKING:
    from hub.broker.kafka_connection import KafkaConnection

REJECTS_KEPT: Final = 1000

Event = ConcernEvent | Mapping[str, Any]
Written = tuple[Message, str]


@dataclass(slots=True)
class Published:
    """What became of a source's records; only the first thousand rejects are kept in full."""

    read: int = 0
    published: int = 0
    rejected: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, reject: Reject) -> None:
        """Count a record that could not be published."""
        self.read += 1
        self.rejected += 1
        if len(self.rejects) < REJECTS_KEPT:
            self.rejects.append(reject)


class Publisher:
    """Sends one agency's events to its own topic. Any thread may call it; one process at a time uses a spool.

    `with Publisher.connect("police.json", kafka=connection, spool="spool") as publisher: publisher.publish(event)`
    """

    def __init__(self, credentials: Credentials, producer: Producer, clock: Clock, spool: Spool | None = None) -> None:
        """Take the parts as they are; with a spool, call `drain` or use `connect`, which drains by itself."""
        self._credentials = credentials
        self._clock = clock
        self._writer = MessageWriter(credentials)
        self._signing = Lock()
        self._outbox = Outbox(concerns_topic(credentials.agency), producer, clock, spool)

    @classmethod
    def connect(
        cls, credentials: Path | str, *, kafka: "KafkaConnection", spool: Path | str, clock: Clock | None = None
    ) -> Self:
        """Return a publisher of the agency whose credentials file this is; the broker may be away.

        `spool` is a folder on a local disk, made if missing, that keeps what waits for the broker. Raises `UsageError`
        for credentials or a spool that cannot be used, `ConflictError` ("spool-in-use") where another process has it.
        """
        from hub.broker.kafka import KafkaBroker  # noqa: PLC0415 - its client takes long to import

        return cls.open(Path(credentials), KafkaBroker(kafka).producer(), spool=Path(spool), clock=clock)

    @classmethod
    def open(cls, credentials: Path, producer: Producer, *, spool: Path, clock: Clock | None = None) -> Self:
        """Return a publisher that drains its spool by itself, over any broker's producer; raises as `connect`."""
        held = Credentials.load(credentials)
        # An agency's clock that starts in the past must not sign with a key that was not made yet.
        made_at = datetime.fromtimestamp(credentials.stat().st_mtime, UTC)
        steady = SteadyClock(clock or SystemClock(), made_at)
        publisher = cls(held, producer, steady, Spool(spool, concerns_topic(held.agency)))
        publisher._outbox.keep_draining()
        return publisher

    def publish(self, event: Event, *, id: str | None = None, recorded_at: datetime | None = None) -> UUID:
        """Publish one event and return its id, by which a later event `corrects` or `retracts` it.

        `event` is a `ConcernEvent`, or the same as plain data by its JSON Schema (docs/contract). `id` is the record's
        own id in the agency's system; without one, the same content has the same id. Either way, publishing again
        changes nothing. `recorded_at` is when the agency recorded it, with an offset.

        Returns when the event is accepted: stored by the broker, or on the disk of the spool. Raises `PoisonError`
        for an event that breaks the contract, `RetryableError` where it could not be accepted (call again later),
        and `UsageError` or `RefusedError` where Kafka refuses this agency.
        """
        valid, ce_id = _valid(event), _valid_id(id)
        message = self._sealed(valid, recorded_at, ce_id)
        self._outbox.send([message])
        return event_id(self._credentials.agency, _id_of(message))

    def publish_many(self, events: Iterable[Event]) -> Published:
        """Publish events as they come, far faster than one by one; return how many, and which broke the contract.

        Raises as `publish` but never `PoisonError`: such an event is among the `rejects`, with its place in the order.
        """
        result = Published()
        self.publish_records(_records(events), result)
        return result

    def publish_records(
        self,
        records: Iterable[Record | Reject],
        result: Published,
        on_batch: Callable[[Published], None] = lambda _: None,
        on_full: Callable[[RetryableError], bool] = lambda _: False,
    ) -> None:
        """Publish what an adapter reads, adding to `result` as batches are accepted.

        Where a batch cannot be accepted, `on_full` is asked whether to try it again; else `RetryableError` is raised.
        Publishing the same records again after an error is right: the hub stores each once.
        """
        for batch in _batches(records):
            if written := self._written(batch, result):
                self._send([message for message, _ in written], on_full)
            result.read += len(written)
            result.published += len(written)
            result.by_type.update(event_type for _, event_type in written)
            on_batch(result)

    def drain(self) -> int:
        """Send the next thousand that wait in the spool and return how many that were; raises as `publish`."""
        return self._outbox.drain()

    def wait_until_sent(self, seconds: float) -> bool:
        """Wait until the broker has everything that was accepted, and return whether it has."""
        return self._outbox.wait_until_sent(seconds)

    def status(self) -> SpoolStatus:
        """Return what waits in the spool, since when, and why."""
        return self._outbox.status()

    def close(self) -> None:
        """Let go of the broker and the spool; what waits in the spool goes out when it is next opened."""
        self._outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, messages: list[Message], on_full: Callable[[RetryableError], bool]) -> None:
        while True:
            try:
                return self._outbox.send(messages)
            except RetryableError as error:
                if not on_full(error):
                    raise

    def _sealed(self, event: ConcernEvent, recorded_at: datetime | None, ce_id: str | None) -> Message:
        # One at a time: a data key changed between the steps of another thread's message would leave it unreadable.
        with self._signing:
            return self._writer.write(event, now=self._clock.now(), recorded_at=recorded_at, ce_id=ce_id)

    def _written(self, batch: Sequence[Record | Reject], result: Published) -> list[Written]:
        """Return the messages of a batch, in its order; what cannot be one is a reject."""
        records = [record for each in batch if (record := self._ours(each, result)) is not None]
        # One at a time, as in `_sealed`.
        with self._signing:
            texts = [self._writer.text(each.event) for each in records]
            sealed = [self._of_text(*each, result) for each in zip(records, texts, strict=True)]
        return [(self._writer.sign(each), kind) for each, kind in filter(None, sealed)]

    def _ours(self, record: Record | Reject, result: Published) -> Record | None:
        if isinstance(record, Reject):
            result.reject(record)
            return None
        if record.source is not None and record.source != self._credentials.agency:
            result.reject(
                Reject(record.place, RejectCode.FOREIGN_SOURCE, "The record names another agency as its source.")
            )
            return None
        return record

    def _of_text(self, record: Record, text: bytes, result: Published) -> tuple[Sealed, str] | None:
        now, recorded_at, ce_id = self._clock.now(), record.recorded_at, record.ce_id
        try:
            sealed = self._writer.seal_text(record.event, text, now=now, recorded_at=recorded_at, ce_id=ce_id)
        except PoisonError as error:
            result.reject(Reject(record.place, RejectCode.TOO_LARGE, error.message))
            return None
        return sealed, record.event.type


def _batches(records: Iterable[Record | Reject]) -> Iterator[list[Record | Reject]]:
    rest = iter(records)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _records(events: Iterable[Event]) -> Iterator[Record | Reject]:
    for number, event in enumerate(events, 1):
        place = f"event {number}"
        try:
            yield Record(place, _valid(event))
        except PoisonError as error:
            yield Reject(place, RejectCode.NOT_VALID, error.message)


def _valid(event: Event) -> ConcernEvent:
    if isinstance(event, ConcernEvent):
        return event
    try:
        return ConcernEvent.model_validate_json(orjson.dumps(event))
    except ValidationError as error:
        raise PoisonError(explain(error), code="not-valid") from None
    except TypeError:
        raise PoisonError("The event holds a value that JSON does not have.", code="not-valid") from None


def _valid_id(given: str | None) -> str | None:
    try:
        return CE_ID.validate_python(given) if given is not None else None
    except ValidationError:
        raise PoisonError("id: is not 1 to 100 of A-Z a-z 0-9 _ . : -", code="not-valid") from None


def _id_of(message: Message) -> str:
    return next(value for name, value in message.headers if name == "ce_id").decode()
