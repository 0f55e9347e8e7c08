"""Find what an answer calls for: a review, a second look, somebody to be told. Made tasks in the answer's own append.

What has been asked already, and is open or still stands, is not asked again; several items that one question met are
one task. Nothing of this reaches the viewer: whoever is told silently is told so whatever the viewer sees.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hub.application.asking import ENGLAND
from hub.application.decisions import DecisionLog
from hub.application.facts import Described
from hub.application.review_log import ReviewLog
from hub.errors import ConflictError
from hub.events.decisions import DisclosureDecided
from hub.events.reviews import AskedItem, ReviewArrangement, ReviewRequested
from hub.sharing.clocks import SECOND_LOOK, deadlines, ends
from hub.sharing.kinds import KINDS, PURPOSE_CLASSES, TaskKind
from hub.sharing.routes import MANAGER, SECOND_PERSON, Scope, scope_of
from hub.sharing.tasks import Task
from hub.store.mapper import DraftEvent
from policies.model import TOGETHER, Obligation, Purpose, RiskLevel, Role, Verdict

Decided = Sequence[tuple[UUID, Verdict]]
UNKNOWN_PURPOSE: Final = "unknown-purpose"
_UNKNOWN_WORD: Final = "word-not-known"
_OWNER: Final = (Role.INFORMATION_OWNER.value,)
_GUARDIAN: Final = (Role.CALDICOTT_GUARDIAN.value,)
_LEAD: Final = (Role.DESIGNATED_SAFEGUARDING_LEAD.value,)
# What a rule obliges the hub to do: the kinds of task, and who is asked. Managers are told of lapsed training by
# `training_notices`.
_ACTS: Final[Mapping[Obligation, tuple[tuple[TaskKind, tuple[str, ...]], ...]]] = {
    Obligation.REVIEW_IN_24_HOURS: ((TaskKind.SECOND_LOOK, (SECOND_PERSON,)), (TaskKind.GUARDIAN, _GUARDIAN)),
    Obligation.TELL_OWNER_SILENTLY: ((TaskKind.OWNER, _OWNER),),
    Obligation.REVIEW_AGAIN_ON_A_DATE: ((TaskKind.AGAIN, _OWNER),),
    Obligation.TELL_DEPUTY_SILENTLY: ((TaskKind.DEPUTY, _LEAD),),
}
# A guardian of the partnership is told of every emergency, whichever agency's records were shown.
_OF_ANY_AGENCY: Final = frozenset({TaskKind.GUARDIAN})
# The deputy is of the agency that asked, whoever holds the record.
_OF_THE_ASKER: Final = frozenset({TaskKind.DEPUTY})


@dataclass(frozen=True, slots=True)
class Called:
    """What a task asks and whom: the items that one question met alike in this are one task."""

    kind: TaskKind
    by: tuple[str, ...]
    owner: str | None


@dataclass(frozen=True, slots=True)
class Met:
    """What an answer met: what was decided, on which records, of which the viewer was told; what else is recorded."""

    arrangement: ReviewArrangement
    decided: Decided
    records: Callable[[], Mapping[UUID, Described]]
    told: Callable[[], Collection[UUID]]
    beside: Sequence[DraftEvent]
    tags: Sequence[str] = ()


def calls(verdict: Verdict) -> bool:
    """Say whether a verdict may call for anything; most do not."""
    return bool(verdict.review or not _ACTS.keys().isdisjoint(verdict.obligations) or _meets_unknown_word(verdict))


class Calling:
    """Makes the tasks that answers call for, and records both in one append."""

    def __init__(self, decisions: DecisionLog, reviews: ReviewLog) -> None:
        self._decisions = decisions
        self._reviews = reviews

    def record(self, decision: DisclosureDecided, about: Collection[UUID], met: Met) -> None:
        """Append a decision with what it calls for; where another has asked for the same meanwhile, ask no more."""
        tasks = self.tasks(decision, met)
        try:
            self._decisions.record(decision, about, met.tags, [*met.beside, *tasks])
        except ConflictError:
            if not tasks:
                raise
            self._decisions.record(decision, about, met.tags, [*met.beside, *self.tasks(decision, met)])

    def tasks(self, decision: DisclosureDecided, met: Met) -> list[DraftEvent]:
        """Return the drafts of the tasks that an answer calls for, none in most cases."""
        groups = _groups(decision, met)
        drafts = [self._task(decision, called, [*items.values()], met.arrangement) for called, items in groups.items()]
        return [draft for draft in drafts if draft is not None]

    def _task(
        self, decision: DisclosureDecided, called: Called, items: Sequence[AskedItem], arrangement: ReviewArrangement
    ) -> DraftEvent | None:
        asks = {item.event: self._asks(decision, called, item.event) for item in items}
        whole = [] if asks else [self._asks(decision, called, None)]
        before, last = self._reviews.asked_before([*asks.values(), *whole])
        taken = _still_asked(before.values(), decision.at)
        fresh = [item for item in items if item.event not in taken]
        if not fresh and (items or any(task.is_open for task in before.values())):
            return None
        tags = [*whole, *(asks[item.event] for item in fresh)]
        requested = requested_by(decision, called, self._reviews.id_of(last, *sorted(tags)), fresh, arrangement)
        return self._reviews.requested(requested, tags, self._reviews.subjects([item.event for item in fresh]).values())

    def _asks(self, decision: DisclosureDecided, called: Called, event: UUID | None) -> str:
        who = decision.viewer if KINDS[called.kind].per_viewer else ""
        by = " ".join(called.by)
        return self._reviews.asks(called.kind, by, purpose_class_of(decision), decision.agency, who, event or "")


def requested_by(
    decision: DisclosureDecided,
    called: Called,
    task: UUID,
    items: Sequence[AskedItem],
    arrangement: ReviewArrangement,
) -> ReviewRequested:
    """Return the event of a task that an answer calls for, or whoever was given it, with its dates."""
    due, ceiling = _deadlines(called.kind, decision, arrangement)
    return ReviewRequested(
        task=task,
        kind=called.kind.value,
        by=list(called.by),
        owner=called.owner,
        person=decision.person,
        purpose_class=purpose_class_of(decision),
        risk=_risk(decision),
        items=list(items),
        decision=decision.id,
        viewer=decision.viewer,
        agency=decision.agency,
        at=decision.at,
        due=due,
        ceiling=ceiling,
    )


def purpose_class_of(decision: DisclosureDecided) -> str:
    """Return the class of purpose in which a question was put."""
    return PURPOSE_CLASSES[Purpose(decision.purpose)]


def _groups(decision: DisclosureDecided, met: Met) -> dict[Called, dict[UUID, AskedItem]]:
    if decision.refusal == UNKNOWN_PURPOSE:
        return {Called(TaskKind.UNKNOWN_WORD, (MANAGER,), None): {}}
    verdicts = [verdict for _, verdict in met.decided]
    calling = {each for each, verdict in dict(zip(map(id, verdicts), verdicts, strict=True)).items() if calls(verdict)}
    groups: dict[Called, dict[UUID, AskedItem]] = {}
    if decision.refusal is not None or not calling:
        return groups
    records, told = met.records(), met.told()
    for event, verdict in met.decided:
        if id(verdict) in calling:
            for called, facets in _called(verdict, records[event], decision.agency, waits=event in told):
                items = groups.setdefault(called, {})
                items.setdefault(event, AskedItem(event=event, facets=sorted(facets)))
    return groups


def _called(verdict: Verdict, record: Described, asking: str, *, waits: bool) -> Iterator[tuple[Called, Iterable[str]]]:
    """Yield what one verdict calls for, each with the facets that it is about; an erased record has no words."""
    if verdict.review and waits:
        yield _to(TaskKind.RELEASE, verdict.by, record.agency), verdict.review
    if record.sections is not None and _meets_unknown_word(verdict):
        yield Called(TaskKind.UNKNOWN_WORD, (MANAGER,), None), ()
    for obligation in verdict.obligations:
        for kind, by in _ACTS.get(obligation, ()):
            yield _to(kind, by, asking if kind in _OF_THE_ASKER else record.agency), verdict.facets


def _meets_unknown_word(verdict: Verdict) -> bool:
    return any(rule.id == _UNKNOWN_WORD for rule in verdict.rules)


def _to(kind: TaskKind, by: tuple[str, ...], owner: str) -> Called:
    owned = any(scope_of(role) is Scope.OWNER for word in by for role in word.split(TOGETHER))
    return Called(kind, by, owner if owned and kind not in _OF_ANY_AGENCY else None)


def _still_asked(tasks: Collection[Task], at: datetime) -> set[UUID]:
    """Return the items that wait for an answer, or whose answer says until when it stands."""
    today = at.astimezone(ENGLAND).date()
    return {
        item.event
        for task in tasks
        for item in task.asked.items
        if (settled := task.settled(item.event)) is None or (settled.until is not None and settled.stands(today))
    }


def _risk(decision: DisclosureDecided) -> str:
    """Return how urgent the matter is held to be; an emergency is as urgent as it gets."""
    if decision.purpose == Purpose.EMERGENCY:
        return RiskLevel.RED.value
    risk: str = decision.request.get("risk", RiskLevel.NOT_RATED.value)
    return risk


def _deadlines(
    kind: TaskKind, decision: DisclosureDecided, arrangement: ReviewArrangement
) -> tuple[datetime, datetime]:
    if kind is TaskKind.SECOND_LOOK:
        due = ends(decision.at, SECOND_LOOK, None)
        return due, due
    return deadlines(decision.at, _risk(decision), arrangement)
