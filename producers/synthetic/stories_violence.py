"""Domestic abuse seen by police, school and hospital: each night notified and closed, until they are read together."""

from hub.contract.codes import AbuseCategory, ClosureReason, ContactOutcome, ReferralSource
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import SafeguardingConcern
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.legal import LegalOrder
from hub.contract.details.mash import Rating, Threshold
from hub.contract.details.records import Ask, Consent, Voice
from hub.contract.details.social_care import CaseClosure, ConferenceKind, Contact, CpConference
from hub.contract.sharing import ConsentFact, ConsentFacts, ConsentState, Sensitivity
from producers.synthetic.beats import Beat, Where, Which, heard, why
from producers.synthetic.details import assessment, attendance, decision, enquiry, incident, plan, referral, strategy
from producers.synthetic.grounds import Ground
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    HOSPITAL_SITE,
    POLICE,
    PROBATION,
    SCHOOLS,
)
from producers.synthetic.people import Role
from producers.synthetic.telling import Telling

ABUSE = why("3A", "3B", abuse=AbuseCategory.EMO)
_DA = (Sensitivity.DOMESTIC_ABUSE,)
_MUM_SAID_NO = ConsentFacts(
    agreement_to_service=ConsentFact(state=ConsentState.WITHDRAWN, by="Mother", note="He was in the next room."),
    informed_of_sharing=ConsentFact(state=ConsentState.GIVEN, by="Mother"),
    consent_to_share=ConsentFact(state=ConsentState.REFUSED, by="Mother"),
)

HEARD_AT_NIGHT = (
    heard("I put my pillow over my ears and count.", "Class teacher", before="Nobody else"),
    heard("He broke the door. Mum said she walked into it but it was him.", "Designated safeguarding lead"),
    heard("I sleep in with my sister so she isn't scared.", "Police officer", before="Grandmother"),
    heard("I don't want to go home on Fridays.", "School nurse", before="Nobody else"),
)

NIGHT = (
    Beat(
        POLICE, (0, 30), incident("Domestic incident", abuse=True, present=True), level=3, category=ABUSE, labels=_DA,
        ground=Ground.CRIME, about=Which.EACH, people=(Role.MOTHER,), accused=Role.PARTNER, where=Where.HOME,
        words=(
            "Called by a neighbour. Furniture overturned, mother with reddening to the neck. Child seen on the stairs.",
            "Verbal argument heard by officers on arrival. Both parties denied assault. Children awake upstairs.",
            "999 call abandoned; child's voice in the background. Male left before arrival, arrested next day.",
        ),
        voice=(heard("Is he coming back tonight?", "Police officer", before="Mother"), *HEARD_AT_NIGHT),
    ),
    Beat(
        SCHOOLS, (1, 2), SafeguardingConcern(raised_by="Designated safeguarding lead"), level=2, labels=_DA,
        category=ABUSE, ages=(4, 17), about=Which.EACH, voice=HEARD_AT_NIGHT,
        words=(
            "Operation Encompass call before registration. Quiet all day, stayed near staff at lunch.",
            "Encompass notification received. {They} was tearful at drop-off and asked whether mum was all right.",
            "Notified by police. Snack and a quiet start offered. No contact made with parents about the call.",
        ),
    ),
)  # fmt: skip

BETWEEN = (
    Beat(
        CSC, (1, 6), Contact(source=ReferralSource.CODE_6, outcomes=[ContactOutcome.NFA]), level=2, about=Which.EACH,
        words=("Standard-risk notification. Letter to mother with helpline numbers. No further action.",),
    ),
    Beat(
        COMMUNITY, (10, 40), HealthEncounter(service="Health visiting"), level=2, ages=(0, 4), labels=_DA,
        words=(
            "Asked about home when seen alone. Mum said things are \"up and down\" and changed the subject.",
            "Partner present throughout and answered for mum. Routine enquiry not possible; will see her at clinic.",
        ),
        people=(Role.MOTHER,),
    ),
    Beat(
        HOSPITAL, (5, 40),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Head injury", injury="Bruise to left cheek", left_before_seen=True,
        ),
        level=3, labels=_DA, about=Role.MOTHER, chance=0.6,
        words=("Said she fell on the stairs. Partner would not leave the cubicle. Left before she was seen.",),
    ),
    Beat(
        PROBATION, (10, 60), SafeguardingConcern(raised_by="Probation officer"), level=3, chance=0.5, labels=_DA,
        ground=Ground.CRIME, accused=Role.PARTNER, category=ABUSE,
        words=(
            "On a community order for assault on a former partner. Gave this address; did not mention children.",
            "Missed two group sessions. Licence bars unsupervised contact with children.",
        ),
    ),
)  # fmt: skip

_INJURY = (
    Beat(
        HOSPITAL, (10, 60),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Arm injury", injury="Spiral fracture of the humerus",
            explanation_consistent=False, brought_by="Mother's partner",
        ),
        level=4, category=why("18C", "3A", abuse=AbuseCategory.PHY), ground=Ground.PROTECTION, labels=_DA, chance=0.5,
        ages=(0, 12), accused=Role.PARTNER, people=(Role.MOTHER,),
        words=("Said to have rolled off the sofa. The fracture does not fit that account. Admitted; skeletal survey.",),
    ),
    Beat(
        HOSPITAL, (5, 40),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Cut hand", injury="Laceration of the palm", explanation_consistent=True,
            brought_by="Grandmother",
        ),
        level=3, labels=_DA, people=(Role.GRANDMOTHER,), ages=(3, 17),
        words=("Cut on glass. Told the nurse {they} was clearing up after a fight so that mum would not have to.",),
        voice=(heard("I was getting the glass up before my brother came down.", "Emergency department nurse"),),
    ),
    Beat(
        CSC, (0, 3), referral(ReferralSource.CODE_3E, ReferralSource.CODE_6), level=4, category=ABUSE,
        ground=Ground.PROTECTION, about=Which.EACH, accused=Role.PARTNER, people=(Role.MOTHER,), labels=_DA,
        words=("Repeated police notifications, now an injury. Each was read alone and closed.",),
    ),
    Beat(
        CSC, (0, 1), decision(Threshold.STRATEGY_DISCUSSION, Rating.RED, urgent=True), level=4,
        ground=Ground.PROTECTION, about=Which.EACH,
    ),
    Beat(
        CSC, (0, 1), strategy("See the children alone at school. Do not alert the partner. Safety plan with mother."),
        level=4, ground=Ground.PROTECTION, about=Which.EACH, labels=_DA,
    ),
    Beat(
        CSC, (0, 1), enquiry(Enquiry.CP_CONFERENCE), level=4, ground=Ground.PROTECTION, category=ABUSE,
        about=Which.EACH,
    ),
    Beat(
        CSC, (1, 4), Consent(), level=4, ground=Ground.PROTECTION, consent=_MUM_SAID_NO, people=(Role.MOTHER,),
        chance=0.6,
        words=("Mum withdrew agreement by telephone. Sharing continues: children at risk of significant harm.",),
    ),
    Beat(
        SCHOOLS, (1, 9), Voice(asks=[Ask.PROTECTION, Ask.EXPLANATION], seen_alone=True), level=3, ages=(5, 17),
        labels=_DA, voice=HEARD_AT_NIGHT,
        words=("Drew the house with one window. Asked what happens to dads who hit.",),
    ),
    Beat(
        CSC, (8, 16), CpConference(kind=ConferenceKind.INITIAL, plan_made=True), level=4, ground=Ground.PROTECTION,
        about=Which.EACH, people=(Role.MOTHER, Role.PARTNER), labels=_DA,
    ),
    Beat(CSC, (0, 1), plan(AbuseCategory.EMO), level=4, ground=Ground.PROTECTION, category=ABUSE, about=Which.EACH),
    Beat(
        CSC, (2, 20), LegalOrder(order="Non-molestation order", restriction="No contact with mother or children."),
        level=4, chance=0.6, ground=Ground.PROTECTION, accused=Role.PARTNER, labels=_DA, about=Which.EACH,
    ),
    Beat(
        CSC, (0, 8), assessment, level=3, category=ABUSE, ground=Ground.IN_NEED, about=Which.EACH, lasts=(25, 61),
        words=("Mum protective once safe. Children's fear is lasting; play therapy referred.",),
    ),
    Beat(SCHOOLS, (40, 90), attendance(2, 14), level=1, ages=(4, 16), lasts=(38, 45)),
    Beat(
        CSC, (60, 160), CaseClosure(reason=ClosureReason.RC7), level=2, chance=0.4, ground=Ground.IN_NEED,
        about=Which.EACH,
        words=("Partner has left the area. Closed; school keeps an eye.",),
    ),
)  # fmt: skip


def tell_domestic_abuse(telling: Telling) -> None:
    """Tell of several nights, each notified and closed, until an injury brings them together."""
    for _ in range(telling.dice.between(2, 4)):
        telling.play(NIGHT)
        telling.play(BETWEEN)
    telling.play(_INJURY)
