"""What each module of a CIN episode becomes: assessment, plans, section 47 enquiry, and pre-proceedings."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from hub.contract.codes import AbuseCategory, Factor
from hub.contract.details import AnyDetail
from hub.contract.details.plans import CinPlan, CpPlan
from hub.contract.details.social_care import Assessment, PreProceedings, Section47
from hub.contract.event import Category, QualityFlag
from producers.adapters.build import NO_CATEGORY, category
from producers.adapters.cin_parts import Part, read_code
from producers.adapters.faults import NOT_IN_LIST, TOO_LONG, Faults
from producers.adapters.quality import judge_factors, judge_weekend

MAX_WORD = 100


class Kind(NamedTuple):
    """How a module becomes an event: the date on which it happened, the rule that asks for it, the rest."""

    start: str
    rule: str
    read: Callable[[Part], tuple[AnyDetail, Category]]


# Few days and answers recur in many records: equal details are made once, since they never change.
@lru_cache(maxsize=4096)
def _assessed(internal_review: date | None, authorised: date | None) -> Assessment:
    return Assessment(internal_review=internal_review, authorised=authorised)


@lru_cache(maxsize=4096)
def _enquired(target: date | None, conference: date | None, not_required: bool | None) -> Section47:
    return Section47(conference_target=target, conference=conference, conference_not_required=not_required)


@lru_cache(maxsize=4096)
def _planned(ended: date | None) -> CinPlan:
    return CinPlan(ended=ended)


@lru_cache(maxsize=4096)
def _factors(codes: tuple[str, ...], completed: bool) -> tuple[Category, tuple[QualityFlag, ...]]:
    """Return what the factors of an assessment say, and the flags on them."""
    faults = Faults()
    judge_factors(codes, completed=completed, faults=faults)
    found = [read_code(faults, "AssessmentFactors", code, Factor, NOT_IN_LIST) for code in codes]
    return category(None, (), tuple(dict.fromkeys(code for code in found if code is not None))), tuple(faults.flags)


def _assessment(part: Part) -> tuple[AnyDetail, Category]:
    why, flags = _factors(tuple(part.value_texts()), "AssessmentAuthorisationDate" in part.texts)
    part.faults.flags += flags
    return _assessed(part.dates["AssessmentInternalReviewDate"], part.dates["AssessmentAuthorisationDate"]), why


def _section_47(part: Part) -> tuple[AnyDetail, Category]:
    judge_weekend("8870Q", "InitialCPCtarget", part.dates["InitialCPCtarget"], part.faults)
    not_required = part.yes_no("ICPCnotRequired")
    return _enquired(part.dates["InitialCPCtarget"], part.dates["DateOfInitialCPC"], not_required), NO_CATEGORY


def _cin_plan(part: Part) -> tuple[AnyDetail, Category]:
    return _planned(part.dates["CINPlanEndDate"]), NO_CATEGORY


def _cp_plan(part: Part) -> tuple[AnyDetail, Category]:
    initial = part.code("InitialCategoryOfAbuse", AbuseCategory, "8905", "8905")
    latest = part.code("LatestCategoryOfAbuse", AbuseCategory, "8910", "8910")
    if part.wraps and not part.values:
        part.faults.add("8842Q", "CPPreviewDate")
    detail = CpPlan(
        ended=part.dates["CPPendDate"],
        initial_category=initial,
        latest_category=latest,
        previous_plans=part.count("NumberOfPreviousCPP", "8730", "8730"),
    )
    return detail, category(None, tuple(dict.fromkeys(code for code in (initial, latest) if code is not None)), ())


KINDS: dict[str, Kind] = {
    "Assessments": Kind("AssessmentActualStartDate", "", _assessment),
    "CINPlanDates": Kind("CINPlanStartDate", "4010", _cin_plan),
    "Section47": Kind("S47ActualStartDate", "8615", _section_47),
    "ChildProtectionPlans": Kind("CPPstartDate", "8720", _cp_plan),
}


def read_pre_proceedings(part: Part) -> PreProceedings:
    """Return the pre-proceedings that travel in a referral; faults are noted on the part."""
    dates, outcome = part.dates, part.texts.get("PPOutcome")
    if outcome and len(outcome) > MAX_WORD:
        part.faults.add(TOO_LONG, "PPOutcome", outcome)
        outcome = None
    return PreProceedings(
        started=dates["PPStartDate"],
        letter_before_proceedings=dates["LBPSentDate"],
        family_meeting_offered=part.yes_no("FGDMMeetingOffer"),
        family_meeting_facilitated=part.yes_no("FGDMMeetingFac"),
        initial_meeting=dates["InitialPPMeetingDate"],
        review_meetings=part.count("ReviewMeetingsCount"),
        decision=dates["StepDecisionDate"],
        outcome=outcome,
        court_application=dates["CourtAppDate"],
        initial_letter=dates["LetterInitCPDate"],
    )
