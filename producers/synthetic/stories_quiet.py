"""An ordinary family over some years; rarely, a child whose death was expected, and a letter sent after it."""

from hub.contract.codes import ContactOutcome, PrimaryNeed, ReferralSource
from hub.contract.details.concerns import LadoAllegation, Restraint, SafeguardingConcern
from hub.contract.details.health import AeAttendance, ChildDeathNotification, Death, HealthEncounter
from hub.contract.details.plans import EarlyHelp
from hub.contract.details.social_care import Contact
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Where, Which, why
from producers.synthetic.details import (
    attendance,
    incident,
)
from producers.synthetic.grounds import UNTESTED, Ground
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    HOSPITAL_SITE,
    HOUSING,
    POLICE,
    SCHOOLS,
)
from producers.synthetic.people import Role
from producers.synthetic.telling import Telling

_QUIET_YEARS = (
    Beat(
        COMMUNITY, (0, 60), HealthEncounter(service="Health visiting: one-year review"), level=1, ages=(0, 2),
        words=(
            "Lovely visit. Walking, pointing, three words.",
            "Meeting milestones. Mum a little tired, well supported.",
        ),
    ),
    Beat(COMMUNITY, (30, 200), HealthEncounter(service="Immunisation"), level=1, ages=(0, 16)),
    Beat(SCHOOLS, (20, 150), attendance(0, 7), level=1, ages=(4, 16), lasts=(38, 45), about=Which.EACH),
    Beat(
        HOSPITAL, (20, 200),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Fall", injury="Buckle fracture of the wrist", explanation_consistent=True,
            brought_by="Father",
        ),
        level=1, chance=0.5, people=(Role.FATHER,), ages=(2, 17),
        words=(
            "Fell from a trampoline in front of four cousins. Splint, home.",
            "Came off a scooter. Account clear.",
        ),
    ),
    Beat(
        CSC, (20, 150), Contact(source=ReferralSource.CODE_1B, outcomes=[ContactOutcome.NFA]), level=1, chance=0.25,
        words=("Neighbour heard crying. Visited: teething. Parents gracious about it. No role for us.",),
    ),
    Beat(
        HOUSING, (20, 150), SafeguardingConcern(raised_by="Housing officer"), level=1, chance=0.12, where=Where.HOME,
        words=("Overcrowded; young child on the sofa bed. Transfer list. Family coping well.",),
    ),
    Beat(
        CSC, (10, 90), EarlyHelp(organisation="Ridgemoor family hub"), level=1, chance=0.15, ground=Ground.EARLY_HELP,
        words=("Bereavement in the family. Six sessions agreed and kept.",),
    ),
    Beat(
        POLICE, (20, 150), incident("Lost child, found"), level=1, chance=0.1, handling=UNTESTED,
        words=("Wandered off at the fair for ten minutes. Returned to dad with an ice cream.",),
    ),
    Beat(SCHOOLS, (20, 150), attendance(0, 6), level=1, ages=(4, 16), lasts=(38, 45), times=(0, 2)),
    Beat(
        SCHOOLS, (20, 90), Restraint(setting="Classroom", injury=False), level=2, chance=0.03, ages=(5, 16),
        people=(Role.WORKER,),
        words=("Held by the arm to stop {them} running into the road. Parents told the same day.",),
    ),
    Beat(
        CSC, (1, 2), LadoAllegation(role="Teaching assistant", setting="Primary school", stage="Initial consideration"),
        chance=0.03, about=Role.WORKER, labels=(Sensitivity.STAFF_ALLEGATION,), ground=Ground.PROTECTION,
        words=("Parent alleged rough handling. Considered with police; no further action, training offered.",),
    ),
)  # fmt: skip
_LIFE_LIMITED = (
    Beat(
        COMMUNITY, (20, 90), HealthEncounter(service="Children's hospice outreach"), level=1, about=0,
        category=why(need=PrimaryNeed.N2),
        words=("Comfortable. Wanted the dinosaur book twice. Parents have asked that school be told gently.",),
    ),
    Beat(
        HOSPITAL, (20, 60), Death(place="At home"), about=0,
        words=("Died at home with {their} family, as they had hoped.",),
    ),
    Beat(
        HOSPITAL, (0, 1), ChildDeathNotification(expected=True, joint_agency_response=False, place="At home"),
        about=0,
    ),
    Beat(
        COMMUNITY, (15, 40), HealthEncounter(service="Paediatric outpatients", not_brought=True), about=0,
        words=("Did not attend.",),
    ),
)  # fmt: skip


def tell_quiet(telling: Telling) -> None:
    """Tell of an ordinary family over some years; rarely of a child whose death was expected, and a letter after it."""
    telling.play(_QUIET_YEARS)
    if telling.dice.chance(0.01):
        telling.play(_LIFE_LIMITED)
