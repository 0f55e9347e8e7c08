"""The people of one family as they truly are, before any agency has written them down.

`Child` and `Adult` are facts of the story; how an agency holds them is `holding`'s business.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hub.contract.codes import Disability, Ethnicity, Sex, SubjectKind
from hub.contract.person import Address
from producers.synthetic.dice import Dice
from producers.synthetic.identifiers import Numbers, postcode, telephone
from producers.synthetic.names import HERITAGES, Heritage, given_name
from producers.synthetic.partnership import AREA, PRACTICE_NAMES, SCHOOL_NAMES, STREETS

_WRONG_UPNS = 0.12


class Role(StrEnum):
    """An adult's or another child's part in the family's story."""

    MOTHER = "mother"
    FATHER = "father"
    PARTNER = "mother's partner"
    GRANDMOTHER = "grandmother"
    NEIGHBOUR = "neighbour"
    WORKER = "worker"
    ALLEGED = "alleged perpetrator"
    FRIEND = "friend"


@dataclass(frozen=True, slots=True)
class Child:
    """One child, born or expected; an adopted child's two lives are two of these, as they are in every record."""

    label: str
    given: str
    family: str
    sex: Sex
    born: date | None
    nhs_number: str | None
    upn: str | None
    upn_wrong: bool
    ethnicity: Ethnicity
    disabilities: tuple[Disability, ...] = ()
    expected: date | None = None
    former_family: str | None = None
    twin: bool = False

    @property
    def kind(self) -> SubjectKind:
        """Say whether the child is born."""
        return SubjectKind.CHILD if self.born is not None else SubjectKind.UNBORN_CHILD

    def age(self, day: date) -> int:
        """Return the child's age in whole years on a day; 0 before birth."""
        if self.born is None or day < self.born:
            return 0
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class Adult:
    """A grown-up of the story."""

    given: str
    family: str
    sex: Sex
    born: date
    nhs_number: str | None = None


@dataclass(slots=True)
class Household:
    """Where a family lives and who belongs to it; a move replaces the address and keeps the former one."""

    heritage: Heritage
    family: str
    adults: dict[Role, Adult]
    address: Address
    telephone: str
    practice: str
    school: str
    language: str
    former_address: Address | None = None
    protected: bool = False


def invent_address(dice: Dice) -> Address:
    """Invent a home in the invented area."""
    line = f"{dice.between(1, 180)} {dice.pick(STREETS)}"
    return Address(lines=[line, AREA], postcode=postcode(dice))


def invent_household(dice: Dice, numbers: Numbers, day: date, eldest: int) -> Household:
    """Invent the adults, home, practice and school of a family whose eldest child has this age in years on the day."""
    heritage = dice.weighted(HERITAGES)
    family = dice.pick(heritage.families)
    mother_age = eldest + dice.between(18, 33)

    def adult(sex: Sex, age: int, name: str, nhs_number: str | None = None) -> Adult:
        born = day - timedelta(days=int(age * 365.25) + dice.between(0, 364))
        return Adult(given_name(heritage, sex, dice), name, sex, born, nhs_number)

    def other_name() -> str:
        return dice.pick(heritage.families)

    adults = {
        Role.MOTHER: adult(Sex.FEMALE, mother_age, family if dice.chance(0.7) else other_name(), numbers.nhs_number()),
        Role.FATHER: adult(Sex.MALE, mother_age + dice.between(-2, 7), family),
        Role.PARTNER: adult(Sex.MALE, mother_age + dice.between(-4, 9), other_name()),
        Role.GRANDMOTHER: adult(Sex.FEMALE, mother_age + dice.between(19, 30), other_name()),
        Role.NEIGHBOUR: adult(Sex.FEMALE, dice.between(30, 75), other_name()),
        Role.WORKER: adult(dice.pick((Sex.FEMALE, Sex.MALE)), dice.between(24, 60), other_name()),
        Role.ALLEGED: adult(Sex.MALE, dice.between(19, 45), other_name()),
        Role.FRIEND: adult(dice.pick((Sex.FEMALE, Sex.MALE)), dice.between(13, 16), other_name()),
    }
    return Household(
        heritage=heritage,
        family=family,
        adults=adults,
        address=invent_address(dice),
        telephone=telephone(dice),
        practice=dice.pick(PRACTICE_NAMES),
        school=dice.pick(SCHOOL_NAMES),
        language=dice.pick(heritage.languages),
    )


def invent_child(label: str, born: date, household: Household, dice: Dice, numbers: Numbers) -> Child:
    """Invent a child of the household, born on this day, with an NHS number and a UPN."""
    sex = dice.pick((Sex.FEMALE, Sex.MALE))
    wrong = dice.chance(_WRONG_UPNS)
    disabilities = ((Disability.LD, Disability.AUT, Disability.COMM, Disability.MOB)[dice.between(0, 3)],)
    return Child(
        label=label,
        given=given_name(household.heritage, sex, dice),
        family=household.family,
        sex=sex,
        born=born,
        nhs_number=numbers.nhs_number(),
        upn=numbers.upn(born.year + 4, wrong=wrong),
        upn_wrong=wrong,
        ethnicity=dice.pick(household.heritage.ethnicities),
        disabilities=disabilities if dice.chance(0.12) else (),
    )
