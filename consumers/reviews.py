"""Escalate, beside the taking in, what nobody answered in time: once a minute, in the thread that is given to it."""

import time
from collections.abc import Callable

from hub.bootstrap import Hub

SECONDS = 60.0


def escalating(hub: Hub, clock: Callable[[], float] = time.monotonic) -> Callable[[], None]:
    """Return what escalates when it is called, the first time and then once a minute at most."""
    last: float | None = None

    def beat() -> None:
        nonlocal last
        now = clock()
        if last is None or now - last >= SECONDS:
            last = now
            hub.review_desk.escalate()

    return beat
