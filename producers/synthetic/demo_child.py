"""The demonstration's main story: Carys, whom five agencies know, and the sibling who is not yet born.

Police notes, a bruise at school and an injury read alone say little. Two wrong dates and a health visitor's note that
arrives two years late change what they say together.
"""

from dataclasses import replace
from datetime import date

from hub.contract.codes import Sex
from hub.contract.details.police import PoliceIncident
from hub.contract.person import IdentifierSystem
from hub.contract.primitives import Occurred, PartialDate
from producers.synthetic.changes import corrected, retracted
from producers.synthetic.demo_events import BEFORE, CARYS, MASH, SIBLING
from producers.synthetic.demo_people import child, held, hold, household, moment, play, stage
from producers.synthetic.grounds import SEEN_BY_OFFICER
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    POLICE,
    PROBATION,
    SCHOOLS,
)
from producers.synthetic.people import Household, Role
from producers.synthetic.telling import Telling
from producers.synthetic.told import Told

CORRECTED_AT = "2025-06-12 14:05"
REGRADED_AT = "2025-06-12 15:30"
RETRACTED_AT = "2025-04-28 08:50"
_NOT_HERS = "Belongs to another pupil with the same initials."


def tell_of_carys() -> tuple[Telling, dict[str, Told]]:
    """Tell of Carys and her sibling; returns the telling and the events that have names."""
    telling = stage(0, _home(), "2024-02-06")
    _people(telling)
    named = play(telling, (*BEFORE, *MASH, *SIBLING))
    changes = {
        "redating": _redated(named["redated"], telling),
        "regrading": _regraded(named["regraded"], telling),
        "retraction": retracted(named["retracted"], _NOT_HERS, moment(RETRACTED_AT), telling.dice),
    }
    telling.told.extend(changes.values())
    return telling, named | changes


def _home() -> Household:
    return household(
        "Llŷr-Sample",
        "14 Figment Row",
        "ZZ4 7LX",
        (Role.MOTHER, "Ffion", "Llŷr-Sample", "1996-08-21"),
        (Role.GRANDMOTHER, "Nansi", "Llŷr-Sample", "1969-02-03"),
        (Role.PARTNER, "Dean", "Mockersby", "1993-11-30"),
    )


def _people(telling: Telling) -> None:
    home, numbers = telling.cast.household.address, telling.numbers
    nhs, upn = IdentifierSystem.NHS_NUMBER, IdentifierSystem.UPN
    carys = child("carys", "Carys", "Llŷr-Sample", Sex.FEMALE, "2020-03-14", numbers)
    baby = replace(child("baby", "Macsen", "Llŷr-Sample", Sex.MALE, "2026-01-16", numbers), upn=None)
    unborn = replace(baby, label="unborn", born=None, expected=date(2026, 1, 20), nhs_number=None)
    telling.cast.children.extend((carys, unborn, baby))
    guessed = PartialDate(date=date(2019, 7, 1), accuracy="UUE")
    as_spelt = held(carys, family="Llyr-Sample", address=home)
    hold(
        telling,
        carys,
        {
            CSC: held(carys, nhs, upn, address=home),
            HOSPITAL: held(carys, nhs, address=home),
            COMMUNITY: held(carys, nhs, address=home),
            SCHOOLS: held(carys, upn, address=home),
            POLICE: as_spelt.model_copy(update={"born": guessed}),
            PROBATION: held(carys, family="Sample"),
        },
    )
    hold(telling, baby, {agency: held(baby, nhs, address=home) for agency in (CSC, HOSPITAL, COMMUNITY)})


def _redated(told: Told, telling: Telling) -> Told:
    """The hospital finds that it wrote the wrong day: the injury was the morning after the police were called."""
    return corrected(
        told,
        moment(CORRECTED_AT),
        telling.dice,
        occurred=Occurred(date=date(2025, 3, 18), at=moment("2025-03-18 09:15")),
        narrative="Date was entered ten days late: she was seen on 18 March. The party account does not fit that day.",
        level=3,
    )


def _regraded(told: Told, telling: Telling) -> Told:
    """The police look again at what the camera saw: better grade, the child was there, and her right age."""
    carys = telling.cast.children[CARYS]
    person = told.event.subject.person.model_copy(update={"born": PartialDate(date=date(2020, 3, 14))})
    subject = telling.cast.hold(POLICE, carys, person)
    incident = PoliceIncident(
        incident="0588-17032025", nature="Domestic incident", domestic_abuse=True, children_present=True
    )
    return corrected(
        told,
        moment(REGRADED_AT),
        telling.dice,
        subject=subject,
        detail=incident,
        level=3,
        sharing=told.event.sharing.model_copy(update={"handling": SEEN_BY_OFFICER}),
        narrative="Camera footage shows a child in the doorway holding her left arm. Graded again; age put right.",
    )
