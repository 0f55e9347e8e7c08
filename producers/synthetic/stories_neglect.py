"""Neglect by many small concerns: none of them alarming alone, several closed as such, plain when read together."""

from hub.contract.codes import AbuseCategory, AttendanceCode, ClosureReason, ContactOutcome, ReferralSource
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import Homeless, SafeguardingConcern
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.mash import OutcomeFeedback, Rating, Threshold
from hub.contract.details.plans import EarlyHelp
from hub.contract.details.social_care import CaseClosure, ConferenceKind, Contact, CpConference
from producers.synthetic.beats import Beat, Where, Which, heard, why
from producers.synthetic.details import (
    absent,
    assessment,
    attendance,
    decision,
    enquiry,
    incident,
    plan,
    referral,
    strategy,
)
from producers.synthetic.grounds import Ground
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, HOSPITAL_SITE, HOUSING, POLICE, SCHOOLS
from producers.synthetic.people import Role
from producers.synthetic.telling import Telling

_NEGLECT = why("16A")
_WIDER = why("16A", "1B", "4B", abuse=AbuseCategory.NEG)

_AT_SCHOOL = (
    heard("There wasn't any tea last night so we had crisps.", "Teaching assistant"),
    heard("I do my own washing now. I put it on the radiator.", "Class teacher"),
    heard("Mum's tired. I get my brother up.", "Designated safeguarding lead", before="Nobody else"),
    heard("It's cold at mine. I sleep in my coat.", "Breakfast club lead"),
)

_EARLY = (
    Beat(
        COMMUNITY, (0, 20), HealthEncounter(service="Health visiting", not_brought=True), level=2, ages=(0, 4),
        words=(
            "Not brought to the developmental review. Phone rang out; card left.",
            "Third appointment missed. Mum texted to say the bus did not come. Rebooked.",
            "No answer at the door, television on inside. Will try again next week.",
        ),
        times=(1, 3),
    ),
    Beat(
        COMMUNITY, (10, 40), HealthEncounter(service="Community dentistry", not_brought=True), level=2, ages=(4, 16),
        words=(
            "Did not attend for extractions. Several teeth decayed to the gum at the last visit.",
            "Not brought for the second time since the referral; {they} has had toothache since spring.",
        ),
        times=(1, 2),
    ),
    Beat(
        SCHOOLS, (5, 40), SafeguardingConcern(raised_by="Class teacher"), level=2, category=_NEGLECT, ages=(4, 16),
        words=(
            "Came in without a coat again and very hungry. Ate two breakfasts.",
            "Uniform unwashed since last week; other children have begun to comment. We washed {their} jumper here.",
            "Head lice untreated for a month despite two letters and a call home.",
            "Asleep on the desk by ten. Says {they} was up looking after the little one.",
        ),
        voice=_AT_SCHOOL, times=(1, 3),
    ),
    Beat(
        SCHOOLS, (20, 50), attendance(18, 42), level=2, ages=(4, 16), lasts=(38, 45),
        words=(
            "Below 80% this half term, mostly Mondays.",
            "Late four days in five. Nobody answers the phone.",
        ),
    ),
    Beat(
        CSC, (3, 25), Contact(source=ReferralSource.CODE_2A, outcomes=[ContactOutcome.NFA]), level=2, about=Which.EACH,
        words=(
            "School worried about hygiene and hunger. Read on its own, below threshold. Closed; school to monitor.",
            "Advice given to school. No previous referral on this system under this spelling.",
        ),
    ),
    Beat(
        HOUSING, (10, 60), SafeguardingConcern(raised_by="Repairs surveyor"), level=2, chance=0.7, where=Where.HOME,
        words=(
            "Attended for damp. No beds made up in the children's room, mattress on the floor, dog mess in the hall.",
            "Gas uncapped for non-payment. Tenant says they manage with a fan heater.",
        ),
    ),
    Beat(
        HOUSING, (10, 50), Homeless(accommodation="Assured tenancy", eviction=False), level=2, chance=0.35,
        words=("Notice served for arrears of eleven weeks. Children in the household; referred to prevention team.",),
    ),
)  # fmt: skip

_MIDDLE = (
    Beat(
        CSC, (15, 60), EarlyHelp(organisation="Ridgemoor family hub"), ground=Ground.EARLY_HELP, level=2, chance=0.75,
        people=(Role.MOTHER,),
        words=(
            "Mum agreed to a family support worker. Three visits kept, then cancelled.",
            "Agreed to help with routines and debts. Not asked about sharing with health.",
        ),
    ),
    Beat(
        SCHOOLS, (20, 60), absent(AttendanceCode.CODE_N, AttendanceCode.CODE_O), level=2, ages=(4, 16), times=(1, 3),
        words=("Absent, no reason given. Home visit: seen at the window, said mum was asleep.",),
    ),
    Beat(
        HOSPITAL, (10, 70), AeAttendance(site=HOSPITAL_SITE, presenting="Dental abscess", brought_by="Grandmother"),
        level=2, ages=(2, 17), people=(Role.GRANDMOTHER,),
        words=(
            "Facial swelling from an untreated abscess. Underweight. Gran brought {them}; mum could not be reached.",
        ),
    ),
    Beat(
        HOSPITAL, (5, 50),
        AeAttendance(site=HOSPITAL_SITE, presenting="Swallowed a tablet", explanation_consistent=True), level=3,
        ages=(1, 5), category=_NEGLECT, chance=0.6,
        words=("Found with an open blister pack. Observed overnight, well. Medicines kept on the floor by the bed.",),
    ),
    Beat(
        POLICE, (10, 60), incident("Concern for safety"), level=2, chance=0.6, where=Where.HOME,
        people=(Role.NEIGHBOUR,),
        words=(
            "Neighbour reported young children alone. Mother returned within the hour. House cold, little food seen.",
            "Officers let in by a child. Adult asleep upstairs, hard to wake. Strong smell of cannabis.",
        ),
    ),
    Beat(
        CSC, (2, 10), Contact(source=ReferralSource.CODE_6, outcomes=[ContactOutcome.ADVICE]), level=2,
        about=Which.EACH,
        words=("Police notification read alone: no injury, mother back. Letter sent. No further action.",),
    ),
)  # fmt: skip

_TOGETHER = (
    Beat(
        CSC, (5, 40), referral(ReferralSource.CODE_2A, ReferralSource.CODE_3B, ReferralSource.CODE_3E), level=3,
        category=_NEGLECT, ground=Ground.PROTECTION, about=Which.EACH, people=(Role.MOTHER,),
        words=(
            "Contact after contact. Read with health's missed appointments, this is a pattern of neglect.",
        ),
    ),
    Beat(
        CSC, (0, 1), decision(Threshold.STRATEGY_DISCUSSION, Rating.AMBER), level=3, ground=Ground.PROTECTION,
        about=Which.EACH,
        words=("Cumulative harm. The earlier decisions each looked at one worry; none looked at the child's year.",),
    ),
    Beat(
        CSC, (0, 3), strategy("Joint visit; dental and growth review; school to keep a log."), level=4,
        ground=Ground.PROTECTION, about=Which.EACH,
    ),
    Beat(
        CSC, (0, 2), enquiry(Enquiry.CP_CONFERENCE), level=4, ground=Ground.PROTECTION, category=_WIDER,
        about=Which.EACH, voice=(heard("I want mum to get better and for the house to be warm.", "Social worker"),),
    ),
    Beat(
        CSC, (12, 20), CpConference(kind=ConferenceKind.INITIAL, plan_made=True), level=4, ground=Ground.PROTECTION,
        about=Which.EACH, people=(Role.MOTHER, Role.GRANDMOTHER),
        words=("Unanimous. Mum came and spoke about her low mood for the first time.",),
    ),
    Beat(CSC, (0, 1), plan(AbuseCategory.NEG), level=4, ground=Ground.PROTECTION, category=_WIDER, about=Which.EACH),
    Beat(
        CSC, (0, 10), assessment, level=4, category=_WIDER, ground=Ground.IN_NEED, about=Which.EACH, lasts=(20, 60),
        words=("Parental depression and drinking, isolation, debt. Warmth between mum and the children is real.",),
    ),
    Beat(
        CSC, (1, 5), OutcomeFeedback(outcome=Threshold.STRATEGY_DISCUSSION),
        words=("School told of the outcome.",),
    ),
    Beat(
        SCHOOLS, (60, 110), attendance(3, 12), level=2, ages=(4, 16), lasts=(38, 45),
        words=("Much better. In on time with a packed lunch most days.",),
    ),
    Beat(
        CSC, (10, 40), CpConference(kind=ConferenceKind.REVIEW, plan_made=False), level=3, chance=0.7,
        ground=Ground.PROTECTION, about=Which.EACH,
        words=("Home warm and fed. Stepped down to child in need.",),
    ),
    Beat(
        CSC, (90, 200), CaseClosure(reason=ClosureReason.RC7), level=2, chance=0.5, ground=Ground.IN_NEED,
        about=Which.EACH,
        words=("Closed with the family's agreement. School and gran remain the support.",),
    ),
)  # fmt: skip


def tell_neglect(telling: Telling) -> None:
    """Tell of one or more children neglected over about two years."""
    telling.play(_EARLY)
    telling.play(_MIDDLE)
    if telling.dice.chance(0.65):
        telling.play(_TOGETHER)
