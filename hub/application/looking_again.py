"""Have a holder's refusal to share looked at again on the day that they named. Shows nothing, and decides nothing.

The day is that of the last answer under s16LA on a record, or the day after the last one until which whoever looked
again let it stand (Children Act 2004 s16LA(3): more detrimental to the child now need not be so next year).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from hub.application.asking import ENGLAND
from hub.application.circumstances import in_force, standing
from hub.application.review_log import ReviewLog
from hub.errors import ConflictError
from hub.events.circumstances import HolderAnswer, SharingDetermined
from hub.events.reviews import AskedItem, ReviewArrangement, ReviewRequested
from hub.sharing.clocks import deadlines
from hub.sharing.kinds import TaskKind
from hub.sharing.tasks import Task
from hub.store.log import EventLog
from policies.model import RiskLevel, Role

DETERMINATIONS: Final = "determinations"
_NOBODY: Final = "nobody"
_NO_QUESTION: Final = "its day has come"
_DAY: Final = timedelta(days=1)


class LookingAgain:
    """Makes the tasks whose day has come, each once."""

    def __init__(self, log: EventLog, reviews: ReviewLog) -> None:
        self._log = log
        self._reviews = reviews

    def ask(self, at: datetime, arrangement: ReviewArrangement) -> None:
        """Ask the information owners for all that is due on this day or was before."""
        today = at.astimezone(ENGLAND).date()
        asked = [task for task in self._reviews.all().values() if task.kind is TaskKind.AGAIN]
        for circumstance, fact in self._refusals(today):
            due = _due_on(fact, asked)
            if due is not None and due <= today:
                self._ask(circumstance, fact, due, at, arrangement)

    def _refusals(self, today: date) -> Iterable[tuple[UUID, SharingDetermined]]:
        """Return the answers that stand, the last one for each record and recipient, and shut it."""
        last: dict[tuple[UUID, str | None], tuple[UUID, SharingDetermined]] = {}
        for each in standing(self._log.read([DETERMINATIONS])):
            if isinstance(each.fact, SharingDetermined) and in_force(each, today):
                last[each.fact.event, each.fact.recipient] = (each.id, each.fact)
        return [found for found in last.values() if found[1].answer is HolderAnswer.MORE_DETRIMENTAL]

    def _ask(
        self, circumstance: UUID, fact: SharingDetermined, due: date, at: datetime, arrangement: ReviewArrangement
    ) -> None:
        owner = self._reviews.held_by(fact.event)
        if owner is None:
            return
        local, ceiling = deadlines(at, RiskLevel.NOT_RATED.value, arrangement)
        requested = ReviewRequested(
            task=self._reviews.id_of(TaskKind.AGAIN, circumstance, due),
            kind=TaskKind.AGAIN.value,
            by=[Role.INFORMATION_OWNER.value],
            owner=owner,
            person=fact.person,
            purpose_class=_NO_QUESTION,
            risk=RiskLevel.NOT_RATED.value,
            items=[AskedItem(event=fact.event, facets=[])],
            decision=circumstance,
            viewer=_NOBODY,
            agency=owner,
            at=at,
            due=local,
            ceiling=ceiling,
        )
        asks = [self._reviews.asks(TaskKind.AGAIN, circumstance, due)]
        subjects = self._reviews.subjects([fact.event]).values()
        try:
            self._log.append([self._reviews.requested(requested, asks, subjects)], at=at)
        except ConflictError:
            return


def _due_on(fact: SharingDetermined, asked: Iterable[Task]) -> date | None:
    """Return the day on which an answer is looked at again, None where it is, or was and has no further day."""
    if fact.review_on is None:
        return None
    since = [
        task
        for task in asked
        if any(item.event == fact.event for item in task.asked.items)
        and (task.is_open or task.asked.at.astimezone(ENGLAND).date() >= fact.review_on)
    ]
    if not since:
        return fact.review_on
    settled = max(since, key=lambda task: task.asked.at).settled(fact.event)
    return None if settled is None or settled.until is None else settled.until + _DAY
