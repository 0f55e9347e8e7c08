"""Compares two policies: for which classes of request and item the verdict differs, by the words of changed rules.

Gone through are the classes in which a changed rule applies in one policy and not in the other (or, where only what it
says changed, in which it applies), and the scenarios. Fields that the rule does not read stand at their usual value.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from policies.conditions import Truth, Values, all_hold, conjuncts, named
from policies.decide import decide, evaluate
from policies.errors import ConditionError
from policies.model import RuleId, Verdict
from policies.ruleset import LoadedRule, PolicySetVersion
from policies.tools.classes import FIELDS, assignments, class_of
from policies.tools.running import told
from policies.tools.scenarios import Scenario

_MOST: Final = 5_000


def difference(before: PolicySetVersion, after: PolicySetVersion, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Return the documented shape of `mash policy diff --json`."""
    names = sorted(set(before.rules) | set(after.rules))
    changed = [name for name in names if _changed(before.rules.get(name), after.rules.get(name))]
    return {
        "before": before.version,
        "after": after.version,
        "rules": [_of_rule(before, after, name) for name in changed],
        "scenarios": [
            {"scenario": scenario.id, "before": _said(old), "after": _said(new)}
            for scenario in scenarios
            if _said(old := decide(before, scenario.request, [scenario.facts])[0])
            != _said(new := decide(after, scenario.request, [scenario.facts])[0])
        ],
    }


def _changed(old: LoadedRule | None, new: LoadedRule | None) -> bool:
    return old is None or new is None or old != new or old.conditions != new.conditions


def _of_rule(before: PolicySetVersion, after: PolicySetVersion, name: RuleId) -> dict[str, Any]:
    old, new = before.rules.get(name), after.rules.get(name)
    answer: dict[str, Any] = {
        "rule": name,
        "change": "added" if old is None else "removed" if new is None else "changed",
        "classes": 0, "differ": 0, "complete": True, "effects": {}, "counterexample": None,
        "not_enumerated": sorted(FIELDS),
    }  # fmt: skip
    sides = [conjuncts(each.conditions) if each else None for each in (old, new)]
    fields: dict[str, set[Any]] = {}
    for parts in filter(None, sides):
        for field, words in named(parts).items():
            fields.setdefault(field, set()).update(words)
    try:
        found = list(islice(assignments(fields, lambda values: _applies_anew(old, new, sides, values)), _MOST + 1))
    except (ConditionError, KeyError):
        return {**answer, "complete": False}
    return answer | _compared(before, after, found) | {"not_enumerated": sorted(set(FIELDS) - set(fields))}


def _applies_anew(
    old: LoadedRule | None, new: LoadedRule | None, sides: Sequence[list[Any] | None], values: Values
) -> Truth:
    was, now = (False if parts is None else all_hold(parts, values) for parts in sides)
    if was is None or now is None:
        return None
    return was != now or (was and old != new)


def _compared(before: PolicySetVersion, after: PolicySetVersion, found: Sequence[Values]) -> dict[str, Any]:
    effects: Counter[str] = Counter()
    example = None
    for values in found[:_MOST]:
        asked, item = class_of(values)
        old, new = (evaluate(policy, asked, [item])[0] for policy in (before, after))
        if _said(old) != _said(new):
            effects[f"{old.effect.value} to {new.effect.value}"] += 1
            example = example or {"where": _plain(values), "before": _said(old), "after": _said(new)}
    return {
        "classes": min(len(found), _MOST),
        "differ": effects.total(),
        "complete": len(found) <= _MOST,
        "effects": dict(sorted(effects.items())),
        "counterexample": example,
    }


def _said(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": verdict.effect.value, **told(verdict)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
