"""The values by which records that may be one person are found, before a keyed hash hides them (blind indexes).

A key finds candidates and decides nothing. Its value holds personal data: it never leaves the process unhashed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.contract.person import IdentifierSystem
from hub.contract.primitives import PartialDate
from hub.identity.names import Comparable, normalise_given, normalise_name
from hub.identity.numbers import SHARED, normalise_number
from hub.identity.profile import HeldIdentifier, Profile

Key = tuple[str, str]


class KeyKind(StrEnum):
    """What a key is made of."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    SHARED_NUMBER = "shared-number"
    LOCAL_NUMBER = "local-number"
    REFERENCE = "reference"
    NAME_AND_BIRTH_DATE = "name+birth-date"
    FAMILY_AND_BIRTH_DATE = "family+birth-date"
    GIVEN_AND_BIRTH_DATE = "given+birth-date"
    BIRTH_DATE_AND_POSTCODE = "birth-date+postcode"
    NAME_AND_BIRTH_YEAR = "name+birth-year"
    FAMILY_AND_POSTCODE = "family+postcode"


@dataclass(frozen=True, slots=True)
class Query:
    """Whom somebody looks for: by any identifier, or by name and date of birth.

    An identifier without a `system` is looked up in all of them, and as a reference of each of `agencies`.
    """

    identifier: str | None = None
    system: IdentifierSystem | None = None
    agencies: Collection[str] = ()
    family: str | None = None
    given: str | None = None
    born: date | None = None


def blind_keys(profile: Profile) -> list[Key]:
    """Return the keys under which a profile is found, sorted, each once; an unborn child's numbers are its mother's."""
    keys = {_key(KeyKind.REFERENCE, profile.agency, normalise_number(profile.reference))}
    keys.update(_number_key(identifier, profile.agency) for identifier in profile.identifiers)
    for name in profile.names:
        keys.update(_name_keys(name.family_form, name.given_form, profile))
    if profile.born is not None and profile.born.exact:
        born = profile.born.date.isoformat()
        keys.update(_key(KeyKind.BIRTH_DATE_AND_POSTCODE, born, postcode) for postcode in profile.postcodes)
    return sorted(keys)


def query_keys(query: Query) -> list[Key]:
    """Return the keys of those whom a query may mean, sorted, each once; empty where it names too little."""
    keys: set[Key] = set()
    if query.identifier is not None:
        keys.update(_identifier_keys(query, normalise_number(query.identifier)))
    if query.born is not None:
        family, given = normalise_name(query.family), normalise_given(query.given)
        found = _birth_date_keys(family, given, PartialDate(date=query.born))
        keys.update(key for key in found if key[0] == KeyKind.NAME_AND_BIRTH_DATE or None in {family, given})
    return sorted(keys)


def _key(kind: KeyKind, *parts: str) -> Key:
    return kind.value, "\x1f".join(parts)


def _number_key(identifier: HeldIdentifier, agency: str) -> Key:
    system, number = identifier
    match system:
        case IdentifierSystem.NHS_NUMBER:
            return _key(KeyKind.NHS_NUMBER, number)
        case IdentifierSystem.UPN | IdentifierSystem.FORMER_UPN:
            return _key(KeyKind.UPN, number)
    if system in SHARED:
        return _key(KeyKind.SHARED_NUMBER, system.value, number)
    return _key(KeyKind.LOCAL_NUMBER, agency, number)


def _identifier_keys(query: Query, number: str) -> Iterable[Key]:
    systems = IdentifierSystem if query.system is None else (query.system,)
    for system in systems:
        agencies = query.agencies if system is IdentifierSystem.LOCAL else ("",)
        yield from (_number_key((system, number), agency) for agency in agencies)
    if query.system in {None, IdentifierSystem.LOCAL}:
        yield from (_key(KeyKind.REFERENCE, agency, number) for agency in query.agencies)


def _name_keys(family: Comparable | None, given: Comparable | None, profile: Profile) -> Iterable[Key]:
    born = profile.born
    if born is not None:
        yield from _birth_date_keys(family, given, born)
        if born.accuracy[2] == "A":
            year = str(born.date.year)
            yield from (_key(KeyKind.NAME_AND_BIRTH_YEAR, *names, year) for names in _either_order(family, given))
    if family is not None:
        yield from (_key(KeyKind.FAMILY_AND_POSTCODE, family.whole, postcode) for postcode in profile.postcodes)


def _birth_date_keys(family: Comparable | None, given: Comparable | None, born: PartialDate) -> Iterable[Key]:
    if not born.exact:
        return
    day = born.date.isoformat()
    yield from (_key(KeyKind.FAMILY_AND_BIRTH_DATE, name, day) for name in _forms(family))
    yield from (_key(KeyKind.GIVEN_AND_BIRTH_DATE, name, day) for name in _forms(given))
    yield from (_key(KeyKind.NAME_AND_BIRTH_DATE, *names, day) for names in _either_order(family, given))


def _forms(name: Comparable | None) -> set[str]:
    """Return a name in one word and by each of its words: one agency may hold only `Jones` of `Smith-Jones`."""
    return set() if name is None else {name.whole, *name.words}


def _either_order(family: Comparable | None, given: Comparable | None) -> Iterable[list[str]]:
    """A family name written as the given name, and the other way round, makes the same keys."""
    if family is not None and given is not None:
        firsts = {given.whole, given.words[0]}
        yield from (sorted((family.whole, first)) for first in firsts)
