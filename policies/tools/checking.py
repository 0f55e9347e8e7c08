"""Looks for what is wrong in a policy that loads: rules that permit everything, cannot apply or never decide, and gaps.

Finds what the words that rules name can show; a rule with a condition that it cannot read is said to be not examined.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from policies.conditions import all_hold, conjuncts, named
from policies.decide import evaluate
from policies.engine import Action
from policies.errors import ConditionError, PolicyError
from policies.model import PURPOSES
from policies.ruleset import LoadedRule, PolicySetVersion, PolicyText, load_policy
from policies.tools.classes import assignments, class_of

_TRIED: Final = 400
Finding = dict[str, str]


def findings_of(text: PolicyText) -> list[Finding]:
    """Return what is wrong with a policy, each with a code, a place and a sentence; an error of each file if it has."""
    errors = list(_load_errors(text))
    if errors:
        return errors
    policy = load_policy(text)
    return [finding for rule in policy.rules.values() for finding in _of_rule(policy, rule)]


def gaps_of(policy: PolicySetVersion) -> list[str]:
    """Return the purposes for which no rule lets anybody see, or ask for, another agency's item.

    A rule for all purposes, or for all but one, is for none of them.
    """
    rules = [rule for rule in policy.rules.values() if rule.action in {Action.SEE, Action.ASK}]
    served = [{purpose for purpose in PURPOSES if _serves(rule, purpose)} for rule in rules]
    return sorted(set(PURPOSES).difference(*(some for some in served if len(some) < len(PURPOSES) - 1)))


def _serves(rule: LoadedRule, purpose: str) -> bool:
    """Say whether a rule can apply to another agency's item for a purpose; one that cannot be read is taken to."""
    parts = conjuncts(rule.conditions)
    asked = {"purpose": purpose, "own": False, "identity_only": False}
    try:
        fields = {name: words for name, words in named(parts).items() if name not in asked}
        return any(True for _ in assignments(fields, lambda values: all_hold(parts, {**values, **asked})))
    except (ConditionError, KeyError):
        return True


def _load_errors(text: PolicyText) -> Iterator[Finding]:
    single = [PolicyText({file: rules}, text.schema) for file, rules in sorted(text.rules.items())]
    seen: set[str] = set()
    for part in [*single, text]:
        try:
            load_policy(part)
        except PolicyError as error:
            if error.message not in seen:
                seen.add(error.message)
                yield _finding(error.code, error.place or "", error.message)


def _of_rule(policy: PolicySetVersion, rule: LoadedRule) -> Iterable[Finding]:
    name = rule.rule.id
    parts = conjuncts(rule.conditions)
    try:
        fields = named(parts)
        found = list(islice(assignments(fields, lambda values: all_hold(parts, values)), _TRIED))
    except (ConditionError, KeyError):
        yield _finding("not-examined", name, "It has a condition that this check cannot read.")
        return
    if not fields and rule.action is not None:
        yield _finding("permits-everything", name, "It applies to every request and every item.")
    if not found:
        yield _finding("never-applies", name, "No viewer, request and item can meet all its conditions at once.")
    elif not _decides(policy, rule, found):
        yield _finding("never-decides", name, "Wherever it applies, other rules decide without it.")


def _decides(policy: PolicySetVersion, rule: LoadedRule, found: list[dict[str, Any]]) -> bool:
    """Say whether the rule is named in a verdict where it applies; one that takes facets away needs one that gives."""
    if rule.action is Action.WITHHOLD:
        return True
    for values in found:
        asked, item = class_of(values)
        if any(named_rule.id == rule.rule.id for named_rule in evaluate(policy, asked, [item])[0].rules):
            return True
    return len(found) == _TRIED


def _finding(code: str, place: str, message: str) -> Finding:
    return {"code": code, "place": place, "message": message}
