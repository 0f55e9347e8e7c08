"""Hands what agencies send by HTTPS to the topics that they would have sent it to themselves.

So there is one door, one order and one record of what was refused, whichever way a message came.
"""

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hub.bootstrap import Hub
from hub.broker.port import Message, Producer
from hub.contract.topics import concerns_topic


class Doors:
    """Keeps producers, each used by one thread at a time; as many as were ever needed at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._idle: dict[str, queue.SimpleQueue[Producer]] = {}

    def send(self, agency: str, messages: Sequence[Message]) -> None:
        """Send an agency's messages, durable on return; raises as `Producer.send`."""
        with self._producer(agency) as producer:
            producer.send(concerns_topic(agency), messages)

    def close(self) -> None:
        """Close all that are idle."""
        for idle in self._idle.values():
            while not idle.empty():
                idle.get_nowait().close()

    @contextmanager
    def _producer(self, agency: str) -> Iterator[Producer]:
        idle = self._idle.setdefault(agency, queue.SimpleQueue())
        try:
            producer = idle.get_nowait()
        except queue.Empty:
            producer = self._hub.producer_of(agency)
        try:
            yield producer
        except BaseException:
            producer.close()
            raise
        idle.put(producer)
