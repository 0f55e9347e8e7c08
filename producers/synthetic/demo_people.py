"""The fixed people of the demonstration and how each agency holds them. Says nothing of what happened to them.

Each family has a block of numbers that `families` never hands out, so that both can be in one hub.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from hub.contract.codes import Ethnicity, Sex
from hub.contract.person import Address, AddressKind, Confidentiality, Identifier, IdentifierSystem, Name, PersonAsHeld
from hub.contract.primitives import AgencyId, PartialDate
from producers.synthetic.beats import Beat
from producers.synthetic.dice import Dice
from producers.synthetic.identifiers import BLOCKS, Numbers
from producers.synthetic.names import HERITAGES
from producers.synthetic.partnership import AREA
from producers.synthetic.people import Adult, Child, Household, Role
from producers.synthetic.telling import Telling
from producers.synthetic.told import Told

NOW = (0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the fixed story: the day, or the day and the hour, and the name by which it is spoken of later."""

    when: str
    beat: Beat
    name: str = ""
    recorded: str = ""


def moment(text: str) -> datetime:
    """Return a moment written as `2026-02-17 10:30`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def play(telling: Telling, lines: Sequence[Line]) -> dict[str, Told]:
    """Tell the lines and return those that have names."""
    named: dict[str, Told] = {}
    for line in lines:
        if not isinstance(line.beat.about, (int, Role)):
            raise TypeError("A line of the fixed story says whom it is about.")
        about = line.beat.about if isinstance(line.beat.about, Role) else telling.cast.children[line.beat.about]
        day, _, hour = line.when.partition(" ")
        told = telling.say(
            line.beat,
            about,
            date.fromisoformat(day),
            moment(line.when) if hour else None,
            moment(line.recorded) if line.recorded else None,
        )
        if line.name:
            named[line.name] = told
    return named


def household(family: str, street: str, postcode: str, *adults: tuple[Role, str, str, str]) -> Household:
    """Return a fixed household; each adult is a role, a given name, a family name and a date of birth."""
    women = {Role.MOTHER, Role.GRANDMOTHER, Role.NEIGHBOUR}
    return Household(
        heritage=HERITAGES[0][0],
        family=family,
        adults={
            role: Adult(given, name, Sex.FEMALE if role in women else Sex.MALE, date.fromisoformat(born))
            for role, given, name, born in adults
        },
        address=Address(lines=[street, AREA], postcode=postcode),
        telephone="01632 960417",
        practice="Pretend Park Surgery",
        school="Placeholder Lane Primary",
        language="English",
    )


def child(label: str, given: str, family: str, sex: Sex, born: str, numbers: Numbers, *, twin: bool = False) -> Child:
    """Return a fixed child with the family's next numbers."""
    day = date.fromisoformat(born)
    return Child(
        label=label,
        given=given,
        family=family,
        sex=sex,
        born=day,
        nhs_number=numbers.nhs_number(twin=twin),
        upn=numbers.upn(day.year + 4),
        upn_wrong=False,
        ethnicity=Ethnicity.WBRI,
        twin=twin,
    )


def stage(place: int, home: Household, starts: str) -> Telling:
    """Return an empty telling for the demonstration's family at this place; the mother gets the first NHS number."""
    numbers = Numbers(BLOCKS - 1 - place)
    home.adults[Role.MOTHER] = replace(home.adults[Role.MOTHER], nhs_number=numbers.nhs_number())
    return Telling(Dice("demo", place), numbers, date.fromisoformat(starts), home, fixed=True)


def held(
    person: Child,
    *systems: IdentifierSystem,
    family: str | None = None,
    address: Address | None = None,
    restricted: bool = False,
) -> PersonAsHeld:
    """Return the child as an agency holds them: by these identifiers (NHS numbers verified) and this family name."""
    numbers = {IdentifierSystem.NHS_NUMBER: person.nhs_number, IdentifierSystem.UPN: person.upn}
    identifiers = [
        Identifier(system=system, value=value, verified=system is IdentifierSystem.NHS_NUMBER)
        for system in systems
        if (value := numbers[system]) is not None
    ]
    return PersonAsHeld(
        names=[Name(family=family or person.family, given=person.given)],
        identifiers=identifiers,
        born=None if person.born is None else PartialDate(date=person.born),
        sex=person.sex,
        addresses=[] if address is None else [address],
        confidentiality=Confidentiality.RESTRICTED if restricted else Confidentiality.UNRESTRICTED,
        multiple_birth=True if person.twin else None,
    )


def refuge(postcode: str) -> Address:
    """Return the refuge's address, which must not come out."""
    return Address(lines=["Harbour Example", AREA], postcode=postcode, kind=AddressKind.REFUGE, confidential=True)


def hold(telling: Telling, person: Child, holdings: dict[AgencyId, PersonAsHeld]) -> None:
    """Let agencies hold the child exactly so."""
    for agency, as_held in holdings.items():
        telling.cast.hold(agency, person, as_held)
