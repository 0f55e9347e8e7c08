"""When an answer leaves the application: at the next whole step of a fixed length after its question came.

Reading a child of whom much is held takes longer than finding that there is none; what is told by time is only how
many whole steps that took. Counted from the question, not from a clock on the wall: whoever could choose the moment of
asking would otherwise measure the work against the time that is left. Refusals and errors leave as answers do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

STEP_SECONDS: Final = 0.05
_AWAKE_SECONDS: Final = 0.002
_WITHIN: Final[ContextVar[bool]] = ContextVar("within a question", default=False)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Holds answers back; with a step of 0, as in tests and measurements of the work alone, it holds none."""

    step: float = STEP_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @contextmanager
    def at_boundary(self) -> Iterator[None]:
        """Do what answers a question, and go on when the step is over in which that was done.

        Within another, nothing is waited for: a page leaves once, when it is whole, not when its answer is there. What
        comes after a wait goes faster where the work before was more, since the processor was asleep for less.
        """
        if _WITHIN.get():
            yield
            return
        began, entered = self.monotonic(), _WITHIN.set(True)
        try:
            yield
        finally:
            _WITHIN.reset(entered)
            if self.step:
                self._wait_until(began + (int((self.monotonic() - began) / self.step) + 1) * self.step)

    def _wait_until(self, boundary: float) -> None:
        """Wait asleep, and the last two milliseconds awake: after a long sleep a processor is slower to come back."""
        while (left := boundary - self.monotonic()) > 0:
            if left > _AWAKE_SECONDS:
                self.sleep(left - _AWAKE_SECONDS)


ON_TIME: Final = Leaving()
AT_ONCE: Final = Leaving(step=0.0)
