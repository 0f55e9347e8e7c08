"""Takes one element of a census apart by its shape: fields, dates, codes, repeated values, and all that is not in it.

Nothing inside an element is passed over: what its shape does not have becomes a flag with its name and its text.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import TypeVar

from producers.adapters.build import UnfitError
from producers.adapters.cin_tree import Element, Field
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


class Part:
    """One element taken apart. `dates` has every date of the shape, None where it is absent or unreadable."""

    def __init__(self, element: Element) -> None:
        shape = SHAPES[element.name]
        self.name = element.name
        self.line = element.line
        self.closed = element.closed
        self.unfit = element.unfit
        self.faults = Faults()
        self.texts: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.values: list[Field] = []
        self.wraps = False
        self.elements: dict[str, list[Element]] = {}
        self.dates = shape.no_dates.copy()
        if element.text or element.stray or element.attributes:
            self._note_around(element)
        self._read_fields(element.fields, shape)
        if element.inside:
            self._read_elements(element.inside, shape)

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
        return [text for name, raw, _ in self.values if (text := self.faults.tidy(name, raw))]

    def _read_fields(self, fields: Sequence[Field], shape: Shape) -> None:
        kinds, texts = shape.kinds, self.texts
        for name, text, line in fields:
            kind = kinds.get(name, UNKNOWN)
            if kind > DATE:
                self._read_elements([Element(name, line, text)], shape)
                continue
            clean = text if text.isascii() and text.isprintable() else self.faults.tidy(name, text)
            if name in texts and clean:
                self.faults.add(REPEATED, name, clean)
            elif clean:
                texts[name] = clean
                if kind == DATE:
                    self.lines[name] = line
                    self.dates[name], fault = read_date(clean)
                    if fault:
                        self.faults.add(fault, name, clean if fault == UNREADABLE else "")

    def _read_elements(self, elements: Sequence[Element], shape: Shape) -> None:
        for each in elements:
            kind = shape.kinds.get(each.name, UNKNOWN)
            if kind == ELEMENT:
                self.elements.setdefault(each.name, []).append(each)
            elif kind == WRAPPER:
                self._unwrap(each, shape.value)
            elif kind == UNKNOWN or each.inside or each.fields:
                self._note_unknown(each)
            else:
                self.unfit = each.unfit or self.unfit
                self._note_attributes(each)
                self._read_fields([(each.name, each.text, each.line)], shape)

    def _unwrap(self, wrapper: Element, value: str) -> None:
        self.wraps = True
        self._note_around(wrapper)
        for name, text, line in wrapper.fields:
            if name == value:
                self.values.append((name, text, line))
            else:
                self._note_unknown(Element(name, line, text))
        for each in wrapper.inside:
            if each.name != value or each.inside or each.fields:
                self._note_unknown(each)
            else:
                self.unfit = each.unfit or self.unfit
                self._note_attributes(each)
                self.values.append((value, each.text, each.line))

    def _note_around(self, element: Element) -> None:
        self.unfit = element.unfit or self.unfit
        for text in (element.text, *element.stray):
            if text:
                self.faults.add(STRAY_TEXT, element.name, self.faults.tidy(element.name, text))
        self._note_attributes(element)

    def _note_attributes(self, element: Element) -> None:
        for name, text in element.attributes.items():
            self._unknown(f"@{name}", text)

    def _note_unknown(self, element: Element) -> None:
        self.unfit = unfit_inside(element) or self.unfit
        self._unknown(element.name, flat(element))

    def _unknown(self, raw: str, text: str) -> None:
        name = field_name(raw)
        self.faults.add(UNKNOWN_ELEMENT, name, self.faults.tidy(name, text))


@lru_cache(maxsize=8192)
def read_date(text: str) -> tuple[date | None, str]:
    """Return the day that is written, None where it cannot be read, and the code of what is wrong with it."""
    day = read_day(text)
    if day is None:
        return None, UNREADABLE
    return day, "" if plausible(day) else IMPLAUSIBLE


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
    words += [f"{name}={text}" for name, text, _ in element.fields]
    words += [f"{each.name}={flat(each)}" for each in element.inside]
    return " ".join(word for word in words if word)
