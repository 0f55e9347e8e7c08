"""The order of items: by when they happened, and where that cannot tell them apart, by what they are.

Sort key: earliest possible day, latest possible day, time of day, the date as estimated, the course of a case (the
table below), agency, id of the event that the record began with. Nothing in it depends on when the hub knew, so late
arrival never reorders a chronology. An erased item has no date left and stands with the undated ones, first.
"""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from hub.chronology.occurrence import Occurrence

TYPE_ORDER: Final[dict[str, int]] = {
    name: place
    for place, name in enumerate(
        (
            "person-details",
            "relationship",
            "consent",
            "police-incident",
            "missing-person",
            "ae-attendance",
            "health-encounter",
            "school-attendance",
            "school-suspension",
            "school-exclusion",
            "restraint",
            "homeless",
            "private-fostering",
            "voice",
            "exploitation-concern",
            "safeguarding-concern",
            "lado-allegation",
            "contact",
            "information-request",
            "information-response",
            "threshold-decision",
            "referral",
            "outcome-feedback",
            "police-protection",
            "emergency-protection-order",
            "strategy-discussion",
            "section-47",
            "assessment",
            "cp-conference",
            "early-help",
            "cin-plan",
            "cp-plan",
            "legal-order",
            "child-looked-after",
            "death",
            "child-death-notification",
            "case-closure",
            "correction",
            "retraction",
        )
    )
}
_LAST: Final = len(TYPE_ORDER)
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)

SortKey = tuple[date, date, datetime, date, int, str, UUID]


def sort_key(occurred: Occurrence, item_type: str | None, agency: str, first: UUID) -> SortKey:
    """Return the key by which an item is sorted; without a time of day it comes before those of its day with one."""
    return (
        occurred.earliest,
        occurred.latest,
        occurred.at or _NO_TIME,
        occurred.stated if occurred.estimated and occurred.stated is not None else occurred.earliest,
        _LAST if item_type is None else TYPE_ORDER.get(item_type, _LAST),
        agency,
        first,
    )
