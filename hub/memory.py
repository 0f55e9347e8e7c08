"""Keep the garbage collector out of the way of long work: it frees only cycles, and the hub's own work makes few.

By default it looks through what lives after every 700 objects made, and an event is some hundred objects.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (50_000, 20, 100)


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Leave alone what is there already, and look for garbage seldom, until the work is done."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
