"""When something happened, as an interval: no earlier than, no later than. Precision is never made up.

An unknown or estimated day widens to its month, a month to its year, an estimated year to the years beside it; an
unknown year says nothing. Example: 15 June 2020 with accuracy `UAA` lies between 1 and 30 June 2020.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from hub.contract.primitives import PartialDate, Precision

_BELIEVABLE_FROM = 1900
_ONE_DAY = 1
_PRECISIONS: dict[str, Precision] = {
    "".join(letters): PartialDate(date=date.min, accuracy="".join(letters)).precision
    for letters in product("AEU", repeat=3)
}


@dataclass(slots=True)
class Occurrence:
    """The interval in which something began, the day until which it went on, and how finely all this is known.

    `stated` is the date as written, None where it was unreadable; `at` the moment in UTC where a time of day is known.
    """

    earliest: date
    latest: date
    ends: date
    precision: Precision
    estimated: bool = False
    reliable: bool = True
    in_order: bool = True
    stated: date | None = None
    at: datetime | None = None


UNKNOWN = Occurrence(date.min, date.max, date.max, Precision.UNKNOWN, reliable=False)

Interval = tuple[date, date]


def occurrence(when: Mapping[str, Any] | None) -> Occurrence:
    """Return when an event happened from its `when` section; what cannot be read is unknown, never an error."""
    stated = (when or {}).get("occurred")
    if not stated:
        return UNKNOWN
    try:
        return _occurrence(stated)
    except (KeyError, OverflowError, TypeError, ValueError):
        return UNKNOWN


def interval(day: date, accuracy: str) -> Interval:
    """Return the first and the last day that a partial date may mean (MAIS accuracy: day, month, year as A, E or U)."""
    if accuracy == "AAA":
        return day, day
    _, of_month, of_year = tuple(accuracy)
    if of_year == "U":
        return date.min, date.max
    if of_year == "E":
        return date(max(day.year - 1, date.min.year), 1, 1), date(min(day.year + 1, date.max.year), 12, 31)
    if of_month != "A":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def born_between(stated: Mapping[str, Any] | None) -> Interval | None:
    """Return the interval of a stated date of birth or death, or None where none can be read."""
    if not stated:
        return None
    try:
        return interval(date.fromisoformat(stated["date"]), stated.get("accuracy", "AAA"))
    except (KeyError, OverflowError, TypeError, ValueError):
        return None


def _occurrence(stated: Mapping[str, Any]) -> Occurrence:
    day = date.fromisoformat(stated["date"])
    accuracy = stated.get("accuracy", "AAA")
    at = _moment(stated["at"]) if stated.get("at") else None
    if at is not None and abs(at.toordinal() - day.toordinal()) > _ONE_DAY:
        return Occurrence(at.date(), at.date(), at.date(), Precision.TIME, reliable=False, stated=day, at=at)
    earliest, latest = (day, day) if at is not None else interval(day, accuracy)
    until = date.fromisoformat(stated["until"]) if stated.get("until") else latest
    return Occurrence(
        earliest,
        latest,
        latest if until < latest else until,
        Precision.TIME if at is not None else _PRECISIONS[accuracy],
        estimated="E" in accuracy,
        reliable=accuracy[2] != "U" and day.year >= _BELIEVABLE_FROM,
        in_order=until >= earliest,
        stated=day,
        at=at,
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
