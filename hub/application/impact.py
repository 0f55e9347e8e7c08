"""What a draft policy, or the law of another day, would have changed: every past decision taken again under it.

Compared is what was recorded with what would have been decided on the same events. Children are counted, never named:
whoever weighs a draft need not learn whom it would have touched.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from hub.application.asking import ENGLAND
from hub.application.deciding import Judged, judged_again
from hub.application.grounds import decided_alike, judged_of
from hub.application.replaying import Replayer
from hub.application.supposing import Supposition
from hub.application.training import untrained
from hub.events.decisions import DecidedItem, DisclosureDecided, Ground, item_of
from policies.client import (
    DecisionClient,
    InProcessService,
    PolicySetVersion,
    PolicyText,
    PolicyVersion,
    Shelf,
    load_policy,
    shipped_text,
)
from policies.model import Effect, Facts, Position, Request, RequestError, Verdict

IMPACT: Final = "policy-impact"
SERIOUS: Final = frozenset({"s47", "strategy-discussion", "emergency", "child-death-review"})
_EXAMPLES: Final = 20
_OPENNESS: Final = {"DENY": 0, "EXISTENCE": 1, "REVIEW": 2, "PERMIT": 3}
NOTHING: Final = Verdict(Effect.DENY, frozenset(), ())
NOTHING_SUPPOSED: Final = Supposition()
_UNDECIDED: Final = DecidedItem(UUID(int=0), "DENY", [], [])


class _OneText:
    """A shelf's only text."""

    def __init__(self, text: PolicyText) -> None:
        self._text = text

    def held(self) -> Sequence[PolicyVersion]:
        """Return its version."""
        return [self._text.version()]

    def stamp(self, version: PolicyVersion) -> PolicyVersion:
        """Return the same always: the text does not change."""
        return version

    def text(self, version: PolicyVersion) -> PolicyText | None:
        """Return the text."""
        return self._text if version == self._text.version() else None


class Draft:
    """Decides by one policy, whichever was in force."""

    def __init__(self, text: PolicyText) -> None:
        self.policy: PolicySetVersion = load_policy(text)
        self._service = InProcessService(Shelf(_OneText(text)))

    def version(self, at: Position, on: date) -> PolicyVersion:
        """Return the draft's version."""
        _ = at, on
        return self.policy.version

    def decide(self, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order."""
        return self._service.decide(self.policy.version, request, facts)


def drafted(text: PolicyText | None, rule: str = "") -> Draft:
    """Return a policy (None is the shipped one) with one more rule; raises PolicyError where that is not in order."""
    text = text or shipped_text()
    return Draft(replace(text, rules={**text.rules, "draft.cedar": rule}) if rule else text)


@dataclass(frozen=True, slots=True)
class Change:
    """One event on which the draft decides otherwise."""

    event: UUID
    before: DecidedItem
    after: DecidedItem

    @property
    def more(self) -> bool:
        """Say whether more would have been seen."""
        opened = _OPENNESS[self.after.verdict] > _OPENNESS[self.before.verdict]
        return opened or not {*self.after.facets} <= {*self.before.facets}

    @property
    def less(self) -> bool:
        """Say whether less would have been seen."""
        closed = _OPENNESS[self.after.verdict] < _OPENNESS[self.before.verdict]
        return closed or not {*self.before.facets} <= {*self.after.facets}


@dataclass(frozen=True, slots=True)
class Tried:
    """One decision taken again under the draft."""

    decision: UUID
    agency: str
    purpose: str
    viewer: str
    person: UUID | None
    version: str
    verdicts: int
    changes: tuple[Change, ...]


def law_of(day: date | None) -> datetime | None:
    """Return a moment of a day in England."""
    return None if day is None else datetime.combine(day, time(12), ENGLAND)


def tried(
    replayer: Replayer,
    decision: DisclosureDecided,
    draft: DecisionClient,
    law_at: datetime | None = None,
    supposed: Supposition = NOTHING_SUPPOSED,
) -> Tried | None:
    """Return what is changed of a decision; None for one that decided nothing, or cannot be taken again.

    Where the record holds what its verdicts rest on, they are decided on that, and nothing of the past is opened again.
    """
    linked = supposed.linked if supposed.is_about(decision) else None
    if decision.refusal is None and decision.has_grounds and law_at is None and linked is None:
        return _on_grounds(decision, draft, supposed)
    again = None if supposed.of_facts else replayer.again(decision, draft, law_at, linked)
    if again is None:
        return None
    before, after = ({each.event: each for each in record.decided} for record in (decision, again))
    changes = (
        Change(event, before.get(event, _UNDECIDED), after.get(event, _UNDECIDED)) for event in before | after
    )  # fmt: skip
    return _tried(decision, len(after), tuple(each for each in changes if each.more or each.less))


def _on_grounds(decision: DisclosureDecided, draft: DecisionClient, supposed: Supposition) -> Tried | None:
    if not decision.request:
        return None
    request = Request.from_record(decision.request)
    grounds = [_judged(orjson.dumps(ground)) for ground in decision.grounds or ()]
    if supposed.of_facts and supposed.is_about(decision):
        grounds = [supposed.on(each, request) for each in grounds]
    changes: list[Change] = []
    for alike, verdict in zip(decision.outcomes, _verdicts(draft, request, grounds), strict=True):
        facets = sorted(verdict.facets)
        if (verdict.effect, facets) == (alike.verdict, alike.facets):
            continue
        after = decided_alike(verdict, alike.events)
        changes += (Change(event, item_of(alike, event), item_of(after, event)) for event in alike.events)
    changed = tuple(each for each in changes if each.more or each.less)
    return _tried(decision, sum(len(alike.events) for alike in decision.outcomes), changed)


def _verdicts(draft: DecisionClient, request: Request, grounds: Sequence[Judged]) -> Sequence[Verdict]:
    """Return what a policy says on some grounds; where it refuses the question, nothing is shown."""
    try:
        if untrained(draft, request) is None:
            return judged_again(draft, request, grounds)
    except RequestError:
        pass
    return [NOTHING] * len(grounds)


@lru_cache(maxsize=50_000)
def _judged(ground: bytes) -> Judged:
    return judged_of(Ground(**orjson.loads(ground)), NOTHING)


def _tried(decision: DisclosureDecided, verdicts: int, changed: tuple[Change, ...]) -> Tried:
    return Tried(
        decision.id, decision.agency, decision.purpose, decision.viewer, decision.person, decision.policy_version,
        verdicts, changed,
    )  # fmt: skip


@dataclass(slots=True)
class Sides:
    """How many would have been seen that were not, and the other way about."""

    more: int = 0
    less: int = 0

    def add(self, *, more: int, less: int) -> None:
        """Count further ones."""
        self.more += more
        self.less += less

    def as_json(self) -> dict[str, int]:
        """Return both numbers."""
        return {"more": self.more, "less": self.less}


@dataclass
class ImpactTally:
    """What came of all decisions so far; memory holds counts, the children's ids and a few examples."""

    seed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    agencies: dict[str, Sides] = field(default_factory=lambda: defaultdict(Sides))
    purposes: dict[str, Sides] = field(default_factory=lambda: defaultdict(Sides))
    serious: Sides = field(default_factory=Sides)
    children: dict[str, set[UUID]] = field(default_factory=lambda: {"more": set(), "less": set()})
    examples: list[tuple[Tried, Change]] = field(default_factory=list)
    _met: int = 0
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - drawn to be drawn again

    def add(self, one: Tried | None) -> None:
        """Count one decision."""
        if one is None:
            self.counts["not_tried"] += 1
            return
        self.counts["decisions"] += 1
        self.counts["verdicts"] += one.verdicts
        if not one.changes:
            return
        self.counts["changed_decisions"] += 1
        self.counts["changed_verdicts"] += len(one.changes)
        more, less = sum(each.more for each in one.changes), sum(each.less for each in one.changes)
        for sides in (self.agencies[one.agency], self.purposes[one.purpose]):
            sides.add(more=more, less=less)
        if one.purpose in SERIOUS:
            self.serious.add(more=more, less=less)
        if one.person is not None:
            for side, number in (("more", more), ("less", less)):
                self.children[side].update([one.person] if number else [])
        for change in one.changes:
            self._draw(one, change)

    def _draw(self, one: Tried, change: Change) -> None:
        """Keep each change with the same chance, however many there are."""
        self._met += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append((one, change))
        elif (place := self._chance.randrange(self._met)) < _EXAMPLES:
            self.examples[place] = one, change

    def as_counts(self) -> dict[str, int]:
        """Return the numbers alone."""
        names = ("decisions", "verdicts", "changed_decisions", "changed_verdicts", "not_tried")
        return {name: self.counts[name] for name in names}

    def as_json(self, draft: Draft, reasons: Callable[[str], Mapping[str, str]]) -> dict[str, Any]:
        """Return the report in the documented shape; `reasons` gives the sentences of a version's rules."""
        drafted = {str(rule): loaded.rule.reason for rule, loaded in draft.policy.rules.items()}
        return {
            "draft": draft.policy.version,
            **self.as_counts(),
            "agencies": {name: self.agencies[name].as_json() for name in sorted(self.agencies)},
            "purposes": {name: self.purposes[name].as_json() for name in sorted(self.purposes)},
            "serious": self.serious.as_json(),
            "children": {side: len(persons) for side, persons in self.children.items()},
            "examples": [
                {
                    "decision": str(one.decision),
                    "viewer": one.viewer,
                    "agency": one.agency,
                    "purpose": one.purpose,
                    "event": str(change.event),
                    "before": _side(change.before, reasons(one.version)),
                    "after": _side(change.after, drafted),
                }
                for one, change in self.examples
            ],
        }


def _side(decided: DecidedItem, reasons: Mapping[str, str]) -> dict[str, Any]:
    rules = [{"id": rule, "reason": reasons.get(rule)} for rule in decided.rules]
    return {"verdict": decided.verdict, "facets": decided.facets, "rules": rules}
