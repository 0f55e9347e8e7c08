"""The mutation pass: a spoilt rule is noticed by a scenario that its change breaks, and by no other."""

from policies.authoring import _scenarios
from policies.tools.mutating import KINDS, Spoilt, mutated, unnoticed
from policies.tools.scenarios import Scenario, read_scenarios
from tests.policies_examples import forbid, permit, policy_of, shipped

VIEWER = "authority: An Act, viewer: {kind: mash, roles: [mash-analyst]}"
PERMITTED = f"{{id: shown, {VIEWER}, purpose: mash-screening, expect: {{verdict: PERMIT, facets: all, rules: [see]}}}}"
DENIED = f"{{id: denied, {VIEWER}, purpose: s47, expect: {{verdict: DENY}}}}"


def scenarios(*some: str) -> list[Scenario]:
    return read_scenarios({"some.yaml": f"scenarios: [{', '.join(some)}]"})


def changes(rules: tuple[str, ...], some: list[Scenario]) -> list[tuple[str, str]]:
    return [(each.kind, each.rule) for each in unnoticed(Spoilt(policy_of(*rules)), some)]


def test_dropping_or_flipping_any_shipped_rule_breaks_a_scenario() -> None:
    alive = unnoticed(Spoilt(shipped()), _scenarios(None))
    assert [each for each in alive if each.kind != "condition"] == []
    assert len(alive) <= 36


def test_a_rule_that_no_scenario_needs_survives_all() -> None:
    rules = (permit("see", "see"), permit("too", "exist"))
    assert changes(rules, scenarios(PERMITTED)) == [("condition", "see"), ("drop", "too"), ("condition", "too")]


def test_a_lost_condition_is_noticed_where_a_scenario_lacks_just_that() -> None:
    rules = (permit("see", "see", 'context.purpose == Purpose::"mash-screening" && context.reasoned'),)
    assert changes(rules, scenarios(PERMITTED)) == [("condition", "see"), ("condition", "see")]
    assert changes(rules, scenarios(PERMITTED, DENIED)) == [("condition", "see")]


def test_a_scenario_that_fails_already_notices_nothing() -> None:
    rules = (permit("see", "see"), forbid("never", 'context.purpose == Purpose::"s47"'))
    wrong = DENIED.replace("DENY", "REVIEW")
    assert ("drop", "never") in changes(rules, scenarios(PERMITTED, wrong))


def test_what_would_notice_a_survivor_is_a_scenario_that_does() -> None:
    policy = policy_of(permit("see", "see", 'context.purpose == Purpose::"mash-screening" && context.reasoned'))
    answer = mutated(policy, scenarios(PERMITTED))
    assert (answer["ok"], answer["mutants"]) == (False, dict(zip(KINDS, (1, 1, 2), strict=True)))
    found = [
        {"id": f"found-{number}", "authority": "An Act", **each["scenario_that_would_notice"]}
        for number, each in enumerate(answer["survivors"])
    ]
    again = mutated(policy, [*scenarios(PERMITTED), *read_scenarios({"found.yaml": f"scenarios: {found}"})])
    assert (again["ok"], again["survivors"]) == (True, [])


def test_a_condition_that_changes_nothing_is_said_to_have_no_case() -> None:
    policy = policy_of(permit("see", "see", "true || context.reasoned"))
    (survivor,) = mutated(policy, scenarios(PERMITTED))["survivors"]
    assert survivor["scenario_that_would_notice"] is None
