"""Dates as agencies write them: ISO, day/month/year, `2025-Jun-02 00:00:00`. A date that can be misread is not read.

Two-digit years, month-first dates and spreadsheet serial numbers (whose two epochs lie four years apart) are
therefore unreadable. Midnight is the padding of an export, not a time of day.
"""

import re
from datetime import UTC, date, datetime, time
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.contract.primitives import PartialDate

IMPLAUSIBLE = "implausible-year"
UNREADABLE = "unreadable-date"
FIRST_PLAUSIBLE_YEAR = 1900
LAST_PLAUSIBLE_YEAR = 2100
MIDDLE_DAY = 15
MIDDLE_MONTH = 6

_TIME = r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?)?"
_OFFSET = r" ?(?P<offset>Z|[+-]\d{2}:?\d{2})?"
_SHAPES = tuple(
    re.compile(shape + _TIME + _OFFSET, re.ASCII)
    for shape in (
        r"(?P<year>\d{4})(?P<mark>[-/]?)(?P<month>\d{2})(?P=mark)(?P<day>\d{2})",
        r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<mark>[- /])(?P<name>[A-Za-z]{3,9})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})(?P<mark>[- /])(?P<name>[A-Za-z]{3,9})(?P=mark)(?P<year>\d{4})",
    )
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)


class Instant(NamedTuple):
    """A day in England, and the moment in UTC where a time of day was written."""

    day: date
    at: datetime | None = None


@cache
def london() -> ZoneInfo:
    """Return the zone in which times without an offset are meant."""
    return ZoneInfo("Europe/London")


def plausible(day: date) -> bool:
    """Say whether a living child's record can name this year at all."""
    return FIRST_PLAUSIBLE_YEAR <= day.year <= LAST_PLAUSIBLE_YEAR


def read_day(text: str) -> date | None:
    """Return the day that is written, or None where it is not certain which day is meant."""
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    found = read_instant(text)
    return found.day if found else None


def read_instant(text: str) -> Instant | None:
    """Return the day and the time of day that are written, or None where they are not certain."""
    for shape in _SHAPES:
        found = shape.fullmatch(text)
        if found is not None:
            return _instant(found.groupdict())
    return None


def read_moment(text: str) -> datetime | None:
    """Return the moment in UTC that is written, midnight included; a bare day is no moment."""
    for shape in _SHAPES:
        found = shape.fullmatch(text)
        if found is not None and found["hour"] is not None:
            return _moment(found.groupdict())
    return None


def local_day(moment: datetime) -> date:
    """Return the day that it was in England at a moment."""
    try:
        return moment.astimezone(london()).date()
    except OverflowError:
        return moment.date()


def read_partial(text: str) -> PartialDate | None:
    """Return a date of which the day or month may be missing; the missing part is set to the middle, never the first.

    The 15th for an unknown day is the practice of social care data (SSD, UASC).
    """
    found = _PARTIAL.fullmatch(text)
    if found is None:
        day = read_day(text)
        return PartialDate(date=day) if day else None
    year, month = int(found[1]), int(found[2] or MIDDLE_MONTH)
    try:
        return PartialDate(date=date(year, month, MIDDLE_DAY), accuracy="UAA" if found[2] else "UUA")
    except ValueError:
        return None


def _instant(parts: dict[str, str | None]) -> Instant | None:
    day = _day(parts)
    if day is None or parts["hour"] is None:
        return Instant(day) if day else None
    moment = _moment(parts)
    if moment is None:
        return None
    clock = (parts["hour"], parts["minute"], parts["second"] or "00")
    if all(int(part or 0) == 0 for part in clock):
        return Instant(day)
    return Instant(local_day(moment), moment)


def _moment(parts: dict[str, str | None]) -> datetime | None:
    day = _day(parts)
    try:
        clock = time(int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0))
        if day is None:
            return None
        offset = parts["offset"]
        if offset is None:
            return datetime.combine(day, clock, london()).astimezone(UTC)
        return datetime.fromisoformat(f"{day.isoformat()}T{clock.isoformat()}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(parts: dict[str, str | None]) -> date | None:
    month = _month(parts["name"] or "") if "name" in parts else int(parts["month"] or 0)
    try:
        return date(int(parts["year"] or 0), month, int(parts["day"] or 0))
    except ValueError:
        return None


def _month(name: str) -> int:
    lowered = name.lower()
    matches = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(lowered)]
    return matches[0] if matches else 0
