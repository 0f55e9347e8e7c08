"""Seeded chance that falls the same on every Python: only `random()` and `getrandbits()` of a seeded generator.

Never uses `hash()`, `shuffle`, `sample` or `choice`: what those draw from a seed has changed between versions.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Dice:
    """Chance under one seed; the same parts of a seed give the same throws."""

    __slots__ = ("_bits", "_throw")

    def __init__(self, *seed: str | int) -> None:
        digest = sha256("\x1f".join(str(part) for part in seed).encode()).digest()
        generator = Random(int.from_bytes(digest, "big"))
        self._throw = generator.random
        self._bits = generator.getrandbits

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return self._throw() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._throw() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._throw() * len(choices))]

    def weighted(self, table: Sequence[tuple[T, float]]) -> T:
        """Return one choice of a table of choices and weights."""
        sums = list(accumulate(weight for _, weight in table))
        throw = self._throw() * sums[-1]
        return next((choice for (choice, _), total in zip(table, sums, strict=True) if throw < total), table[-1][0])

    def uuid(self) -> UUID:
        """Return a version 4 UUID."""
        return UUID(int=self._bits(128), version=4)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in an order of chance."""
        keys = [(self._throw(), place) for place in range(len(items))]
        return [items[place] for _, place in sorted(keys)]
