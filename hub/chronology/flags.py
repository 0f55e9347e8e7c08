"""What a chronology notices about its items: impossible dates, activity on a closed case. It drops nothing.

A flag that rests on another item names it, for that item may be hidden from the viewer and the flag would betray it.
Only standing items are judged, and only they are evidence: nothing rests on what was retracted or erased.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hub.chronology.items import Flag, FlagCode, Item, Status
from hub.chronology.occurrence import Occurrence, born_between

_OF_THE_THREAD: Final = frozenset({FlagCode.FOREIGN_CORRECTION, FlagCode.CORRECTIONS_IN_CIRCLE})
_STANDING: Final = frozenset({Status.CURRENT, Status.CORRECTED})
_WEEKS_BEFORE_BIRTH: Final = timedelta(weeks=40).days
_CLOCKS_DIFFER_BY: Final = timedelta(minutes=10)
_SUMMER_TIME: Final = timedelta(hours=1)
_NOTHING: Final[Mapping[str, Any]] = {}

_Noticed = dict[UUID, list[Flag]]

NEEDS_A_BORN_CHILD: Final = frozenset(
    {
        "ae-attendance",
        "child-death-notification",
        "child-looked-after",
        "death",
        "emergency-protection-order",
        "exploitation-concern",
        "missing-person",
        "police-protection",
        "private-fostering",
        "restraint",
        "school-attendance",
        "school-exclusion",
        "school-suspension",
        "voice",
    }
)
FOLLOWS_A_DEATH: Final = frozenset(
    {
        "case-closure",
        "child-death-notification",
        "correction",
        "death",
        "information-request",
        "information-response",
        "outcome-feedback",
        "person-details",
        "retraction",
    }
)
CASEWORK: Final = frozenset(
    {
        "assessment",
        "child-looked-after",
        "cin-plan",
        "cp-conference",
        "cp-plan",
        "emergency-protection-order",
        "legal-order",
        "section-47",
        "strategy-discussion",
    }
)


@dataclass(frozen=True, slots=True)
class _Life:
    """What the standing items say of birth and death, each with the items that say so."""

    own_births: list[int | None]
    born_from: int
    births: tuple[UUID, ...]
    death_dates: list[date]
    deaths: list[tuple[UUID, ...]]


def add_flags(items: Sequence[Item]) -> None:
    """Add to each of the sorted items what is noticed about it."""
    noticed = _noticed(items)
    for item in items:
        if item.event in noticed:
            item.flags = (*item.flags, *noticed[item.event])


def without_dates_flags(item: Item) -> Item:
    """Return an item with no flag but those of its own thread, which rest on no other item's dates."""
    return _with_flags(item, _of_the_thread(item))


def flagged_alone(items: Sequence[Item]) -> list[Item]:
    """Return sorted items as if there were no others: a hidden one must neither give a flag nor take one away."""
    noticed = _noticed(items)
    return [_with_flags(item, (*_of_the_thread(item), *noticed.get(item.event, ()))) for item in items]


def _with_flags(item: Item, flags: tuple[Flag, ...]) -> Item:
    return item if flags == item.flags else replace(item, flags=flags)


def _of_the_thread(item: Item) -> tuple[Flag, ...]:
    return tuple([flag for flag in item.flags if flag.code in _OF_THE_THREAD]) if item.flags else ()


def _noticed(items: Iterable[Item]) -> _Noticed:
    standing = [item for item in items if item.status in _STANDING]
    noticed: _Noticed = {}
    life = _life(standing)
    for item, own_birth in zip(standing, life.own_births, strict=True):
        _flag_own_dates(item, noticed)
        _flag_against_life(item, own_birth, life, noticed)
    _flag_after_closure(standing, noticed)
    return noticed


def _flag_own_dates(item: Item, noticed: _Noticed) -> None:
    occurred = item.occurred
    if _is_later_than_known(occurred, item.known):
        _add(noticed, item, FlagCode.IN_FUTURE)
    if not occurred.reliable:
        _add(noticed, item, FlagCode.DATE_UNRELIABLE)
    if not occurred.in_order:
        _add(noticed, item, FlagCode.DATES_OUT_OF_ORDER)


def _add(noticed: _Noticed, item: Item, code: FlagCode, rests_on: tuple[UUID, ...] = ()) -> None:
    noticed.setdefault(item.event, []).append(Flag(code, rests_on))


def _is_later_than_known(occurred: Occurrence, known: datetime) -> bool:
    """Dates are England's, an hour ahead of the log's UTC in summer; agencies' clocks are never quite right."""
    if occurred.at is not None:
        return occurred.at > known + _CLOCKS_DIFFER_BY
    return occurred.earliest > (known + _SUMMER_TIME).date()


def _flag_against_life(item: Item, own_birth: int | None, life: _Life, noticed: _Noticed) -> None:
    occurred = item.occurred
    if life.deaths and item.type not in FOLLOWS_A_DEATH:
        before = bisect_left(life.death_dates, occurred.earliest)
        if before:
            _add(noticed, item, FlagCode.AFTER_DEATH, life.deaths[before - 1])
    born_from = life.born_from if own_birth is None else own_birth
    latest = occurred.latest.toordinal()
    if latest < born_from and latest < born_from - _allowance(item):
        _add(noticed, item, FlagCode.BEFORE_BIRTH, life.births if own_birth is None else (item.event,))


def _allowance(item: Item) -> int:
    """Work with an unborn child begins at most 40 weeks before its birth (CIN rule 8606)."""
    unborn = (item.sections or {}).get("subject", {}).get("kind") == "unborn-child"
    return 0 if item.type in NEEDS_A_BORN_CHILD and not unborn else _WEEKS_BEFORE_BIRTH


def _life(standing: Iterable[Item]) -> _Life:
    births: list[int | None] = []
    deaths: dict[date, list[UUID]] = {}
    stated: Mapping[str, Any] | None = None
    birth: int | None = None
    for item in standing:
        person = (item.sections or _NOTHING).get("subject", _NOTHING).get("person", _NOTHING)
        if person.get("born") != stated:
            stated = person.get("born")
            birth = _first_day(stated)
        births.append(birth)
        if "died" in person or item.type == "death":
            for death in _last_days(item, person.get("died")):
                deaths.setdefault(death, []).append(item.event)
    death_dates = sorted(deaths)
    return _Life(
        own_births=births,
        born_from=min((birth for birth in births if birth is not None), default=0),
        births=tuple(item.event for item, birth in zip(standing, births, strict=True) if birth is not None),
        death_dates=death_dates,
        deaths=_running(deaths[day] for day in death_dates),
    )


def _first_day(stated: Mapping[str, Any] | None) -> int | None:
    born = born_between(stated)
    return None if born is None else born[0].toordinal()


def _last_days(item: Item, stated: Mapping[str, Any] | None) -> set[date]:
    """Return the last days on which an item allows the subject to have been alive."""
    died = born_between(stated)
    days = set() if died is None else {died[1]}
    if item.type == "death":
        days.add(item.occurred.latest)
    return days


def _running(groups: Iterable[list[UUID]]) -> list[tuple[UUID, ...]]:
    """Return each group joined to all before it, without repeats."""
    total: dict[UUID, None] = {}
    joined = []
    for group in groups:
        total.update(dict.fromkeys(group))
        joined.append(tuple(total))
    return joined


def _flag_after_closure(standing: Iterable[Item], noticed: _Noticed) -> None:
    """Flag casework dated after its agency closed the case, with no referral between (CIN rule 8565)."""
    closed: dict[str, Item] = {}
    for item in standing:
        if item.type == "referral":
            closed.pop(item.agency, None)
        elif item.type == "case-closure":
            closed[item.agency] = item
        elif item.type in CASEWORK and item.agency in closed:
            closure = closed[item.agency]
            if item.occurred.earliest > closure.occurred.latest:
                _add(noticed, item, FlagCode.AFTER_CLOSURE, (closure.event,))
