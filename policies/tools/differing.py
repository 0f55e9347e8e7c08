"""Compares two policies: for which classes of request and item the verdict differs, by the words of changed rules.

Gone through are the classes in which a changed rule applies in one policy and not in the other (or, where only what it
says changed, in which it applies), the scenarios, and the table of gateways. What was not gone through is said.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
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
_NEVER_ALL: Final = (
    "Of words that no changed rule names, one stands for all the others.",
    "Of sets of words: none, each word alone, and all together.",
    "Fields that a changed rule does not read: they stand at their usual value (named with the rule).",
)
Progress = Callable[[int], object]


def difference(
    before: PolicySetVersion, after: PolicySetVersion, scenarios: Sequence[Scenario], progress: Progress
) -> dict[str, Any]:
    """Return the documented shape of `mash policy diff --json`; `progress` is told how many classes are done."""
    names = sorted(set(before.rules) | set(after.rules))
    changed = [name for name in names if _changed(before.rules.get(name), after.rules.get(name))]
    gone_through = count(1)
    rules = [_of_rule(before, after, name, lambda: progress(next(gone_through))) for name in changed]
    return {
        "before": before.version,
        "after": after.version,
        "rules": rules,
        "gateways": [*_of_gateways(before, after)],
        "not_enumerated": [*_not_gone_through(before, after, rules)],
        "scenarios": [
            {"scenario": scenario.id, "before": _said(old), "after": _said(new)}
            for scenario in scenarios
            if _said(old := decide(before, scenario.request, [scenario.facts])[0])
            != _said(new := decide(after, scenario.request, [scenario.facts])[0])
        ],
    }


def changes(before: PolicySetVersion, after: PolicySetVersion) -> dict[str, Any]:
    """Return which rules and lawful bases differ, without going through any class: who is touched is not said."""
    names = sorted(set(before.rules) | set(after.rules))
    return {
        "rules": [
            _in_words(name, before.rules.get(name), after.rules.get(name))
            for name in names
            if _changed(before.rules.get(name), after.rules.get(name))
        ],
        "gateways": [*_of_gateways(before, after)],
        "schema": before.text.schema != after.text.schema,
        "agreements": before.text.agreements != after.text.agreements,
    }


def _in_words(name: RuleId, old: LoadedRule | None, new: LoadedRule | None) -> dict[str, Any]:
    told = [each and f"{each.rule.reason} ({each.rule.authority})" for each in (old, new)]
    conditions = old is not None and new is not None and old.conditions != new.conditions
    return {"rule": name, "before": told[0], "after": told[1], "conditions": conditions}


def _of_gateways(before: PolicySetVersion, after: PolicySetVersion) -> Iterator[str]:
    """Yield in words which lawful basis carries what, begins when or needs what in one version and not in the other."""
    then, now = before.gateways, after.gateways
    for purpose in then.carry.keys() | now.carry.keys():
        was, has = (set(each.carry.get(purpose, ())) for each in (then, now))
        yield from (f"{basis} carries {purpose} no more" for basis in sorted(was - has))
        yield from (f"{basis} carries {purpose} now" for basis in sorted(has - was))
    for what, old, new in (("is law from", then.begin, now.begin), ("needs", then.needs, now.needs)):
        for basis in sorted(old.keys() | new.keys()):
            if old.get(basis) != new.get(basis):
                yield f"{basis} {what}: {old.get(basis, '-')} before, {new.get(basis, '-')} after"
    if then.wanted != now.wanted:
        yield "the words that a statement is made in differ"


def _not_gone_through(
    before: PolicySetVersion, after: PolicySetVersion, rules: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield from _NEVER_ALL if rules else ()
    yield from (f"{rule['rule']}: {rule['why_not_all']}" for rule in rules if rule["why_not_all"])
    if before.text.schema != after.text.schema:
        yield "The schemas differ: what their words mean was not compared."
    if before.text.agreements != after.text.agreements:
        yield "The standing agreements that the partners saw differ: they were not compared."


def _changed(old: LoadedRule | None, new: LoadedRule | None) -> bool:
    return old is None or new is None or old != new or old.conditions != new.conditions


def _of_rule(
    before: PolicySetVersion, after: PolicySetVersion, name: RuleId, step: Callable[[], object]
) -> dict[str, Any]:
    old, new = before.rules.get(name), after.rules.get(name)
    answer: dict[str, Any] = {
        "rule": name,
        "change": "added" if old is None else "removed" if new is None else "changed",
        "classes": 0, "differ": 0, "complete": True, "effects": {}, "counterexample": None,
        "not_enumerated": sorted(FIELDS), "why_not_all": None,
    }  # fmt: skip
    sides = [conjuncts(each.conditions) if each else None for each in (old, new)]
    try:
        fields = _named_by(sides)
        found = list(islice(assignments(fields, lambda values: _applies_anew(old, new, sides, values)), _MOST + 1))
    except (ConditionError, KeyError):
        return {**answer, "complete": False, "why_not_all": "it has a condition that this comparison cannot read"}
    not_all = f"more than {_MOST:,} classes, of which only the first were gone through" if len(found) > _MOST else None
    rest = {"not_enumerated": sorted(set(FIELDS) - set(fields)), "why_not_all": not_all}
    return answer | _compared(before, after, found, step) | rest


def _named_by(sides: Sequence[list[Any] | None]) -> dict[str, set[Any]]:
    fields: dict[str, set[Any]] = {}
    for parts in filter(None, sides):
        for field, words in named(parts).items():
            fields.setdefault(field, set()).update(words)
    return fields


def _applies_anew(
    old: LoadedRule | None, new: LoadedRule | None, sides: Sequence[list[Any] | None], values: Values
) -> Truth:
    was, now = (False if parts is None else all_hold(parts, values) for parts in sides)
    if was is None or now is None:
        return None
    return was != now or (was and old != new)


def _compared(
    before: PolicySetVersion, after: PolicySetVersion, found: Sequence[Values], step: Callable[[], object]
) -> dict[str, Any]:
    effects: Counter[str] = Counter()
    example = None
    for values in found[:_MOST]:
        step()
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
