"""Runs scenarios against a policy: which fail and how, and which rules none of them exercises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policies.decide import decide
from policies.model import RuleId, Verdict
from policies.ruleset import PolicySetVersion
from policies.tools.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: each failure, and the rules that determined no scenario's verdict."""

    scenarios: int
    failures: list[dict[str, Any]]
    rules: int
    unexercised: list[str]

    @property
    def passed(self) -> bool:
        """Say whether all held and every rule was exercised."""
        return not self.failures and not self.unexercised

    def as_json(self) -> dict[str, Any]:
        """Return the documented shape of `mash policy test --json`."""
        return {
            "scenarios": self.scenarios,
            "failed": len(self.failures),
            "rules": self.rules,
            "rules_exercised": self.rules - len(self.unexercised),
            "failures": self.failures,
            "rules_not_exercised": self.unexercised,
        }


def run(policy: PolicySetVersion, scenarios: Sequence[Scenario]) -> Ran:
    """Return what came of each scenario under a policy."""
    verdicts = [decide(policy, scenario.request, [scenario.facts])[0] for scenario in scenarios]
    exercised = {rule.id for verdict in verdicts for rule in verdict.rules}
    failures = [
        failure
        for scenario, verdict in zip(scenarios, verdicts, strict=True)
        if (failure := failure_of(scenario, verdict)) is not None
    ]
    unexercised = sorted(set(policy.rules) - exercised)
    return Ran(len(scenarios), failures, len(policy.rules), [*map(str, unexercised)])


def told(verdict: Verdict) -> dict[str, list[str]]:
    """Return the lists of a verdict by the names that scenarios give them."""
    return {
        "facets": sorted(map(str, verdict.facets)),
        "review": sorted(map(str, verdict.review)),
        "by": sorted(verdict.by),
        "obligations": sorted(map(str, verdict.obligations)),
    }


def failure_of(scenario: Scenario, verdict: Verdict) -> dict[str, Any] | None:
    """Return how a verdict differs from what a scenario expects, None where it does not."""
    expected, got = scenario.expected, told(verdict)
    differing = [name for name, words in expected.lists.items() if got[name] != [*words]]
    missing = sorted(set(expected.rules) - {str(rule.id) for rule in verdict.rules})
    if verdict.effect is expected.effect and not differing and not missing:
        return None
    named = [RuleId(rule.id) for rule in verdict.rules]
    return {
        "scenario": scenario.id,
        "row": scenario.row,
        "authority": scenario.authority,
        "expected": {
            "verdict": expected.effect.value,
            **{name: [*words] for name, words in expected.lists.items()},
            "rules": [*expected.rules],
        },
        "got": {"verdict": verdict.effect.value, **got, "rules": named},
    }
