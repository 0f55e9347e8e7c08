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
    """Return the documented shape of `mash policy explain --json`; of a rule that cannot be read it says so."""
    asked, item = request.class_key(), facts.class_key(request.viewer)
    verdict = evaluate(policy, asked, [item])[0]
    values = values_of(asked, item)
    examined = {name: _lacking(rule, values) for name, rule in policy.rules.items()}
    lacking = {name: missing for name, missing in examined.items() if missing is not None}
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
        "not_examined": sorted(examined.keys() - lacking.keys()),
    }


def _lacking(rule: LoadedRule, values: Values) -> list[str] | None:
    """Return the conditions of a rule that do not hold, None where they cannot be read."""
    parts = conjuncts(rule.conditions)
    try:
        holds = [truth(part, values) for part in parts]
    except (ConditionError, KeyError):
        return None
    if None in holds:
        return None
    return [in_words(part) for part, so in zip(parts, holds, strict=True) if not so]


def _said(rule: LoadedRule) -> dict[str, Any]:
    return {
        "rule": rule.rule.id,
        "does": rule.action.value if rule.action else FORBID,
        "facets": sorted(map(str, rule.facets)),
        "authority": rule.rule.authority,
        "reason": rule.rule.reason,
    }
