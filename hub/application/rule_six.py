"""Say of one decision if it was necessary, proportionate, relevant, adequate, accurate, timely and secure, and why.

The seven words of golden rule 6 (2018; 2024's is shorter), each stated by whoever asked or computed from what was
decided, of sharing and of not sharing alike. It says what was done and decides nothing; it is for auditors, since it
counts what was withheld.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.events.decisions import DecidedAlike, RuleSixPart
from policies.model import Facet

WORDS: Final = ("necessary", "proportionate", "relevant", "adequate", "accurate", "timely", "secure")
_ALL: Final = len(Facet)
_LONGEST: Final = 2_000
_DOUBTFUL: Final = "doubtful-information-is-said-to-be"
_UNSURE: Final = frozenset({"link-under-review-to-the-mash", "link-under-review-asks-steward"})


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is weighed: why it was asked, what was stated, what was decided, and at which moments."""

    reason: str
    outcomes: Sequence[DecidedAlike]
    current: bool
    refusal: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    corrected: int = 0


def rule_six(weighed: Weighed) -> dict[str, RuleSixPart]:
    """Return the seven words, each with how it is known, whether it holds, and the reason."""
    counts = Counter[str]()
    for alike in weighed.outcomes:
        counts[_shown(alike)] += len(alike.events)
    parts = (
        _necessary(weighed),
        _proportionate(weighed, counts),
        _relevant(weighed),
        _adequate(weighed, counts),
        _accurate(weighed),
        _timely(weighed),
        _secure(weighed),
    )
    return dict(zip(WORDS, parts, strict=True))


def _shown(alike: DecidedAlike) -> str:
    if alike.verdict != "PERMIT":
        return {"REVIEW": "waiting", "EXISTENCE": "only known of"}.get(alike.verdict, "not shown")
    return "whole" if len(alike.facets) == _ALL else "in part"


def _computed(holds: bool, reason: str) -> RuleSixPart:
    return RuleSixPart(how="computed", holds=holds, reason=reason)


def _necessary(weighed: Weighed) -> RuleSixPart:
    said = "; ".join([weighed.reason, *(f"{name}: {words}" for name, words in weighed.stated.items())])
    return RuleSixPart(
        how="stated", holds=any(map(str.isalpha, weighed.reason)), reason=said[:2000] or "Nothing was said."
    )


def _proportionate(weighed: Weighed, counts: Mapping[str, int]) -> RuleSixPart:
    if weighed.refusal is not None:
        return _computed(True, f"Nothing was shown: refused ({weighed.refusal}).")
    if not counts:
        return _computed(True, "There was nothing to show.")
    told = ", ".join(f"{number} {how}" for how, number in sorted(counts.items()))
    return _computed(True, f"Each record by its own rules: {told}.")


def _relevant(weighed: Weighed) -> RuleSixPart:
    kept = _by_rule(each for each in weighed.outcomes if each.verdict == "DENY")
    why = f" Not shared, and why: {kept}." if kept else ""
    unsure = _events_of(weighed, _UNSURE)
    sure = f"{unsure} may be about another child." if unsure else "Every record is linked to this child."
    return _computed(not unsure, sure + why)


def _adequate(weighed: Weighed, counts: Mapping[str, int]) -> RuleSixPart:
    waiting, partly = counts.get("waiting", 0), counts.get("in part", 0)
    if weighed.refusal is not None:
        return _computed(False, "Nothing was shown, so whoever asked has to ask otherwise.")
    if waiting:
        return _computed(False, f"{waiting} wait for a review, and may be needed.")
    return _computed(True, f"Nothing waits for a review; {partly} are shown in part, by what their rules permit.")


def _accurate(weighed: Weighed) -> RuleSixPart:
    doubtful = _events_of(weighed, {_DOUBTFUL})
    told = f"{weighed.corrected} were corrected or withdrawn and say so; {doubtful} are graded doubtful and say so."
    return _computed(True, told)


def _timely(weighed: Weighed) -> RuleSixPart:
    if weighed.current:
        return _computed(True, "What is known now, under the permissions of now.")
    return _computed(True, "What was known at an earlier moment, as asked, under the permissions of now.")


def _secure(weighed: Weighed) -> RuleSixPart:
    withheld = sum(
        len(each.events)
        for each in weighed.outcomes
        if each.verdict == "PERMIT" and Facet.LOCATION.value not in each.facets
    )
    told = f"To a named user, recorded before it was shown; the place is withheld of {withheld}."
    return _computed(True, told)


def _events_of(weighed: Weighed, rules: Iterable[str]) -> int:
    wanted = set(rules)
    return sum(len(each.events) for each in weighed.outcomes if not wanted.isdisjoint(each.rules))


def _by_rule(outcomes: Iterable[DecidedAlike]) -> str:
    counted = Counter[str]()
    for each in outcomes:
        for rule in each.rules:
            counted[rule] += len(each.events)
    return ", ".join(f"{rule} ({number})" for rule, number in sorted(counted.items()))
