"""Turns dates, scores and codes into the bands that rules may read. Pure: the date of the question comes in.

Example: an event of 1 March read on 22 November of the same year is `EventAge.WITHIN_1_YEAR`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from policies.model.item_vocabulary import Category, ChildAge, EventAge, Linkage

_EVENT_AGES = (
    (6, EventAge.WITHIN_6_MONTHS),
    (12, EventAge.WITHIN_1_YEAR),
    (24, EventAge.WITHIN_2_YEARS),
    (60, EventAge.WITHIN_5_YEARS),
)
# 12, 16 and 18 are ages of competence to decide (at 12 a child may be expected to understand, at 16 and 17 is presumed
# able); sexual activity below 13 is always shared with those who protect the child.
_CHILD_AGES = (
    (12, ChildAge.UNDER_12),
    (13, ChildAge.AGE_12),
    (16, ChildAge.AGES_13_TO_15),
    (18, ChildAge.AGES_16_AND_17),
)

_CODES = {
    Category.ABUSE_OR_NEGLECT: "N1 NEG PHY EMO MUL 16A 17A 18A 18B 18C",
    Category.SEXUAL_ABUSE: "SAB 19A 19B 19C",
    Category.EXPLOITATION: "11A 12A 13A 24A",
    Category.DOMESTIC_ABUSE: "3A 3B 3C",
    Category.HARMFUL_PRACTICE: "22A 23A",
    Category.CHILDS_SUBSTANCE_MISUSE: "1A 2A",
    Category.CHILDS_MENTAL_HEALTH: "4A 15A",
    Category.FAMILYS_SUBSTANCE_MISUSE: "1B 1C 2B 2C",
    Category.FAMILYS_MENTAL_HEALTH: "4B 4C",
    Category.DISABILITY_OR_ILLNESS: "N2 N3 5A 5B 5C 6A 6B 6C",
    Category.FAMILY_DIFFICULTY: "N4 N5 N7 N8",
    Category.BEHAVIOUR: "N6 14A",
    Category.MISSING: "10A",
    Category.PRIVATELY_FOSTERED: "8B 8C 8D 8E 8F",
    Category.UNACCOMPANIED: "9A",
    Category.YOUNG_CARER: "7A",
    Category.OTHER: "N0 N9 20 21",
}
_CATEGORY_OF = {code: category for category, codes in _CODES.items() for code in codes.split()}


def categories_of(codes: Iterable[str]) -> frozenset[Category]:
    """Return the bands of CIN need, abuse and factor codes; a code outside its list gives UNKNOWN."""
    return frozenset(_CATEGORY_OF.get(code, Category.UNKNOWN) for code in codes)


def _whole_months(earlier: date, later: date) -> int:
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months if later.day >= earlier.day else months - 1


def event_age(occurred: date | None, on: date) -> EventAge:
    """Return the band of the time between an event and the question; an event on the day itself is past."""
    if occurred is None:
        return EventAge.NOT_KNOWN
    if occurred > on:
        return EventAge.FUTURE
    months = _whole_months(occurred, on)
    return next((band for limit, band in _EVENT_AGES if months < limit), EventAge.OLDER)


def child_age(born: date | None, on: date) -> ChildAge:
    """Return the band of a child's age at the question; a date of birth still to come is an expected one."""
    if born is None:
        return ChildAge.NOT_KNOWN
    if born > on:
        return ChildAge.UNBORN
    years = _whole_months(born, on) // 12
    return next((band for limit, band in _CHILD_AGES if years < limit), ChildAge.ADULT)


def linkage_of(score: float | None) -> Linkage:
    """Return the band of a link's score, by the thresholds of the DfE's matcher; no score means a certain link."""
    if score is None:
        return Linkage.CERTAIN
    if score >= 0.95:
        return Linkage.STRONG
    return Linkage.UNDER_REVIEW if score >= 0.85 else Linkage.WEAK


def limits_of_bands() -> dict[str, Any]:
    """Return the limits and codes behind the bands in plain form, as a policy version binds them."""
    return {
        "categories": {category.value: codes.split() for category, codes in _CODES.items()},
        "child-ages": [[years, band.value] for years, band in _CHILD_AGES],
        "event-ages": [[months, band.value] for months, band in _EVENT_AGES],
    }
