"""Decides what a viewer may see of each item. Pure: no clock, network or database; only a memo is written.

Shown is what `see` permits less what `withhold` permits; else REVIEW if `ask`, else EXISTENCE if `exist`, else DENY.
What `ask` speaks of beyond what is shown stays open to a review. A forbid is DENY; so is a word that cannot be read,
and any error of any rule: in Cedar a forbid that fails is skipped.
"""

from collections.abc import Iterable, Mapping, Sequence

from policies.engine import Action, Answer, Answers, Unreadable
from policies.model import Effect, Facet, Facts, FactsClass, Obligation, Request, RequestClass, Rule, RuleId, Verdict
from policies.ruleset import LoadedRule, PolicySetVersion

_NEED_TO_KNOW = "Caldicott principles 2 and 4 [K]; deny by default"
NO_RULE = Rule(
    RuleId("no-rule-permits"), _NEED_TO_KNOW, "No rule permits this viewer to see the record for this purpose."
)

_SILENT = Answer()
Rules = Mapping[RuleId, LoadedRule]


def decide(policy: PolicySetVersion, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
    """Return the verdict on each item, in the order given."""
    asked = request.class_key()
    keys = [item.class_key(request.viewer) for item in facts]
    known = policy.memo.table(asked)
    found = [known.get(key) for key in keys]
    if all(found):
        return [verdict for verdict in found if verdict]
    fresh = _missing(policy, asked, [key for key, verdict in zip(keys, found, strict=True) if verdict is None])
    return [verdict or fresh[key] for key, verdict in zip(keys, found, strict=True)]


def _missing(policy: PolicySetVersion, request: RequestClass, keys: Iterable[FactsClass]) -> dict[FactsClass, Verdict]:
    items = list(dict.fromkeys(keys))
    answers = policy.engine.ask(request, items, policy.actions)
    verdicts = (verdict_of(policy.rules, answer) for answer in answers)
    same: dict[Verdict, Verdict] = {}
    fresh = {item: same.setdefault(verdict, verdict) for item, verdict in zip(items, verdicts, strict=True)}
    # What Cedar could not evaluate may be another item's fault: it is denied, and asked again the next time.
    if all(isinstance(answer, Unreadable) or _evaluated(answer) for answer in answers):
        policy.memo.remember(request, fresh)
    return fresh


def evaluate(policy: PolicySetVersion, request: RequestClass, items: Sequence[FactsClass]) -> list[Verdict]:
    """Return the verdict on each class of item, asked afresh and remembered nowhere."""
    return [verdict_of(policy.rules, answer) for answer in policy.engine.ask(request, items, policy.actions)]


def _evaluated(answers: Answers) -> bool:
    return all(answer.evaluated for answer in answers.values())


def verdict_of(rules: Rules, answers: Answers | Unreadable) -> Verdict:
    """Return the verdict that comes of what Cedar said of each action."""
    if isinstance(answers, Unreadable):
        return _denied(_unreadable(answers))
    if any(answer.errors for answer in answers.values()):
        return _denied(*_failed(rules, answers))
    if forbids := {name for answer in answers.values() for name in answer.forbids}:
        return _forbidden([rules[name] for name in sorted(forbids)])
    return _composed(*(_satisfied(rules, answers.get(action, _SILENT)) for action in Action))


def _composed(
    see: list[LoadedRule], withhold: list[LoadedRule], ask: list[LoadedRule], exist: list[LoadedRule]
) -> Verdict:
    seen = _facets(see)
    shown = seen - _facets(withhold)
    held_back = [rule for rule in withhold if rule.facets & seen]
    if shown:
        binding = [rule for rule in withhold if not rule.facets]
        asking = [rule for rule in ask if rule.facets - shown]
        named = [*see, *held_back, *binding, *asking]
        review = _facets(asking) - shown
        return Verdict(Effect.PERMIT, shown, _named(named), review, _reviewers(asking), _obligations(named))
    if ask:
        named = [*held_back, *ask]
        return Verdict(Effect.REVIEW, shown, _named(named), _facets(ask), _reviewers(ask), _obligations(named))
    if exist:
        return Verdict(Effect.EXISTENCE, frozenset(), _named(held_back, exist))
    return _denied(*(_named(held_back) or (NO_RULE,)))


def _satisfied(rules: Rules, answer: Answer) -> list[LoadedRule]:
    return [rules[name] for name in answer.permits]


def _facets(rules: Iterable[LoadedRule]) -> frozenset[Facet]:
    return frozenset(facet for rule in rules for facet in rule.facets)


def _reviewers(rules: Iterable[LoadedRule]) -> tuple[str, ...]:
    return tuple(sorted({name for rule in rules for name in rule.by}))


def _obligations(rules: Iterable[LoadedRule]) -> tuple[Obligation, ...]:
    return tuple(sorted({obligation for rule in rules for obligation in rule.obligations}))


def _forbidden(rules: Sequence[LoadedRule]) -> Verdict:
    return Verdict(Effect.DENY, frozenset(), _named([*rules]), obligations=_obligations(rules))


def _named(*groups: list[LoadedRule]) -> tuple[Rule, ...]:
    return tuple(loaded.rule for group in groups for loaded in group)


def _denied(*rules: Rule) -> Verdict:
    return Verdict(Effect.DENY, frozenset(), rules)


def _unreadable(what: Unreadable) -> Rule:
    fields = ", ".join(what.fields)
    return Rule(RuleId("word-not-known"), _NEED_TO_KNOW, f"The hub does not know a word used here ({fields}).")


def _failed(rules: Rules, answers: Answers) -> Iterable[Rule]:
    yield Rule(RuleId("rule-failed"), _NEED_TO_KNOW, "A rule could not be evaluated, so nothing is shown.")
    failed = {name for answer in answers.values() for name in answer.failed}
    yield from (rules[name].rule for name in sorted(failed) if name in rules)
