"""The messages that are measured: invented families' own events, of about 900 bytes, each signed and sealed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from hub.bootstrap import open_hub
from hub.broker.port import Message
from hub.contract.topics import concerns_topic
from hub.contract.writing import event_text
from hub.settings import Settings
from hub.signing.message import MessageWriter
from producers.synthetic import Told, families, tell

_BYTES = range(600, 1200)
_EVENTS_A_FAMILY = 10
_BATCH = 500


def stream(count: int, seed: int) -> Iterator[Told]:
    """Yield so many events without faults, of about 900 bytes each."""
    left = count
    for told in tell(families(count // _EVENTS_A_FAMILY + 20, seed)):
        if told.fault is None and len(event_text(told.event)) in _BYTES:
            yield told
            left -= 1
            if left == 0:
                return


def published(stack: ExitStack, settings: Settings, count: int, seed: int) -> Callable[[], Any]:
    """Return what publishes so many events to a hub's broker and returns their bytes."""
    hub = stack.enter_context(open_hub(settings))
    producer = hub.broker.producer()
    stack.callback(producer.close)
    writers = {agency: MessageWriter(hub.credentials(agency)) for agency in hub.directory.load().agencies}

    def publish() -> tuple[int, int]:
        waiting: dict[str, list[Message]] = {agency: [] for agency in writers}
        sent = size = 0
        for told in stream(count, seed):
            message = writers[told.agency].write(
                told.event, now=datetime.now(UTC), recorded_at=told.recorded_at, ce_id=told.ce_id
            )
            sent, size = sent + 1, size + len(message.value)
            waiting[told.agency].append(message)
            if len(waiting[told.agency]) == _BATCH:
                producer.send(concerns_topic(told.agency), waiting.pop(told.agency))
                waiting[told.agency] = []
        for agency, messages in waiting.items():
            producer.send(concerns_topic(agency), messages)
        return sent, size

    return publish
