"""What people do about tasks: see those that wait for them, answer, and what happens when nobody does.

To see a task is a read, decided by its route and recorded; so is an answer. Its reader is told the class of purpose;
who asked and why only where that is what is to be looked at. Time that runs out asks more people and refuses nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from hub.application.asking import ENGLAND, Asked, question_of
from hub.application.checked import checked
from hub.application.conflicts import Conflicts
from hub.application.decisions import DecisionLog
from hub.application.directory import Directory, User
from hub.application.looking_again import LookingAgain
from hub.application.reading import Reading
from hub.application.review_log import ReviewLog
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.reviews import ReviewAnswered, ReviewEscalated
from hub.sharing.kinds import Outcome as Answer
from hub.sharing.kinds import TaskKind
from hub.sharing.routes import Desk, Person
from hub.sharing.tasks import Task
from hub.store.log import EventLog

LISTED: Final = "reviews"
TO_SEE_TASKS: Final = "To see what waits for an answer"
ANSWERED: Final = "review-answer"
_FIRST: Final = {TaskKind.SECOND_LOOK: 0, TaskKind.GUARDIAN: 1}


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer as it was put: `items` as the reader knows them, all that are open where none is named."""

    outcome: str
    facets: Collection[str] = ()
    until: date | None = None
    items: Collection[str] = ()


class ReviewDesk:
    """The use cases of tasks."""

    def __init__(self, reading: Reading, decisions: DecisionLog, log: EventLog, reviews: ReviewLog) -> None:
        self._reading = reading
        self._log = log
        self._reviews = reviews
        self._decisions = decisions
        self._again = LookingAgain(log, reviews)

    def waiting(self, asked: Asked, *, after: int = 0, most: int | None = None) -> dict[str, Any]:
        """Return the open tasks that a user may see, in the documented shape of `mash reviews list --json`.

        The most urgent come first; of these, as many as are wanted after a number of others. `waiting` counts all.
        """
        return self._listed(asked, lambda seen: sorted(seen, key=_order)[after:][:most])

    def one(self, task: str, asked: Asked) -> dict[str, Any]:
        """Return the open task of an id in the shape of `waiting`, none where the user may see no such task."""
        return self._listed(asked, lambda seen: [each for each in seen if str(each.id) == task])

    def _listed(self, asked: Asked, choose: Callable[[Sequence[Task]], Sequence[Task]]) -> dict[str, Any]:
        question: dict[str, Any] = {}
        user, directory, outcome = self._reading.viewer(asked, LISTED, question)
        desk, me = self._desk(directory), _person(user)
        seen = [task for task in self._reviews.open() if desk.sees(me, task)]
        chosen = choose(seen)
        shown = [self._told(task, desk, me) for task in chosen]
        question |= {"tasks": [str(task.id) for task in chosen], "waiting": len(seen)}
        outcome.others = _about(chosen)
        outcome.shown = [{"verdict": "PERMIT", **each} for each in shown]
        decision = self._reading.record(asked, directory, outcome)
        return {"reviews": shown, "waiting": len(seen), "decision": str(decision.id)}

    def answer(self, start_of_id: str, answering: Answering, asked: Asked) -> dict[str, Any]:
        """Record a user's answer; raises `RefusedError` and `UsageError`, each recorded as a refusal.

        A task that the user may not see is one that does not exist.
        """
        question = question_of(
            task=start_of_id, outcome=answering.outcome, facets=" ".join(answering.facets), until=answering.until
        )
        user, directory, outcome = self._reading.viewer(asked, ANSWERED, question)
        try:
            desk, me = self._desk(directory), _person(user)
            task = self._reviews.one(start_of_id, [task for task in self._reviews.open() if desk.sees(me, task)])
            answered = self._answered(task, answering, desk, me, asked)
        except HubError as error:
            self._reading.refuse(asked, directory, outcome, error)
        event_id = self._reviews.id_of(task.id, len(task.answers), "answered")
        outcome.beside = [self._reviews.added(task, event_id, answered)]
        outcome.others = _about([task])
        decision = self._reading.record(asked, directory, outcome)
        return {"task": str(task.id), "outcome": answered.answer, "decision": str(decision.id)}

    def escalate(self) -> list[dict[str, Any]]:
        """Ask more people for all whose time has run out, each step once, and return what was done.

        What is to be looked at again on a day that has come is asked too.
        What another process did meanwhile, and what was erased, is left out.
        """
        desk = self._desk(self._reading.directory.load())
        self._again.ask(desk.at, desk.arrangement)
        done = []
        for task in self._reviews.open():
            for step, ended in enumerate((task.asked.due, task.asked.ceiling), 1):
                if ended <= desk.at and task.escalated < step and self._escalated(task, step, desk):
                    done.append({"task": str(task.id), "step": step, "to": desk.escalates_to(task, step)})
        return done

    def emergencies(self) -> set[UUID]:
        """Return the decisions that were made in an emergency and that no second person has looked at yet."""
        return {task.asked.decision for task in self._reviews.open() if task.kind is TaskKind.SECOND_LOOK}

    def _escalated(self, task: Task, step: int, desk: Desk) -> bool:
        event = ReviewEscalated(task=task.id, step=step, to=desk.escalates_to(task, step), at=desk.at)
        draft = self._reviews.added(task, self._reviews.id_of(task.id, step, "escalated"), event)
        try:
            self._log.append([draft], at=desk.at)
        except ConflictError:
            return False
        except HubError as error:
            if error.code != "subject-erased":
                raise
            return False
        task.apply(event)
        return True

    def _desk(self, directory: Directory) -> Desk:
        people = [_person(user) for user in directory.users.values()]
        now = self._reading.now()
        conflicts = Conflicts(self._reading, directory, now.astimezone(ENGLAND).date())

        found: dict[UUID, frozenset[str]] = {}

        # Asked for each person in each role, and answered from the log.
        def related(user: str, task: Task) -> bool:
            if user not in conflicts.users:
                return False
            if task.id not in found:
                found[task.id] = conflicts.over([task.asked.person], self._reviews.records_of(task))
            return user in found[task.id]

        return Desk(people, directory.reviews, now, related)

    def _answered(self, task: Task, answering: Answering, desk: Desk, me: Person, asked: Asked) -> ReviewAnswered:
        role = desk.answers_as(me, task)
        if role is None:
            raise RefusedError("This is for another to answer: the task says whom it waits for.", code="not-your-task")
        _refuse_odd(task, answering, desk.at)
        return checked(
            ReviewAnswered,
            task=task.id,
            answer=answering.outcome,
            events=self._events(task, answering, me),
            facets=sorted(answering.facets),
            until=answering.until,
            reason=asked.reason,
            role=role,
            by=me.id,
            at=desk.at,
        )

    def _events(self, task: Task, answering: Answering, me: Person) -> list[UUID]:
        """Return the items that an answer is about: those named, or all that are open."""
        open_items = {self._reading.item_id(me.id, event): event for event in task.open_items}
        if unknown := set(answering.items) - open_items.keys():
            raise UsageError(f"{len(unknown)} of the items are not open in this task.", code="unknown-item")
        return [event for item, event in open_items.items() if not answering.items or item in answering.items]

    def _told(self, task: Task, desk: Desk, me: Person) -> dict[str, Any]:
        """Return one task as its reader sees it."""
        asked = task.asked
        return {
            "id": str(task.id),
            "kind": asked.kind,
            "sentence": task.about.sentence,
            "for": asked.by,
            "purpose_class": asked.purpose_class,
            "risk": asked.risk,
            "asked_at": asked.at.isoformat(),
            "due": asked.due.isoformat(),
            "ceiling": asked.ceiling.isoformat(),
            "overdue": asked.due <= desk.at,
            "emergency": task.of_emergency,
            "escalated": task.escalated,
            "answers": [each.value for each in task.about.outcomes] if desk.answers_as(me, task) else [],
            "person": str(asked.person) if asked.person else None,
            "items": [
                {"id": self._reading.item_id(me.id, item.event), "facets": item.facets}
                for item in asked.items
                if item.event in task.open_items
            ],
            "asker": self._asker(task) if task.tells_who else None,
        }

    def _asker(self, task: Task) -> dict[str, Any]:
        """Return who asked and why, from the record of the decision that called for the task."""
        told: dict[str, Any] = {
            "viewer": task.asked.viewer,
            "agency": task.asked.agency,
            "decision": str(task.asked.decision),
        }
        for decision in self._decisions.tagged([f"decision:{task.asked.decision}"]):
            told |= {"purpose": decision.purpose, "reason": decision.reason}
        return told


def _refuse_odd(task: Task, answering: Answering, now: datetime) -> None:
    """Raise `UsageError` for an answer that does not fit the task."""
    if answering.outcome not in task.about.outcomes:
        raise UsageError(f"It is answered with {' or '.join(task.about.outcomes)}.", code="bad-outcome")
    if answering.until is not None and answering.until < now.astimezone(ENGLAND).date():
        raise UsageError("The day until which it stands is past.", code="until-past")
    if answering.outcome == Answer.REFUSED and answering.until is None:
        raise UsageError("A refusal says until when it stands.", code="no-until")
    if (answering.outcome == Answer.RELEASED) != bool(answering.facets):
        raise UsageError("A release, and nothing else, names the facets that are shown.", code="bad-facets")
    waiting = {facet for item in task.asked.items for facet in item.facets}
    if not waiting.issuperset(answering.facets):
        raise UsageError(f"What waits is {', '.join(sorted(waiting))}.", code="bad-facets")


def _person(user: User) -> Person:
    return Person(user.id, user.agency, user.roles)


def _about(tasks: Iterable[Task]) -> Sequence[UUID]:
    return sorted({task.asked.person for task in tasks if task.asked.person is not None})


def _order(task: Task) -> tuple[bool, int, datetime]:
    """Put emergencies first, then what is due first."""
    return not task.of_emergency, _FIRST.get(task.kind, len(_FIRST)), task.asked.due
