"""Take in what agencies published: one consumer of the ingest group."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import datetime

from consumers.dead_letters import send_dead_letters
from consumers.loop import never, run
from hub.application.ingest import Intake
from hub.bootstrap import INGEST_GROUP, Hub
from hub.broker.port import Message, Received
from hub.contract.topics import concerns_topic
from hub.errors import RetryableError
from hub.memory import collected_seldom

BATCH = 1000
DIRECTORY_SECONDS = 5.0


def take_in(
    hub: Hub,
    *,
    once: bool,
    stop: threading.Event,
    again: bool = False,
    on_batch: Callable[[Intake], None] = lambda _: None,
    on_pause: Callable[[RetryableError, float], None] = lambda _error, _seconds: None,
    on_missing: Callable[[list[str]], None] = lambda _: None,
) -> Intake:
    """Consume until `stop`, or with `once` until all that was published by now is taken in; return what became of it.

    The directory is read again for every batch, so that a key revoked a moment ago verifies nothing. Without `once` it
    ends too when there are other topics, which a consumer names as it joins: the caller then takes in again. A topic
    that is not made yet is passed to `on_missing` and keeps nobody else's waiting. `again` begins at the first message
    that the broker keeps, in a group of its own.
    """
    total, topics = Intake(), hub.taken_topics()
    if missing := sorted(set(hub.topics()) - set(topics)):
        on_missing(missing)
    group = hub.group_again() if again else hub.group(INGEST_GROUP)

    def work(batch: Sequence[Received]) -> None:
        taken = hub.ingest().take(batch)
        send_dead_letters(producer, taken.kept_aside)
        total.add(taken)
        on_batch(total)

    with (
        closing(hub.broker.producer()) as producer,
        closing(hub.broker.consumer(group, topics)) as consumer,
        collected_seldom(),
    ):
        leave = never if once else _other_topics(hub, topics)
        run(consumer, work, batch=BATCH, once=once, stop=stop, on_pause=on_pause, leave=leave)
    return total


def _other_topics(hub: Hub, topics: Sequence[str]) -> Callable[[], bool]:
    """Return what says whether topics of agencies have come or gone, asking every few seconds."""
    asked = time.monotonic()

    def changed() -> bool:
        nonlocal asked
        if time.monotonic() - asked < DIRECTORY_SECONDS:
            return False
        asked = time.monotonic()
        with suppress(RetryableError):  # Away now, so asked again: the loop waits by itself, and loses no count.
            return hub.topics() != topics and hub.taken_topics() != topics
        return False

    return changed


def take_in_as_sent(
    hub: Hub, sendings: Sequence[tuple[datetime, str, Message]], at_each: Callable[[int, datetime], None]
) -> Intake:
    """Send each agency's messages one by one and take in each before the next, as a story told over years needs it.

    `at_each` is called with the count and the moment before each sending, and may move the hub's clock.
    """
    total = Intake()
    ingest = hub.ingest()
    with ExitStack() as stack:
        agencies = {agency for _, agency, _ in sendings}
        producers = {agency: stack.enter_context(closing(hub.producer_of(agency))) for agency in agencies}
        ours = stack.enter_context(closing(hub.broker.producer()))
        consumer = stack.enter_context(closing(hub.broker.consumer(hub.group(INGEST_GROUP), hub.topics())))
        for done, (at, agency, message) in enumerate(sendings):
            at_each(done, at)
            producers[agency].send(concerns_topic(agency), [message])
            while not (batch := consumer.poll(BATCH, 1.0)):
                pass
            taken = ingest.take(batch)
            send_dead_letters(ours, taken.kept_aside)
            total.add(taken)
            consumer.commit({received.source: received.offset + 1 for received in batch})
            hub.identify()
    return total
