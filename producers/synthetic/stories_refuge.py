"""A flight to a refuge: afterwards the family's address must not come out, by a sibling's record or a school's name."""

from dataclasses import replace

from hub.contract.codes import ReferralSource
from hub.contract.details.concerns import Homeless, SafeguardingConcern
from hub.contract.details.legal import LegalOrder
from hub.contract.details.plans import CinPlan
from hub.contract.details.records import Ask, PersonDetails, Voice
from hub.contract.person import Address, AddressKind
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Where, Which, heard
from producers.synthetic.details import assessment, incident, referral
from producers.synthetic.grounds import OWNER_CONTROLLED, SEEN_BY_OFFICER, TOLD_AND_BORNE_OUT, Ground
from producers.synthetic.identifiers import postcode
from producers.synthetic.partnership import (
    AREA,
    CSC,
    HOSPITAL,
    HOUSING,
    POLICE,
    REFUGE,
    SCHOOLS,
)
from producers.synthetic.people import Role
from producers.synthetic.stories_violence import ABUSE, BETWEEN, HEARD_AT_NIGHT, NIGHT
from producers.synthetic.telling import Telling

_HIDDEN = (Sensitivity.DOMESTIC_ABUSE, Sensitivity.REFUGE, Sensitivity.ADDRESS_CONFIDENTIAL)
_FIRST_NIGHT = tuple(beat if beat.accused is None else replace(beat, accused=Role.FATHER) for beat in NIGHT)
_LAST_NIGHT = (
    Beat(
        POLICE, (5, 40), incident("Domestic incident, high risk", abuse=True, present=True), level=4, category=ABUSE,
        ground=Ground.CRIME, labels=(Sensitivity.DOMESTIC_ABUSE,), people=(Role.MOTHER,), accused=Role.FATHER,
        where=Where.HOME, about=Which.EACH, handling=SEEN_BY_OFFICER, voice=HEARD_AT_NIGHT,
        words=(
            "Non-fatal strangulation disclosed. Risk assessment high; referred to MARAC. Taken to a place of safety.",
        ),
    ),
)  # fmt: skip

_IN_REFUGE = (
    Beat(
        REFUGE, (0, 2), SafeguardingConcern(raised_by="Refuge worker"), level=3, category=ABUSE, labels=_HIDDEN,
        handling=OWNER_CONTROLLED, people=(Role.MOTHER,), accused=Role.FATHER, where=Where.HOME, about=Which.EACH,
        words=("Arrived with two bags. He does not know where they are. Please ask us before anything is passed on.",),
        voice=(heard("It's quiet here. Can Dad find us?", "Children's worker", before="Mother"),),
    ),
    Beat(
        HOUSING, (1, 8), Homeless(accommodation="Refuge", eviction=False), level=3, labels=_HIDDEN,
        people=(Role.MOTHER,), handling=OWNER_CONTROLLED, about=Which.EACH,
        words=(
            "Fleeing violence; duty accepted. Correspondence to a safe contact only. Old tenancy kept open as cover.",
        ),
    ),
    Beat(
        HOSPITAL, (1, 10), PersonDetails(), about=Which.EACH, labels=(Sensitivity.PDS_RESTRICTED,),
        words=("Record marked sensitive at mother's request. Address, telephone and practice removed.",),
    ),
    Beat(
        CSC, (0, 4), referral(ReferralSource.CODE_8, ReferralSource.CODE_6), level=3, category=ABUSE, labels=_HIDDEN,
        ground=Ground.IN_NEED, about=Which.EACH, people=(Role.MOTHER,), accused=Role.FATHER, where=Where.HOME,
        words=("Moved to refuge. Address known to the allocated worker and manager only.",),
    ),
    Beat(CSC, (2, 12), CinPlan(), level=3, ground=Ground.IN_NEED, labels=_HIDDEN, about=Which.EACH),
    Beat(
        SCHOOLS, (3, 20), SafeguardingConcern(raised_by="Designated safeguarding lead"), level=3, labels=_HIDDEN,
        ages=(4, 16), accused=Role.FATHER,
        words=("Man at the gate asked which school the children had gone to. Told nothing. Police informed.",),
    ),
    Beat(
        POLICE, (0, 3), incident("Attempt to trace family", abuse=True, present=False), level=4, labels=_HIDDEN,
        ground=Ground.CRIME, accused=Role.FATHER, handling=TOLD_AND_BORNE_OUT, where=Where.ELSEWHERE,
        words=(
            "Asked relatives and a surgery for the new address. Warned. Marker placed against accidental disclosure.",
        ),
    ),
    Beat(
        CSC, (10, 40),
        LegalOrder(
            order="Prohibited steps order", status=None,
            restriction="Father must not remove the child or learn the address.",
        ),
        level=3, ground=Ground.IN_NEED, labels=_HIDDEN, accused=Role.FATHER, about=Which.EACH,
    ),
    Beat(
        REFUGE, (20, 60), Voice(asks=[Ask.STABILITY, Ask.INFORMATION], seen_alone=True), level=2, labels=_HIDDEN,
        handling=OWNER_CONTROLLED, ages=(4, 17),
        words=("Settling. Worries about the rabbit left behind.",),
        voice=(heard("Who is feeding Biscuit?", "Children's worker", before="Nobody else"),),
    ),
    Beat(CSC, (5, 20), assessment, level=2, ground=Ground.IN_NEED, labels=_HIDDEN, lasts=(25, 55), about=Which.EACH),
)  # fmt: skip


def tell_refuge(telling: Telling) -> None:
    """Tell of a mother and children who flee to a refuge; afterwards most agencies must not hold the address."""
    telling.play(_FIRST_NIGHT)
    telling.play(BETWEEN[:1])
    telling.play(_LAST_NIGHT)
    telling.cast.household.protected = True
    telling.cast.move(
        Address(
            lines=["Harbour Example", AREA], postcode=postcode(telling.dice), kind=AddressKind.REFUGE, confidential=True
        )
    )
    for child in telling.cast.children:
        for agency in (HOSPITAL, CSC, HOUSING, SCHOOLS):
            telling.cast.restate(agency, child)
    telling.play(_IN_REFUGE)
