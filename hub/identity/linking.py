"""Decide whether a new subject is a person already known: link, ask a person, or begin a new person. Pure.

Only agreement in everything that a rule asks links; what contradicts, falls short or could be a twin is for a person to
review. A forbidden pair neither links nor is offered.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hub.contract.codes import SubjectKind
from hub.identity.comparison import Agreement, compare
from hub.identity.evidence import Evidence
from hub.identity.profile import Profile
from hub.identity.rules import Effect, RuleCode, first_rule

Pair = frozenset[UUID]

KIND_CLASSES: Final[dict[SubjectKind, str | None]] = {
    SubjectKind.CHILD: "child",
    SubjectKind.UNBORN_CHILD: "child",
    SubjectKind.PARENT_OR_CARER: "adult",
    SubjectKind.OTHER_ADULT: "adult",
    SubjectKind.WORKER: "worker",
    SubjectKind.ALLEGED_PERPETRATOR: "alleged-perpetrator",
    SubjectKind.PLACE: None,
    SubjectKind.PEER_GROUP: None,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject that may be the new one, and the person to whom it is linked."""

    profile: Profile
    person: UUID


@dataclass(frozen=True, slots=True)
class Review:
    """A person must decide: for which reasons, with which persons, on what evidence; strongest evidence first."""

    reasons: tuple[RuleCode, ...]
    persons: tuple[UUID, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The subject is this person; `besides` is what to look at all the same: a possible duplicate, a twin."""

    person: UUID
    evidence: Evidence
    besides: Review | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Nobody known matches."""


@dataclass(frozen=True, slots=True)
class _Judged:
    evidence: Evidence
    effect: Effect
    same_number: bool


def decide_link(
    new: Profile, candidates: Sequence[Candidate], forbidden: Collection[Pair]
) -> Link | Review | NewPerson:
    """Return what becomes of a subject; the order of the candidates makes no difference.

    `forbidden` holds unordered pairs of subjects and persons, as `hub.identity.links.barred_pairs` gives them.
    """
    judged = sorted(_judge_all(new, candidates, forbidden), key=_strongest_first)
    relevant = [one for one in judged if one.effect is not Effect.NOTHING]
    if not relevant:
        return NewPerson()
    linking = {one.evidence.person for one in relevant if one.effect is Effect.LINK}
    disputed = {one.evidence.person for one in relevant if one.effect is Effect.REVIEW and _is_disputing(one)}
    if len(linking) != 1 or not disputed.isdisjoint(linking):
        return _review(relevant, several=len(linking) > 1)
    person = linking.pop()
    if any(one.same_number for one in relevant if one.evidence.person != person):
        return _review(relevant, several=True)
    others = [one for one in relevant if one.evidence.person != person]
    open_others = [one for one in others if frozenset({person, one.evidence.person}) not in forbidden]
    return Link(person, relevant[0].evidence, _review(open_others) if open_others else None)


def _judge_all(new: Profile, candidates: Iterable[Candidate], forbidden: Collection[Pair]) -> Iterable[_Judged]:
    candidates = [one for one in candidates if one.profile.subject != new.subject]
    barred = {
        one.person
        for one in candidates
        if not {frozenset({new.subject, one.profile.subject}), frozenset({new.subject, one.person})}.isdisjoint(
            forbidden
        )
    }
    kind = KIND_CLASSES[new.kind]
    for candidate in candidates:
        if candidate.person not in barred and kind is not None and KIND_CLASSES[candidate.profile.kind] == kind:
            yield _judge(new, candidate)


def _judge(new: Profile, candidate: Candidate) -> _Judged:
    comparison = compare(new, candidate.profile)
    rule = first_rule(comparison)
    evidence = Evidence(
        rule=rule.code,
        percent=rule.percent,
        subject=new.subject,
        against=candidate.profile.subject,
        person=candidate.person,
        fields=tuple(comparison.fields.items()),
    )
    return _Judged(evidence, rule.effect, Agreement.AGREES in {comparison.nhs, comparison.upn})


_DISPUTING = frozenset(
    {
        RuleCode.POSSIBLE_TWINS,
        RuleCode.NHS_NUMBER_CONTRADICTED,
        RuleCode.UPN_CONTRADICTED,
        RuleCode.NUMBERS_CONTRADICT,
        RuleCode.ADOPTED,
    }
)


def _is_disputing(judged: _Judged) -> bool:
    """Tell what forbids linking to the same person by another of its records from what merely falls short."""
    return judged.evidence.rule in _DISPUTING


def _strongest_first(judged: _Judged) -> tuple[bool, int, str, str]:
    evidence = judged.evidence
    return judged.effect is not Effect.LINK, -evidence.percent, str(evidence.person), str(evidence.against)


def _review(judged: Sequence[_Judged], *, several: bool = False) -> Review:
    found = [one.evidence.rule for one in judged if one.effect is Effect.REVIEW]
    reasons = [RuleCode.SEVERAL_PERSONS, *found] if several else found
    return Review(
        reasons=tuple(dict.fromkeys(reasons)),
        persons=tuple(sorted({one.evidence.person for one in judged}, key=str)),
        evidence=tuple(one.evidence for one in judged),
    )
