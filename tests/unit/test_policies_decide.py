"""Deciding: how verdicts are composed, that every doubt is DENY, and that remembering never changes an answer."""

import random
from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from policies.client import PolicyLoadError, PolicySetVersion
from policies.decide import NO_RULE, decide, evaluate
from policies.engine import Engine
from policies.memo import Memo
from policies.model import ALL_FACETS, Effect, Facet, Facts, Level, Purpose, Request, Role, SourceGrade, Verdict
from tests.policies_examples import (
    MASH,
    SCHEMA,
    all_facts,
    all_requests,
    forbid,
    item,
    permit,
    policy_of,
    request,
    shipped,
)

OVERFLOWS = "context.law_on + 9223372036854775807 > 0"


def _one(policy: PolicySetVersion, facts: Facts | None = None, asked: Request | None = None) -> Verdict:
    return decide(policy, asked or request(), [facts or item()])[0]


def _names(verdict: Verdict) -> list[str]:
    return [rule.id for rule in verdict.rules]


def test_shown_is_what_may_be_seen_less_what_is_withheld() -> None:
    verdict = _one(policy_of(permit("see", "see"), permit("hold", "withhold", facets="location people")))
    assert verdict.effect is Effect.PERMIT
    assert verdict.facets == ALL_FACETS - {Facet.LOCATION, Facet.PEOPLE}
    assert _names(verdict) == ["see", "hold"]


def test_what_several_rules_permit_adds_up() -> None:
    verdict = _one(policy_of(permit("b", "see", facets="when"), permit("a", "see", facets="what")))
    assert verdict.facets == {Facet.WHAT, Facet.WHEN}
    assert _names(verdict) == ["a", "b"]


def test_a_rule_that_withholds_nothing_of_what_is_seen_is_not_named() -> None:
    verdict = _one(policy_of(permit("see", "see", facets="what"), permit("hold", "withhold", facets="location")))
    assert _names(verdict) == ["see"]


@pytest.mark.parametrize(
    ("rules", "effect", "names"),
    [
        ((permit("ask", "ask"), permit("exist", "exist")), Effect.REVIEW, ["ask"]),
        ((permit("exist", "exist"),), Effect.EXISTENCE, ["exist"]),
        ((permit("hold", "withhold"),), Effect.DENY, ["no-rule-permits"]),
        ((permit("see", "see"), permit("hold", "withhold")), Effect.DENY, ["hold"]),
        ((permit("see", "see"), permit("hold", "withhold"), permit("ask", "ask")), Effect.REVIEW, ["hold", "ask"]),
        ((permit("see", "see"), permit("hold", "withhold"), permit("ex", "exist")), Effect.EXISTENCE, ["hold", "ex"]),
        ((permit("see", "see", facets="what"), permit("ask", "ask")), Effect.PERMIT, ["see", "ask"]),
        ((permit("see", "see"), permit("ask", "ask")), Effect.PERMIT, ["see"]),
        ((), Effect.DENY, ["no-rule-permits"]),
    ],
)
def test_what_is_not_shown_is_reviewed_or_said_to_exist_or_denied(
    rules: tuple[str, ...], effect: Effect, names: list[str]
) -> None:
    verdict = _one(policy_of(*rules))
    assert (verdict.effect, _names(verdict)) == (effect, names)


def test_a_forbid_makes_the_item_as_if_absent_and_is_named_alone() -> None:
    everything = [permit(action, action) for action in ("see", "withhold", "ask", "exist")]
    verdict = _one(policy_of(*everything, forbid("two"), forbid("one")))
    assert (verdict.effect, verdict.facets, _names(verdict)) == (Effect.DENY, frozenset(), ["one", "two"])


@pytest.mark.parametrize(
    "failing",
    [
        permit("fails", "see", OVERFLOWS),
        permit("fails", "withhold", OVERFLOWS),
        permit("fails", "ask", OVERFLOWS),
        permit("fails", "exist", OVERFLOWS),
        forbid("fails", OVERFLOWS),
    ],
)
def test_a_rule_of_any_kind_that_fails_denies_and_is_named(failing: str) -> None:
    verdict = _one(policy_of(permit("see", "see", facets="what"), failing))
    assert (verdict.effect, _names(verdict)) == (Effect.DENY, ["rule-failed", "fails"])


def test_a_rule_that_fails_on_one_item_does_not_touch_another() -> None:
    policy = policy_of(permit("see", "see"), forbid("fails", f"resource.owner_control && {OVERFLOWS}"))
    denied, shown = decide(policy, request(), [item(owner_control=True), item()])
    assert (denied.effect, shown.effect) == (Effect.DENY, Effect.PERMIT)


@pytest.mark.parametrize(
    "change",
    [{"purpose": "?"}, {"roles": ["mash-analyst", "?"]}, {"agency_kind": "?"}, {"bases": ["?"]}, {"risk": "?"}],
)
def test_a_word_of_a_request_that_is_not_known_denies_everything(change: dict[str, object]) -> None:
    verdict = _one(policy_of(permit("see", "see")), asked=request(**change))
    assert (verdict.effect, _names(verdict)) == (Effect.DENY, ["word-not-known"])
    assert next(iter(change)) in verdict.rules[0].reason


@given(all_facts())
def test_a_word_of_an_item_that_is_not_known_denies_it(facts: Facts) -> None:
    words = [word for value in facts.traits for word in (value if isinstance(value, frozenset) else {value})]
    denied = _one(policy_of(permit("see", "see")), facts).effect is Effect.DENY
    assert denied == ("unknown" in words)


def test_a_word_that_is_no_member_denies_its_item_alone() -> None:
    forged = item(level="level four")
    denied, shown = decide(policy_of(permit("see", "see")), request(), [forged, item()])
    assert (denied.effect, shown.effect) == (Effect.DENY, Effect.PERMIT)


def test_what_cedar_cannot_evaluate_is_denied_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(permit("see", "see"))
    result = cedarpy.AuthzResult({"decision": "NoDecision", "diagnostics": {"errors": ["no such thing"]}})
    with monkeypatch.context() as patched:
        patched.setattr(cedarpy, "is_authorized_batch", lambda questions, *_, **__: [result] * len(questions))
        assert _one(policy).effect is Effect.DENY
    assert len(policy.memo) == 0
    assert _one(policy).effect is Effect.PERMIT


def test_no_items_no_verdicts() -> None:
    assert decide(shipped(), request(), []) == []


_ATOMS = (
    'context.purpose == Purpose::"mash-screening"',
    'context.purpose != Purpose::"s47"',
    '[Purpose::"s47", Purpose::"early-help"].contains(context.purpose)',
    "context.reasoned",
    "resource.own",
    'resource.level == Level::"4"',
    'principal.roles.contains(Role::"mash-analyst")',
    OVERFLOWS,
    "resource has own",
    "[principal].contains(principal)",
)


def _conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(_ATOMS),
        lambda inner: st.one_of(
            inner.map("!({})".format),
            st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda parts: f"({' '.join(parts)})"),
            st.tuples(inner, inner, inner).map(lambda parts: "(if {} then {} else {})".format(*parts)),
        ),
        max_leaves=5,
    )


def _rules() -> st.SearchStrategy[list[str]]:
    one = st.tuples(st.sampled_from(["see", "withhold", "ask", "exist", "forbid"]), _conditions())
    return st.lists(one, min_size=1, max_size=5).map(
        lambda some: [
            forbid(f"r{n}", condition) if kind == "forbid" else permit(f"r{n}", kind, condition)
            for n, (kind, condition) in enumerate(some)
        ]
    )


def _whole(policy: PolicySetVersion) -> PolicySetVersion:
    """The same policy, each action asked of all its rules, with everything given."""
    return replace(policy, engine=Engine(policy.engine._policies, schema=_SCHEMA), memo=Memo())


_SCHEMA = cedarpy.Schema.from_str(SCHEMA)


@settings(max_examples=60)
@given(_rules(), st.sampled_from(["mash-screening", "s47", "early-help", "court"]), st.booleans())
def test_a_slice_of_a_purpose_says_what_all_the_rules_say(rules: list[str], purpose: str, reasoned: bool) -> None:
    try:
        policy = policy_of(*rules)
    except PolicyLoadError:
        reject()
    asked = request(purpose=purpose, reason="Two contacts." if reasoned else "")
    facts = [item(), item(owner=MASH), item(level=Level.LEVEL_4)]
    assert decide(policy, asked, facts) == decide(_whole(policy), asked, facts)


@given(all_requests(), st.lists(all_facts(), max_size=8))
def test_remembered_fresh_sliced_trimmed_and_whole_verdicts_agree(asked: Request, facts: list[Facts]) -> None:
    policy = shipped()
    whole = _whole(policy)
    keys = [one.class_key(asked.viewer) for one in facts]
    first = decide(policy, asked, facts)
    assert decide(policy, asked, facts) == first
    assert evaluate(policy, asked.class_key(), keys) == first
    assert decide(whole, asked, facts) == first
    assert [decide(policy, asked, [one])[0] for one in facts] == first


def test_verdicts_come_in_the_order_of_the_items() -> None:
    policy = policy_of(*(permit(f"level-{n}", "see", f'resource.level == Level::"{n}"') for n in range(1, 5)))
    levels = [random.Random(7).choice(["1", "2", "3", "4"]) for _ in range(60)]
    verdicts = decide(policy, request(), [item(level=Level(level)) for level in levels])
    assert [_names(verdict) for verdict in verdicts] == [[f"level-{level}"] for level in levels]


def test_items_of_one_class_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(permit("see", "see", "resource.owner_control"))
    asked: list[int] = []
    batch = cedarpy.is_authorized_batch

    def counted(questions: list[dict[str, Any]], *rest: Any, **named: Any) -> list[cedarpy.AuthzResult]:
        asked.append(len(questions))
        return batch(questions, *rest, **named)

    monkeypatch.setattr(cedarpy, "is_authorized_batch", counted)
    alike_to_the_rules = [item(source=grade) for grade in (SourceGrade.RELIABLE, SourceGrade.UNTESTED)]
    decide(policy, request(), [*alike_to_the_rules, item(owner_control=True), item(owner_control=True)])
    decide(policy, request(), alike_to_the_rules)
    assert asked == [2]


def test_a_rule_that_uses_the_viewer_whole_is_given_everything() -> None:
    policy = policy_of(permit("see", "see", '[principal].contains(principal) && resource.level == Level::"4"'))
    denied, shown = decide(policy, request(), [item(), item(level=Level.LEVEL_4)])
    assert (denied.effect, shown.effect) == (Effect.DENY, Effect.PERMIT)


def test_what_is_remembered_is_bounded() -> None:
    policy = replace(policy_of(permit("see", "see")), memo=Memo(limit=5))
    for level in Level:
        for owner_control in (True, False):
            decide(policy, request(), [item(level=level, owner_control=owner_control)])
    assert 0 < len(policy.memo) <= 5
    many = [item(level=level, source=source) for level in Level for source in SourceGrade]
    assert len(decide(policy, request(), many)) == len(many)
    assert len(policy.memo) <= 5


def test_each_request_class_is_remembered_apart() -> None:
    policy = policy_of(permit("see", "see", 'principal.roles.contains(Role::"auditor")'))
    assert _one(policy).rules == (NO_RULE,)
    assert _one(policy, asked=request(roles=[Role.AUDITOR])).effect is Effect.PERMIT
    assert _one(policy, asked=request(viewer=MASH, purpose=Purpose.S47)).effect is Effect.DENY
