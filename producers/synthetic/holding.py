"""How one agency holds a child or an adult: which identifiers, which names, and which mistakes.

Health and social care mostly hold a verified NHS number, schools a UPN, the others a name and a date of birth. A share
holds them wrongly, as real systems do: day and month changed over, a nickname, a misspelling, an estimated age.
"""

from datetime import date
from enum import StrEnum

from hub.contract.codes import Sex, UpnUnknown
from hub.contract.person import (
    Address,
    AddressKind,
    Confidentiality,
    Identifier,
    IdentifierSystem,
    Name,
    NameUse,
    PersonAsHeld,
)
from hub.contract.primitives import AgencyId, PartialDate
from producers.synthetic.dice import Dice
from producers.synthetic.names import misspelt, nickname
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    HOUSING,
    POLICE,
    PROBATION,
    REFUGE,
    SCHOOLS,
)
from producers.synthetic.people import Adult, Child, Household


class Manner(StrEnum):
    """By what an agency knows a child."""

    NHS_NUMBER = "verified NHS number, names, date of birth"
    UPN = "UPN, names, date of birth"
    BOTH = "verified NHS number, UPN, names, date of birth"
    NAMED = "names and date of birth only"


class Slip(StrEnum):
    """A mistake in how an agency holds a child."""

    NONE = "none"
    SWAPPED_DATE = "day and month changed over"
    NICKNAME = "nickname instead of the given name"
    MISSPELT = "family name misspelt"
    ESTIMATED_AGE = "only the year of birth, and that estimated"


MANNERS: dict[AgencyId, tuple[tuple[Manner, float], ...]] = {
    CSC: ((Manner.BOTH, 0.6), (Manner.NHS_NUMBER, 0.2), (Manner.NAMED, 0.2)),
    POLICE: ((Manner.NAMED, 1.0),),
    HOSPITAL: ((Manner.NHS_NUMBER, 0.9), (Manner.NAMED, 0.1)),
    COMMUNITY: ((Manner.NHS_NUMBER, 0.95), (Manner.NAMED, 0.05)),
    SCHOOLS: ((Manner.UPN, 0.92), (Manner.NAMED, 0.08)),
    HOUSING: ((Manner.NAMED, 1.0),),
    PROBATION: ((Manner.NAMED, 1.0),),
    REFUGE: ((Manner.NAMED, 1.0),),
}
_OFTEN_WRONG = (
    (Slip.NONE, 0.62),
    (Slip.SWAPPED_DATE, 0.1),
    (Slip.NICKNAME, 0.12),
    (Slip.MISSPELT, 0.1),
    (Slip.ESTIMATED_AGE, 0.06),
)
_RARELY_WRONG = ((Slip.NONE, 0.94), (Slip.SWAPPED_DATE, 0.02), (Slip.NICKNAME, 0.03), (Slip.MISSPELT, 0.01))
SLIPS: dict[AgencyId, tuple[tuple[Slip, float], ...]] = {
    CSC: _RARELY_WRONG,
    POLICE: _OFTEN_WRONG,
    HOSPITAL: _RARELY_WRONG,
    COMMUNITY: _RARELY_WRONG,
    SCHOOLS: _RARELY_WRONG,
    HOUSING: _OFTEN_WRONG,
    PROBATION: _OFTEN_WRONG,
    REFUGE: _OFTEN_WRONG,
}
_WHOLE_YEAR = "UUE"
_SCHOOL_AGE = 4
_HOLD_ADDRESSES = frozenset({CSC, POLICE, HOSPITAL, COMMUNITY, SCHOOLS, HOUSING})
_HOLD_TELEPHONES = frozenset({CSC, HOSPITAL, HOUSING})
_HEALTH = frozenset({HOSPITAL, COMMUNITY})
_KNOW_THE_REFUGE = frozenset({CSC, REFUGE})


def hold_child(
    agency: AgencyId, child: Child, household: Household, dice: Dice, day: date, mother_nhs_number: str | None = None
) -> PersonAsHeld:
    """Return what the agency writes down of the child on this day; of an unborn one perhaps the mother's NHS number."""
    manner = dice.weighted(MANNERS[agency])
    slip = Slip.NONE if child.born is None else dice.weighted(SLIPS[agency])
    shielded = household.protected and agency in _HEALTH
    pupil = child.age(day) >= _SCHOOL_AGE and child.upn is not None
    return PersonAsHeld(
        names=_names(child, slip, dice),
        identifiers=_identifiers(child, manner, mother_nhs_number, pupil=pupil),
        born=_born(child.born, slip),
        expected=None if child.expected is None else PartialDate(date=child.expected, accuracy="EEA"),
        sex=Sex.UNKNOWN if child.born is None else child.sex,
        ethnicity=child.ethnicity if agency in {CSC, SCHOOLS} else None,
        disabilities=list(child.disabilities) if agency in {CSC, SCHOOLS, COMMUNITY} else [],
        upn_unknown=None if pupil or agency != CSC or child.born is None else UpnUnknown.UN1,
        language=household.language if agency == CSC and household.language != "English" else None,
        interpreter=True if agency == CSC and household.language not in {"English", "Welsh"} else None,
        addresses=addresses_at(agency, household),
        telephones=[household.telephone] if agency in _HOLD_TELEPHONES and not shielded else [],
        general_practice=household.practice if agency in _HEALTH and not shielded else None,
        school=household.school if agency in {CSC, SCHOOLS} and pupil else None,
        confidentiality=Confidentiality.RESTRICTED if shielded else Confidentiality.UNRESTRICTED,
        multiple_birth=True if child.twin and agency in _HEALTH else None,
    )


def hold_adult(adult: Adult, *, full: bool) -> PersonAsHeld:
    """Return what a record says of an adult: the name, and if `full` the date of birth and a verified NHS number."""
    number = adult.nhs_number if full else None
    return PersonAsHeld(
        names=[Name(family=adult.family, given=adult.given)],
        identifiers=[] if number is None else [_verified(number)],
        born=PartialDate(date=adult.born) if full else None,
        sex=adult.sex,
    )


def addresses_at(agency: AgencyId, household: Household) -> list[Address]:
    """Return the addresses that the agency holds: none at all in health for a family that must not be found."""
    if household.protected:
        return [household.address] if agency in _KNOW_THE_REFUGE else []
    if agency not in _HOLD_ADDRESSES:
        return []
    former = household.former_address
    if former is None or agency not in {CSC, HOUSING}:
        return [household.address]
    return [household.address, former.model_copy(update={"kind": AddressKind.OLD})]


def _names(child: Child, slip: Slip, dice: Dice) -> list[Name]:
    if child.born is None:
        return [Name(family=child.family, use=NameUse.TEMP)]
    given = nickname(child.given) if slip is Slip.NICKNAME else child.given
    family = misspelt(child.family, dice) if slip is Slip.MISSPELT else child.family
    names = [Name(family=family, given=given)]
    if child.former_family is not None and dice.chance(0.5):
        names.append(Name(family=child.former_family, given=child.given, use=NameUse.OLD))
    return names


def _identifiers(child: Child, manner: Manner, mother_nhs_number: str | None, *, pupil: bool) -> list[Identifier]:
    if child.born is None:
        return [] if mother_nhs_number is None else [_verified(mother_nhs_number)]
    held = []
    if child.nhs_number is not None and manner in {Manner.NHS_NUMBER, Manner.BOTH}:
        held.append(_verified(child.nhs_number))
    if pupil and child.upn is not None and manner in {Manner.UPN, Manner.BOTH}:
        held.append(Identifier(system=IdentifierSystem.UPN, value=child.upn))
    return held


def _verified(nhs_number: str) -> Identifier:
    return Identifier(system=IdentifierSystem.NHS_NUMBER, value=nhs_number, verified=True)


def _born(born: date | None, slip: Slip) -> PartialDate | None:
    if born is None:
        return None
    if slip is Slip.ESTIMATED_AGE:
        return PartialDate(date=date(born.year, 7, 1), accuracy=_WHOLE_YEAR)
    if slip is Slip.SWAPPED_DATE and born.day <= 12:
        return PartialDate(date=date(born.year, born.day, born.month))
    return PartialDate(date=born)
