"""When a review is due: hours by the clock, or hours and days on which people work in England. Pure; reads no clock.

A length of working days that begins when nobody works begins with the next working day: asked on a Saturday, one
working day ends when Tuesday's begins. Asked on a Friday at three, it ends on Monday at three.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hub.events.reviews import OfficeHours, ReviewArrangement, Span

if TYPE_CHECKING:
    from holidays import HolidayBase

_ENGLAND = ZoneInfo("Europe/London")
_WEEKEND = 5
_DAY = timedelta(days=1)
SECOND_LOOK = Span(amount=24, unit="hours")


@cache
def _bank_holidays() -> "HolidayBase":
    from holidays import country_holidays  # noqa: PLC0415 - it takes a third of a second, and few answers need it

    return country_holidays("GB", subdiv="ENG")


def is_working_day(day: date) -> bool:
    """Say whether people work on a day: no Saturday, Sunday or bank holiday in England."""
    return day.weekday() < _WEEKEND and day not in _bank_holidays()


def out_of_hours(moment: datetime, office: OfficeHours | None) -> bool:
    """Say whether the offices are closed; whoever says no hours is only away on days on which nobody works."""
    local = moment.astimezone(_ENGLAND)
    if not is_working_day(local.date()):
        return True
    return office is not None and not office.opens <= local.time() < office.closes


def ends(start: datetime, span: Span, office: OfficeHours | None) -> datetime:
    """Return when a length of time ends that begins at a moment."""
    match span.unit:
        case "hours":
            return start + timedelta(hours=span.amount)
        case "working-days":
            return _after_days(start.astimezone(_ENGLAND), span.amount, office)
        case "working-hours":
            assert office is not None  # noqa: S101 - an arrangement without office hours has no such clock
            return _after_hours(start, timedelta(hours=span.amount), office)


def deadlines(start: datetime, risk: str, arrangement: ReviewArrangement) -> tuple[datetime, datetime]:
    """Return when a review is due by the local clock, and by the ceiling that the law sets; the first never later."""
    ceiling = ends(start, arrangement.ceiling, arrangement.office_hours)
    local = next((span for rated, span in arrangement.clocks.items() if rated == risk), None)
    if local is None:
        return ceiling, ceiling
    return min(ends(start, local, arrangement.office_hours), ceiling), ceiling


def _after_days(start: datetime, days: int, office: OfficeHours | None) -> datetime:
    working = _working_days(start.date())
    first = next(working)
    at = start.time() if first == start.date() else office.opens if office else time()
    for _ in range(days):
        first = next(working)
    return datetime.combine(first, at, _ENGLAND).astimezone(UTC)


def _after_hours(start: datetime, left: timedelta, office: OfficeHours) -> datetime:
    for day in _working_days(start.astimezone(_ENGLAND).date()):
        opens, closes = (datetime.combine(day, at, _ENGLAND).astimezone(UTC) for at in (office.opens, office.closes))
        begins = max(start, opens)
        worked = closes - begins
        if worked >= left:
            return begins + left
        left -= max(worked, timedelta())
    raise AssertionError("working days never end")


def _working_days(day: date) -> Iterator[date]:
    """Yield the working days from a day on, that day first where it is one."""
    while True:
        if is_working_day(day):
            yield day
        day += _DAY
