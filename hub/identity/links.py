"""Fold link facts into who is linked to whom. A subject has one person at a time; merging persons is links moved.

A chronology as of a past moment rests on the links known then less those undone since, so that a wrong link shows
nothing any more; only a replay sees it again. The caller gives every fact that names the person or any of its subjects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from uuid import UUID

Pair = frozenset[UUID]
_BY_RULE = "rule:"


class LinkFactKind(StrEnum):
    """What a link fact says."""

    LINKED = "linked"
    UNLINKED = "unlinked"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class LinkFact:
    """One link event at its position in the log.

    `other` is the person for linked and unlinked; for forbidden, `subject` and `other` are two subjects or persons.
    """

    kind: LinkFactKind
    subject: UUID
    other: UUID
    position: int
    decided_by: str = ""
    percent: int | None = None


def links_at(facts: Iterable[LinkFact], upto: int) -> dict[UUID, LinkFact]:
    """Return the link that holds for each linked subject after the facts up to a position.

    A link of a forbidden pair does not hold; of two subjects kept apart in one person the one linked later is out.
    """
    known = _known(facts, upto)
    linked: dict[UUID, LinkFact] = {}
    for fact in known:
        _apply(fact, linked)
    return _allowed(linked, _forbidden(known))


def persons_of(facts: Iterable[LinkFact]) -> dict[UUID, UUID]:
    """Return the person to whom each subject was linked last, where all facts about those subjects are given."""
    linked: dict[UUID, LinkFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.position):
        _apply(fact, linked)
    return {subject: link.other for subject, link in linked.items()}


def subjects_of(
    person: UUID, facts: Sequence[LinkFact], *, as_of: int, now: int, replay: bool = False
) -> frozenset[UUID]:
    """Return the subjects that were linked to a person at `as_of` and, unless it is a replay, still are at `now`."""
    then = _subjects(person, links_at(facts, as_of))
    return then if replay else then & _subjects(person, links_at(facts, now))


def person_of(subject: UUID, facts: Iterable[LinkFact], *, now: int) -> UUID | None:
    """Return the person to whom a subject is linked, or None."""
    return _person(links_at(facts, now), subject)


def barred_pairs(facts: Sequence[LinkFact], *, now: int) -> frozenset[Pair]:
    """Return all pairs of subjects and persons that no rule may bring together.

    These are the forbidden pairs, with the persons and subjects that they stand for at present; each subject
    with the person that it was unlinked from and not linked to again; and each subject with those that it was parted
    from so, and with the persons to whom they are linked at present, until somebody links the two by hand.
    """
    links = links_at(facts, now)
    known = _known(facts, now)
    pairs: set[Pair] = set()
    for pair in _forbidden(known):
        one, other = (_stands_for(member, links) for member in pair)
        pairs.update(frozenset(both) for both in product(one, other))
    for pair in _parted(known):
        one, other = ({member, _person(links, member) or member} for member in pair)
        pairs.update(frozenset(both) for both in product(one, other))
    return frozenset(pairs | _undone(known))


def _known(facts: Iterable[LinkFact], upto: int) -> list[LinkFact]:
    return sorted((fact for fact in facts if fact.position <= upto), key=lambda fact: fact.position)


def _apply(fact: LinkFact, linked: dict[UUID, LinkFact]) -> None:
    if fact.kind is LinkFactKind.LINKED:
        linked[fact.subject] = fact
    elif fact.kind is LinkFactKind.UNLINKED and _person(linked, fact.subject) == fact.other:
        del linked[fact.subject]


def _person(links: Mapping[UUID, LinkFact], subject: UUID) -> UUID | None:
    link = links.get(subject)
    return None if link is None else link.other


def _subjects(person: UUID, links: Mapping[UUID, LinkFact]) -> frozenset[UUID]:
    return frozenset(subject for subject, link in links.items() if link.other == person)


def _forbidden(facts: Iterable[LinkFact]) -> set[Pair]:
    pairs = (frozenset({fact.subject, fact.other}) for fact in facts if fact.kind is LinkFactKind.FORBIDDEN)
    return {pair for pair in pairs if len(pair) == 2}


def _allowed(linked: Mapping[UUID, LinkFact], forbidden: set[Pair]) -> dict[UUID, LinkFact]:
    if not forbidden:
        return dict(linked)
    allowed: dict[UUID, LinkFact] = {}
    members: dict[UUID, set[UUID]] = {}
    for subject, link in sorted(linked.items(), key=lambda entry: entry[1].position):
        inside = members.setdefault(link.other, {link.other})
        if forbidden.isdisjoint(frozenset({subject, member}) for member in inside):
            allowed[subject] = link
            inside.add(subject)
    return allowed


def _stands_for(member: UUID, links: Mapping[UUID, LinkFact]) -> set[UUID]:
    """Return a subject with its person, or a person with its subjects."""
    person = _person(links, member)
    return {member, *_subjects(member, links), *(() if person is None else (person,))}


def _undone(facts: Iterable[LinkFact]) -> set[Pair]:
    undone: set[Pair] = set()
    for fact in facts:
        if fact.kind is LinkFactKind.UNLINKED:
            undone.add(frozenset({fact.subject, fact.other}))
        elif fact.kind is LinkFactKind.LINKED:
            undone.discard(frozenset({fact.subject, fact.other}))
    return undone


def _parted(facts: Iterable[LinkFact]) -> set[Pair]:
    """Return each subject that was unlinked with those that stayed; only a link by a person brings them together."""
    parted: set[Pair] = set()
    linked: dict[UUID, LinkFact] = {}
    for fact in facts:
        _apply(fact, linked)
        pairs = {frozenset({fact.subject, other}) for other in _subjects(fact.other, linked) - {fact.subject}}
        if fact.kind is LinkFactKind.UNLINKED:
            parted |= pairs
        elif fact.kind is LinkFactKind.LINKED and fact.decided_by and not fact.decided_by.startswith(_BY_RULE):
            parted -= pairs
    return parted
