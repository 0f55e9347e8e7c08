"""An unborn child known by the mother's number, later born under an own record; and twins, who are two children."""

from dataclasses import replace
from datetime import timedelta

from hub.contract.codes import AbuseCategory, LegalStatus, ReferralSource, Sex
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import SafeguardingConcern
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.mash import Rating, Threshold
from hub.contract.details.plans import ChildLookedAfter
from hub.contract.details.records import PersonDetails, Relationship
from hub.contract.details.social_care import CaseClosure, ConferenceKind, CpConference
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Which, heard, why
from producers.synthetic.changes import retracted
from producers.synthetic.details import (
    assessment,
    attendance,
    decision,
    emergency_order,
    enquiry,
    plan,
    referral,
    strategy,
)
from producers.synthetic.grounds import Ground
from producers.synthetic.names import given_name
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, HOSPITAL_SITE, POLICE, SCHOOLS
from producers.synthetic.people import Child, Role
from producers.synthetic.telling import Telling
from producers.synthetic.told import Pair

_UNBORN, _BABY = 0, 1
_RISK = why("2B", "4B", "16A", abuse=AbuseCategory.NEG)
_USE = (Sensitivity.SUBSTANCE_MISUSE, Sensitivity.MENTAL_HEALTH)

_BEFORE = (
    Beat(
        HOSPITAL, (0, 6), HealthEncounter(service="Maternity booking", site=HOSPITAL_SITE), level=2, about=Role.MOTHER,
        words=("Booked late, at about twenty weeks. Two older children live with their grandmother.",),
    ),
    Beat(
        COMMUNITY, (2, 10), HealthEncounter(service="Community midwifery"), level=3, about=_UNBORN,
        people=(Role.MOTHER,), labels=_USE,
        words=(
            "Mum spoke openly about using heroin until the spring. On a script now. Frightened the baby will be taken.",
            "Low in mood, living in one room with a friend. No cot, no clothes yet. Wants to do this one right.",
        ),
    ),
    Beat(
        CSC, (1, 8), referral(ReferralSource.CODE_3D, ReferralSource.CODE_3B), level=3, about=_UNBORN, category=_RISK,
        ground=Ground.PROTECTION, people=(Role.MOTHER, Role.FATHER), labels=_USE,
        words=("Pre-birth referral from the midwife, with mum's knowledge. History of two removals.",),
    ),
    Beat(
        CSC, (0, 1), decision(Threshold.STRATEGY_DISCUSSION, Rating.AMBER), level=3, about=_UNBORN,
        ground=Ground.PROTECTION,
    ),
    Beat(
        COMMUNITY, (5, 14), HealthEncounter(service="Community midwifery", not_brought=True), level=3, about=_UNBORN,
        times=(1, 2), people=(Role.MOTHER,),
        words=("Missed appointment. Friend says she has not been back for two nights.",),
    ),
    Beat(
        CSC, (1, 7), strategy("Pre-birth assessment; birth plan with the ward; who may visit."), level=4, about=_UNBORN,
        ground=Ground.PROTECTION,
    ),
    Beat(CSC, (0, 1), enquiry(Enquiry.CP_CONFERENCE), level=4, about=_UNBORN, ground=Ground.PROTECTION, category=_RISK),
    Beat(
        CSC, (10, 15), CpConference(kind=ConferenceKind.INITIAL, plan_made=True), level=4, about=_UNBORN,
        ground=Ground.PROTECTION, people=(Role.MOTHER,),
        words=("Mum came with her midwife. Plan starts before birth.",),
    ),
    Beat(CSC, (0, 0), plan(AbuseCategory.NEG), level=4, about=_UNBORN, ground=Ground.PROTECTION, category=_RISK),
    Beat(
        POLICE, (1, 12), SafeguardingConcern(raised_by="Response officer"), level=3, about=_UNBORN,
        people=(Role.MOTHER,), ground=Ground.CRIME, chance=0.5,
        words=("Mother, visibly pregnant, stopped in a car with known users. Tearful.",),
    ),
)  # fmt: skip

_AFTER = (
    Beat(
        HOSPITAL, (0, 0), PersonDetails(), about=_BABY, level=3, people=(Role.MOTHER,),
        words=("Born in good condition. Numbered at birth. Observed for withdrawal; feeding well in mum's arms.",),
    ),
    Beat(
        HOSPITAL, (0, 1), Relationship(lives_with=True, parental_responsibility=True), about=_BABY,
        people=(Role.MOTHER,),
    ),
    Beat(
        CSC, (0, 1), PersonDetails(), about=_BABY, level=4, category=_RISK, ground=Ground.PROTECTION,
        people=(Role.MOTHER,),
        words=("New record opened for the baby. The pre-birth record is closed and cross-referenced by hand.",),
    ),
    Beat(
        CSC, (0, 2), emergency_order, about=_BABY, level=4, ground=Ground.PROTECTION, chance=0.25,
        people=(Role.MOTHER,),
    ),
    Beat(
        CSC, (1, 6), ChildLookedAfter(legal_status=LegalStatus.C1, placement="U1"), about=_BABY, level=4, chance=0.4,
        ground=Ground.PROTECTION,
        words=("Mother and baby placement. Mum held {them} throughout the journey.",),
    ),
    Beat(
        COMMUNITY, (8, 13), HealthEncounter(service="Health visiting: new birth visit"), about=_BABY, level=2,
        people=(Role.MOTHER,),
        words=("Gaining weight. Mum knows {their} cues. Asked for help before being offered it.",),
    ),
    Beat(
        CSC, (50, 80), CpConference(kind=ConferenceKind.REVIEW, plan_made=False), about=_BABY, level=3,
        ground=Ground.PROTECTION,
        words=("Clean tests since birth. Plan ends; support continues.",),
    ),
    Beat(COMMUNITY, (20, 60), HealthEncounter(service="Immunisation"), about=_BABY, level=1),
    Beat(CSC, (60, 150), CaseClosure(), about=_BABY, level=2, chance=0.5, ground=Ground.IN_NEED),
)  # fmt: skip


def tell_unborn(telling: Telling) -> Pair:
    """Tell of a child before and after birth: two records, the first of them under the mother's NHS number."""
    expected = telling.day + timedelta(days=telling.dice.between(125, 140))
    unborn = replace(
        telling.add_child(expected),
        label="unborn-1",
        born=None,
        expected=expected,
        nhs_number=None,
        upn=None,
        upn_wrong=False,
    )
    telling.cast.children[_UNBORN] = unborn
    telling.play(_BEFORE)
    born = max(expected + timedelta(days=telling.dice.between(-18, 9)), telling.day + timedelta(days=1))
    baby = replace(telling.add_child(born), label="born-1", upn=None, upn_wrong=False)
    telling.cast.children[_BABY] = baby
    telling.day = born
    telling.play(_AFTER)
    return telling.key(unborn), telling.key(baby)


_SAID = (
    heard("We are not the same. I like the red cup.", "Nursery worker"),
    heard("They always ask me about my twin. Ask me about me.", "School nurse", before="Nobody else"),
)

_TWINS = (
    Beat(
        COMMUNITY, (0, 30), HealthEncounter(service="Health visiting"), level=1, about=Which.EACH, ages=(0, 4),
        times=(1, 3),
        words=(
            "Seen with {their} twin. Weight on the curve. Told apart by a birthmark, noted at mum's request.",
            "Review done for each separately; this entry is for this child only.",
        ),
    ),
    Beat(
        HOSPITAL, (10, 60),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Head injury", injury="Bump to forehead", explanation_consistent=True,
            brought_by="Mother",
        ),
        level=1,
        words=("Ran into a door frame. Well, playful. Twin in the waiting room with a similar coat.",),
    ),
    Beat(
        SCHOOLS, (10, 60), SafeguardingConcern(raised_by="Class teacher"), level=2, ages=(3, 16), voice=_SAID,
        times=(1, 2),
        words=(
            "Withdrawn since the summer; the other twin is not. Mum thinks it is the new class.",
            "Marks on the forearm seen at swimming. Twin has none. Says the cat did it.",
        ),
    ),
    Beat(
        CSC, (2, 20), referral(ReferralSource.CODE_2A, further=False), level=2, about=0, ground=Ground.IN_NEED,
        people=(Role.MOTHER,),
        words=("Referred for one twin. Screened for both; nothing of concern held on the other.",),
    ),
    Beat(SCHOOLS, (20, 60), attendance(1, 9), level=1, about=Which.EACH, ages=(4, 16), lasts=(38, 45)),
    Beat(CSC, (2, 20), assessment, level=2, about=0, ground=Ground.IN_NEED, lasts=(20, 50), chance=0.5),
    Beat(
        HOSPITAL, (20, 90), HealthEncounter(service="Paediatric outpatients", site=HOSPITAL_SITE), level=1, about=1,
        words=("Seen for asthma. Plan updated.",),
    ),
)  # fmt: skip
_WRONG_TWIN = Beat(
    HOSPITAL, (20, 80), HealthEncounter(service="Fracture clinic", site=HOSPITAL_SITE), level=2, about=1,
    words=("Plaster removed. Full movement.",),
)  # fmt: skip


def tell_twins(telling: Telling) -> Pair:
    """Tell of twins: one family name, birth date and address, two children; once an entry lands on the wrong one."""
    first = telling.cast.children[0]
    given, sex = first.given, Sex.MALE
    while given == first.given:
        sex = telling.dice.pick((Sex.FEMALE, Sex.MALE))
        given = given_name(telling.cast.household.heritage, sex, telling.dice)
    second = telling.add_child(first.born or telling.day)
    twins = (
        replace(first, nhs_number=telling.numbers.nhs_number(twin=True), twin=True),
        replace(second, nhs_number=telling.numbers.nhs_number(twin=True), given=given, sex=sex, twin=True,
                ethnicity=first.ethnicity),
    )  # fmt: skip
    telling.cast.children[:2] = twins
    telling.play(_TWINS)
    _tell_of_the_wrong_twin(telling, twins[1])
    return telling.key(twins[0]), telling.key(twins[1])


def _tell_of_the_wrong_twin(telling: Telling, child: Child) -> None:
    telling.day += timedelta(days=telling.dice.between(20, 80))
    wrong = telling.say(_WRONG_TWIN, child, telling.day)
    at = wrong.recorded_at + timedelta(days=telling.dice.between(1, 9))
    telling.told.append(retracted(wrong, "Recorded against the wrong twin.", at, telling.dice))
