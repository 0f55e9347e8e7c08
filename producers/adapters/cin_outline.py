"""One CIN episode in outline, and the rules that compare its parts. They are judged on the referral that opens it.

Most episodes are simple: which rules can be broken at all follows from a few aspects of an episode, and is remembered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

from producers.adapters.cin_parts import YES_NO, Part
from producers.adapters.faults import Faults

_MOST_COMPARED = 60
_AFTER_ASSESSMENT = {"RC8", "RC9"}

# From which day to which each module runs.
SPANS = {
    "Assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    "CINPlanDates": ("CINPlanStartDate", "CINPlanEndDate"),
    "Section47": ("S47ActualStartDate", "DateOfInitialCPC"),
    "ChildProtectionPlans": ("CPPstartDate", "CPPendDate"),
}


class Span(NamedTuple):
    """From one day to another; an end that is None is open."""

    start: date | None
    end: date | None

    def holds(self, day: date | None, *, last: bool = False) -> bool:
        """Say whether the day lies in the span, its last day included or not."""
        if day is None or self.start is None or day < self.start:
            return False
        return self.end is None or day < self.end or (last and day == self.end)


def span_of(module: Part) -> Span:
    """Return from when to when a module ran."""
    start, end = SPANS[module.name]
    return Span(module.dates[start], module.dates[end])


@dataclass(slots=True)
class Outline:
    """What the rules ask of an episode."""

    details: Part
    modules: Mapping[str, Sequence[Part]]
    upn_unknown: str
    earlier: Sequence["Outline"]

    @property
    def referral(self) -> date | None:
        """The day of the referral."""
        return self.details.dates["CINreferralDate"]

    @property
    def closure(self) -> date | None:
        """The day of the closure."""
        return self.details.dates["CINclosureDate"]

    @property
    def conference(self) -> date | None:
        """The day of the initial conference that stands in the episode itself."""
        return self.details.dates["DateOfInitialCPC"]

    @property
    def no_further_action(self) -> bool | None:
        """Whether nothing more was done."""
        return YES_NO.get(self.details.texts.get("ReferralNFA", ""))

    @property
    def stays_open(self) -> bool:
        """Whether the episode has no end and is more than a referral without further action."""
        return self.closure is None and not self.no_further_action

    @property
    def assessments(self) -> Sequence[Part]:
        """The assessments."""
        return self.modules["Assessments"]

    @property
    def enquiries(self) -> Sequence[Part]:
        """The section 47 enquiries."""
        return self.modules["Section47"]

    @property
    def plans(self) -> Sequence[Part]:
        """The child in need plans."""
        return self.modules["CINPlanDates"]

    @property
    def protection(self) -> Sequence[Part]:
        """The child protection plans."""
        return self.modules["ChildProtectionPlans"]


class Aspects(NamedTuple):
    """What decides which rules an episode can break; numbers of modules count up to two."""

    no_further_action: bool
    closed: bool
    reason: str
    assessments: int
    enquiries: int
    plans: int
    protection: int
    earlier: bool


class EpisodeRule(NamedTuple):
    """A rule on a whole episode: the field that carries the flag, and when it is broken."""

    rule: str
    field: str
    broken: Callable[[Outline], bool]


class Group(NamedTuple):
    """Rules that can only be broken where `applies`."""

    applies: Callable[[Aspects], object]
    rules: tuple[EpisodeRule, ...]


def _open(modules: Iterable[Part]) -> int:
    return sum(span_of(module).end is None for module in modules)


def _compared(modules: Sequence[Part]) -> list[Span]:
    return [span_of(module) for module in modules[:_MOST_COMPARED]]


def _start_within(starts: Sequence[Part], modules: Sequence[Part]) -> bool:
    return any(span.holds(other.start) for other, span in product(_compared(starts), _compared(modules)))


def _overlap(modules: Sequence[Part], *, last: bool = False) -> bool:
    return any(first.holds(second.start, last=last) for first, second in permutations(_compared(modules), 2))


def _overlaps_earlier(episode: Outline) -> bool:
    here = _whole(episode)
    return any(
        span.holds(here.start) or here.holds(span.start)
        for span in map(_whole, episode.earlier)
        if here.start is not None and span.start is not None
    )


def _whole(episode: Outline) -> Span:
    if episode.closure is None and episode.no_further_action:
        return Span(None, None)
    return Span(episode.referral, episode.closure)


def _settled(enquiry: Part) -> bool:
    """Say whether a section 47 enquiry ended in a conference or needed none."""
    return enquiry.dates["DateOfInitialCPC"] is not None or YES_NO.get(enquiry.texts.get("ICPCnotRequired", "")) is True


def _with_conference_due(episode: Outline) -> list[Part]:
    return [each for each in episode.enquiries if each.dates["DateOfInitialCPC"] is not None or not _settled(each)]


def _no_factors(episode: Outline) -> bool:
    return len(episode.assessments) == 1 and "21" in [text for _, text, _ in episode.assessments[0].values]


EPISODE_RULES: tuple[Group, ...] = (
    Group(
        lambda a: not a.no_further_action,
        (
            EpisodeRule("8610", "PrimaryNeedCode", lambda e: "PrimaryNeedCode" not in e.details.texts),
            EpisodeRule("8772", "UPNunknown", lambda e: e.upn_unknown == "UN7"),
        ),
    ),
    Group(
        lambda a: a.no_further_action,
        (
            EpisodeRule("8831", "ReferralNFA", lambda e: bool(e.assessments or e.enquiries or e.conference)),
            EpisodeRule("8832", "ReferralNFA", lambda e: bool(e.protection)),
            EpisodeRule("4000", "ReferralNFA", lambda e: bool(e.plans)),
        ),
    ),
    Group(
        lambda a: not a.closed,
        (EpisodeRule("8810", "ReasonForClosure", lambda e: "ReasonForClosure" in e.details.texts),),
    ),
    Group(
        lambda a: a.closed,
        (
            EpisodeRule("8867", "CINclosureDate", lambda e: _open(e.assessments) > 0),
            EpisodeRule("8868", "CINclosureDate", lambda e: not all(map(_settled, e.enquiries))),
        ),
    ),
    Group(
        lambda a: a.reason == "assessed",
        (
            EpisodeRule("8825Q", "ReasonForClosure", lambda e: not e.assessments),
            EpisodeRule(
                "2990", "ReasonForClosure", lambda e: bool(e.enquiries or e.plans or e.protection or e.conference)
            ),
        ),
    ),
    Group(
        lambda a: a.reason == "other",
        (EpisodeRule("8873Q", "ReasonForClosure", _no_factors),),
    ),
    Group(
        lambda a: a.enquiries,
        (
            EpisodeRule("2991Q", "Section47", lambda e: not e.assessments),
            EpisodeRule(
                "2884",
                "DateOfInitialCPC",
                lambda e: e.conference in {span_of(each).end for each in e.enquiries} - {None},
            ),
            EpisodeRule("8839", "Section47", lambda e: [_settled(each) for each in e.enquiries].count(False) > 1),
            EpisodeRule("8890", "S47ActualStartDate", lambda e: _overlap(_with_conference_due(e))),
        ),
    ),
    Group(
        lambda a: a.assessments > 1,
        (
            EpisodeRule("8863Q", "AssessmentActualStartDate", lambda e: _overlap(e.assessments)),
            EpisodeRule("8896", "AssessmentAuthorisationDate", lambda e: _open(e.assessments) > 1),
        ),
    ),
    Group(
        lambda a: a.plans > 1,
        (
            EpisodeRule("4004", "CINPlanEndDate", lambda e: _open(e.plans) > 1),
            EpisodeRule("4014", "CINPlanStartDate", lambda e: _overlap(e.plans)),
        ),
    ),
    Group(
        lambda a: a.protection > 1,
        (
            EpisodeRule("8935", "CPPendDate", lambda e: _open(e.protection) > 1),
            EpisodeRule("8940", "CPPstartDate", lambda e: _overlap(e.protection, last=True)),
        ),
    ),
    Group(
        lambda a: a.plans and a.protection,
        (
            EpisodeRule("4001", "CINPlanStartDate", lambda e: _open(e.plans) > 0 and _open(e.protection) > 0),
            EpisodeRule("4016", "CINPlanStartDate", lambda e: _start_within(e.plans, e.protection)),
            EpisodeRule("4017", "CPPstartDate", lambda e: _start_within(e.protection, e.plans)),
        ),
    ),
    Group(
        lambda a: a.earlier,
        (
            EpisodeRule(
                "8815", "CINclosureDate", lambda e: e.stays_open and any(other.stays_open for other in e.earlier)
            ),
            EpisodeRule("8820", "CINreferralDate", _overlaps_earlier),
        ),
    ),
)


def judge_episode(episode: Outline, faults: Faults) -> None:
    """Note each rule on a whole episode that this one breaks."""
    for rule, name, broken in _rules_for(_aspects(episode)):
        if broken(episode):
            faults.add(rule, name)


def _aspects(episode: Outline) -> Aspects:
    reason = episode.details.texts.get("ReasonForClosure", "")
    return Aspects(
        no_further_action=episode.no_further_action is True,
        closed=episode.closure is not None,
        reason="assessed" if reason in _AFTER_ASSESSMENT else reason and "other",
        assessments=min(len(episode.assessments), 2),
        enquiries=min(len(episode.enquiries), 2),
        plans=min(len(episode.plans), 2),
        protection=min(len(episode.protection), 2),
        earlier=bool(episode.earlier),
    )


@cache
def _rules_for(aspects: Aspects) -> tuple[EpisodeRule, ...]:
    return tuple(rule for group in EPISODE_RULES if group.applies(aspects) for rule in group.rules)
