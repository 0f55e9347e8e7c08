"""One task, folded from its events: what is still open, how an item was settled, and until when that stands. Pure.

Where `by` joins roles with a plus sign, each of them answers: all must release, and what they release in common is
released; one refusal refuses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from hub.events.reviews import ReviewAnswered, ReviewEscalated, ReviewEvent, ReviewRequested
from hub.sharing.kinds import KINDS, KindOfTask, Outcome, TaskKind
from policies.model import TOGETHER, Facet


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one item: `asked` are the facets that were put to whoever answered, `facets` those released."""

    outcome: Outcome
    asked: frozenset[Facet]
    facets: frozenset[Facet]
    until: date | None

    def stands(self, on: date) -> bool:
        """Say whether it still holds on a day, the last one included."""
        return self.until is None or on <= self.until


@dataclass(slots=True)
class Task:
    """One task and all that was done about it."""

    asked: ReviewRequested
    answers: list[ReviewAnswered] = field(default_factory=list)
    steps: list[ReviewEscalated] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The task's id."""
        return self.asked.task

    @property
    def kind(self) -> TaskKind:
        """What is asked of its reader."""
        return TaskKind(self.asked.kind)

    @property
    def about(self) -> KindOfTask:
        """What holds for tasks of its kind."""
        return KINDS[self.kind]

    @property
    def roles(self) -> frozenset[str]:
        """All roles that are asked."""
        return frozenset(role for word in self.asked.by for role in word.split(TOGETHER))

    @property
    def tells_who(self) -> bool:
        """Say whether its reader learns who asked: where that is what is to be looked at."""
        return self.about.tells_who or "second-person" in self.asked.by

    @property
    def of_emergency(self) -> bool:
        """Say whether it came of emergency access: what was shown at once, or a place that a second person releases."""
        return self.kind in (TaskKind.SECOND_LOOK, TaskKind.GUARDIAN) or "second-person" in self.asked.by

    @property
    def escalated(self) -> int:
        """How often its time has run out."""
        return max((step.step for step in self.steps), default=0)

    @property
    def is_open(self) -> bool:
        """Say whether something is still to be answered."""
        return bool(self.open_items) or not (self.asked.items or self.answers)

    @property
    def open_items(self) -> list[UUID]:
        """The items that nobody has settled yet."""
        return [item.event for item in self.asked.items if self.settled(item.event) is None]

    def answered_by(self, event: UUID) -> Mapping[str, ReviewAnswered]:
        """Return what each role answered for an item."""
        return {answer.role: answer for answer in self.answers if event in answer.events}

    def settled(self, event: UUID) -> Settled | None:
        """Return what came of an item, None while it is open."""
        answers = self.answered_by(event)
        asked = next((frozenset(map(Facet, item.facets)) for item in self.asked.items if item.event == event), None)
        if asked is None:
            return None
        for answer in answers.values():
            if answer.answer == Outcome.REFUSED:
                return Settled(Outcome.REFUSED, asked, frozenset(), answer.until)
        for word in self.asked.by:
            together = word.split(TOGETHER)
            if answers.keys() >= set(together):
                return _settled(asked, [answers[role] for role in together])
        return None

    def apply(self, event: ReviewAnswered | ReviewEscalated) -> None:
        """Fold one more event in."""
        match event:
            case ReviewAnswered():
                self.answers.append(event)
            case ReviewEscalated():
                self.steps.append(event)


def _settled(asked: frozenset[Facet], answers: list[ReviewAnswered]) -> Settled:
    facets = asked.intersection(*(map(Facet, answer.facets) for answer in answers))
    days = [answer.until for answer in answers if answer.until is not None]
    return Settled(Outcome(answers[-1].answer), asked, facets, min(days, default=None))


def tasks_of(events: Iterable[ReviewEvent], known: dict[UUID, Task] | None = None) -> dict[UUID, Task]:
    """Return the tasks that events, in log order, tell of, added to those known already."""
    tasks = {} if known is None else known
    for event in events:
        match event:
            case ReviewRequested():
                tasks.setdefault(event.task, Task(event))
            case ReviewAnswered() | ReviewEscalated():
                if event.task in tasks:
                    tasks[event.task].apply(event)
    return tasks
