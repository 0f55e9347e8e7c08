"""What happened to Carys, line by line: before the MASH, in the MASH, and to the sibling who was not yet born."""

from hub.contract.codes import AbuseCategory, ContactOutcome, ExclusionReason, ReferralSource
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import SafeguardingConcern
from hub.contract.details.education import SchoolAttendance, SchoolSuspension
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.mash import Answer, OutcomeFeedback, Rating, Threshold
from hub.contract.details.police import PoliceIncident
from hub.contract.details.records import Ask, PersonDetails, Relationship, Voice
from hub.contract.details.social_care import ConferenceKind, Contact, CpConference
from hub.contract.primitives import AgencyId
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Where, heard, why
from producers.synthetic.demo_people import NOW, Line
from producers.synthetic.details import answer, ask, assessment, decision, enquiry, plan, referral, strategy
from producers.synthetic.grounds import SEEN_BY_OFFICER, UNTESTED, Ground
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    HOSPITAL_SITE,
    HOUSING,
    POLICE,
    PROBATION,
    SCHOOLS,
)
from producers.synthetic.people import Role

CARYS, UNBORN, BABY = 0, 1, 2
_HURT = why("18C", "3A", "3B", abuse=AbuseCategory.PHY)
_DA = (Sensitivity.DOMESTIC_ABUSE,)
LATE_AT = "2026-02-17 09:40"

BEFORE = (
    Line("2024-02-06", Beat(
        COMMUNITY, NOW, HealthEncounter(service="Health visiting"), level=3, about=CARYS, category=_HURT,
        people=(Role.MOTHER,), accused=Role.PARTNER,
        words=("Bruise behind the left ear, said to be the dog. Partner answered for mum. To be discussed.",),
        voice=(heard("Not the dog.", "Health visitor", before="Mother and her partner"),),
    ), "late", LATE_AT),
    Line("2024-09-05", Beat(SCHOOLS, NOW, PersonDetails(), about=CARYS, words=("Joined reception.",))),
    Line("2024-11-21", Beat(
        SCHOOLS, NOW, SafeguardingConcern(raised_by="Class teacher"), level=2, about=CARYS, category=why("16A"),
        words=("Hungry and without a coat in sleet. Ate two breakfasts. Very watchful of the door at home time.",),
    ), "re-sent"),
    Line("2024-11-25", Beat(
        CSC, NOW, Contact(source=ReferralSource.CODE_2A, outcomes=[ContactOutcome.NFA]), level=2, about=CARYS,
        words=("One concern about hunger, read on its own. Below threshold; school to keep an eye.",),
    )),
    Line("2025-01-06", Beat(
        SCHOOLS, NOW, SchoolAttendance(sessions_possible=64, sessions_missed=15, unauthorised=9), level=2, about=CARYS,
        lasts=(39, 39), words=("Mondays mostly. Mum says tummy aches.",),
    )),
    Line("2025-02-02 23:10", Beat(
        POLICE, NOW,
        PoliceIncident(
            incident="0611-02022025", nature="Domestic incident", domestic_abuse=True, children_present=True
        ),
        level=3, about=CARYS, category=why("3A", "3B"), ground=Ground.CRIME, labels=_DA, handling=SEEN_BY_OFFICER,
        people=(Role.MOTHER,), accused=Role.PARTNER, where=Where.HOME,
        words=("Neighbour heard shouting. Door damaged. Mother denied assault. Child awake, seen on the stairs.",),
    )),
    Line("2025-02-03", Beat(
        SCHOOLS, NOW, SafeguardingConcern(raised_by="Designated safeguarding lead"), level=2, about=CARYS, labels=_DA,
        words=("Operation Encompass call before registration. A quiet start and breakfast. Parents not asked.",),
        voice=(heard("I count the stairs when it's loud. There's thirteen.", "Class teacher", before="Nobody else"),),
    )),
    Line("2025-02-05", Beat(
        CSC, NOW, Contact(source=ReferralSource.CODE_6, outcomes=[ContactOutcome.ADVICE]), level=2, about=CARYS,
        words=("Police notification: no injury seen. Letter to mother. No further action.",),
    )),
    Line("2025-03-17 21:50", Beat(
        POLICE, NOW,
        PoliceIncident(incident="0588-17032025", nature="Disturbance", domestic_abuse=False, children_present=False),
        level=2, about=CARYS, ground=Ground.CRIME, handling=UNTESTED, people=(Role.MOTHER,), where=Where.HOME,
        words=("Raised voices reported. Male said he was alone with the television. No children thought to be there.",),
    ), "regraded"),
    Line("2025-03-28 09:15", Beat(
        HOSPITAL, NOW,
        AeAttendance(site=HOSPITAL_SITE, presenting="Arm injury", injury="Buckle fracture of the left wrist",
                     explanation_consistent=True, brought_by="Mother"),
        level=2, about=CARYS, people=(Role.MOTHER,),
        words=("Said to have fallen at a trampoline party the day before. Splint. No social worker known.",),
    ), "redated", "2025-03-31 11:20"),
    Line("2025-04-24", Beat(
        SCHOOLS, NOW, SchoolSuspension(reasons=[ExclusionReason.PA], sessions="2"), level=2, about=CARYS,
        words=("Suspended for one day after hitting another pupil.",),
    ), "retracted"),
    Line("2025-05-20", Beat(
        SCHOOLS, NOW, Voice(asks=[Ask.PROTECTION, Ask.EXPLANATION], seen_alone=True), level=3, about=CARYS, labels=_DA,
        words=("Drew her house, a big man, a door with no handle. Asked if teachers come to houses at night.",),
        voice=(heard("He's nice when Mum's there.", "Class teacher", before="Nobody else"),),
    )),
    Line("2025-06-10 18:35", Beat(
        HOSPITAL, NOW,
        AeAttendance(site=HOSPITAL_SITE, presenting="Bruising", injury="Bruises to upper arms and ear",
                     explanation_consistent=False, brought_by="Grandmother"),
        level=4, about=CARYS, category=_HURT, ground=Ground.PROTECTION, labels=_DA, people=(Role.GRANDMOTHER,),
        accused=Role.PARTNER,
        words=("Gran brought her from school. Bruises in the pattern of a grip. Kept in tonight.",),
        voice=(heard("Can I stay here where the lights are on?", "Paediatric registrar", before="Grandmother"),),
    ), recorded="2025-06-10 20:15"),
)  # fmt: skip


def _check(agency: AgencyId) -> Beat:
    return Beat(CSC, NOW, ask(agency), about=CARYS, ground=Ground.PROTECTION, prompt=True)


def _reply(agency: AgencyId, given: Answer, reason: str | None = None) -> Beat:
    return Beat(agency, NOW, answer(agency, given, reason), about=CARYS, ground=Ground.PROTECTION, prompt=True)


MASH = (
    Line("2025-06-11", Beat(
        CSC, NOW, referral(ReferralSource.CODE_3E), level=4, about=CARYS, category=_HURT, ground=Ground.PROTECTION,
        labels=_DA, people=(Role.MOTHER, Role.GRANDMOTHER), accused=Role.PARTNER,
        words=("Hospital referral. Two closed contacts on this system within a year. Lateral checks asked of all.",),
    ), recorded="2025-06-11 08:30"),
    Line("2025-06-11", _check(POLICE), recorded="2025-06-11 09:00"),
    Line("2025-06-11", _check(PROBATION), recorded="2025-06-11 09:01"),
    Line("2025-06-11", _check(COMMUNITY), recorded="2025-06-11 09:02"),
    Line("2025-06-11", _check(HOUSING), recorded="2025-06-11 09:03"),
    Line("2025-06-11 11:30", _reply(POLICE, Answer.HELD), recorded="2025-06-11 11:30"),
    Line("2025-06-11", _reply(
        COMMUNITY, Answer.TEMPORARY_ERROR, "Records before 2025 are being moved; cannot be searched yet."
    ), recorded="2025-06-11 15:10"),
    Line("2025-06-12", _reply(PROBATION, Answer.HELD), recorded="2025-06-12 10:20"),
    Line("2025-06-12", Beat(
        PROBATION, NOW, SafeguardingConcern(raised_by="Probation officer"), level=3, about=CARYS, labels=_DA,
        ground=Ground.CRIME, accused=Role.PARTNER,
        words=("On a community order for assault on a former partner's child. Did not tell us that he lives here.",),
    ), recorded="2025-06-12 10:25"),
    Line("2025-06-12", Beat(
        CSC, NOW, decision(Threshold.STRATEGY_DISCUSSION, Rating.RED, urgent=True), level=4, about=CARYS,
        ground=Ground.PROTECTION,
        words=("Not every answer is in: housing is silent, child health cannot search. That is not a nil return.",),
    ), recorded="2025-06-12 16:40"),
    Line("2025-06-13", _check(HOUSING), recorded="2025-06-13 09:00"),
    Line("2025-06-13", Beat(
        CSC, NOW, strategy("Carys stays with gran. See her alone. No warning to mother's partner."), level=4,
        about=CARYS, ground=Ground.PROTECTION,
    ), recorded="2025-06-13 12:00"),
    Line("2025-06-13", Beat(
        CSC, NOW, enquiry(Enquiry.CP_CONFERENCE), level=4, about=CARYS, ground=Ground.PROTECTION, category=_HURT,
        voice=(heard("I want to know who is picking me up.", "Social worker", before="Grandmother"),),
    ), recorded="2025-06-13 16:30"),
    Line("2025-06-16", Beat(CSC, NOW, OutcomeFeedback(outcome=Threshold.STRATEGY_DISCUSSION), about=CARYS,
                            words=("Hospital and school told what was decided.",))),
    Line("2025-06-30", Beat(
        CSC, NOW, CpConference(kind=ConferenceKind.INITIAL, plan_made=True), level=4, about=CARYS,
        ground=Ground.PROTECTION, people=(Role.MOTHER, Role.GRANDMOTHER),
        words=("Mum came with gran. Said for the first time that she is afraid of him, and that she is expecting.",),
    )),
    Line("2025-06-30", Beat(CSC, NOW, plan(AbuseCategory.PHY), level=4, about=CARYS, ground=Ground.PROTECTION,
                            category=_HURT)),
    Line("2025-06-16", Beat(
        CSC, NOW, assessment, level=4, about=CARYS, ground=Ground.IN_NEED, category=_HURT, lasts=(44, 44),
        words=("Safe and sleeping at gran's. Mum has asked the partner to leave and has changed the locks.",),
    )),
    Line("2025-09-08", Beat(
        SCHOOLS, NOW, SchoolAttendance(sessions_possible=60, sessions_missed=1), level=1, about=CARYS, lasts=(46, 46),
        words=("In every day but one. Chatters at home time now.",),
    )),
    Line("2025-09-22", Beat(
        CSC, NOW, CpConference(kind=ConferenceKind.REVIEW, plan_made=True), level=3, about=CARYS,
        ground=Ground.PROTECTION, words=("Plan to go on until the baby has come. Mum keeping every promise.",),
    )),
)  # fmt: skip

SIBLING = (
    Line("2025-09-08", Beat(
        COMMUNITY, NOW, HealthEncounter(service="Community midwifery"), level=2, about=UNBORN, people=(Role.MOTHER,),
        words=("Twenty-one weeks. Mum well and staying with her own mother. Record kept under mum's number for now.",),
    )),
    Line("2025-09-10", Beat(
        CSC, NOW, referral(ReferralSource.CODE_3D), level=3, about=UNBORN, ground=Ground.PROTECTION, labels=_DA,
        people=(Role.MOTHER,), accused=Role.PARTNER, words=("Pre-birth referral, with mum's agreement.",),
    )),
    Line("2025-10-13", Beat(
        CSC, NOW, CpConference(kind=ConferenceKind.INITIAL, plan_made=True), level=3, about=UNBORN,
        ground=Ground.PROTECTION, people=(Role.MOTHER,),
    )),
    Line("2026-01-16 04:20", Beat(
        HOSPITAL, NOW, PersonDetails(), level=2, about=BABY, people=(Role.MOTHER,),
        words=("Born well at 39 weeks and numbered at birth. A record of his own.",),
    )),
    Line("2026-01-16 10:00", Beat(HOSPITAL, NOW, Relationship(lives_with=True, parental_responsibility=True),
                                  about=BABY, people=(Role.MOTHER,))),
    Line("2026-01-19", Beat(
        CSC, NOW, PersonDetails(), level=3, about=BABY, ground=Ground.PROTECTION, people=(Role.MOTHER,),
        words=("New record for the baby; the one from before birth is closed, and joined to it by hand only.",),
    )),
    Line("2026-01-28", Beat(
        COMMUNITY, NOW, HealthEncounter(service="Health visiting: new birth visit"), level=2, about=BABY,
        people=(Role.MOTHER,), words=("Gaining weight. Carys showed me how to wind him.",),
    )),
)  # fmt: skip
