"""Take in what agencies published: one consumer of the ingest group."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from consumers.loop import run
from hub.application.ingest import Intake
from hub.bootstrap import INGEST_GROUP, Hub
from hub.broker.port import Message, Producer, Received
from hub.errors import RetryableError
from hub.memory import collected_seldom

BATCH = 1000


def take_in(
    hub: Hub,
    *,
    once: bool,
    stop: threading.Event,
    on_batch: Callable[[Intake], None] = lambda _: None,
    on_pause: Callable[[RetryableError, float], None] = lambda _error, _seconds: None,
) -> Intake:
    """Consume until `stop`, or with `once` until all that was published by now is taken in; return what became of it.

    The directory is read again for every batch, so that a key revoked a moment ago verifies nothing.
    """
    total = Intake()

    def work(batch: Sequence[Received]) -> None:
        total.add(hub.ingest().take(batch))
        on_batch(total)

    consumer = hub.broker.consumer(hub.group(INGEST_GROUP), hub.topics())
    try:
        with collected_seldom():
            run(consumer, work, batch=BATCH, once=once, stop=stop, on_pause=on_pause)
    finally:
        consumer.close()
    return total


def take_in_as_sent(
    hub: Hub,
    producer: Producer,
    sendings: Sequence[tuple[datetime, str, Message]],
    at_each: Callable[[int, datetime], None],
) -> Intake:
    """Send messages one by one and take in each before the next, as a story told over years needs it.

    `at_each` is called with the count and the moment before each sending, and may move the hub's clock.
    """
    total = Intake()
    consumer = hub.broker.consumer(hub.group(INGEST_GROUP), hub.topics())
    ingest = hub.ingest()
    try:
        for done, (at, topic, message) in enumerate(sendings):
            at_each(done, at)
            producer.send(topic, [message])
            while not (batch := consumer.poll(BATCH, 1.0)):
                pass
            total.add(ingest.take(batch))
            consumer.commit({received.source: received.offset + 1 for received in batch})
            hub.identify()
    finally:
        consumer.close()
    return total
