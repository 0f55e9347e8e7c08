"""What was read from the key table lately, good only for the generation of the table that it was read in.

Destroying keys begins a new generation. An entry counts only beside the table's generation of this moment, so a
destroyed key is never found, whoever destroyed it and however many threads read. Full, it forgets the longest unused.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class KeyCache(Generic[Key, Value]):
    """Holds at most `limit` entries of one generation."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._generation = -1
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def read(
        self, keys: Collection[Key], fetch: Callable[[list[Key]], tuple[int, dict[Key, Value]]]
    ) -> dict[Key, Value]:
        """Return the entries of these keys; `fetch` reads those not held, and always the table's generation."""
        while True:
            generation, held = self._find(keys)
            now, fetched = fetch([key for key in keys if key not in held])
            self.add(now, fetched)
            if now == generation or not held:
                return held | fetched

    def add(self, generation: int, fetched: Mapping[Key, Value]) -> None:
        """Hold what was read in a generation; a newer one than before drops all others, an older one is not held."""
        with self._lock:
            if generation > self._generation:
                self._entries.clear()
                self._generation = generation
            if generation == self._generation:
                self._entries.update(fetched)
                while len(self._entries) > self._limit:
                    self._entries.popitem(last=False)

    def _find(self, keys: Collection[Key]) -> tuple[int, dict[Key, Value]]:
        entries = self._entries
        with self._lock:
            held = {key: entries[key] for key in keys if key in entries}
            for key in held:
                entries.move_to_end(key)
            return self._generation, held
