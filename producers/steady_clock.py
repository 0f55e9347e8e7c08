"""A clock that never goes back: where the machine's is set back, it goes on from where it was.

Signatures are made in order then, and none seems older than the key that made it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

from hub.clock import Clock


class SteadyClock:
    """Another clock's time, but never earlier than it was, nor than a moment that is surely past."""

    def __init__(
        self, clock: Clock, past: datetime | None = None, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._at = past or datetime.min.replace(tzinfo=UTC)
        self._measured = elapsed()
        self._mutex = Lock()

    def now(self) -> datetime:
        """Return the moment in UTC; raises nothing, whatever the machine's clock says."""
        with self._mutex:
            measured = self._elapsed()
            self._at = max(self._clock.now(), self._at + timedelta(seconds=measured - self._measured))
            self._measured = measured
            return self._at
