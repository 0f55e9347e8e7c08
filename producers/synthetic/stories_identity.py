"""Families whose identity changes: an adoption, whose two lives must never meet; a family that moves and is renamed."""

from dataclasses import replace
from datetime import timedelta

from hub.contract.codes import AbuseCategory, ClosureReason, ContactOutcome, LegalStatus, ReferralSource
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import Homeless, PrivateFostering, SafeguardingConcern
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.legal import LegalOrder
from hub.contract.details.mash import Rating, Threshold
from hub.contract.details.plans import ChildLookedAfter, CinPlan
from hub.contract.details.records import Ask, PersonDetails, Voice
from hub.contract.details.social_care import CaseClosure, Contact
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Where, Which, heard, why
from producers.synthetic.details import assessment, attendance, decision, enquiry, incident, referral
from producers.synthetic.grounds import OWNER_CONTROLLED, Ground
from producers.synthetic.names import given_name
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, HOSPITAL_SITE, HOUSING, POLICE, SCHOOLS
from producers.synthetic.people import Role, invent_address, invent_household
from producers.synthetic.telling import Telling
from producers.synthetic.told import Pair

_BIRTH, _ADOPTED = 0, 1
_HARM = why("18C", "16A", "2B", abuse=AbuseCategory.PHY)
_SEALED = (Sensitivity.ADOPTION,)
_SEALED_PLACE = (Sensitivity.ADOPTION, Sensitivity.ADDRESS_CONFIDENTIAL)

_FIRST_LIFE = (
    Beat(
        COMMUNITY, (0, 20), HealthEncounter(service="Health visiting", not_brought=True), level=2, about=_BIRTH,
        times=(1, 2),
    ),
    Beat(
        HOSPITAL, (5, 30),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Not feeding", injury="Healing rib fractures", explanation_consistent=False,
            brought_by="Mother",
        ),
        level=4, about=_BIRTH, category=_HARM, ground=Ground.PROTECTION, people=(Role.MOTHER, Role.FATHER),
        words=("Found on chest film. Parents could not account for them. Kept in; nurse at the cot side.",),
    ),
    Beat(
        CSC, (0, 1), referral(ReferralSource.CODE_3E), level=4, about=_BIRTH, category=_HARM, ground=Ground.PROTECTION,
    ),
    Beat(
        CSC, (0, 1), decision(Threshold.IMMEDIATE_PROTECTION, Rating.RED, urgent=True), level=4, about=_BIRTH,
        ground=Ground.PROTECTION,
    ),
    Beat(CSC, (0, 2), enquiry(Enquiry.LEGAL_ACTION), level=4, about=_BIRTH, category=_HARM, ground=Ground.PROTECTION),
    Beat(
        POLICE, (0, 5), incident("Assault on an infant"), level=4, about=_BIRTH, ground=Ground.CRIME,
        accused=Role.FATHER,
    ),
    Beat(
        CSC, (1, 6), ChildLookedAfter(legal_status=LegalStatus.C1, placement="U1"), level=4, about=_BIRTH,
        ground=Ground.PROTECTION,
        words=("Interim care order. Placed with carers who may adopt.",),
    ),
    Beat(
        CSC, (150, 220), LegalOrder(order="Placement order", status=LegalStatus.E1), level=4, about=_BIRTH,
        labels=_SEALED, ground=Ground.PROTECTION,
        words=("Placement order made. Mum wrote a letter for {them} to read when {they} is grown.",),
    ),
    Beat(
        CSC, (100, 160), CaseClosure(reason=ClosureReason.RC1), about=_BIRTH, labels=_SEALED, handling=OWNER_CONTROLLED,
        words=("Adoption order made. Record sealed. No reference to the new name is held here.",),
    ),
)  # fmt: skip

_SECOND_LIFE = (
    Beat(
        COMMUNITY, (10, 40), PersonDetails(), about=_ADOPTED, labels=_SEALED, handling=OWNER_CONTROLLED,
        words=("Record made under the new name and number. Earlier history summarised for the practice, not linked.",),
    ),
    Beat(
        COMMUNITY, (30, 90), HealthEncounter(service="Health visiting"), level=1, about=_ADOPTED, ages=(0, 4),
        words=("Thriving. Sleeps with the light on. Parents calm and well prepared.",),
    ),
    Beat(
        HOSPITAL, (60, 200), AeAttendance(site=HOSPITAL_SITE, presenting="Croup", brought_by="Adoptive mother"),
        level=1, about=_ADOPTED,
        words=("Seen and home the same night.",),
    ),
    Beat(SCHOOLS, (200, 420), attendance(0, 6), level=1, about=_ADOPTED, ages=(3, 16), lasts=(38, 45)),
    Beat(
        CSC, (30, 120), Contact(source=ReferralSource.CODE_1A, outcomes=[ContactOutcome.ADVICE]), level=2,
        about=_ADOPTED, labels=_SEALED_PLACE, handling=OWNER_CONTROLLED, ground=Ground.EARLY_HELP,
        words=("Parents asked for adoption support: {they} has begun to ask about {their} first mum.",),
        voice=(heard("Did I have a different name when I was a baby?", "Adoption support worker"),),
    ),
)  # fmt: skip


def tell_adoption(telling: Telling) -> Pair:
    """Tell of one child's two lives; the second has another name, NHS number, home and references. They never meet."""
    birth = telling.cast.children[_BIRTH]
    telling.play(_FIRST_LIFE)
    adopters = invent_household(telling.dice, telling.numbers, telling.day, 8)
    telling.cast.household = adopters
    families = [name for name in adopters.heritage.families if name != birth.family]
    heard_as = given_name(adopters.heritage, birth.sex, telling.dice) if telling.dice.chance(0.4) else birth.given
    adopted = replace(
        birth, label="child-1-adopted", given=heard_as, family=telling.dice.pick(families),
        nhs_number=telling.numbers.nhs_number(), upn=telling.numbers.upn(telling.day.year + 3), upn_wrong=False,
    )  # fmt: skip
    telling.cast.children.append(adopted)
    telling.play(_SECOND_LIFE)
    return telling.key(birth), telling.key(adopted)


_UNSETTLED = why("16A", "4B")

_HERE = (
    Beat(SCHOOLS, (0, 30), attendance(12, 30), level=2, ages=(4, 16), lasts=(38, 45), about=Which.EACH),
    Beat(
        COMMUNITY, (5, 30), HealthEncounter(service="Health visiting"), level=2, ages=(0, 4), about=Which.EACH,
        words=("Boxes in the hall again. Mum says the landlord is selling.",),
    ),
    Beat(
        SCHOOLS, (5, 40), SafeguardingConcern(raised_by="Head of year"), level=2, ages=(4, 16),
        words=("Left on Friday with everything from {their} tray. No new school named, phone dead.",),
        voice=(heard("I'm not allowed to say where we're going.", "Class teacher", before="Nobody else"),),
    ),
    Beat(
        CSC, (5, 30), Contact(source=ReferralSource.CODE_2A, outcomes=[ContactOutcome.NFA]), level=2, about=Which.EACH,
        words=("Family not found at the address. Closed: no forwarding address.",),
    ),
)  # fmt: skip

_THERE = (
    Beat(
        HOUSING, (20, 60), Homeless(accommodation="Sofa surfing", eviction=True), level=2, about=Which.EACH,
        people=(Role.MOTHER,),
        words=("Presented under her partner's surname. Gave no previous address.",),
    ),
    Beat(
        HOSPITAL, (10, 60),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Burn", injury="Scald to forearm", explanation_consistent=False,
            brought_by="Mother",
        ),
        level=3, category=_UNSETTLED,
        words=("Two days old, not dressed. New surname given; number traced by date of birth.",),
    ),
    Beat(
        SCHOOLS, (5, 40), PersonDetails(), about=Which.EACH, ages=(4, 16),
        words=("Joined mid-term. Surname differs from the birth certificate; mum asks that we use the new one.",),
    ),
    Beat(
        CSC, (5, 40), referral(ReferralSource.CODE_3E, ReferralSource.CODE_5C), level=3, category=_UNSETTLED,
        ground=Ground.IN_NEED, about=Which.EACH, people=(Role.MOTHER, Role.PARTNER),
        words=("Opened as new to the area. Another surname appears on the hospital's letter; not yet checked.",),
    ),
    Beat(
        POLICE, (5, 40), incident("Concern for safety", present=True), level=2, where=Where.HOME,
        people=(Role.PARTNER,),
        words=("Welfare check at a caravan. Children well but wary. Mother gave a third spelling of the name.",),
    ),
    Beat(
        CSC, (5, 40), PrivateFostering(arrangement="Left with mother's friend for more than 28 days"), level=3,
        chance=0.3, ground=Ground.IN_NEED, category=why("8E"),
    ),
    Beat(
        COMMUNITY, (5, 40), Voice(asks=[Ask.STABILITY, Ask.RESPECT], seen_alone=True), level=2, ages=(5, 17),
        voice=(heard("I've had four names on my peg.", "School nurse"),),
        words=("Keeps a list of the schools {they} liked.",),
    ),
    Beat(CSC, (5, 30), CinPlan(), level=3, ground=Ground.IN_NEED, about=Which.EACH),
    Beat(
        CSC, (5, 30), assessment, level=3, ground=Ground.IN_NEED, category=_UNSETTLED, about=Which.EACH, lasts=(25, 61),
    ),
)  # fmt: skip


def tell_moves(telling: Telling) -> None:
    """Tell of a family that moves and takes other names: agencies hold different ones, some open second records."""
    telling.play(_HERE)
    dice, cast = telling.dice, telling.cast
    for _ in range(dice.between(1, 2)):
        telling.day += timedelta(days=dice.between(40, 150))
        cast.move(invent_address(dice))
        family = cast.household.adults[Role.PARTNER].family
        for place in range(len(cast.children)):
            child = cast.rename(place, family)
            cast.restate(HOSPITAL, child)
            cast.restate(SCHOOLS, child, new_reference=True)
            cast.restate(HOUSING, child)
            cast.restate(CSC, child, new_reference=dice.chance(0.6))
        telling.play(_THERE)
