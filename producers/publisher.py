"""Publish an agency's records: read them with an adapter, sign and seal each, send them in batches.

Every record read is either published or rejected with its place and its reason; none is dropped.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from hub.broker.port import Message, Producer
from hub.clock import Clock
from hub.contract.topics import concerns_topic
from hub.errors import PoisonError
from hub.signing.credentials import Credentials
from hub.signing.message import MessageWriter
from producers.adapters.port import Record, Reject, RejectCode

BATCH: Final = 500
REJECTS_KEPT: Final = 1000

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
    """Sends one agency's records to its own topic."""

    def __init__(self, credentials: Credentials, producer: Producer, clock: Clock) -> None:
        self._credentials = credentials
        self._producer = producer
        self._clock = clock
        self._writer = MessageWriter(credentials)
        self._topic = concerns_topic(credentials.agency)

    def publish(
        self,
        records: Iterable[Record | Reject],
        result: Published,
        on_batch: Callable[[Published], None] = lambda _: None,
    ) -> None:
        """Publish records as they come, adding to `result`; raises `RetryableError` where the broker is away.

        Sending the same records again after an error is right: the hub stores each once.
        """
        for batch in _batches(self._written(each, result) for each in records):
            written = [made for made in batch if made is not None]
            if written:
                self._producer.send(self._topic, [message for message, _ in written])
            result.read += len(written)
            result.published += len(written)
            result.by_type.update(event_type for _, event_type in written)
            on_batch(result)

    def _written(self, record: Record | Reject, result: Published) -> Written | None:
        if isinstance(record, Reject):
            result.reject(record)
            return None
        if record.source is not None and record.source != self._credentials.agency:
            result.reject(
                Reject(record.place, RejectCode.FOREIGN_SOURCE, "The record names another agency as its source.")
            )
            return None
        try:
            message = self._writer.write(
                record.event, now=self._clock.now(), recorded_at=record.recorded_at, ce_id=record.ce_id
            )
        except PoisonError as error:
            result.reject(Reject(record.place, RejectCode.TOO_LARGE, error.message))
            return None
        return message, record.event.type


def _batches(written: Iterator[Written | None]) -> Iterator[list[Written | None]]:
    while batch := list(islice(written, BATCH)):
        yield batch
