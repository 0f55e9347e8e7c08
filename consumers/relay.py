"""Send agencies what standing agreements let them see, what has changed of that, and receipts: follows the log.

What is sent and how far that is go to the broker in one transaction, so that after any crash nothing is sent twice and
nothing is left out. One process does this at a time; further ones stand by and take over when it ends. One that
does not know that it lost its place is shut out by the broker, adds no record, and stands by.
"""

import threading
import time
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from consumers.loop import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from hub.application.crash_points import no_fault
from hub.application.relaying import Outgoing, Relaying
from hub.application.telling_changes import DAY
from hub.bootstrap import RELAY_NAME, Hub
from hub.broker.port import PRODUCER_FENCED, UNKNOWN_TOPIC, TransactionalProducer
from hub.errors import ConflictError, HubError, RetryableError, UsageError

IDLE_SECONDS = 1.0
TOPICS_SECONDS = 10.0


@dataclass(slots=True)
class Relayed:
    """How much was sent: disclosures, records taken back, receipts.

    And who is served later: agencies that have no key to open anything, and topics that there are not.
    """

    disclosures: int = 0
    notices: int = 0
    receipts: int = 0
    waiting: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

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
    on_pause: Callable[[HubError, float], None] = lambda _error, _seconds: None
    on_standby: Callable[[], None] = lambda: None
    on_missing: Callable[[list[str]], None] = lambda _: None
    at_point: Callable[[str], None] = no_fault
    total: Relayed = field(default_factory=Relayed)
    _pause: float = FIRST_PAUSE_SECONDS
    _standing_by: bool = False
    _there: set[str] = field(default_factory=set)
    _look_again: float = 0.0

    def run(self, *, once: bool) -> Relayed:
        """Relay until `stop`, or with `once` until all that is recorded by now is served.

        While database or broker is away it waits, and begins again from what the broker has committed; while another
        relay runs it stands by. With `once` it raises `ConflictError` then ("relay-runs", "producer-fenced").
        """
        while not self.stop.is_set():
            try:
                with self.hub.only_one(RELAY_NAME, lambda: once or self._stands_by()) as alone:
                    if alone:
                        self._take_over(once=once)
                        break
                    if once:
                        raise ConflictError("Another relay runs, and sends what is due.", code="relay-runs")
            except RetryableError as error:
                self._wait(error)
            except ConflictError as error:
                if once or error.code != PRODUCER_FENCED:
                    raise
                self._wait(error)
        return self.total

    def _stands_by(self) -> bool:
        """Say that another relay runs, once; say whether to give up waiting for its end."""
        if not self._standing_by:
            self._standing_by = True
            self.on_standby()
        return self.stop.is_set()

    def _wait(self, error: HubError) -> None:
        self.on_pause(error, self._pause)
        self.stop.wait(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def _take_over(self, *, once: bool) -> None:
        self._standing_by = False
        with closing(self.hub.broker.transactional(RELAY_NAME)) as producer:
            self._serve(producer, once=once)

    def _serve(self, producer: TransactionalProducer, *, once: bool) -> None:
        positions = producer.positions()
        relaying, telling = self.hub.relaying(self.at_point), self.hub.telling_changes(self.beat, self.at_point)
        missing: Collection[str] = ()

        def settle() -> Outgoing | None:
            return relaying.settled(positions)

        def begin() -> Outgoing | None:
            return relaying.beginnings(positions, from_beginning=self.from_beginning)

        def disclose() -> Outgoing | None:
            return relaying.disclosures(positions, missing)

        def tell() -> Outgoing | None:
            return telling.of_beat(positions, missing)

        while not self.stop.is_set():
            missing = self._missing(relaying)
            for step in (settle, begin, disclose, tell):
                while not self.stop.is_set() and (out := step()) is not None:
                    self._send(producer, out)
                    positions.update(out.positions)
                    self.total.add(out)
                    self.on_batch(self.total)
            self.total.waiting = relaying.waiting()
            self._pause = FIRST_PAUSE_SECONDS
            if once or self.stop.wait(IDLE_SECONDS):
                return

    def _missing(self, relaying: Relaying) -> list[str]:
        """Return the topics that agreements call for and that there are not; asks again after some seconds."""
        wanted = relaying.topics()
        if not wanted <= self._there and time.monotonic() >= self._look_again:
            self._there.update(self.hub.broker.existing(sorted(wanted - self._there)))
            self._look_again = time.monotonic() + TOPICS_SECONDS
        missing = sorted(wanted - self._there)
        if missing != self.total.missing:
            self.total.missing = missing
            self.on_missing(missing)
        return missing

    def _send(self, producer: TransactionalProducer, out: Outgoing) -> None:
        try:
            producer.send(out.messages, out.positions)
        except UsageError as error:
            if error.code != UNKNOWN_TOPIC:
                raise
            # It was there when the relay last looked.
            self._there.clear()
            self._look_again = 0.0
            raise RetryableError(error.message, code=error.code, place=error.place) from error
