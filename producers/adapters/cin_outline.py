"""One CIN episode in outline, and the rules that compare its parts. They are judged on the referral that opens it.

The spans are those of `CINdetails`: its assessments, section 47 enquiries, child in need and child protection plans.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations, product
from typing import NamedTuple

from producers.adapters.faults import Faults

_MOST_COMPARED = 60


class Span(NamedTuple):
    """From one day to another; an end that is None is open."""

    start: date | None
    end: date | None

    def holds(self, day: date | None, *, last: bool) -> bool:
        """Say whether the day lies in the span, its last day included or not."""
        if day is None or self.start is None or day < self.start:
            return False
        return self.end is None or day < self.end or (last and day == self.end)


@dataclass(slots=True)
class Outline:
    """What the rules ask of an episode."""

    referral: date | None = None
    closure: date | None = None
    reason: str = ""
    need: str = ""
    no_further_action: bool | None = None
    conference: date | None = None
    upn_unknown: str = ""
    assessments: list[Span] = field(default_factory=list)
    factors: list[set[str]] = field(default_factory=list)
    enquiries: list[Span] = field(default_factory=list)
    enquiries_settled: list[bool] = field(default_factory=list)
    plans: list[Span] = field(default_factory=list)
    protection: list[Span] = field(default_factory=list)
    earlier: list["Outline"] = field(default_factory=list)

    @property
    def stays_open(self) -> bool:
        """Say whether the episode has no end and is more than a referral without further action."""
        return self.closure is None and not self.no_further_action


class EpisodeRule(NamedTuple):
    """A rule on a whole episode: the field that carries the flag, and when it is broken."""

    rule: str
    field: str
    broken: Callable[[Outline], bool]


class Group(NamedTuple):
    """Rules that can only be broken where `applies`; most episodes are simple, so that most groups are passed over."""

    applies: Callable[[Outline], object]
    rules: tuple[EpisodeRule, ...]


def _open(spans: Iterable[Span]) -> int:
    return sum(span.end is None for span in spans)


def _start_within(starts: Sequence[Span], spans: Sequence[Span]) -> bool:
    compared = product(starts[:_MOST_COMPARED], spans[:_MOST_COMPARED])
    return any(span.holds(other.start, last=False) for other, span in compared)


def _overlap(spans: Sequence[Span], *, last: bool = False) -> bool:
    return any(first.holds(second.start, last=last) for first, second in permutations(spans[:_MOST_COMPARED], 2))


def _overlaps_earlier(episode: Outline) -> bool:
    here = _whole(episode)
    return any(
        span.holds(here.start, last=False) or here.holds(span.start, last=False)
        for span in map(_whole, episode.earlier)
        if here.start is not None and span.start is not None
    )


def _whole(episode: Outline) -> Span:
    if episode.closure is None and episode.no_further_action:
        return Span(None, None)
    return Span(episode.referral, episode.closure)


def _with_conference_due(episode: Outline) -> list[Span]:
    pairs = zip(episode.enquiries, episode.enquiries_settled, strict=True)
    return [span for span, settled in pairs if span.end is not None or not settled]


EPISODE_RULES: tuple[Group, ...] = (
    Group(
        lambda e: not e.no_further_action,
        (
            EpisodeRule("8610", "PrimaryNeedCode", lambda e: not e.need),
            EpisodeRule("8772", "UPNunknown", lambda e: e.upn_unknown == "UN7"),
        ),
    ),
    Group(
        lambda e: e.no_further_action,
        (
            EpisodeRule("8831", "ReferralNFA", lambda e: bool(e.assessments or e.enquiries or e.conference)),
            EpisodeRule("8832", "ReferralNFA", lambda e: bool(e.protection)),
            EpisodeRule("4000", "ReferralNFA", lambda e: bool(e.plans)),
        ),
    ),
    Group(
        lambda e: e.closure is None,
        (EpisodeRule("8810", "ReasonForClosure", lambda e: bool(e.reason)),),
    ),
    Group(
        lambda e: e.closure is not None,
        (
            EpisodeRule("8867", "CINclosureDate", lambda e: _open(e.assessments) > 0),
            EpisodeRule("8868", "CINclosureDate", lambda e: False in e.enquiries_settled),
        ),
    ),
    Group(
        lambda e: e.reason in {"RC8", "RC9"},
        (
            EpisodeRule("8825Q", "ReasonForClosure", lambda e: not e.assessments),
            EpisodeRule(
                "2990", "ReasonForClosure", lambda e: bool(e.enquiries or e.plans or e.protection or e.conference)
            ),
        ),
    ),
    Group(
        lambda e: e.reason and e.reason not in {"RC8", "RC9"},
        (EpisodeRule("8873Q", "ReasonForClosure", lambda e: len(e.factors) == 1 and "21" in e.factors[0]),),
    ),
    Group(
        lambda e: e.enquiries,
        (
            EpisodeRule("2991Q", "Section47", lambda e: not e.assessments),
            EpisodeRule(
                "2884", "DateOfInitialCPC", lambda e: e.conference in {span.end for span in e.enquiries if span.end}
            ),
            EpisodeRule("8839", "Section47", lambda e: e.enquiries_settled.count(False) > 1),
            EpisodeRule("8890", "S47ActualStartDate", lambda e: _overlap(_with_conference_due(e))),
        ),
    ),
    Group(
        lambda e: len(e.assessments) > 1,
        (
            EpisodeRule("8863Q", "AssessmentActualStartDate", lambda e: _overlap(e.assessments)),
            EpisodeRule("8896", "AssessmentAuthorisationDate", lambda e: _open(e.assessments) > 1),
        ),
    ),
    Group(
        lambda e: len(e.plans) > 1,
        (
            EpisodeRule("4004", "CINPlanEndDate", lambda e: _open(e.plans) > 1),
            EpisodeRule("4014", "CINPlanStartDate", lambda e: _overlap(e.plans)),
        ),
    ),
    Group(
        lambda e: len(e.protection) > 1,
        (
            EpisodeRule("8935", "CPPendDate", lambda e: _open(e.protection) > 1),
            EpisodeRule("8940", "CPPstartDate", lambda e: _overlap(e.protection, last=True)),
        ),
    ),
    Group(
        lambda e: e.plans and e.protection,
        (
            EpisodeRule("4001", "CINPlanStartDate", lambda e: _open(e.plans) > 0 and _open(e.protection) > 0),
            EpisodeRule("4016", "CINPlanStartDate", lambda e: _start_within(e.plans, e.protection)),
            EpisodeRule("4017", "CPPstartDate", lambda e: _start_within(e.protection, e.plans)),
        ),
    ),
    Group(
        lambda e: e.earlier,
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
    for applies, rules in EPISODE_RULES:
        if applies(episode):
            for rule, name, broken in rules:
                if broken(episode):
                    faults.add(rule, name)
