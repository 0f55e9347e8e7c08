"""The picture over a chronology: a lane for each agency, a mark for what lies close together, gaps shown as gaps.

The same lines as the table, and a link from each mark to its first line; what has no date that may be seen is counted
beside it. Geometry only: the template draws.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from hub.web.lines import Line

WIDTH: Final = 1000
LEFT: Final = 190
TOP: Final = 30
LANE: Final = 34
_RIGHT: Final = 20
_STEPS: Final = 40
_LONG: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Mark:
    """Events of one agency that lie close together; `to` is the first line's id."""

    x: float
    y: float
    radius: float
    count: int
    to: str
    first: date
    last: date
    lane: str | None
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A year or more in which nothing that the viewer may see happened."""

    x: float
    width: float
    months: int


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn."""

    lanes: Sequence[tuple[str | None, float]]
    marks: Sequence[Mark]
    years: Sequence[tuple[int, float]]
    gaps: Sequence[Gap]
    height: float
    undated: int


def picture_of(lines: Sequence[Line]) -> Picture | None:
    """Return the picture of what has a date; None where nothing has."""
    dated = sorted((line for line in lines if line.day is not None), key=_day)
    if not dated:
        return None
    span = _Span.over(dated)
    lanes = sorted({line.agency_name for line in dated}, key=lambda name: (name is None, name or ""))
    rows = {name: TOP + LANE * number + LANE / 2 for number, name in enumerate(lanes)}
    marks = [_mark(together, rows[name], span) for name, together in _together(dated, span)]
    height = TOP + LANE * len(lanes) + 24
    return Picture(list(rows.items()), marks, span.years(), _gaps(dated, span), height, len(lines) - len(dated))


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a day lies in the picture."""

    start: date
    days: int

    @classmethod
    def over(cls, dated: Sequence[Line]) -> "_Span":
        """Return the span of whole years that holds all days."""
        start = date(_day(dated[0]).year, 1, 1)
        end = date(min(_day(dated[-1]).year + 1, date.max.year), 1, 1)
        return cls(start, max((end - start).days, 1))

    def x(self, day: date) -> float:
        """Return how far from the left a day lies."""
        return round(LEFT + (WIDTH - LEFT - _RIGHT) * (day - self.start).days / self.days, 1)

    def step(self, day: date) -> int:
        """Return in which of the steps a day lies that are drawn as one mark."""
        return (day - self.start).days * _STEPS // self.days

    def years(self) -> list[tuple[int, float]]:
        """Return the years that are named, no more than fit."""
        last = self.start.year + round(self.days / 365.25)
        every = max(1, -(-(last - self.start.year) // 12))
        return [(year, self.x(date(year, 1, 1))) for year in range(self.start.year, last, every)]


def _day(line: Line) -> date:
    return line.day or date.min


def _together(dated: Sequence[Line], span: _Span) -> list[tuple[str | None, list[Line]]]:
    found: dict[tuple[int, str | None], list[Line]] = defaultdict(list)
    for line in dated:
        found[span.step(_day(line)), line.agency_name].append(line)
    return [(name, lines) for (_, name), lines in found.items()]


def _mark(lines: Sequence[Line], y: float, span: _Span) -> Mark:
    first, last = _day(lines[0]), _day(lines[-1])
    x = round((span.x(first) + span.x(last)) / 2, 1)
    radius = min(14.0, 7 + 1.5 * (len(lines) - 1))
    doubtful = all(line.doubtful for line in lines)
    return Mark(x, y, radius, len(lines), lines[0].id, first, last, lines[0].agency_name, doubtful)


def _gaps(dated: Sequence[Line], span: _Span) -> list[Gap]:
    days = [_day(line) for line in dated]
    return [
        Gap(span.x(before), round(span.x(after) - span.x(before), 1), (after - before).days * 12 // 365)
        for before, after in pairwise(days)
        if after - before >= _LONG
    ]
