"""The CIN census rules that a child's record can break, judged while the file streams past. None stops a record.

All 109 rules of the 2025-26 registry are either in `RULES` or, with the reason, in `NOT_JUDGED`. A rule that measures
the return against its collection period is not judged: the same record in next year's return must stay the same event.
Only a referral (8600) or birth (8520) after the return's reference date is noted, since it had not happened yet. Where
a rule compares two records of a child, the one that stands later in the file carries the flag.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from producers.adapters.faults import Faults

RULES: dict[str, str] = {
    "1103": "The assessment start date cannot be before the referral date",
    "1104": "The date of the initial child protection conference cannot be before the referral date",
    "1105": "The child protection plan start date cannot be before the referral date",
    "1510": "UPN invalid (wrong check letter at character 1)",
    "1520": "More than one record with the same UPN.",
    "1530": "UPN invalid (characters 2-4 not a recognised LA code)",
    "1540": "UPN invalid (characters 5-12 not all numeric)",
    "1550": "UPN invalid (character 13 not a recognised value)",
    "1560Q": "Former UPN wrongly formatted",
    "1570": "LA Child ID must not be longer than 20 characters",
    "1580": "LA Child ID must not contain any non-alphanumeric characters",
    "2884": "An initial child protection conference is recorded at both the S47 and CIN Details level and it "
    "should only be recorded in one",
    "2885": "Child protection plan shown as starting a different day to the initial child protection conference.",
    "2889": "The S47 start date cannot be before the referral date.",
    "2990": "Activity is recorded against a case marked as ‘Case closed after assessment, no further action’ or "
    "‘case closed after assessment, referred to early help’.",
    "2991Q": "A Section 47 module is recorded and there is no assessment on the episode",
    "4000": "CIN Plan details provided for a referral with no further action",
    "4001": "A CIN Plan cannot run concurrently with a Child Protection Plan",
    "4003": "A CPP review date is shown as being held at the same time as an open CIN Plan.",
    "4004": "This child is showing more than one open CIN Plan, i.e. with no End Date",
    "4008": "CIN Plan shown as starting after the child’s Date of Death.",
    "4009Q": "CIN Plan cannot end after the child’s Date of Death",
    "4011": "CIN Plan End Date earlier than Start Date",
    "4012Q": "CIN Plan shown as starting and ending on the same day",
    "4014": "CIN Plan data contains overlapping dates",
    "4015": "The CIN Plan start date cannot be before the referral date",
    "4016": "A CIN Plan has been reported as open at the same time as a Child Protection Plan.",
    "4017": "A CIN Plan has been reported as open at the same time as a Child Protection Plan.",
    "4180": "Sex must be provided and equal M, F, or U",
    "4220": "Ethnicity is missing or invalid (see Ethnicity table)",
    "8510": "More than one child record with the same LA Child ID",
    "8520": "Date of Birth is after data collection period (must be on or before the end of the census period)",
    "8525Q": "Either Date of Birth or Expected Date of Birth must be provided (but not both)",
    "8535Q": "Child’s date of death should not be prior to the date of birth",
    "8540": "Child’s disability is missing or invalid (see Disability table)",
    "8555Q": "Child cannot be referred after its recorded date of death",
    "8565": "Activity shown after a case has been closed",
    "8568": "RNFA flag is missing or invalid",
    "8585Q": "CIN episode shows Died as the Closure Reason, however child has no recorded Date of Death",
    "8590": "Child does not have a recorded CIN episode.",
    "8600": "Child referral date missing or after data collection period",
    "8606": "Child referral date is more than 40 weeks before DOB or expected DOB",
    "8608": "Assessment Start Date cannot be later than its End Date",
    "8610": "Primary Need code is missing for a referral which led to further action.",
    "8614": "Parental or child factors at assessment should only be present for a completed assessment.",
    "8615": "Section 47 Enquiry Start Date must be present and cannot be later than the date of the initial Child"
    " Protection Conference",
    "8630": "CIN Closure Date is before CIN Referral Date for the same CIN episode",
    "8640": "CIN Reason for closure code invalid (see Reason for Closure table in CIN Census code set)",
    "8650": "Primary Need Code invalid (see Primary Need table in CIN census code set)",
    "8730": "Total Number of previous Child Protection Plans missing",
    "8750": "Sex must equal U for an unborn child",
    "8772": "UPN unknown reason is UN7 (Referral with no further action) but at least one CIN details is a "
    "referral going on to further action",
    "8775Q": "Child is over 25 years old",
    "8790": "Disability information includes both None and other values",
    "8794": "Child has two or more disabilities with the same code",
    "8805": "A CIN case cannot have a CIN closure date without a Reason for Closure",
    "8810": "A CIN case cannot have a Reason for Closure without a CIN Closure Date",
    "8815": "More than one open CIN Details episode (a module with no CIN Closure Date) has been provided for "
    "this child and case is not a referral with no further action.",
    "8820": "The dates on the CIN episodes for this child overlap",
    "8825Q": "Reason for Closure code RC8 (case closed after assessment) or RC9 (case closed after assessment, "
    "referred to early help) has been returned but there is no assessment present for the episode.",
    "8831": "Activity is recorded against a case marked as a referral with no further action",
    "8832": "Child Protection details provided for a referral with no further action.",
    "8839": "Within one CINDetails group there are 2 or more open S47 Assessments",
    "8840": "Child Protection Plan cannot start and end on the same day",
    "8841": "The review date cannot be on the same day or before the Child protection Plan start date.",
    "8842Q": "Review Record has a missing date",
    "8863Q": "An Assessment is shown as starting when there is another Assessment ongoing.",
    "8866": "Source of Referral is missing or an invalid code",
    "8867": "CIN episode is shown as closed, however Assessment is not shown as completed",
    "8868": "CIN episode is shown as closed, however Section 47 enquiry is not shown as completed by ICPC date or"
    " ICPC not required flag",
    "8869": "The assessment factors code “21” cannot be used in conjunction with any other assessment factors.",
    "8870Q": "The Target Date for Initial Child Protection Conference should not be a weekend",
    "8873Q": "When there is only one assessment on the episode and the factors code “21 No factors identified” has"
    " been used for the completed assessment, the reason for closure ‘RC8’ or ‘RC9’ should be used.",
    "8875": "The Date of Initial Child Protection Conference cannot be a weekend",
    "8890": "A Section 47 enquiry is shown as starting when there is another Section 47 Enquiry ongoing",
    "8896": "Within one CINDetails group there are 2 or more open Assessments groups",
    "8897Q": "Parental or child factors at assessment information is missing from a completed assessment",
    "8898": "The assessment has more than one parental or child factors with the same code",
    "8905": "Initial Category of Abuse code missing or invalid (see Category of Abuse table in CIN Census code set)",
    "8910": "Latest Category of Abuse code missing or invalid (see Category of Abuse table in CIN Census code set)",
    "8915": "Child Protection Plan shown as starting after the child’s Date of Death",
    "8920": "Child Protection Plan cannot end after the child’s Date of Death",
    "8925": "Child Protection Plan End Date earlier than Start Date",
    "8935": "This child is showing more than one open Child Protection plan, i.e. with no End Date",
    "8940": "Child Protection Plan data contains overlapping dates",
    "8945Q": "the assessment factors code ‘18A’ should not be used (‘18B’ or ‘18C’ should be used instead)",
    "8950Q": "the assessment factors code ‘19A’ should not be used (‘19B’ or ‘19C’ should be used instead)",
}

_WHOLE_RETURN = "asks about the return as a whole, which is not held"
_PERIOD = "measures the return against its collection period"

NOT_JUDGED: dict[str, str] = {
    "100": _WHOLE_RETURN,
    "2883": _PERIOD,
    "2886Q": _WHOLE_RETURN,
    "2887Q": _WHOLE_RETURN,
    "2888Q": _WHOLE_RETURN,
    "4010": f"{_PERIOD}; a plan without a start date is rejected",
    "4013": _PERIOD,
    "8500": "a child without a reference cannot be an event and is rejected",
    "8530Q": _PERIOD,
    "8545Q": _PERIOD,
    "8569Q": _PERIOD,
    "8620": _PERIOD,
    "8670Q": _PERIOD,
    "8675Q": _PERIOD,
    "8696": _PERIOD,
    "8715": _PERIOD,
    "8720": f"{_PERIOD}; a plan without a start date is rejected",
    "8736": _PERIOD,
    "8740": _PERIOD,
    "8770Q": f"{_PERIOD} (school age is reckoned on its last day)",
    "8816": "needs the child's later episodes; 8815 and 8820 are judged when they come",
    "8930": _PERIOD,
}


class DateRule(NamedTuple):
    """Two dates that must not stand to one another as `faulty` says."""

    rule: str
    field: str
    faulty: Callable[[date, date], bool]
    other: str


def _after_closure(*fields: str) -> tuple[DateRule, ...]:
    return tuple(DateRule("8565", field, operator.gt, "CINclosureDate") for field in fields)


DATE_RULES: dict[str, tuple[DateRule, ...]] = {
    "referral": (
        DateRule("8555Q", "CINreferralDate", operator.gt, "PersonDeathDate"),
        DateRule("8600", "CINreferralDate", operator.gt, "ReferenceDate"),
    ),
    "closure": (DateRule("8630", "CINclosureDate", operator.lt, "CINreferralDate"),),
    "conference": (
        DateRule("1104", "DateOfInitialCPC", operator.lt, "CINreferralDate"),
        *_after_closure("DateOfInitialCPC"),
    ),
    "Assessments": (
        DateRule("1103", "AssessmentActualStartDate", operator.lt, "CINreferralDate"),
        DateRule("8608", "AssessmentActualStartDate", operator.gt, "AssessmentAuthorisationDate"),
        *_after_closure("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    ),
    "Section47": (
        DateRule("2889", "S47ActualStartDate", operator.lt, "CINreferralDate"),
        DateRule("8615", "S47ActualStartDate", operator.gt, "DateOfInitialCPC"),
        *_after_closure("S47ActualStartDate"),
    ),
    "CINPlanDates": (
        DateRule("4008", "CINPlanStartDate", operator.gt, "PersonDeathDate"),
        DateRule("4009Q", "CINPlanEndDate", operator.gt, "PersonDeathDate"),
        DateRule("4011", "CINPlanEndDate", operator.lt, "CINPlanStartDate"),
        DateRule("4012Q", "CINPlanEndDate", operator.eq, "CINPlanStartDate"),
        DateRule("4015", "CINPlanStartDate", operator.lt, "CINreferralDate"),
        *_after_closure("CINPlanStartDate", "CINPlanEndDate"),
    ),
    "ChildProtectionPlans": (
        DateRule("1105", "CPPstartDate", operator.lt, "CINreferralDate"),
        DateRule("8840", "CPPendDate", operator.eq, "CPPstartDate"),
        DateRule("8915", "CPPstartDate", operator.gt, "PersonDeathDate"),
        DateRule("8920", "CPPendDate", operator.gt, "PersonDeathDate"),
        DateRule("8925", "CPPendDate", operator.lt, "CPPstartDate"),
        *_after_closure("CPPendDate"),
    ),
    "review": (DateRule("8841", "CPPreviewDate", operator.le, "CPPstartDate"),),
}

WEEKS_40 = 280
SATURDAY = 5


def judge_dates(record: str, dates: Mapping[str, date | None], faults: Faults) -> None:
    """Note each rule on the order of dates that a record breaks."""
    for rule, field, faulty, other in DATE_RULES[record]:
        day = dates.get(field)
        if day is None:
            continue
        against = dates.get(other)
        if against is not None and faulty(day, against):
            faults.add(rule, field, day.isoformat())


def judge_weekend(rule: str, field: str, day: date | None, faults: Faults) -> None:
    """Note a date that falls on a Saturday or Sunday."""
    if day is not None and day.weekday() >= SATURDAY:
        faults.add(rule, field, day.isoformat())


def judge_factors(codes: Sequence[str], *, completed: bool, faults: Faults) -> None:
    """Note what is wrong with an assessment's set of factors, besides codes outside their list."""
    field, kinds = "AssessmentFactors", set(codes)
    broken = {
        "8614": bool(codes) and not completed,
        "8869": "21" in kinds and len(kinds) > 1,
        "8897Q": completed and not codes,
        "8898": len(kinds) < len(codes),
        "8945Q": "18A" in kinds,
        "8950Q": "19A" in kinds,
    }
    for rule, is_broken in broken.items():
        if is_broken:
            faults.add(rule, field)


def judge_disabilities(codes: Sequence[str], faults: Faults) -> None:
    """Note what is wrong with a child's set of disabilities, besides codes outside their list."""
    kinds = set(codes)
    if "NONE" in kinds and len(kinds) > 1:
        faults.add("8790", "Disability")
    if len(kinds) < len(codes):
        faults.add("8794", "Disability")


def referred_too_early(referral: date, births: Iterable[date | None]) -> bool:
    """Say whether a referral is more than 40 weeks before the birth or the expected birth (rule 8606)."""
    return any(day is not None and referral.toordinal() < day.toordinal() - WEEKS_40 for day in births)


def over_25(born: date | None, closed: date | None, reference: date | None) -> bool:
    """Say whether a case is open, or closed late, for somebody over 25 at the reference date (rule 8775Q)."""
    if born is None or reference is None or reference.year - born.year < 25:
        return False
    birthday = _birthday(born, 25)
    return birthday < reference and (closed is None or closed > birthday)


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
