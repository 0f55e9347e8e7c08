"""Lay two profiles side by side, field by field. Says what agrees; decides nothing and quotes no value."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.contract.codes import SubjectKind
from hub.contract.person import IdentifierSystem
from hub.contract.primitives import PartialDate
from hub.identity.names import Comparable
from hub.identity.numbers import SHARED
from hub.identity.profile import HeldIdentifier, HeldName, Profile

_UPNS = frozenset({IdentifierSystem.UPN, IdentifierSystem.FORMER_UPN})
_NHS_NUMBERS = frozenset({IdentifierSystem.NHS_NUMBER})
_BORN_BEFORE_EXPECTED = timedelta(weeks=17)
_BORN_AFTER_EXPECTED = timedelta(weeks=3)


class Agreement(StrEnum):
    """How one field of two profiles compares; `missing` where either says nothing."""

    AGREES = "agrees"
    PARTLY = "partly"
    DIFFERS = "differs"
    MISSING = "missing"


class Field(StrEnum):
    """What is compared, in the order in which evidence is told."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    OTHER_NUMBER = "other-number"
    FAMILY_NAME = "family-name"
    GIVEN_NAME = "given-name"
    BIRTH_DATE = "birth-date"
    POSTCODE = "postcode"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two profiles side by side."""

    nhs: Agreement
    upn: Agreement
    other_number: Agreement
    family: Agreement
    given: Agreement
    born: Agreement
    postcode: Agreement
    nhs_verified: bool
    names_swapped: bool
    multiple_birth: bool
    unborn: bool
    times_fit: bool
    adopted: bool
    same_agency: bool
    names_current: bool

    @property
    def fields(self) -> dict[Field, Agreement]:
        """Return the agreement of each field."""
        values = (self.nhs, self.upn, self.other_number, self.family, self.given, self.born, self.postcode)
        return dict(zip(Field, values, strict=True))


def compare(one: Profile, other: Profile) -> Comparison:
    """Return how two profiles compare; the order of the two makes no difference."""
    return Comparison(
        nhs=_numbers(_nhs_value(one), _nhs_value(other), one, other, _NHS_NUMBERS),
        upn=_numbers(one.upn, other.upn, one, other, _UPNS),
        other_number=_other_numbers(one.identifiers, other.identifiers),
        family=_families(one.names, other.names),
        given=_givens(one.names, other.names),
        born=_dates(one.born, other.born),
        postcode=_overlap(one.postcodes, other.postcodes),
        nhs_verified=bool(one.nhs and other.nhs and one.nhs.verified and other.nhs.verified),
        names_swapped=_are_swapped(one.names, other.names),
        multiple_birth=one.multiple_birth or other.multiple_birth,
        unborn=SubjectKind.UNBORN_CHILD in {one.kind, other.kind},
        times_fit=_times_fit(one, other),
        adopted=one.adopted or other.adopted,
        same_agency=one.agency == other.agency,
        names_current=_agree_as_current(one.names, other.names),
    )


def _nhs_value(profile: Profile) -> str | None:
    return None if profile.nhs is None else profile.nhs.value


def _numbers(
    one: str | None, other: str | None, left: Profile, right: Profile, systems: Collection[IdentifierSystem]
) -> Agreement:
    """Compare strong numbers; the same number held weakly, or formerly, agrees only in part."""
    if one is not None and one == other:
        return Agreement.AGREES
    held = [{number for system, number in side.identifiers if system in systems} for side in (left, right)]
    if not held[0].isdisjoint(held[1]):
        return Agreement.PARTLY
    return Agreement.MISSING if one is None or other is None else Agreement.DIFFERS


def _other_numbers(one: frozenset[HeldIdentifier], other: frozenset[HeldIdentifier]) -> Agreement:
    """Compare the numbers that agencies share; two different ones say nothing, for a person may have several."""
    shared = any(system in SHARED for system, _ in one & other)
    return Agreement.AGREES if shared else Agreement.MISSING


def _overlap(one: frozenset[str], other: frozenset[str]) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    return Agreement.DIFFERS if one.isdisjoint(other) else Agreement.AGREES


def _dates(one: PartialDate | None, other: PartialDate | None) -> Agreement:
    """Compare dates of birth by the parts that both know; without the year they agree in nothing."""
    if one is None or other is None:
        return Agreement.MISSING
    known = [(a, b) for a, b in zip(_parts(one), _parts(other), strict=True) if a is not None and b is not None]
    if any(a != b for a, b in known):
        return Agreement.DIFFERS
    if len(known) == 3:
        return Agreement.AGREES
    return Agreement.PARTLY if one.accuracy[2] == other.accuracy[2] == "A" else Agreement.MISSING


def _parts(born: PartialDate) -> tuple[int | None, ...]:
    values = (born.date.day, born.date.month, born.date.year)
    return tuple(value if letter == "A" else None for value, letter in zip(values, born.accuracy, strict=True))


def _families(one: Iterable[HeldName], other: Iterable[HeldName]) -> Agreement:
    return _best(
        [name.family_form for name in one if name.family_form], [name.family_form for name in other if name.family_form]
    )


def _givens(one: Iterable[HeldName], other: Iterable[HeldName]) -> Agreement:
    left = [name.given_form for name in one if name.given_form]
    right = [name.given_form for name in other if name.given_form]
    if any(_adds_middle_names(a, b) for a in left for b in right):
        return Agreement.AGREES
    best = _best(left, right)
    if best is Agreement.DIFFERS and any(_shortens(a, b) for a in left for b in right):
        return Agreement.PARTLY
    return best


def _best(one: Collection[Comparable], other: Collection[Comparable]) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    if any(a.whole == b.whole for a in one for b in other):
        return Agreement.AGREES
    shared = any(not set(a.words).isdisjoint(b.words) for a in one for b in other)
    return Agreement.PARTLY if shared else Agreement.DIFFERS


def _adds_middle_names(one: Comparable, other: Comparable) -> bool:
    """`Anna` and `Anna Marie` are one given name of which one agency holds more."""
    shorter, longer = sorted((one.words, other.words), key=len)
    return longer[: len(shorter)] == shorter and len(shorter[0]) > 1


def _shortens(one: Comparable, other: Comparable) -> bool:
    """`Sam` may be `Samuel`, and `S` too."""
    shorter, longer = sorted((one.whole, other.whole), key=len)
    return longer.startswith(shorter)


def _are_swapped(one: Iterable[HeldName], other: Iterable[HeldName]) -> bool:
    def pairs(names: Iterable[HeldName]) -> set[tuple[str, str]]:
        return {(n.family_form.whole, n.given_form.whole) for n in names if n.family_form and n.given_form}

    turned = {(given, family) for family, given in pairs(other)}
    return not pairs(one).isdisjoint(turned)


def _agree_as_current(one: Iterable[HeldName], other: Iterable[HeldName]) -> bool:
    """Say whether family and given name agree by names that both still hold."""
    left, right = ([name for name in names if name.current] for names in (one, other))
    return _families(left, right) is Agreement.AGREES and _givens(left, right) is Agreement.AGREES


def _times_fit(one: Profile, other: Profile) -> bool:
    """Say whether a birth may be the one that was expected; an unknown date fits."""
    if one.expected is not None and other.expected is not None:
        return abs(one.expected.date - other.expected.date) <= _BORN_BEFORE_EXPECTED
    due, born = (one.expected, other.born) if one.expected is not None else (other.expected, one.born)
    if due is None or born is None:
        return True
    return -_BORN_BEFORE_EXPECTED <= born.date - due.date <= _BORN_AFTER_EXPECTED
