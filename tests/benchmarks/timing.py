"""Time one thing."""

import time
from collections.abc import Callable


def seconds(work: Callable[..., object], *given: object) -> float:
    """Return how long the work took."""
    start = time.perf_counter()
    work(*given)
    return time.perf_counter() - start
