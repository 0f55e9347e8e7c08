"""List what people recorded on a child, for whoever may record the same and is shown something of the child.

What hides an identity, and what a record was marked as, is told to nobody but whoever recorded it: that it is so at all
is as absent to others. A holder's answers are told to the holder. The look is recorded, as a chronology is.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.chronologies import ChronologyReader
from hub.application.circumstances import Standing, in_force, standing
from hub.application.directory import User
from hub.application.links import current_person, read_person
from hub.application.reading import Reading
from hub.application.recording import KIND, ROLES
from hub.application.sources import agency_of
from hub.errors import RefusedError
from hub.events.circumstances import (
    CallerRungBack,
    Circumstance,
    ConflictRecorded,
    ReasonableCauseRecorded,
    RecordMarked,
    RecordsHidden,
    SharingDetermined,
    StrategyDiscussionCalled,
)
from policies.model import Role

WORDS: Final[Mapping[type[Circumstance], str]] = {
    ReasonableCauseRecorded: "reasonable-cause",
    StrategyDiscussionCalled: "strategy",
    CallerRungBack: "call-back",
    ConflictRecorded: "conflict",
    RecordsHidden: "hide",
    SharingDetermined: "determination",
    RecordMarked: "mark",
}
_TOLD_OF_ONES_OWN: Final = (RecordsHidden, RecordMarked)
_NOT_TOLD: Final = {"person", "records", "household", "beside", "event", "reason", "by", "until"}


class RecordedList:
    """Answers what stands on a child beside the records."""

    def __init__(self, reading: Reading, chronologies: ChronologyReader) -> None:
        self._reading = reading
        self._chronologies = chronologies

    def on(self, child: UUID, asked: Asked) -> list[dict[str, Any]]:
        """Return what stands, in the documented shape of `mash record list --json`; nothing of a child not shown.

        Raises `RefusedError` for a user in no role that may record anything, and as a chronology does.
        """
        user, directory, outcome = self._reading.viewer(asked, KIND, question_of(change="listed", child=child))
        if not _may(user):
            self._reading.refuse(
                asked, directory, outcome, RefusedError("This is for those who may record.", code="not-for-this-role")
            )
        answer = self._chronologies.read(child, asked)
        if not any(item["facets"] for item in answer["items"]):
            return []
        head = outcome.decided_at
        known = read_person(self._reading.log, current_person(self._reading.log, child, upto=head), upto=head)
        owners = {stored.id: agency_of(stored) for stored in known.events}
        today = self._reading.asking(user, outcome).day
        return [
            _told(each) for each in standing(known.beside) if in_force(each, today) and _is_told(each, user, owners)
        ]


def _may(user: User) -> list[type[Circumstance]]:
    return [kind for kind, roles in ROLES.items() if not roles.isdisjoint(map(Role, user.roles))]


def _is_told(each: Standing, user: User, owners: Mapping[UUID, str | None]) -> bool:
    fact = each.fact
    if fact is None or type(fact) not in _may(user):
        return False
    if isinstance(fact, SharingDetermined):
        return owners.get(fact.event) == user.agency
    return not isinstance(fact, _TOLD_OF_ONES_OWN) or fact.by == user.id


def _told(each: Standing) -> dict[str, Any]:
    fact = each.fact
    assert fact is not None  # noqa: S101 - one whose key was destroyed is told to nobody
    about = fact.model_dump(mode="json", exclude=_NOT_TOLD)
    return {
        "id": str(each.id),
        "what": WORDS[type(fact)],
        "about": {name: value for name, value in about.items() if value is not None},
        "reason": fact.reason,
        "by": fact.by,
        "until": fact.until and fact.until.isoformat(),
    }
