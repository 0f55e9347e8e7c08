"""Who is in one family's story and how each agency has written them down: references, holdings, other persons.

An agency keeps its first holding of a person, mistakes included, until the story lets it write the person down anew.
"""

from dataclasses import dataclass, replace
from datetime import date

from hub.contract.codes import Involvement, SubjectKind
from hub.contract.person import Address, OtherPerson, PersonAsHeld, Subject
from hub.contract.primitives import AgencyId
from producers.synthetic.dice import Dice
from producers.synthetic.holding import hold_adult, hold_child
from producers.synthetic.identifiers import Numbers
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, HOUSING, POLICE, PROBATION, REFUGE
from producers.synthetic.people import Child, Household, Role, invent_address
from producers.synthetic.told import Record


@dataclass(frozen=True, slots=True)
class Part:
    """What a role is to the child, and which agencies have a reference of their own for whoever has it."""

    kind: SubjectKind
    involvement: Involvement | None
    relationship: str | None
    known_to: frozenset[AgencyId]


PARTS: dict[Role, Part] = {
    Role.MOTHER: Part(
        SubjectKind.PARENT_OR_CARER,
        Involvement.RESPONSIBLE,
        "MTH",
        frozenset({CSC, HOSPITAL, COMMUNITY, HOUSING, REFUGE}),
    ),
    Role.FATHER: Part(SubjectKind.PARENT_OR_CARER, Involvement.RESPONSIBLE, "FTH", frozenset({CSC, POLICE})),
    Role.PARTNER: Part(SubjectKind.OTHER_ADULT, None, "STPFTH", frozenset({CSC, POLICE, PROBATION})),
    Role.GRANDMOTHER: Part(SubjectKind.OTHER_ADULT, Involvement.INFORMANT, "GRMTH", frozenset({CSC})),
    Role.NEIGHBOUR: Part(SubjectKind.OTHER_ADULT, Involvement.INFORMANT, "NBOR", frozenset()),
    Role.WORKER: Part(SubjectKind.WORKER, Involvement.AUTHOR, None, frozenset()),
    Role.ALLEGED: Part(SubjectKind.ALLEGED_PERPETRATOR, Involvement.PERFORMER, None, frozenset({POLICE, PROBATION})),
    Role.FRIEND: Part(SubjectKind.CHILD, Involvement.WITNESS, "FRND", frozenset({POLICE})),
}
_HOLD_MOTHERS_NUMBER = frozenset({HOSPITAL, COMMUNITY, CSC})


class Cast:
    """One family and its records."""

    def __init__(self, dice: Dice, numbers: Numbers, household: Household) -> None:
        self.household = household
        self.children: list[Child] = []
        self._dice = dice
        self._numbers = numbers
        self._subjects: dict[tuple[AgencyId, str], Subject] = {}
        self._records: dict[str, list[Record]] = {}
        self._others: dict[tuple[AgencyId, tuple[Role, ...], Role | None], list[OtherPerson]] = {}

    def subject(self, agency: AgencyId, about: Child | Role, day: date) -> Subject:
        """Return the person as the agency holds them, under its reference; written down on this day if not before."""
        label = about.label if isinstance(about, Child) else about.value
        held = self._subjects.get((agency, label))
        if held is None:
            person = self._child(agency, about, day) if isinstance(about, Child) else self._adult(agency, about)
            kind = about.kind if isinstance(about, Child) else PARTS[about].kind
            held = Subject(kind=kind, reference=self._reference(agency, label), person=person)
            self._subjects[agency, label] = held
        return held

    def hold(self, agency: AgencyId, child: Child, person: PersonAsHeld) -> Subject:
        """Let the agency hold the child exactly so."""
        held = Subject(kind=child.kind, reference=self._reference(agency, child.label), person=person)
        self._subjects[agency, child.label] = held
        return held

    def others(self, agency: AgencyId, roles: tuple[Role, ...], accused: Role | None) -> list[OtherPerson]:
        """Return the other persons of an event; whoever is accused is held as an alleged perpetrator."""
        found = self._others.get((agency, roles, accused))
        if found is None:
            named = roles if accused is None or accused in roles else (*roles, accused)
            found = [self._other(agency, role, accused=role is accused) for role in named]
            self._others[agency, roles, accused] = found
        return found

    def restate(self, agency: AgencyId, child: Child, *, new_reference: bool = False) -> None:
        """Let the agency write the child down anew at its next event, under the same reference or a second one."""
        self._subjects.pop((agency, child.label), None)
        if new_reference:
            self._records.setdefault(child.label, []).append(Record(agency, self._numbers.reference(agency)))

    def move(self, address: Address | None = None) -> None:
        """Move the family to another address; each agency learns of it when it restates."""
        self.household.former_address = self.household.address
        self.household.address = invent_address(self._dice) if address is None else address

    def rename(self, place: int, family: str) -> Child:
        """Give a child another family name; each agency learns of it when it restates."""
        child = self.children[place]
        self.children[place] = replace(child, family=family, former_family=child.family)
        return self.children[place]

    def records(self, child: Child) -> tuple[Record, ...]:
        """Return the records of the child, in the order in which agencies opened them."""
        return tuple(self._records.get(child.label, ()))

    def _reference(self, agency: AgencyId, label: str) -> str:
        records = self._records.setdefault(label, [])
        mine = [record.reference for record in records if record.agency == agency]
        if not mine:
            mine.append(self._numbers.reference(agency))
            records.append(Record(agency, mine[0]))
        return mine[-1]

    def _child(self, agency: AgencyId, child: Child, day: date) -> PersonAsHeld:
        mother = self.household.adults[Role.MOTHER].nhs_number if agency in _HOLD_MOTHERS_NUMBER else None
        return hold_child(agency, child, self.household, self._dice, day, mother)

    def _adult(self, agency: AgencyId, role: Role) -> PersonAsHeld:
        return hold_adult(self.household.adults[role], full=agency != REFUGE)

    def _other(self, agency: AgencyId, role: Role, *, accused: bool) -> OtherPerson:
        part = PARTS[role]
        known = agency in part.known_to
        return OtherPerson(
            kind=SubjectKind.ALLEGED_PERPETRATOR if accused else part.kind,
            involvement=Involvement.PERFORMER if accused else part.involvement,
            relationship=part.relationship,
            reference=self._reference(agency, role.value) if known else None,
            person=hold_adult(self.household.adults[role], full=known),
        )
