"""Sends an agency's sealed messages to its topic or, while the broker is away, keeps them in the spool; in order.

While anything is in the spool, everything goes behind it. Knows nothing of events, and opens no message.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from hub.broker.port import Message, Producer
from hub.clock import Clock
from hub.errors import HubError, RetryableError, UsageError
from producers.spool import Spool
from producers.spool_folder import SpoolStatus

BATCH: Final = 1000
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2
_CLOSE_SECONDS: Final = 1.5


class Outbox:
    """The way out of one agency's messages; without a spool, an absent broker is the caller's to wait for."""

    def __init__(self, topic: str, producer: Producer, clock: Clock, spool: Spool | None = None) -> None:
        self._topic = topic
        self._producer = producer
        self._clock = clock
        self._spool = spool
        self._sending = threading.Lock()
        self._stop = threading.Event()
        self._drainer = threading.Thread(target=self._keep_draining, name="mash-spool", daemon=True)

    def send(self, messages: Sequence[Message]) -> None:
        """Return when the broker has stored the messages, or the spool has them on disk.

        Raises `RetryableError` where neither is possible: none counts as accepted, and sending all again is right.
        """
        spool = self._spool
        if spool is None:
            self._producer.send(self._topic, messages)
        elif len(spool) or not self._sent_directly(spool, messages):
            spool.append(messages)

    def _sent_directly(self, spool: Spool, messages: Sequence[Message]) -> bool:
        """Send past the empty spool; else keep the messages before any other call can send past them."""
        with self._sending:
            if len(spool):
                return False
            try:
                self._producer.send(self._topic, messages)
            except RetryableError as error:
                self._note(spool, error)
                spool.append(messages)
            return True

    def drain(self, limit: int = BATCH) -> int:
        """Send what waits longest in the spool, at most `limit`; return how many that were; raises as a producer."""
        spool = self._spool
        if spool is None:
            return 0
        with self._sending:
            batch = spool.first(limit)
            if batch is None:
                return 0
            self._producer.send(self._topic, batch.messages)
            # First the note: who sees an empty spool must not read beside it why it was filled.
            self._note(spool, None)
            spool.sent(batch)
            return len(batch.messages)

    def keep_draining(self) -> None:
        """Drain in the background from now on, whenever the broker is there, until closed."""
        self._drainer.start()

    def wait_until_sent(self, seconds: float) -> bool:
        """Wait for the spool to be empty; return whether it is."""
        return _waited(lambda: not self._spool, seconds, self._stop)

    def status(self) -> SpoolStatus:
        """Return what waits in the spool; raises `UsageError` where there is none."""
        if self._spool is None:
            raise UsageError("This publisher has no spool.", code="no-spool")
        return self._spool.status()

    def close(self) -> None:
        """Stop, and let go of the broker and the spool; what is in the spool goes out when it is next opened."""
        self._stop.set()
        if self._drainer.is_alive():
            self._drainer.join(_CLOSE_SECONDS)
        # A sending that still waits for the broker keeps its producer, which is one thread's at a time.
        if self._sending.acquire(timeout=_CLOSE_SECONDS):
            self._producer.close()
        if self._spool is not None:
            self._spool.close()

    def _keep_draining(self) -> None:
        spool, pause = self._spool, _FIRST_PAUSE_SECONDS
        while spool is not None and not self._stop.wait(_LOOK_SECONDS):
            try:
                while len(spool) and not self._stop.is_set():
                    self.drain()
                    pause = _FIRST_PAUSE_SECONDS
            except HubError as error:
                # A refused password or a missing topic too: it may be put right while the messages wait.
                self._note(spool, error)
                self._stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _note(self, spool: Spool, error: HubError | None) -> None:
        words = f"{error.message} [{error.code}]" if error is not None else None
        spool.note(words, self._clock.now().isoformat(timespec="seconds"))


def _waited(done: Callable[[], bool], seconds: float, stop: threading.Event) -> bool:
    for _ in range(int(seconds / 0.05)):
        if done() or stop.wait(0.05):
            break
    return done()
