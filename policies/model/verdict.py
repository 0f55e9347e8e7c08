"""The answer for one item: what is shown of it, and the rules, with authority and sentence, that say so."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Self

from policies.errors import RecordError
from policies.model.obligations import Obligation
from policies.model.records import Reading, Record

RuleId = NewType("RuleId", str)


class Facet(StrEnum):
    """The parts of an item that are shown or withheld each by itself."""

    # As the word: what an enum hashes by itself, it hashes in Python.
    __hash__ = str.__hash__

    WHAT = "what"
    WHEN = "when"
    DETAIL = "detail"
    NARRATIVE = "narrative"
    VOICE = "voice"
    PEOPLE = "people"
    LOCATION = "location"
    SOURCE = "source"


ALL_FACETS = frozenset(Facet)


class Effect(StrEnum):
    """PERMIT shows facets, EXISTENCE says only whom to ask, REVIEW waits for a named role, DENY is as if absent."""

    PERMIT = "PERMIT"
    EXISTENCE = "EXISTENCE"
    REVIEW = "REVIEW"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is named in an answer: its id, the authority behind it, and its sentence for people."""

    id: RuleId
    authority: str
    reason: str

    def as_record(self) -> Record:
        """Return the canonical form."""
        return {"authority": self.authority, "id": self.id, "reason": self.reason}

    @classmethod
    def from_record(cls, record: object) -> Self:
        """Return the rule that a record names; raises RecordError."""
        read = Reading(record, "a rule")
        rule = cls(RuleId(read.text("id")), read.text("authority"), read.text("reason"))
        read.finish()
        return rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """The effect on one item, the facets shown (none unless PERMIT), and the rules that determined it.

    `review` are the facets that one of `by` may yet release; `obligations` travel with the item.
    """

    effect: Effect
    facets: frozenset[Facet]
    rules: tuple[Rule, ...]
    review: frozenset[Facet] = frozenset()
    by: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()

    def __post_init__(self) -> None:
        if (self.effect is Effect.PERMIT) != bool(self.facets):
            raise RecordError("A verdict shows facets if, and only if, it permits.", code="verdict-contradictory")
        if self.review and (self.review & self.facets or self.effect not in {Effect.PERMIT, Effect.REVIEW}):
            raise RecordError("A verdict reviews what it does not show.", code="verdict-contradictory")

    def as_record(self) -> Record:
        """Return the canonical form that is sealed with the decision."""
        return {
            "by": list(self.by),
            "facets": sorted(facet.value for facet in self.facets),
            "obligations": [obligation.value for obligation in self.obligations],
            "review": sorted(facet.value for facet in self.review),
            "rules": [rule.as_record() for rule in self.rules],
            "verdict": self.effect.value,
        }

    @classmethod
    def from_record(cls, record: object) -> Self:
        """Return the verdict that a record holds; raises RecordError."""
        read = Reading(record, "a verdict")
        verdict = cls(
            effect=read.ours("verdict", Effect),
            facets=read.all_ours("facets", Facet),
            rules=tuple(Rule.from_record(rule) for rule in read.parts("rules")),
            review=read.all_ours("review", Facet),
            by=tuple(read.texts("by")),
            obligations=tuple(sorted(read.all_ours("obligations", Obligation))),
        )
        read.finish()
        return verdict
