"""What is attacked: worlds that differ in exactly one hidden thing, and the viewers to whom it is as absent.

Every world tells of the same pupil and her neighbours, and then, or not, of what must not be known to exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.contract.ids import event_id
from hub.events.circumstances import HiddenIdentity
from tests.hub_under_test import (
    ANALYST,
    HOUSING,
    NURSE,
    OFFICER,
    STEWARD,
    TEACHER,
    new_nhs_number,
    told,
)
from tests.relay import ABUSE

CARE, POLICE, SCHOOL = "childrens-social-care", "police", "schools-trust"
HOSPITAL, HEALTH = "hospital-trust", "community-health"
STAFF = ["staff-allegation"]
COVERT = {"handling": {"code": "C", "conditions": ["A1"]}}
PUPIL, STRANGER, HIDDEN_NUMBER, UPN = new_nhs_number(), new_nhs_number(), new_nhs_number(), "H801200001001"
HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}
HIDING = {"addresses": [{"lines": ["1 Hidden Lane"], "postcode": "ZZ9 9ZZ", "confidential": True}]}
Named = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Telling:
    """One thing that an agency tells, under an id of the agency's."""

    agency: str
    ce_id: str
    data: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """The agency's reference."""
        return str(self.data["subject"]["reference"])


@dataclass(frozen=True)
class World:
    """One hidden thing, and what is told `instead` in the other hub; to the `seers` it is not as absent.

    What is hidden by a person is named in `hides`: a reference of the police's, beside one that is hidden in both hubs.
    """

    name: str
    hidden: tuple[Telling, ...]
    seers: frozenset[str] = frozenset({OFFICER})
    identifiers: tuple[str, ...] = ()
    names: tuple[Named, ...] = ()
    instead: tuple[Telling | None, ...] = ()
    hides: tuple[HiddenIdentity, str] | None = None
    at_command: bool = False


def tells(agency: str, ce_id: str, *about: Any, **data: Any) -> Telling:
    """Return what an agency tells of somebody."""
    return Telling(agency, ce_id, told(*about, **data))


def incident(ce_id: str, **data: Any) -> Telling:
    """Return an incident that an agreement of the police with the schools names."""
    return tells(POLICE, ce_id, "P-1", "police-incident", nhs=PUPIL, detail=ABUSE, **data)


BEFORE = (
    tells(SCHOOL, "s-1", "S-1", "school-attendance", nhs=PUPIL, upn=UPN, on="2023-10-01", person=HOME),
    incident("p-1", on="2023-11-01", words="Shouting heard", person=HOME),
    tells("housing", "ho-1", "HO-1", nhs=PUPIL, on="2023-11-03", words="Rent in arrears"),
    tells(SCHOOL, "s-2", "S-2", "school-attendance", given="Bea", on="2023-10-02"),
    tells(POLICE, "p-7", "P-7", "police-incident", given="Dai", nhs=STRANGER, detail=ABUSE, on="2023-11-04"),
    tells(CARE, "c-1", "C-1", "referral", nhs=PUPIL, on="2023-11-05"),
)
AFTER = (
    tells(HEALTH, "ch-1", "CH-1", "ae-attendance", nhs=PUPIL, on="2023-12-01", words="Bruising to the arm"),
    incident("p-9", on="2023-12-20", words="A second time"),
    tells("housing", "ho-2", "HO-2", given="Cleo", family="Neighbour", on="2023-12-21"),
)
IDENTIFIERS = (PUPIL, UPN, "S-1", "P-1", "CH-1", "C-1", "nobody-at-all")
NAMES: tuple[Named, ...] = (
    ("Example", "Ada", "2015-04-03"),
    ("Example", None, "2015-04-03"),
    (None, "Bea", "2015-04-03"),
    ("Nobody", "Known", "2015-04-03"),
)
VIEWERS = (
    (ANALYST, "s47"),
    ("social.worker", "s47"),
    (NURSE, "s47"),
    (TEACHER, "encompass-notification"),
    (HOUSING, "lateral-check"),
    (STEWARD, "own-service"),
    (OFFICER, "s47"),
)
ALSO_HIDDEN = tells(CARE, "x-20", "C-20", given="Zed", family="Elsewhere", born="2011-07-08")
_ONLY = {"family": "Alone", "given": "Only"}
WORLDS = (
    World("an allegation against a worker", (tells(POLICE, "x-1", "P-1", "lado-allegation", nhs=PUPIL),)),
    World("a covert police item", (incident("x-2", sharing=COVERT, words="From a source"),)),
    World(
        "a child of whom all is covert",
        (tells(POLICE, "x-3", "P-3", labels=["covert"], nhs=HIDDEN_NUMBER, upn="H801200001002", **_ONLY),),
        identifiers=(HIDDEN_NUMBER, "P-3", "H801200001002"),
        at_command=True,
        names=(("Alone", "Only", "2015-04-03"), (None, "Only", "2015-04-03"), ("Alone", None, "2015-04-03")),
    ),
    World(
        "a worker of the pupil's name and birth date",
        (tells(POLICE, "x-4", "P-4", kind="worker", labels=STAFF),),
        identifiers=("P-4",),
    ),
    World(
        "a number that only a hidden record holds",
        (tells(POLICE, "x-5", "P-5", labels=STAFF, nhs=PUPIL, upn="H801200001003"),),
        identifiers=("P-5", "H801200001003"),
    ),
    World(
        "an allegation that the school holds of a child not its pupil",
        (tells(SCHOOL, "x-6", "S-6", given="Dai", labels=STAFF, nhs=STRANGER),),
        seers=frozenset(),
        identifiers=("S-6", STRANGER),
        names=(("Example", "Dai", "2015-04-03"),),
    ),
    World(
        "a covert note that corrects what is seen",
        (
            tells(
                POLICE, "x-7", "P-1", "correction", nhs=PUPIL, labels=["covert"], detail={"reason": "By a source"},
                corrects=str(event_id(POLICE, "p-1")),
            ),
        ),
    ),
    World(
        "a record that may be the pupil's",
        (tells(POLICE, "x-8", "P-8", labels=STAFF),),
        identifiers=("P-8",),
    ),
    World(
        "a child in a refuge, whose search alerts the refuge",
        (tells("refuge", "x-10", "R-10", labels=["refuge"], nhs=HIDDEN_NUMBER, person=HIDING, **_ONLY),),
        seers=frozenset({ANALYST, "social.worker", STEWARD}),
        identifiers=(HIDDEN_NUMBER, "R-10"),
        names=(("Alone", "Only", "2015-04-03"),),
    ),
    World(
        "the birth identity of an adopted pupil",
        (tells(POLICE, "x-11", "P-11", nhs=PUPIL, upn="H801200001004", words="Old life"), ALSO_HIDDEN),
        seers=frozenset(),
        identifiers=("P-11", "H801200001004"),
        instead=(None, ALSO_HIDDEN),
        hides=(HiddenIdentity.BIRTH, "P-11"),
    ),
    World(
        "the old identity of a pupil whose place is hidden already",
        (
            tells(HEALTH, "x-12", "CH-1", nhs=PUPIL, labels=["address-confidential"]),
            tells(POLICE, "x-13", "P-13", nhs=PUPIL, words="Old life", person=HIDING),
            ALSO_HIDDEN,
        ),
        seers=frozenset(),
        identifiers=("P-13",),
        instead=(tells(HEALTH, "x-12", "CH-1", nhs=PUPIL, labels=["address-confidential"]), None, ALSO_HIDDEN),
        hides=(HiddenIdentity.PROTECTED, "P-13"),
    ),
    World(
        "an address where the pupil is in hiding",
        (tells(HEALTH, "x-9", "CH-1", nhs=PUPIL, labels=["refuge"], person=HIDING),),
        seers=frozenset({ANALYST, TEACHER}),
        instead=(tells(HEALTH, "x-9", "CH-1", nhs=PUPIL),),
    ),
)  # fmt: skip
