"""Ask the agency that holds a record to share more of it, or to look at it again: a task that says who asks, and why.

It changes no verdict. What the policy leaves to a review is asked by looking; here somebody asks to be rung, or says
that a record is wrong. Which agency that is, is told no further than the answer tells it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.calling import Called, requested_by
from hub.application.chronologies import ChronologyReader
from hub.application.decisions import DecisionLog
from hub.application.reading import Reading
from hub.application.review_log import ReviewLog
from hub.errors import ConflictError, HubError, UsageError
from hub.events.decisions import DisclosureDecided
from hub.events.reviews import AskedItem, ReviewArrangement
from hub.sharing.kinds import TaskKind
from hub.store.mapper import DraftEvent
from policies.model import Role

ASKED_OWNER: Final = "ask-owner"


class AskedBefore(NamedTuple):
    """When somebody asked about an item, and when the agency said that it has seen that; None while it has not."""

    at: datetime
    seen: datetime | None


class AskingOwners:
    """Makes the task, recorded with the question."""

    def __init__(
        self, reading: Reading, decisions: DecisionLog, reviews: ReviewLog, chronologies: ChronologyReader
    ) -> None:
        self._reading = reading
        self._decisions = decisions
        self._reviews = reviews
        self._chronologies = chronologies

    def ask(self, person: UUID, item: str, asked: Asked) -> dict[str, Any]:
        """Ask about an item of a chronology, by the viewer's id of it; the reason is what the agency reads.

        The chronology is read for it, so that only what is told now can be asked about. Raises `UsageError` for another
        item, `ConflictError` where this viewer's question is open.
        """
        with self._reading.leaving.at_boundary():
            answer = self._chronologies.read(person, asked)
            question = question_of(person=person, item=item)
            _, directory, outcome = self._reading.viewer(asked, ASKED_OWNER, question, [person])
            try:
                looked = self._decisions.one(answer["decision"])
                event = self._event_of(looked, answer, item)
                outcome.beside = [self._task(looked, event, directory.reviews)]
            except HubError as error:
                self._reading.refuse(asked, directory, outcome, error)
            decision = self._reading.record(asked, directory, outcome)
        return {"asked": item, "decision": str(decision.id)}

    def asked_by(self, viewer: str) -> Mapping[str, AskedBefore]:
        """Return when a viewer last asked about items, by their ids of them; nothing is recorded."""
        found = {}
        for task in self._reviews.all().values():
            if task.asked.viewer == viewer and task.kind is TaskKind.ASKED:
                seen = task.answers[-1].at if task.answers else None
                for each in task.asked.items:
                    found[self._reading.item_id(viewer, each.event)] = AskedBefore(task.asked.at, seen)
        return found

    def _event_of(self, looked: DisclosureDecided, answer: Mapping[str, Any], item: str) -> UUID:
        if item in {each["id"] for each in answer["items"]}:
            for each in looked.decided:
                if self._reading.item_id(looked.viewer, each.event) == item:
                    return each.event
        raise UsageError("You are told of no such record.", code="unknown-item")

    def _task(self, looked: DisclosureDecided, event: UUID, arrangement: ReviewArrangement) -> DraftEvent:
        asks = self._reviews.asks(TaskKind.ASKED, looked.viewer, event)
        before, last = self._reviews.asked_before([asks])
        if any(task.is_open for task in before.values()):
            raise ConflictError("You have asked about this record, and wait for an answer.", code="asked-already")
        called = Called(TaskKind.ASKED, (Role.INFORMATION_OWNER.value,), self._reviews.held_by(event))
        items = [AskedItem(event=event, facets=[])]
        requested = requested_by(looked, called, self._reviews.id_of(last, asks), items, arrangement)
        return self._reviews.requested(requested, [asks], self._reviews.subjects([event]).values())
