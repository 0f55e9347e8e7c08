"""The events of one CIN episode (`CINdetails`): its referral, closure and conferences, and one for each of its modules.

Of an episode that the file cuts off, what is complete inside it still becomes events; its referral does not.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, partial

from hub.contract.codes import ClosureReason, PrimaryNeed, ReferralSource
from hub.contract.details.social_care import CaseClosure, ConferenceKind, CpConference, PreProceedings, Referral
from producers.adapters.build import NO_CATEGORY, category
from producers.adapters.cin_modules import KINDS, read_pre_proceedings
from producers.adapters.cin_outline import Outline, judge_episode, span_of
from producers.adapters.cin_parts import MODULES, Part, flat, read_code, undated, unfit_inside
from producers.adapters.cin_telling import Child, Telling
from producers.adapters.cin_tree import Element
from producers.adapters.dates import IMPLAUSIBLE, plausible, read_day
from producers.adapters.faults import REPEATED, Faults
from producers.adapters.port import Record, Reject
from producers.adapters.quality import judge_dates, judge_weekend, over_25, referred_too_early

CONFERENCE = "DateOfInitialCPC"
INITIAL = CpConference(kind=ConferenceKind.INITIAL)
REVIEW = CpConference(kind=ConferenceKind.REVIEW)


@cache
def _case_closure(reason: ClosureReason | None) -> CaseClosure:
    return CaseClosure(reason=reason)


@cache
def _plain_referral(source: ReferralSource | None, no_further_action: bool | None) -> Referral:
    return Referral(source=source, no_further_action=no_further_action)


def _closed(part: Part, name: str) -> Sequence[Part]:
    elements = part.elements.get(name)
    return [Part(each) for each in elements if each.closed] if elements else ()


class Episode:
    """One `CINdetails` of a child; `earlier` are the outlines of the child's episodes before it in the file."""

    def __init__(self, element: Element, path: str, child: Child, earlier: list[Outline]) -> None:
        self._part = Part(element)
        self._path = path
        self._child = child
        self._modules = {name: _closed(self._part, name) for name in MODULES}
        self._dates = {**child.dates, "ReferenceDate": child.whole.reference_date, **self._part.dates}
        self.outline = Outline(self._part, self._modules, child.upn_unknown, earlier)

    def records(self) -> Iterator[Record | Reject]:
        """Yield one record or reject for everything that the episode tells."""
        if self._part.closed:
            yield self._child.tell(f"line {self._part.line} {self._path}", self._part.faults, self._referral)
        yield from self._conferences()
        for name in MODULES:
            for number, module in enumerate(self._modules[name], 1):
                path = f"{self._path}/{name}[{number}]"
                yield self._child.tell(f"line {module.line} {path}", module.faults, partial(self._module, module))
                yield from self._reviews(module, path)
        if self._part.closed and "CINclosureDate" in self._part.texts:
            yield self._closure()

    def _referral(self) -> Telling:
        part = self._part
        day = part.require_date("CINreferralDate", "8600")
        source = part.code("ReferralSource", ReferralSource, "8866", "8866")
        detail = _plain_referral(source, part.yes_no("ReferralNFA", "8568", "8568"))
        if "PreProceedingsandFGDM" in part.elements:
            detail = detail.model_copy(update={"pre_proceedings": self._pre_proceedings()})
        need = part.code("PrimaryNeedCode", PrimaryNeed, "8650")
        judge_dates("referral", self._dates, part.faults)
        births = (self._dates.get("PersonBirthDate"), self._dates.get("ExpectedPersonBirthDate"))
        if referred_too_early(day, births):
            part.faults.add("8606", "CINreferralDate", day.isoformat())
        if over_25(births[0], part.dates["CINclosureDate"], self._child.whole.reference_date):
            part.faults.add("8775Q", "PersonBirthDate")
        judge_episode(self.outline, part.faults)
        return day, detail, category(need, (), ())

    def _pre_proceedings(self) -> PreProceedings:
        first, *further = self._part.elements["PreProceedingsandFGDM"]
        for extra in further:
            self._part.unfit = unfit_inside(extra) or self._part.unfit
            self._part.faults.add(REPEATED, extra.name, self._part.faults.tidy(extra.name, flat(extra)))
        self._part.require_fit()
        part = Part(first)
        part.require_fit()
        read = read_pre_proceedings(part)
        self._part.faults.flags += part.faults.flags
        return read

    def _closure(self) -> Record | Reject:
        part, faults = self._part, Faults()

        def make() -> Telling:
            day = part.require_date("CINclosureDate")
            text = part.texts.get("ReasonForClosure", "")
            reason = read_code(faults, "ReasonForClosure", text, ClosureReason, "8640", "8805")
            if reason is ClosureReason.RC2 and self._dates.get("PersonDeathDate") is None:
                faults.add("8585Q", "ReasonForClosure", text)
            if not plausible(day):
                faults.add(IMPLAUSIBLE, "CINclosureDate")
            judge_dates("closure", self._dates, faults)
            return day, _case_closure(reason), NO_CATEGORY

        line = part.lines["CINclosureDate"]
        return self._child.tell(f"line {line} {self._path}/CINclosureDate", faults, make)

    def _conferences(self) -> Iterator[Record | Reject]:
        """Yield one conference for each distinct date: the one repeated inside a `Section47` is the same conference."""
        enquiries = enumerate(self._modules["Section47"], 1)
        held = [(self._part, self._path), *((part, f"{self._path}/Section47[{n}]") for n, part in enquiries)]
        told_of: set[date | str] = set()
        for part, path in held:
            if CONFERENCE not in part.texts:
                continue
            day = part.dates[CONFERENCE]
            which = day or part.texts[CONFERENCE]
            if which not in told_of:
                told_of.add(which)
                yield self._conference(day, f"line {part.lines[CONFERENCE]} {path}/{CONFERENCE}")

    def _conference(self, day: date | None, place: str) -> Record | Reject:
        faults = Faults()

        def make() -> Telling:
            if day is None:
                raise undated(CONFERENCE, written=True)
            if not plausible(day):
                faults.add(IMPLAUSIBLE, CONFERENCE)
            judge_dates("conference", {**self._dates, CONFERENCE: day}, faults)
            judge_weekend("8875", CONFERENCE, day, faults)
            return day, INITIAL, NO_CATEGORY

        return self._child.tell(place, faults, make)

    def _module(self, part: Part) -> Telling:
        kind = KINDS[part.name]
        day = part.require_date(kind.start, kind.rule)
        judge_dates(part.name, {**self._dates, **part.dates}, part.faults)
        if part.name == "ChildProtectionPlans":
            self._judge_conference_day(day, part.faults)
        detail, why = kind.read(part)
        return day, detail, why

    def _judge_conference_day(self, day: date, faults: Faults) -> None:
        conferences = {
            self._part.dates[CONFERENCE],
            *(each.dates[CONFERENCE] for each in self._modules["Section47"]),
        } - {None}
        if conferences and day not in conferences:
            faults.add("2885", "CPPstartDate", day.isoformat())

    def _reviews(self, plan: Part, path: str) -> Iterator[Record | Reject]:
        if plan.name != "ChildProtectionPlans":
            return
        for number, (name, text, line) in enumerate(plan.values, 1):
            faults = Faults()
            place = f"line {line} {path}/{name}[{number}]"
            yield self._child.tell(place, faults, partial(self._review, name, text, faults, plan))

    def _review(self, name: str, raw: str, faults: Faults, plan: Part) -> Telling:
        text = faults.tidy(name, raw)
        day = read_day(text)
        if day is None:
            raise undated(name, "8842Q", written=bool(text))
        if not plausible(day):
            faults.add(IMPLAUSIBLE, name)
        judge_dates("review", {**plan.dates, name: day}, faults)
        spans = map(span_of, self._modules["CINPlanDates"])
        if any(span.holds(day) and day != span.start for span in spans):
            faults.add("4003", name, day.isoformat())
        return day, REVIEW, NO_CATEGORY
