"""How a test waits for what another thread or process does: it asks until it is so, and fails after minutes.

Where a test says no other, that is two: on a machine that is busy with other tests a short wait fails without a fault.
"""

import time
from collections.abc import Callable

PATIENCE = 120.0


def until(done: Callable[[], object], what: str = "what was awaited did not come", patience: float = PATIENCE) -> None:
    """Ask until it is so; fails with what is the matter when the patience ends first."""
    ends = time.monotonic() + patience
    while not done():
        assert time.monotonic() < ends, what
        time.sleep(0.02)
