"""Who one subject is, as one agency holds them: comparable names, dates, numbers and places, from its stored sections.

A subject is one agency's reference to one person. Profiles of different subjects are compared and never merged. A later
statement of a subject wins field by field; names, numbers and postcodes once held are kept, for families move.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any
from uuid import UUID

from hub.contract.codes import SubjectKind
from hub.contract.person import Confidentiality, IdentifierSystem
from hub.contract.primitives import PartialDate
from hub.contract.sharing import Sensitivity
from hub.identity.names import Comparable, normalise_given, normalise_name, normalise_postcode
from hub.identity.numbers import STRONG, normalise_number

Sections = Mapping[str, Any]
HeldIdentifier = tuple[IdentifierSystem, str]

_HIDDEN_PLACE = frozenset({Sensitivity.ADDRESS_CONFIDENTIAL, Sensitivity.REFUGE, Sensitivity.WITNESS_PROTECTION})


@dataclass(frozen=True, slots=True)
class HeldName:
    """A name as the agency holds it, with its comparable forms; `current` where the latest statement has it."""

    family: str | None
    given: str | None
    family_form: Comparable | None
    given_form: Comparable | None
    current: bool = True


@dataclass(frozen=True, slots=True)
class NhsNumber:
    """An NHS number that is right by its check digit; `verified` where its issuer confirmed whose it is."""

    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What one agency says of who a subject is; `identifiers` and `postcodes` are all ever held, made comparable."""

    subject: UUID
    agency: str
    reference: str
    kind: SubjectKind
    names: tuple[HeldName, ...] = ()
    born: PartialDate | None = None
    expected: PartialDate | None = None
    nhs: NhsNumber | None = None
    upn: str | None = None
    identifiers: frozenset[HeldIdentifier] = frozenset()
    postcodes: frozenset[str] = frozenset()
    multiple_birth: bool = False
    adopted: bool = False
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """What one event of a subject says of them; `sections` is None where it was erased."""

    event: UUID
    sections: Sections | None


def profile_of(agency: str, reference: str, subject: UUID, sections: Sections) -> Profile:
    """Return the profile that one event's sections state of its subject."""
    stated = sections.get("subject", {})
    places = sections.get("location", {}).get("addresses", ())
    labels = sections.get("sharing", {}).get("sensitivity", ())
    return _profile(agency, reference, subject, stated, places, labels)


def profile_of_other(agency: str, reference: str, subject: UUID, other: Mapping[str, Any]) -> Profile:
    """Return the profile that an event's `people` section states of another person who has a reference."""
    return _profile(agency, reference, subject, other, other.get("person", {}).get("addresses", ()), ())


def profile_from(agency: str, reference: str, subject: UUID, statements: Sequence[Statement]) -> Profile | None:
    """Return a subject's latest profile from all its statements in log order, or None where none can be read.

    A statement that the agency retracted or stated anew does not count, except where that was retracted in its turn.
    """
    profiles = (profile_of(agency, reference, subject, sections) for sections in _standing(statements))
    first = next(profiles, None)
    return None if first is None else reduce(merge, profiles, first)


def merge(earlier: Profile, later: Profile) -> Profile:
    """Return a subject's profile after a later statement: what that leaves out stays, and so does every marker."""
    return Profile(
        subject=later.subject,
        agency=later.agency,
        reference=later.reference,
        kind=later.kind,
        names=_names_after(earlier.names, later.names),
        born=later.born or earlier.born,
        expected=later.expected or earlier.expected,
        nhs=_number_after(earlier.nhs, later.nhs),
        upn=later.upn or earlier.upn,
        identifiers=earlier.identifiers | later.identifiers,
        postcodes=earlier.postcodes | later.postcodes,
        multiple_birth=earlier.multiple_birth or later.multiple_birth,
        adopted=earlier.adopted or later.adopted,
        confidential=earlier.confidential or later.confidential,
    )


def _profile(
    agency: str,
    reference: str,
    subject: UUID,
    stated: Mapping[str, Any],
    places: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
) -> Profile:
    person = stated.get("person", {})
    held = person.get("identifiers", ())
    postcodes = (normalise_postcode(place.get("postcode")) for place in places if place.get("kind") != "school")
    return Profile(
        subject=subject,
        agency=agency,
        reference=reference,
        kind=SubjectKind(stated.get("kind", SubjectKind.CHILD)),
        names=tuple(_held_name(name) for name in person.get("names", ())),
        born=_partial_date(person.get("born")),
        expected=_partial_date(person.get("expected")),
        nhs=_nhs_number(held),
        upn=_strong(held, IdentifierSystem.UPN),
        identifiers=frozenset(
            (IdentifierSystem(identifier["system"]), normalise_number(identifier["value"])) for identifier in held
        ),
        postcodes=frozenset(postcode for postcode in postcodes if postcode is not None),
        multiple_birth=bool(person.get("multiple_birth")),
        adopted=Sensitivity.ADOPTION in labels,
        confidential=_is_confidential(person, places, labels),
    )


def _held_name(name: Mapping[str, Any]) -> HeldName:
    family, given = name.get("family"), name.get("given")
    return HeldName(family, given, normalise_name(family), normalise_given(given))


def _partial_date(stated: Mapping[str, str] | None) -> PartialDate | None:
    """Return a stated date, or None where its text is no calendar date."""
    if not stated:
        return None
    try:
        day = date.fromisoformat(stated["date"])
    except ValueError:
        return None
    return PartialDate(date=day, accuracy=stated.get("accuracy", "AAA"))


def _nhs_number(held: Sequence[Mapping[str, Any]]) -> NhsNumber | None:
    number = _strong([one for one in held if one.get("verified")], IdentifierSystem.NHS_NUMBER)
    if number is not None:
        return NhsNumber(number, verified=True)
    number = _strong(held, IdentifierSystem.NHS_NUMBER)
    return None if number is None else NhsNumber(number, verified=False)


def _strong(held: Sequence[Mapping[str, Any]], system: IdentifierSystem) -> str | None:
    """Return the last identifier of a system that is right by its own check."""
    numbers = (normalise_number(identifier["value"]) for identifier in held if identifier["system"] == system)
    return next((number for number in reversed(list(numbers)) if STRONG[system](number)), None)


def _is_confidential(person: Mapping[str, Any], places: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> bool:
    restricted = person.get("confidentiality", Confidentiality.UNRESTRICTED) != Confidentiality.UNRESTRICTED
    hidden = any(place.get("confidential") or place.get("kind") == "refuge" for place in places)
    return restricted or hidden or not _HIDDEN_PLACE.isdisjoint(labels)


def _names_after(earlier: tuple[HeldName, ...], later: tuple[HeldName, ...]) -> tuple[HeldName, ...]:
    if not later:
        return earlier
    stated = {(name.family, name.given) for name in later}
    former = (replace(name, current=False) for name in earlier if (name.family, name.given) not in stated)
    return (*former, *later)


def _number_after(earlier: NhsNumber | None, later: NhsNumber | None) -> NhsNumber | None:
    """A number once verified stays so where it is stated again; another number starts anew."""
    if earlier is None or later is None:
        return later or earlier
    same = earlier.value == later.value
    return replace(later, verified=later.verified or (same and earlier.verified))


def _standing(statements: Sequence[Statement]) -> Iterable[Sections]:
    """Give the sections that still count, in order; judged from the newest back, so that a cycle keeps its newest."""
    gone: set[UUID] = set()
    kept: list[Sections] = []
    for statement in reversed(statements):
        if statement.event in gone or statement.sections is None:
            continue
        kind = statement.sections.get("what", {}).get("type")
        origin = statement.sections.get("origin", {})
        replaced = origin.get("retracts") if kind == "retraction" else origin.get("corrects")
        if replaced and kind != "correction":
            gone.add(UUID(replaced))
        if kind != "retraction":
            kept.append(statement.sections)
    return reversed(kept)
