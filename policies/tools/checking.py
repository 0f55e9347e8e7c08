"""Looks for what is wrong in a policy: rules without bounds, that contradict, never apply or never decide, and gaps.

Finds what the words that rules name can show; a rule with a condition that it cannot read is said to be not examined.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from policies.conditions import Truth, Values, all_hold, conjuncts, named
from policies.decide import evaluate
from policies.engine import Action
from policies.errors import ConditionError, PolicyError
from policies.model import PURPOSES, RequestClass
from policies.ruleset import LoadedRule, PolicySetVersion, PolicyText, load_policy
from policies.tools.classes import FIELDS, assignments, class_of

_TRIED: Final = 400
_OPENING: Final = frozenset({Action.SEE, Action.ASK, Action.EXIST})
_OF_VIEWERS: Final = frozenset({"agency_kind", "roles"})
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


def unwaived(policy: PolicySetVersion) -> list[LoadedRule]:
    """Return the rules that open everything, or whose bounds cannot be read, and for which nobody answers."""
    return [rule for rule in policy.rules.values() if not rule.waived_by and bounded(rule) is not True]


def bounded(rule: LoadedRule) -> bool | None:
    """Say whether something is left outside what a rule opens; None where its conditions cannot be read."""
    if rule.action not in _OPENING:
        return True
    parts = conjuncts(rule.conditions)
    try:
        fields = named(parts)
        whom_or_what = fields.keys() & (_OF_VIEWERS | FIELDS.keys() - RequestClass._fields)
        return bool(whom_or_what) and any(True for _ in assignments(fields, lambda values: _fails(parts, values)))
    except (ConditionError, KeyError):
        return None


def _fails(parts: Sequence[Any], values: Values) -> Truth:
    holds = all_hold(parts, values)
    return None if holds is None else not holds


def _load_errors(text: PolicyText) -> Iterator[Finding]:
    single = [replace(text, rules={file: rules}) for file, rules in sorted(text.rules.items())]
    seen: set[tuple[str, str | None]] = set()
    for part in [*single, text]:
        try:
            load_policy(part)
        except PolicyError as error:
            if (error.message, error.place) not in seen:
                seen.add((error.message, error.place))
                yield _finding(error.code, error.place or "", error.message)


def _of_rule(policy: PolicySetVersion, rule: LoadedRule) -> Iterable[Finding]:
    parts = conjuncts(rule.conditions)
    if not rule.waived_by and bounded(rule) is False:
        fault = "It opens everything to everybody who states a purpose; two users answer for that by @waived_by."
        yield _finding("permits-everything", rule.place, fault)
    try:
        found = list(islice(assignments(named(parts), lambda values: all_hold(parts, values)), _TRIED))
    except (ConditionError, KeyError):
        if not rule.waived_by:
            yield _finding("not-examined", rule.place, "It has a condition that this check cannot read.")
        return
    if not found:
        yield _finding("never-applies", rule.place, "No viewer, request and item can meet all its conditions at once.")
        return
    against = [other for other in policy.rules.values() if _contradicts(rule, other)]
    for other in against:
        fault = f"Wherever it applies, {other.rule.id} ({other.place}) takes all that it opens."
        yield _finding("contradicted", rule.place, fault)
    if not against and not _decides(policy, rule, found):
        yield _finding("never-decides", rule.place, "Wherever it applies, other rules decide without it.")


def _contradicts(rule: LoadedRule, other: LoadedRule) -> bool:
    """Say whether a rule that opens applies nowhere without another that takes all of it; one not read does not."""
    takes = other.action is None or (
        rule.action is Action.SEE and other.action is Action.WITHHOLD and other.facets >= rule.facets
    )
    if rule.action not in _OPENING or not takes:
        return False
    opens, closes = conjuncts(rule.conditions), conjuncts(other.conditions)
    try:
        fields: dict[str, set[Any]] = {}
        for name, words in [*named(opens).items(), *named(closes).items()]:
            fields.setdefault(name, set()).update(words)
        return not any(True for _ in assignments(fields, lambda values: _only_first(opens, closes, values)))
    except (ConditionError, KeyError):
        return False


def _only_first(opens: Sequence[Any], closes: Sequence[Any], values: Values) -> Truth:
    opened, closed = all_hold(opens, values), all_hold(closes, values)
    if opened is False or closed is True:
        return False
    return None if opened is None or closed is None else True


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
