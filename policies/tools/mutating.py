"""Spoils each rule of a policy in turn, and says which spoilt rules no scenario notices.

A rule is dropped, flipped (a permit forbids, a forbid shows everything), or loses one condition. All of them are put to
Cedar at once for each scenario; rules hold by themselves, so a verdict is composed anew with the one rule exchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.conditions import conjuncts, in_words
from policies.decide import verdict_of
from policies.engine import Action, Answer, Engine, Unreadable
from policies.model import ALL_FACETS, FactsClass, RequestClass, RuleId, Verdict
from policies.ruleset import LoadedRule, PolicySetVersion
from policies.slices import policy_set
from policies.tools.running import failure_of
from policies.tools.scenarios import Scenario
from policies.tools.suggesting import suggested

KINDS: Final = ("drop", "flip", "condition")
_HEAD: Final = {"effect": "permit", **{part: {"op": "All"} for part in ("principal", "action", "resource")}}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule spoilt: `asked` is the rule of Cedar that says where it holds, `part` the condition that it lost."""

    kind: str
    rule: RuleId
    after: LoadedRule | None
    asked: RuleId
    part: int | None = None


class Spoilt:
    """A policy with all its mutants, asked together."""

    def __init__(self, policy: PolicySetVersion) -> None:
        self.rules = policy.rules
        self.mutants = [mutant for rule in policy.rules.values() for mutant in _mutants_of(rule)]
        asked = {name: _asked(conjuncts(rule.conditions)) for name, rule in policy.rules.items()}
        for each in self.mutants:
            if each.part is not None:
                asked[each.asked] = _asked(_without(policy.rules[each.rule], each.part))
        self._engine = Engine(policy_set(asked))

    def holding(self, request: RequestClass, item: FactsClass) -> frozenset[RuleId] | None:
        """Return which rules and mutants hold; None where no rule is asked, or one fails."""
        (answers,) = self._engine.ask(request, [item], (Action.SEE,))
        if isinstance(answers, Unreadable) or answers[Action.SEE].errors:
            return None
        return frozenset(answers[Action.SEE].permits)

    def verdict(self, holding: frozenset[RuleId], mutant: Mutant | None = None) -> Verdict:
        """Return the verdict where these hold, one of the rules exchanged for its mutant."""
        rules = dict(self.rules)
        names = {name for name in holding if name in rules}
        if mutant is not None:
            names.discard(mutant.rule)
            if mutant.after is not None and mutant.asked in holding:
                rules[mutant.rule] = mutant.after
                names.add(mutant.rule)
        by_action: dict[Action | None, list[RuleId]] = {}
        for name in sorted(names):
            by_action.setdefault(rules[name].action, []).append(name)
        forbids = tuple(by_action.get(None, ()))
        return verdict_of(rules, {action: Answer(tuple(by_action.get(action, ())), forbids) for action in Action})

    def touches(self, holding: frozenset[RuleId], mutant: Mutant) -> bool:
        """Say whether a mutant could change a verdict here: it holds and the rule did not, or the rule did."""
        held = mutant.rule in holding
        return held if mutant.part is None else not held and mutant.asked in holding


def mutated(policy: PolicySetVersion, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Return the documented shape of `mash policy test --mutate --json`."""
    spoilt = Spoilt(policy)
    alive = unnoticed(spoilt, scenarios)
    survivors = [_survivor(spoilt, mutant, scenarios) for mutant in alive]
    return {
        "ok": not any(each["scenario_that_would_notice"] or each["change"] != "condition" for each in survivors),
        "mutants": {kind: sum(each.kind == kind for each in spoilt.mutants) for kind in KINDS},
        "noticed": {kind: sum(each.kind == kind and each not in alive for each in spoilt.mutants) for kind in KINDS},
        "survivors": survivors,
    }


def unnoticed(spoilt: Spoilt, scenarios: Sequence[Scenario]) -> list[Mutant]:
    """Return the mutants under which every scenario holds that holds without them."""
    told = []
    for scenario in scenarios:
        holding = spoilt.holding(scenario.request.class_key(), scenario.facts.class_key(scenario.request.viewer))
        if holding is not None and failure_of(scenario, spoilt.verdict(holding)) is None:
            told.append((scenario, holding))
    return [mutant for mutant in spoilt.mutants if not _noticed(spoilt, mutant, told)]


def _noticed(spoilt: Spoilt, mutant: Mutant, told: Sequence[tuple[Scenario, frozenset[RuleId]]]) -> bool:
    return any(
        failure_of(scenario, spoilt.verdict(holding, mutant)) is not None
        for scenario, holding in told
        if spoilt.touches(holding, mutant)
    )


def _survivor(spoilt: Spoilt, mutant: Mutant, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    rule = spoilt.rules[mutant.rule]
    parts = conjuncts(rule.conditions)

    def differs(request: RequestClass, item: FactsClass) -> tuple[Verdict, Verdict] | None:
        holding = spoilt.holding(request, item)
        if holding is None or not spoilt.touches(holding, mutant):
            return None
        now, then = spoilt.verdict(holding), spoilt.verdict(holding, mutant)
        return (now, then) if _said(now) != _said(then) else None

    return {
        "rule": mutant.rule,
        "change": mutant.kind,
        "condition": None if mutant.part is None else in_words(parts[mutant.part]),
        "scenario_that_would_notice": suggested(rule, mutant.part, scenarios, differs),
    }


def _said(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.effect, verdict.facets, verdict.review, verdict.by, verdict.obligations


def _mutants_of(rule: LoadedRule) -> Iterator[Mutant]:
    name = rule.rule.id
    flipped = replace(rule, action=Action.SEE if rule.action is None else None, facets=ALL_FACETS, by=())
    yield Mutant("drop", name, None, name)
    yield Mutant("flip", name, flipped, name)
    for number in range(len(conjuncts(rule.conditions))):
        yield Mutant("condition", name, rule, RuleId(f"{name} without {number}"), number)


def _without(rule: LoadedRule, part: int | None) -> list[Any]:
    return [each for number, each in enumerate(conjuncts(rule.conditions)) if number != part]


def _asked(parts: Sequence[Any]) -> Mapping[str, Any]:
    return {**_HEAD, "conditions": [{"kind": "when", "body": part} for part in parts]}
