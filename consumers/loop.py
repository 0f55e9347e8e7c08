"""Polls, hands over, commits, pauses and stops. Knows nothing of the work, and the work nothing of the broker.

Offsets are committed only after the work returned, so what a crash interrupts is delivered again. The type of an error
decides: RetryableError pauses and hands the same messages over again; anything else ends the loop with nothing of the
batch committed.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from hub.broker.port import Consumer, PartitionLostError, Received, TopicPartition
from hub.errors import RetryableError

POLL_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0

Answer = TypeVar("Answer")
Work = Callable[[Sequence[Received]], None]
OnPause = Callable[[RetryableError, float], None]


def never() -> bool:
    """Say no: nothing ends the consuming but `stop`."""
    return False


def run(
    consumer: Consumer,
    work: Work,
    *,
    batch: int,
    once: bool,
    stop: threading.Event,
    on_pause: OnPause,
    wait: Callable[[float], bool] | None = None,
    leave: Callable[[], bool] = never,
) -> int:
    """Consume until `stop`, or with `once` until the group has committed all that was there at the start.

    Returns the number of messages worked. A stop finishes the batch in hand, unless that is pausing. `wait` pauses for
    seconds and says whether to stop; without one, the pause ends when `stop` is set. `leave` is asked between batches
    and ends the consuming too.
    """
    loop = _Loop(consumer, work, batch, stop, on_pause, wait or stop.wait, leave)
    with suppress(_StoppedError):
        loop.consume(once)
    return loop.worked


class _StoppedError(Exception):
    """The loop was told to stop while it paused."""


@dataclass(slots=True)
class _Loop:
    consumer: Consumer
    work: Work
    batch: int
    stop: threading.Event
    on_pause: OnPause
    wait: Callable[[float], bool]
    leave: Callable[[], bool]
    worked: int = 0
    _pause_seconds: float = FIRST_PAUSE_SECONDS

    def consume(self, once: bool) -> None:
        ends = self._patiently(self.consumer.ends) if once else None
        while not (self.stop.is_set() or self.leave()):
            if ends is not None and self._patiently(lambda: self.consumer.reached(ends)):
                return
            self._work_through(self._patiently(lambda: self.consumer.poll(self.batch, POLL_SECONDS)))
            self._pause_seconds = FIRST_PAUSE_SECONDS

    def _work_through(self, received: Sequence[Received]) -> None:
        while received:
            try:
                self.work(received)
            except RetryableError as error:
                held = self._held_after(error)
                received = [message for message in received if message.source in held]
            else:
                self.worked += len(received)
                self._commit({message.source: message.offset + 1 for message in received})
                return

    def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        while offsets:
            try:
                self.consumer.commit(offsets)
            except PartitionLostError:
                # Delivered again, to this member or another; the work that was done is met as a duplicate.
                return
            except RetryableError as error:
                held = self._held_after(error)
                offsets = {source: offset for source, offset in offsets.items() if source in held}
            else:
                return

    def _held_after(self, error: RetryableError) -> frozenset[TopicPartition]:
        self._pause(error)
        return self._patiently(self.consumer.hold)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            try:
                return ask()
            except RetryableError as error:
                self._pause(error)

    def _pause(self, error: RetryableError) -> None:
        seconds = self._pause_seconds
        self._pause_seconds = min(seconds * 2, LONGEST_PAUSE_SECONDS)
        self.on_pause(error, seconds)
        if self.wait(seconds) or self.stop.is_set():
            raise _StoppedError
