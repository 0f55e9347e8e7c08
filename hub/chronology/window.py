"""Cut a chronology by time and into pages. Give it what the viewer may see, then counts and pages betray no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from hub.chronology.items import Item

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A run of items, and where the next page starts, or None on the last."""

    items: tuple[T, ...]
    next_start: int | None


def within(items: Iterable[Item], start: date | None = None, end: date | None = None) -> list[Item]:
    """Return the items that may have been going on between two days, both included; the undated always may have."""
    return [
        item
        for item in items
        if (end is None or item.occurred.earliest <= end) and (start is None or item.occurred.ends >= start)
    ]


def page(items: Sequence[T], *, start: int = 0, limit: int) -> Page[T]:
    """Return at most `limit` items from `start` on."""
    stop = start + limit
    return Page(tuple(items[start:stop]), stop if stop < len(items) else None)
