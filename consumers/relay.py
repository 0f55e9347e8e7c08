"""Send agencies what standing agreements let them see, what has changed of that, and receipts: follows the log.

What is sent and how far that is go to the broker in one transaction, so that after any crash nothing is sent twice and
nothing is left out. One process does this at a time: a second one shuts out the first, which then ends with an error.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from consumers.loop import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from hub.application.crash_points import no_fault
from hub.application.relaying import Outgoing
from hub.application.telling_changes import DAY
from hub.bootstrap import Hub
from hub.broker.port import TransactionalProducer
from hub.errors import RetryableError

RELAY_NAME = "relay"
IDLE_SECONDS = 1.0


@dataclass(slots=True)
class Relayed:
    """How much was sent: disclosures, records taken back, receipts; and which agencies have no key to open anything."""

    disclosures: int = 0
    notices: int = 0
    receipts: int = 0
    waiting: list[str] = field(default_factory=list)

    def add(self, out: Outgoing) -> None:
        """Count what one transaction sent."""
        self.disclosures += out.disclosures
        self.notices += out.notices
        self.receipts += out.receipts


@dataclass(slots=True)
class Relay:
    """One relay process; `at_point` lets tests crash it."""

    hub: Hub
    stop: threading.Event
    from_beginning: bool = False
    beat: timedelta = DAY
    on_batch: Callable[[Relayed], None] = lambda _: None
    on_pause: Callable[[RetryableError, float], None] = lambda _error, _seconds: None
    at_point: Callable[[str], None] = no_fault
    total: Relayed = field(default_factory=Relayed)
    _pause: float = FIRST_PAUSE_SECONDS

    def run(self, *, once: bool) -> Relayed:
        """Relay until `stop`, or with `once` until all that is recorded by now is served.

        While database or broker is away it waits, and begins again from what the broker has committed. Raises
        `ConflictError` ("producer-fenced") where another relay was started.
        """
        while not self.stop.is_set():
            try:
                with closing(self.hub.broker.transactional(RELAY_NAME)) as producer:
                    self._serve(producer, once=once)
                    break
            except RetryableError as error:
                self.on_pause(error, self._pause)
                self.stop.wait(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return self.total

    def _serve(self, producer: TransactionalProducer, *, once: bool) -> None:
        positions = producer.positions()
        relaying, telling = self.hub.relaying(self.at_point), self.hub.telling_changes(self.beat, self.at_point)

        def begin() -> Outgoing | None:
            return relaying.beginnings(positions, from_beginning=self.from_beginning)

        def disclose() -> Outgoing | None:
            return relaying.disclosures(positions)

        def tell() -> Outgoing | None:
            return telling.of_beat(positions)

        while not self.stop.is_set():
            for step in (begin, disclose, tell):
                while not self.stop.is_set() and (out := step()) is not None:
                    producer.send(out.messages, out.positions)
                    positions.update(out.positions)
                    self.total.add(out)
                    self.on_batch(self.total)
            self.total.waiting = relaying.waiting()
            self._pause = FIRST_PAUSE_SECONDS
            if once or self.stop.wait(IDLE_SECONDS):
                return
