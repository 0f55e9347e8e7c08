"""How often each client may ask: a bucket each, filled at a steady rate. Held in memory, so each worker has its own."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

_MOST_CLIENTS: Final = 20_000


class Shares:
    """The buckets; the client that was seen longest ago is forgotten, when its bucket is long full again."""

    def __init__(self, at_once: float, a_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._a_second = a_second
        self._monotonic = monotonic
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: Hashable) -> int:
        """Take one request from a client's share; return 0, or in how many seconds there will be one again."""
        now = self._monotonic()
        with self._lock:
            left, since = self._left.pop(client, (self._at_once, now))
            left = min(self._at_once, left + (now - since) * self._a_second)
            taken = left >= 1
            self._left[client] = (left - 1 if taken else left), now
            while len(self._left) > _MOST_CLIENTS:
                self._left.popitem(last=False)
        return 0 if taken else math.ceil((1 - left) / self._a_second)
