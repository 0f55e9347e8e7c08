"""Children's social care from first contact to closure: contact, referral, assessment, section 47, conference."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from hub.contract.codes import (
    AgencyKind,
    ClosureReason,
    ContactOutcome,
    ReferralOutcome,
    ReferralSource,
    Section47Outcome,
)
from hub.contract.details.marks import FreeText
from hub.contract.primitives import Count, Day, Line, Strict, Word


class Contact(Strict):
    """Someone got in touch about a child; not yet a referral."""

    type: Literal["contact"] = "contact"
    source: ReferralSource | None = None
    outcomes: Annotated[list[ContactOutcome], Field(max_length=9)] = []


class PreProceedings(Strict):
    """Pre-proceedings and family group decision making, as the 2026 census sample carries them.

    The module is not in the 2026 schema that the code lists come from, so `outcome` is kept as written.
    """

    started: Day | None = None
    letter_before_proceedings: Day | None = None
    family_meeting_offered: bool | None = None
    family_meeting_facilitated: bool | None = None
    initial_meeting: Day | None = None
    review_meetings: Count | None = None
    decision: Day | None = None
    outcome: Word | None = None
    court_application: Day | None = None
    initial_letter: Day | None = None


class Referral(Strict):
    """A request that children's social care act for a child (CIN census `CINdetails`)."""

    type: Literal["referral"] = "referral"
    source: ReferralSource | None = None
    no_further_action: bool | None = None
    outcomes: Annotated[list[ReferralOutcome], Field(max_length=9)] = []
    pre_proceedings: PreProceedings | None = None


class Assessment(Strict):
    """A child and family assessment, due 45 working days from the referral (Working Together; CIN rule 8670Q)."""

    type: Literal["assessment"] = "assessment"
    internal_review: Day | None = None
    authorised: Day | None = None


class Section47(Strict):
    """An enquiry under Children Act 1989 section 47."""

    type: Literal["section-47"] = "section-47"
    conference_target: Day | None = None
    conference: Day | None = None
    conference_not_required: bool | None = None
    outcomes: Annotated[list[Section47Outcome], Field(max_length=7)] = []


class StrategyDiscussion(Strict):
    """A strategy discussion: social worker, health and police as a minimum."""

    type: Literal["strategy-discussion"] = "strategy-discussion"
    attended: Annotated[list[AgencyKind], Field(max_length=20)] = []
    section_47_started: bool | None = None
    plan: Annotated[Line | None, FreeText] = None


class ConferenceKind(StrEnum):
    """Initial (ICPC) or review (RCPC)."""

    INITIAL = "initial"
    REVIEW = "review"


class CpConference(Strict):
    """A child protection conference."""

    type: Literal["cp-conference"] = "cp-conference"
    kind: ConferenceKind
    plan_made: bool | None = None


class CaseClosure(Strict):
    """Children's social care closed the case."""

    type: Literal["case-closure"] = "case-closure"
    reason: ClosureReason | None = None
