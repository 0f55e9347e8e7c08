"""Compare rows, as they are now, with the leaves that the tree keeps of them. No I/O but the tree's own files.

Names what was altered, removed or inserted, and a clock that ran backwards; goes on after a fault, so that it can say
what is still good. Rows after the tree's last leaf are not in it yet: of them only the clock is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hub.proof.leaf import Row, leaves_of
from hub.proof.tree import Tree

MAX_FAULTS: Final = 1000


class Kind(StrEnum):
    """What can be wrong with an event."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    CLOCK = "clock"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Fault:
    """One event that is not as it was recorded; of one that is gone only its position is known."""

    position: int
    kind: Kind
    event: str | None = None


@dataclass(slots=True)
class Comparison:
    """Takes rows in log order, from those of leaf `index` up to those of leaf `end`."""

    tree: Tree
    index: int
    end: int
    good: int = 0
    unproved: int = 0
    bad: int = 0
    faults: list[Fault] = field(default_factory=list)
    _stamp: int = -1

    def take(self, rows: Sequence[Row]) -> None:
        """Compare the next rows."""
        made = leaves_of(rows, self.index)
        stamps = [self._stamp, *(row.stamp for row in rows)]
        rising = all(map(int.__lt__, stamps, stamps[1:]))
        if rising and list(self.tree.leaves(self.index, min(self.index + len(made), self.end))) == made:
            self.index += len(made)
            self.good += len(rows)
            self._stamp = stamps[-1]
            return
        for row in rows:
            self._take_one(row)

    def finish(self) -> None:
        """Name the leaves that no row came for."""
        while self.index < self.end:
            self._gone()

    def fault(self, position: int, kind: Kind, event: str | None = None) -> None:
        """Note a fault."""
        self.bad += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(position, kind, event))

    def _take_one(self, row: Row) -> None:
        while self.index < self.end and self.tree.leaf(self.index).position < row.position:
            self._gone()
        proved = self.index < self.end and self.tree.leaf(self.index).position == row.position
        if proved:
            made = [leaf.hash for leaf in leaves_of([row], self.index)]
            if self._group() != made:
                self.fault(row.position, Kind.ALTERED, row.event)
                return
        elif row.position <= self.tree.last_position():
            self.fault(row.position, Kind.INSERTED, row.event)
            return
        if row.stamp <= self._stamp:
            self.fault(row.position, Kind.CLOCK, row.event)
            return
        self.good += proved
        self.unproved += not proved
        self._stamp = row.stamp

    def _gone(self) -> None:
        position = self.tree.leaf(self.index).position
        self._group()
        self.fault(position, Kind.REMOVED)

    def _group(self) -> list[bytes]:
        """Step over the leaves of one row: its own, and the padding after it."""
        position = self.tree.leaf(self.index).position
        found = []
        while self.index < self.end and (leaf := self.tree.leaf(self.index)).position == position:
            found.append(leaf.hash)
            self.index += 1
        return found
