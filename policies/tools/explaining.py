"""Says why a verdict is what it is: the rules that matched, and those that would open more but for one condition."""

from typing import Any, Final

from policies.conditions import Values, conjuncts, in_words, truth
from policies.decide import evaluate
from policies.engine import Action
from policies.errors import ConditionError
from policies.model import Facts, Request
from policies.ruleset import LoadedRule, PolicySetVersion
from policies.tools.classes import values_of
from policies.tools.running import told

FORBID: Final = "forbid"
_OPENING: Final = frozenset({Action.SEE, Action.ASK, Action.EXIST})


def explained(policy: PolicySetVersion, request: Request, facts: Facts) -> dict[str, Any]:
    """Return the documented shape of `mash policy explain --json`; raises `ConditionError` where it cannot tell."""
    asked, item = request.class_key(), facts.class_key(request.viewer)
    verdict = evaluate(policy, asked, [item])[0]
    values = values_of(asked, item)
    lacking = {name: _lacking(rule, values) for name, rule in policy.rules.items()}
    return {
        "verdict": verdict.effect.value,
        **told(verdict),
        "rules": [rule.as_record() for rule in verdict.rules],
        "matched": [_said(policy.rules[name]) for name, missing in sorted(lacking.items()) if not missing],
        "nearly": [
            {**_said(policy.rules[name]), "missing": missing[0]}
            for name, missing in sorted(lacking.items())
            if len(missing) == 1 and policy.rules[name].action in _OPENING
        ],
    }


def _lacking(rule: LoadedRule, values: Values) -> list[str]:
    """Return the conditions of a rule that do not hold."""
    missing = []
    for part in conjuncts(rule.conditions):
        holds = truth(part, values)
        if holds is None:
            raise ConditionError("A condition reads a field that has no value.", code="condition-unreadable")
        if not holds:
            missing.append(in_words(part))
    return missing


def _said(rule: LoadedRule) -> dict[str, Any]:
    return {
        "rule": rule.rule.id,
        "does": rule.action.value if rule.action else FORBID,
        "facets": sorted(map(str, rule.facets)),
        "authority": rule.rule.authority,
        "reason": rule.rule.reason,
    }
