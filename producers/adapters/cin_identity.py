"""Who a census child is: the subject that each of the child's events carries, and the faults of that identity.

Ids already seen are kept as 64-bit hashes, at most 200,000 (14 MB; the largest authority returns a tenth of that), so
that a second record of a child (rule 8510) or of a UPN (1520) is noticed in bounded memory. Beyond that, it is not.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from hub.contract.codes import Disability, Ethnicity, Sex, SubjectKind, UpnUnknown
from hub.contract.event import QualityFlag
from hub.contract.person import Identifier, IdentifierSystem, PersonAsHeld, Subject
from hub.contract.primitives import PartialDate
from producers.adapters.build import UnfitError, exact
from producers.adapters.cin_parts import Part, flat, read_code, unfit_inside
from producers.adapters.cin_tree import Element
from producers.adapters.faults import NOT_IN_LIST, REPEATED, TOO_LONG, Faults
from producers.adapters.identifiers import former_upn_faults, upn_faults
from producers.adapters.port import RejectCode
from producers.adapters.quality import judge_disabilities

MOST_SEEN: Final = 200_000
MAX_REFERENCE: Final = 64
MAX_LA_CHILD_ID: Final = 20

# GenderCurrent, until the 2024 census: 0 not recorded or unborn, 9 indeterminate.
GENDER = {"1": Sex.MALE, "2": Sex.FEMALE, "0": Sex.UNKNOWN, "9": Sex.UNKNOWN}


class Seen:
    """Values that may stand once in a return."""

    __slots__ = ("_hashes",)

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def again(self, system: str, value: str) -> bool:
        """Note the value and say whether it has been seen before."""
        digest = hash((system, value))
        if digest in self._hashes:
            return True
        if len(self._hashes) < MOST_SEEN:
            self._hashes.add(digest)
        return False


@dataclass(frozen=True, slots=True)
class Identity:
    """A child's subject and the flags on it."""

    subject: Subject
    flags: list[QualityFlag]


def read_identity(child: Part, held: Part | None, reference_date: date | None, seen: Seen) -> Identity:
    """Read who a child is; raises `UnfitError` where there is no usable reference or a field was too large."""
    if held is None:
        raise UnfitError(RejectCode.NO_REFERENCE, "The child has no ChildIdentifiers (rule 8500).")
    about = only(child, "ChildCharacteristics") or Part(Element("ChildCharacteristics", child.line))
    for part in (child, held, about):
        part.require_fit()
    reference = _reference(held, seen)
    person = PersonAsHeld(
        names=[],
        addresses=[],
        telephones=[],
        emails=[],
        identifiers=[Identifier(system=IdentifierSystem.LA_CHILD_ID, value=reference), *_upns(held, seen)],
        born=_exact(held.dates["PersonBirthDate"]),
        expected=_exact(held.dates["ExpectedPersonBirthDate"]),
        died=_exact(held.dates["PersonDeathDate"]),
        sex=_sex(held),
        ethnicity=about.code("Ethnicity", Ethnicity, "4220", "4220"),
        disabilities=_disabilities(about),
        upn_unknown=held.code("UPNunknown", UpnUnknown, NOT_IN_LIST),
    )
    _judge(held, person, reference_date)
    kind = SubjectKind.UNBORN_CHILD if _unborn(held) else SubjectKind.CHILD
    return Identity(
        subject=Subject(kind=kind, reference=reference, person=person),
        flags=[*child.faults.flags, *held.faults.flags, *about.faults.flags],
    )


def only(child: Part, name: str) -> Part | None:
    """Take the one element of its name apart; a further one is noted with all that it holds."""
    found = child.elements.get(name, [])
    for extra in found[1:]:
        child.unfit = unfit_inside(extra) or child.unfit
        child.faults.add(REPEATED, name, child.faults.tidy(name, flat(extra)))
    return Part(found[0]) if found else None


def _reference(held: Part, seen: Seen) -> str:
    reference = held.texts.get("LAchildID", "")
    if not reference:
        raise UnfitError(RejectCode.NO_REFERENCE, "LAchildID is missing (rule 8500).")
    if len(reference) > MAX_REFERENCE:
        raise UnfitError(RejectCode.NO_REFERENCE, f"LAchildID is longer than {MAX_REFERENCE} characters (rule 1570).")
    if len(reference) > MAX_LA_CHILD_ID:
        held.faults.add("1570", "LAchildID")
    if not (reference.isascii() and reference.isalnum()):
        held.faults.add("1580", "LAchildID")
    if seen.again("LAchildID", reference):
        held.faults.add("8510", "LAchildID")
    return reference


def _upns(held: Part, seen: Seen) -> list[Identifier]:
    found = []
    for name, system in (("UPN", IdentifierSystem.UPN), ("FormerUPN", IdentifierSystem.FORMER_UPN)):
        number = held.texts.get(name, "")
        if len(number) > MAX_REFERENCE:
            held.faults.add(TOO_LONG, name, number)
        elif number:
            found.append(Identifier(system=system, value=number))
            for rule in upn_faults(number) if name == "UPN" else former_upn_faults(number):
                held.faults.add(rule, name)
            if name == "UPN" and seen.again("UPN", number):
                held.faults.add("1520", name)
    return found


def _sex(held: Part) -> Sex | None:
    if "Sex" in held.texts:
        if "GenderCurrent" in held.texts:
            held.faults.add(REPEATED, "GenderCurrent", held.texts["GenderCurrent"])
        return held.code("Sex", Sex, "4180")
    gender = held.texts.get("GenderCurrent", "")
    if gender not in GENDER:
        held.faults.add("4180", "GenderCurrent" if gender else "Sex", gender)
    return GENDER.get(gender)


def _disabilities(about: Part) -> list[Disability]:
    found, flags = _read_disabilities(tuple(about.value_texts()))
    about.faults.flags += flags
    return list(found)


# Few answers recur in many records: each is judged once.
@lru_cache(maxsize=1024)
def _read_disabilities(codes: tuple[str, ...]) -> tuple[tuple[Disability, ...], tuple[QualityFlag, ...]]:
    faults = Faults()
    if not codes:
        faults.add("8540", "Disability")
    judge_disabilities(codes, faults)
    found = [read_code(faults, "Disability", code, Disability, "8540") for code in codes]
    return tuple(dict.fromkeys(code for code in found if code is not None)), tuple(faults.flags)


def _unborn(held: Part) -> bool:
    return held.dates["PersonBirthDate"] is None and held.dates["ExpectedPersonBirthDate"] is not None


def _exact(day: date | None) -> PartialDate | None:
    return exact(day) if day else None


def _judge(held: Part, person: PersonAsHeld, reference_date: date | None) -> None:
    born, died = held.dates["PersonBirthDate"], held.dates["PersonDeathDate"]
    broken = {
        ("8525Q", "PersonBirthDate"): ("PersonBirthDate" in held.texts) == ("ExpectedPersonBirthDate" in held.texts),
        ("8535Q", "PersonDeathDate"): born is not None and died is not None and died < born,
        ("8520", "PersonBirthDate"): born is not None and reference_date is not None and born > reference_date,
        ("8750", "Sex"): _unborn(held) and person.sex not in (None, Sex.UNKNOWN),
    }
    for (rule, name), is_broken in broken.items():
        if is_broken:
            held.faults.add(rule, name)
