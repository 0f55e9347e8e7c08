"""Takes one element of a census apart by its shape: fields, dates, codes, repeated values, and all that is not in it.

Nothing inside an element is passed over: what its shape does not have becomes a flag with its name and its text.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from producers.adapters.build import UnfitError
from producers.adapters.cin_tree import Element
from producers.adapters.dates import IMPLAUSIBLE, UNREADABLE, plausible, read_day
from producers.adapters.faults import NOT_IN_LIST, REPEATED, STRAY_TEXT, UNKNOWN_ELEMENT, Faults, field_name
from producers.adapters.port import RejectCode

Code = TypeVar("Code", bound=StrEnum)

MAX_COUNT = 10_000
EVENTS_OF_THEIR_OWN = frozenset({"CPPreviewDate"})
YES_NO = {"0": False, "1": True, "false": False, "true": True, "FALSE": False, "TRUE": True}


# What a name stands for inside an element; plain numbers, because they are compared for every field of a return.
TEXT, DATE, ELEMENT, WRAPPER, UNKNOWN = range(5)


class Shape:
    """What an element may hold: texts, dates, elements of their own, and wrappers of one repeated value."""

    __slots__ = ("kinds", "no_dates", "value")

    def __init__(
        self, texts: str = "", dates: str = "", elements: str = "", wrapper: str = "", value: str = ""
    ) -> None:
        names = ((texts, TEXT), (dates, DATE), (elements, ELEMENT), (wrapper, WRAPPER))
        self.kinds = {name: kind for group, kind in names for name in group.split()}
        self.no_dates: dict[str, date | None] = dict.fromkeys(dates.split())
        self.value = value


MODULES = ("Assessments", "CINPlanDates", "Section47", "ChildProtectionPlans")

SHAPES: dict[str, Shape] = {
    "Header": Shape(elements="CollectionDetails Source"),
    "CollectionDetails": Shape(texts="Collection Year", dates="ReferenceDate"),
    "Source": Shape(texts="SourceLevel LEA SoftwareCode Release SerialNo DateTime"),
    "Child": Shape(elements="ChildIdentifiers ChildCharacteristics CINdetails"),
    "ChildIdentifiers": Shape(
        texts="LAchildID UPN FormerUPN UPNunknown Sex GenderCurrent",
        dates="PersonBirthDate ExpectedPersonBirthDate PersonDeathDate",
    ),
    "ChildCharacteristics": Shape(texts="Ethnicity", wrapper="Disabilities", value="Disability"),
    "CINdetails": Shape(
        texts="ReferralSource PrimaryNeedCode ReasonForClosure ReferralNFA",
        dates="CINreferralDate CINclosureDate DateOfInitialCPC",
        elements=" ".join((*MODULES, "PreProceedingsandFGDM")),
    ),
    "Assessments": Shape(
        dates="AssessmentActualStartDate AssessmentInternalReviewDate AssessmentAuthorisationDate",
        wrapper="FactorsIdentifiedAtAssessment",
        value="AssessmentFactors",
    ),
    "CINPlanDates": Shape(dates="CINPlanStartDate CINPlanEndDate"),
    "Section47": Shape(texts="ICPCnotRequired", dates="S47ActualStartDate InitialCPCtarget DateOfInitialCPC"),
    "ChildProtectionPlans": Shape(
        texts="InitialCategoryOfAbuse LatestCategoryOfAbuse NumberOfPreviousCPP",
        dates="CPPstartDate CPPendDate",
        wrapper="Reviews",
        value="CPPreviewDate",
    ),
    "PreProceedingsandFGDM": Shape(
        texts="FGDMMeetingOffer FGDMMeetingFac ReviewMeetingsCount PPOutcome",
        dates="PPStartDate LBPSentDate InitialPPMeetingDate StepDecisionDate CourtAppDate LetterInitCPDate",
    ),
}

MAX_COUNT = 10_000
# Each review is an event, so that one that cannot be read is rejected by itself and not with its plan.
EVENTS_OF_THEIR_OWN = frozenset({"CPPreviewDate"})
YES_NO = {"0": False, "1": True, "false": False, "true": True, "FALSE": False, "TRUE": True}


class Part:
    """One element taken apart. `dates` has every date of the shape, None where it is absent or unreadable."""

    values: Sequence[Element] = ()
    elements: Mapping[str, Sequence[Element]] = MappingProxyType({})
    wraps = False

    def __init__(self, element: Element) -> None:
        shape = SHAPES[element.name]
        self.name = element.name
        self.line = element.line
        self.closed = element.closed
        self.unfit = element.unfit
        self.faults = Faults()
        self.texts: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.dates = shape.no_dates.copy()
        if element.text or element.stray or element.attributes:
            self._note_stray(element)
        self._read(element, shape)

    def require_fit(self) -> None:
        """Raise `UnfitError` where a field of the element was too large to be read."""
        if self.unfit is not None:
            raise UnfitError(self.unfit)

    def require_date(self, field: str, rule: str = "") -> date:
        """Return a date without which there is no event; raises `UnfitError` where it is absent or unreadable."""
        self.require_fit()
        day = self.dates[field]
        if day is None:
            raise undated(field, rule, written=field in self.texts)
        return day

    def code(self, field: str, codes: type[Code], invalid: str, missing: str = "") -> Code | None:
        """Return the code if it is in its list; otherwise note the rule that it breaks and what was written."""
        return read_code(self.faults, field, self.texts.get(field, ""), codes, invalid, missing)

    def yes_no(self, field: str, invalid: str = NOT_IN_LIST, missing: str = "") -> bool | None:
        """Return a yes or no, which returns write as 1 or 0 or in words."""
        text = self.texts.get(field, "")
        rule = invalid if text else missing
        if rule and text not in YES_NO:
            self.faults.add(rule, field, text)
        return YES_NO.get(text)

    def count(self, field: str, invalid: str = NOT_IN_LIST, missing: str = "") -> int | None:
        """Return a count, or note that what was written is none."""
        text = self.texts.get(field, "")
        if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= MAX_COUNT:
            return int(text)
        rule = invalid if text else missing
        if rule:
            self.faults.add(rule, field, text)
        return None

    def value_texts(self) -> list[str]:
        """Return the repeated values that are not blank."""
        return [text for each in self.values if (text := self.faults.tidy(each.name, each.text))]

    def _read(self, element: Element, shape: Shape) -> None:
        kinds = shape.kinds
        elements: dict[str, list[Element]] = {}
        for each in element.inside:
            kind = kinds.get(each.name, UNKNOWN)
            if kind <= DATE and not each.inside and not each.attributes:
                self._keep(each, kind)
            elif kind == ELEMENT:
                elements.setdefault(each.name, []).append(each)
            elif kind == WRAPPER:
                self._unwrap(each, shape.value)
            else:
                self._note_unknown(each)
        if elements:
            self.elements = elements

    def _keep(self, field: Element, kind: int) -> None:
        name, text = field.name, field.text
        if field.unfit is not None:
            self.unfit = field.unfit
        if not (text.isascii() and text.isprintable()):
            text = self.faults.tidy(name, text)
        if not text:
            return
        if name in self.texts:
            self.faults.add(REPEATED, name, text)
            return
        self.texts[name] = text
        if kind == DATE:
            self.lines[name] = field.line
            self.dates[name] = self._date(name, text)

    def _unwrap(self, wrapper: Element, name: str) -> None:
        self.wraps = True
        self._note_stray(wrapper)
        for each in wrapper.inside:
            if each.name != name or each.inside or each.attributes:
                self._note_unknown(each)
            elif name not in EVENTS_OF_THEIR_OWN:
                self.unfit = each.unfit or self.unfit
        values = [each for each in wrapper.inside if each.name == name and not each.inside and not each.attributes]
        self.values = [*self.values, *values]

    def _note_stray(self, element: Element) -> None:
        self.unfit = element.unfit or self.unfit
        for text in (element.text, *element.stray):
            if text:
                self.faults.add(STRAY_TEXT, element.name, self.faults.tidy(element.name, text))
        for name, text in element.attributes.items():
            self._unknown(f"@{name}", text)

    def _note_unknown(self, element: Element) -> None:
        self.unfit = unfit_inside(element) or self.unfit
        self._unknown(element.name, flat(element))

    def _unknown(self, raw: str, text: str) -> None:
        name = field_name(raw)
        self.faults.add(UNKNOWN_ELEMENT, name, self.faults.tidy(name, text))

    def _date(self, field: str, text: str) -> date | None:
        day = read_day(text)
        if day is None:
            self.faults.add(UNREADABLE, field, text)
        elif not plausible(day):
            self.faults.add(IMPLAUSIBLE, field)
        return day


def read_code(faults: Faults, field: str, text: str, codes: type[Code], invalid: str, missing: str = "") -> Code | None:
    """Return the member of the list that the text names, or note the rule that it breaks and what was written."""
    if not text:
        if missing:
            faults.add(missing, field)
        return None
    code = _members(codes).get(text)
    if code is None:
        faults.add(invalid, field, text)
    return code


@cache
def _members(codes: type[Code]) -> dict[str, Code]:
    return {code.value: code for code in codes}


def undated(field: str, rule: str = "", *, written: bool) -> UnfitError:
    """Return the refusal of a record whose date is missing or cannot be read, naming the rule if there is one."""
    fault = "is not a date that can be read" if written else "is missing"
    return UnfitError(RejectCode.NO_DATE, f"{field} {fault}{f' (rule {rule})' if rule else ''}.")


def unfit_inside(element: Element) -> RejectCode | None:
    """Return why something in an element could not be read, however deep it stands."""
    found = (element.unfit, *(unfit_inside(each) for each in element.inside))
    return next((code for code in found if code is not None), None)


def flat(element: Element) -> str:
    """Return an element's whole content on one line: `PPOutcome=A ReviewMeetingsCount=3`."""
    words = [element.text, *element.stray]
    words += [f"@{name}={value}" for name, value in element.attributes.items()]
    words += [f"{each.name}={flat(each)}" for each in element.inside]
    return " ".join(word for word in words if word)
