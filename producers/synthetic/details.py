"""Details of events that depend on their moment: dates that follow one another, counts that vary."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hub.contract.codes import AbuseCategory, AgencyKind, AttendanceCode, ExclusionReason, MissingKind, ReferralSource
from hub.contract.codes import ReferralOutcome as Outcome
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.education import SchoolAttendance, SchoolSuspension
from hub.contract.details.legal import EmergencyProtectionOrder, PoliceProtection
from hub.contract.details.mash import (
    Answer,
    InformationRequest,
    InformationResponse,
    Rating,
    Threshold,
    ThresholdDecision,
)
from hub.contract.details.plans import CpPlan
from hub.contract.details.police import MissingPerson, PoliceIncident
from hub.contract.details.social_care import Assessment, Referral, Section47, StrategyDiscussion
from hub.contract.primitives import AgencyId
from producers.synthetic.beats import Scene
from producers.synthetic.partnership import weekday

_RETURNED_TO = ("Home address", "A friend's house", "Ridgemoor bus station", "A flat known to officers")


def assessment(scene: Scene) -> Assessment:
    """Return a child and family assessment, authorised on the day it ends."""
    return Assessment(authorised=scene.until)


def attendance(low: int, high: int) -> Callable[[Scene], SchoolAttendance]:
    """Return how a half term's attendance is made, with this share of sessions missed, in per cent."""

    def make(scene: Scene) -> SchoolAttendance:
        possible = scene.dice.between(56, 76)
        missed = possible * scene.dice.between(low, high) // 100
        return SchoolAttendance(
            sessions_possible=possible,
            sessions_missed=missed,
            unauthorised=missed * scene.dice.between(30, 90) // 100,
        )

    return make


def absent(*codes: AttendanceCode) -> Callable[[Scene], SchoolAttendance]:
    """Return how one session's absence is made, under one of the codes."""
    return lambda scene: SchoolAttendance(code=scene.dice.pick(codes))


def suspension(*reasons: ExclusionReason) -> Callable[[Scene], SchoolSuspension]:
    """Return how a suspension of up to five days is made."""
    return lambda scene: SchoolSuspension(reasons=[scene.dice.pick(reasons)], sessions=str(scene.dice.between(1, 10)))


def referral(*sources: ReferralSource, further: bool = True) -> Callable[[Scene], Referral]:
    """Return how a referral from one of the sources is made."""
    outcomes = [Outcome.SINGLE_ASSESSMENT] if further else [Outcome.NFA]
    return lambda scene: Referral(source=scene.dice.pick(sources), no_further_action=not further, outcomes=outcomes)


def strategy(plan: str, *, starts_enquiry: bool = True) -> StrategyDiscussion:
    """Return a quorate strategy discussion: social care, health and police as a minimum."""
    attended = [AgencyKind.CHILDRENS_SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HEALTH, AgencyKind.EDUCATION]
    return StrategyDiscussion(attended=attended, section_47_started=starts_enquiry, plan=plan)


def enquiry(*outcomes: Enquiry) -> Callable[[Scene], Section47]:
    """Return how a section 47 enquiry is made; where there is to be a conference, it is due in 15 working days."""

    def make(scene: Scene) -> Section47:
        conference = Enquiry.CP_CONFERENCE in outcomes
        return Section47(
            conference_target=weekday(scene.day + timedelta(days=21)) if conference else None,
            conference_not_required=not conference,
            outcomes=list(outcomes),
        )

    return make


def plan(category: AbuseCategory, previous: int = 0) -> CpPlan:
    """Return a child protection plan."""
    return CpPlan(initial_category=category, latest_category=category, previous_plans=previous)


def incident(nature: str, *, abuse: bool = False, present: bool | None = None) -> Callable[[Scene], PoliceIncident]:
    """Return how a police incident is made, with a number that looks like a control room's."""

    def make(scene: Scene) -> PoliceIncident:
        return PoliceIncident(
            incident=f"{scene.dice.between(1, 999):04d}-{scene.day:%d%m%Y}",
            nature=nature,
            domestic_abuse=abuse,
            children_present=present,
            weapons=True if abuse and scene.dice.chance(0.08) else None,
            arrests=scene.dice.between(0, 1) if abuse else None,
        )

    return make


def missing(kind: MissingKind) -> Callable[[Scene], MissingPerson]:
    """Return how a missing episode is made, with the interview offered on return."""

    def make(scene: Scene) -> MissingPerson:
        return MissingPerson(
            kind=kind,
            ended=scene.until,
            found_at=scene.dice.pick(_RETURNED_TO),
            interview_offered=True,
            interview_accepted=scene.dice.chance(0.45),
        )

    return make


def police_protection(scene: Scene) -> PoliceProtection:
    """Return police protection that ends within 72 hours (Children Act 1989 section 46)."""
    ended = None if scene.at is None else scene.at + timedelta(hours=scene.dice.between(6, 70))
    return PoliceProtection(ended_at=ended, taken_to="Emergency foster carers")


def emergency_order(scene: Scene) -> EmergencyProtectionOrder:
    """Return an emergency protection order of eight days."""
    number = f"RM{scene.day:%y}C{scene.dice.between(1, 9999):05d}"
    return EmergencyProtectionOrder(case_number=number, expires=scene.day + timedelta(days=8))


def ask(agency: AgencyId, hours: int = 24) -> Callable[[Scene], InformationRequest]:
    """Return how a lateral check is asked of an agency."""

    def make(scene: Scene) -> InformationRequest:
        due = datetime.combine(scene.day, time(17), UTC) + timedelta(hours=hours)
        return InformationRequest(
            asked=agency,
            function="Screening of a referral in the MASH",
            necessity="The referral alone does not show whether the child is safe tonight.",
            proportionality="The last two years, this household only.",
            due_at=due,
        )

    return make


def answer(agency: AgencyId, given: Answer, reason: str | None = None) -> Callable[[Scene], InformationResponse]:
    """Return how an agency answers the last request made to it."""
    return lambda scene: InformationResponse(request=_latest(scene, agency), answer=given, reason=reason)


def decision(outcome: Threshold, rating: Rating, *, urgent: bool = False) -> Callable[[Scene], ThresholdDecision]:
    """Return how a threshold decision is made, resting on the latest events."""
    return lambda scene: ThresholdDecision(outcome=outcome, rating=rating, evidence=scene.evidence(), urgent=urgent)


def _latest(scene: Scene, agency: AgencyId) -> UUID | None:
    return scene.asked.get(agency)
