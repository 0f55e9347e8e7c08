"""What authors' tools say of a policy: conditions as Cedar reads them, faults found, verdicts explained, compared."""

import json
from importlib.resources import files
from typing import Any

import cedarpy
import pytest
from hypothesis import given

from policies.authoring import (
    check_policy,
    compare_policies,
    explain_case,
    explain_scenario,
    format_rules,
    policy_matrix,
    policy_page,
)
from policies.client import shipped_text
from policies.conditions import all_hold, conjuncts, truth
from policies.engine import Engine
from policies.errors import PolicyError, ScenarioError
from policies.model import ALL_FACETS, OBLIGATION_SENTENCES, Facts, Purpose, Request
from policies.tools.classes import candidates, class_of, values_of
from policies.tools.matrix import ITEMS, VIEWERS
from policies.tools.necessity import FILE, rules_text
from tests.policies_examples import SCHEMA, all_facts, all_requests, forbid, permit, policy_of, shipped

SHIPPED = dict(shipped_text().rules)
LEVEL_4 = 'resource.level == Level::"4"'


def codes(*rules: str) -> list[str]:
    return [finding["code"] for finding in check_policy({"draft.cedar": "\n".join(rules)}, {})["findings"]]


@given(all_requests(), all_facts())
def test_conditions_are_read_as_cedar_reads_them(asked: Request, facts: Facts) -> None:
    request, item = asked.class_key(), facts.class_key(asked.viewer)
    policy = shipped()
    answers = Engine(policy.engine._policies, schema=cedarpy.Schema.from_str(SCHEMA)).ask(
        request, [item], policy.actions
    )[0]
    if not isinstance(answers, dict):
        return
    values = values_of(request, item)
    applying = {name for name, rule in policy.rules.items() if all_hold(conjuncts(rule.conditions), values)}
    forbids = {name for name in applying if policy.rules[name].action is None}
    for action, answer in answers.items():
        permits = {name for name in applying if policy.rules[name].action is action}
        assert set(answer.forbids or answer.permits) == (forbids or permits)


def test_what_has_no_value_yet_is_neither_true_nor_false() -> None:
    (body,) = conjuncts(policy_of(permit("a", "see", f"resource.own || {LEVEL_4}")).rules.popitem()[1].conditions)  # type: ignore[attr-defined]
    assert [truth(body, values) for values in ({}, {"own": True}, {"own": False}, {"level": "4"})] == [
        None, True, None, True,
    ]  # fmt: skip


@given(all_requests(), all_facts())
def test_a_class_is_made_again_from_its_values(asked: Request, facts: Facts) -> None:
    request, item = asked.class_key(), facts.class_key(asked.viewer)
    assert class_of(values_of(request, item)) == (request, item)


def test_of_the_words_not_named_one_stands_for_all() -> None:
    assert candidates("level", {"4"}) == ["4", "1"]
    assert candidates("own", set()) == [True, False]
    assert candidates("law_on", {20260930}) == [20260929, 20260930, 20261122]
    assert candidates("roles", {"auditor"}) == [frozenset({"auditor"}), frozenset()]


def test_the_shipped_rules_are_in_order() -> None:
    answer = check_policy(None, {})
    assert answer["findings"] == []
    assert answer["purposes_without_rule"] == ["inspection", "performance"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ((permit("all", "see"),), "permits-everything"),
        ((permit("a", "see", f'{LEVEL_4} && resource.level == Level::"3"'),), "never-applies"),
        ((permit("a", "see", f"{LEVEL_4} && !({LEVEL_4})"),), "never-applies"),
        ((permit("all", "see", "resource.own || !resource.own"),), "permits-everything"),
        ((permit("all", "see", "context.reasoned"),), "permits-everything"),
        ((permit("a", "see", LEVEL_4), forbid("b", LEVEL_4)), "contradicted"),
        ((permit("a", "see", LEVEL_4), permit("b", "withhold", "!resource.own || resource.own")), "contradicted"),
        (
            (permit("a", "see", LEVEL_4), forbid("b", f"{LEVEL_4} && resource.own"), forbid("c", "!resource.own")),
            "never-decides",
        ),
        ((permit("a", "see", "if resource.own then true else false"),), "not-examined"),
        ((permit("a", "see", "resource.colour"),), "rule-invalid"),
    ],
)
def test_a_fault_is_found(rules: tuple[str, ...], code: str) -> None:
    assert code in codes(*rules)


def test_rules_without_a_fault_have_none() -> None:
    assert codes(permit("a", "see", LEVEL_4), forbid("b", "resource.own")) == []


def test_each_file_that_cannot_be_loaded_is_named() -> None:
    drafts = {"a.cedar": "permit (", "b.cedar": permit("b", "look"), "c.cedar": permit("c", "see", LEVEL_4)}
    places = [finding["place"] for finding in check_policy(drafts, {})["findings"]]
    assert [place.split(":")[0] for place in places] == ["a.cedar, line 1", "b.cedar, line 1"]


GOOD = " ".join(permit("good", "see", LEVEL_4).split())


@pytest.mark.parametrize(
    ("files", "line", "expected"),
    [
        (
            {"a.cedar": f'// A "comment; with all.\n{GOOD}\n\npermit (principal;\n{GOOD}'},
            "a.cedar, line 4",
            "semicolon",
        ),
        ({"a.cedar": f"{GOOD}\n{permit('wrong', 'see', 'resource.colour')}"}, "a.cedar, line 2: wrong", "fields of"),
        ({"a.cedar": f"{GOOD}\n\n{GOOD}"}, "a.cedar, line 3: good", "one id"),
        ({"a.cedar": f"{GOOD}\n{permit('all', 'see')}"}, "a.cedar, line 2: all", "two users"),
        ({"a.cedar": f'{GOOD}\n@waived_by("a.khan") {permit("all", "see")}'}, "a.cedar, line 2: all", "two different"),
        ({"a.cedar": GOOD, "hub.cedarschema": f"{SCHEMA}\nentity B {{"}, "hub.cedarschema, line ", "declarations"),
        ({"a.cedar": GOOD, "gateways.yaml": "gateways:\n  s47: 3\n"}, "gateways.yaml, line 2", "list"),
    ],
)
def test_a_fault_names_its_file_its_line_and_what_was_expected(files: dict[str, str], line: str, expected: str) -> None:
    found = check_policy(files, {})["findings"]
    assert [each for each in found if each["place"].startswith(line) and expected in each["message"]] != []


def test_two_users_may_answer_for_a_rule_without_bounds() -> None:
    assert codes(f'@waived_by("a.khan b.jones") {permit("all", "see")}') == []


def test_exceptions_that_disagree_are_found_before_anybody_asks() -> None:
    one: dict[str, Any] = {"modes": ["CONTENT"], "recordTypes": ["X"], "destOrgIds": ["A"], "purposes": ["P"]}
    both = {"exceptions": [one | {"effect": "allow"}, one | {"effect": "deny"}]}
    answer = check_policy(None, {"one.json": json.dumps({"trust": both}).encode()})
    assert [(each["code"], each["place"]) for each in answer["findings"]] == [
        ("exceptions-disagree", "one.json, line 1: trust.exceptions.1")
    ]


def test_exceptions_of_one_organisation_are_held_against_each_other_across_files() -> None:
    one: dict[str, Any] = {"modes": ["CONTENT"], "recordTypes": ["X"], "destOrgIds": ["A"], "purposes": ["P"]}

    def file(source: str, effect: str) -> bytes:
        return json.dumps({"sourceOrgId": source, "exceptions": [one | {"effect": effect}]}).encode()

    written = [("trust", "allow"), ("TRUST", "deny"), ("other", "deny"), ("other", "deny"), ("third", "allow")]
    files = {f"{number}.json": file(*each) for number, each in enumerate(written)}
    answer = check_policy({"a.cedar": permit("what", "see")}, files)

    (found,) = [each for each in answer["findings"] if each["code"] == "exceptions-disagree"]
    assert found["place"] == "1.json, line 1: exceptions.0"
    assert "0.json, line 1: exceptions.0" in found["message"]


def test_a_scenario_is_explained_by_what_applies_and_what_is_missing() -> None:
    answer = explain_scenario(None, None, "encompass-pupil-of-another-school")
    nearly = {each["rule"]: each["missing"] for each in answer["nearly"]}
    assert (answer["verdict"], answer["matched"]) == ("DENY", [])
    assert nearly["encompass"] == "resource.involved"


def test_a_rule_that_is_not_law_yet_lacks_its_date() -> None:
    answer = explain_scenario(None, None, "duty-to-share-the-day-before")
    nearly = {each["rule"]: each["missing"] for each in answer["nearly"]}
    assert nearly["duty-to-share-asks-holder"] == "(context.law_on >= 20260930)"


def test_a_case_of_a_file_is_explained() -> None:
    case = "viewer: {kind: mash, roles: [mash-analyst]}\npurpose: s47\n"
    answer = explain_case(None, case, "case.yaml")
    assert (answer["verdict"], answer["facets"]) == ("PERMIT", sorted(map(str, ALL_FACETS)))


def test_a_scenario_that_is_not_there_is_refused() -> None:
    with pytest.raises(ScenarioError):
        explain_scenario(None, None, "no-such")


def test_the_same_rules_do_not_differ() -> None:
    answer = compare_policies(SHIPPED, None)
    assert (answer["rules"], answer["scenarios"], answer["before"]) == ([], [], answer["after"])


def test_a_rule_that_is_dropped_is_told_with_a_counterexample() -> None:
    without = {name: text for name, text in SHIPPED.items() if name != "schools.cedar"}
    answer = compare_policies(without, None)
    added = {rule["rule"]: rule for rule in answer["rules"]}
    assert {rule["change"] for rule in added.values()} == {"added"}
    encompass = added["encompass"]
    assert encompass["complete"]
    assert encompass["differ"] > 0
    assert encompass["counterexample"]["where"]["involved"] is True
    assert encompass["counterexample"]["after"]["verdict"] == "PERMIT"
    assert "marking" in encompass["not_enumerated"]
    assert "encompass-pupil-on-roll" in {each["scenario"] for each in answer["scenarios"]}


def test_a_changed_condition_is_gone_through_where_it_now_applies_and_did_not() -> None:
    before = {"a.cedar": permit("a", "see", LEVEL_4)}
    after = {"a.cedar": permit("a", "see", f'{LEVEL_4} || resource.level == Level::"3"')}
    (rule,) = compare_policies(before, after)["rules"]
    assert (rule["classes"], rule["differ"], rule["effects"]) == (1, 1, {"DENY to PERMIT": 1})
    assert rule["counterexample"]["where"] == {"level": "3"}


def test_a_change_of_what_a_rule_says_differs_where_it_applies() -> None:
    before = {"a.cedar": permit("a", "see", LEVEL_4)}
    (rule,) = compare_policies(before, {"a.cedar": permit("a", "see", LEVEL_4, facets="what")})["rules"]
    assert (rule["differ"], rule["effects"]) == (1, {"PERMIT to PERMIT": 1})


def test_what_cannot_be_gone_through_is_said_to_be_incomplete() -> None:
    strange = {"a.cedar": permit("a", "see", "if resource.own then true else false")}
    answer = compare_policies({"a.cedar": permit("a", "see", LEVEL_4)}, strange)
    assert answer["rules"][0]["complete"] is False
    assert "a: it has a condition that this comparison cannot read" in answer["not_enumerated"]


def test_a_comparison_shows_how_far_it_is_and_what_it_did_not_go_through() -> None:
    before = {"a.cedar": permit("a", "see", LEVEL_4)}
    after = {"a.cedar": permit("a", "see", 'resource.level == Level::"3" || resource.own')}
    steps: list[int] = []
    answer = compare_policies(before, after | {"hub.cedarschema": f"// Another.\n{SCHEMA}"}, steps.append)
    assert steps == [*range(1, answer["rules"][0]["classes"] + 1)]
    assert any("one stands for all" in each for each in answer["not_enumerated"])
    assert any("schemas differ" in each for each in answer["not_enumerated"])


def test_another_table_of_gateways_is_told_basis_by_basis() -> None:
    table = shipped_text().gateways
    assert table.count("2026-09-30") == 1
    later = compare_policies(SHIPPED, SHIPPED | {"gateways.yaml": table.replace("2026-09-30", "2027-01-01")})
    assert later["gateways"] == ["CA2004-s16LA is law from: 2026-09-30 before, 2027-01-01 after"]


def test_a_rule_that_cannot_be_read_is_said_to_be_not_examined() -> None:
    rules = {
        "a.cedar": permit("a", "see", "if resource.own then true else false"),
        "b.cedar": permit("b", "see", LEVEL_4),
    }
    answer = explain_case(rules, "viewer: {kind: mash}\npurpose: s47\n", "case.yaml")
    assert (answer["not_examined"], [each["rule"] for each in answer["nearly"]]) == (["a"], ["b"])


def test_the_shipped_rules_are_laid_out_as_the_formatter_does() -> None:
    assert format_rules(SHIPPED) == SHIPPED


def test_what_cannot_be_read_cannot_be_laid_out() -> None:
    with pytest.raises(PolicyError):
        format_rules({"a.cedar": "permit ("})


def test_the_matrix_has_every_purpose_viewer_and_item() -> None:
    matrix = policy_matrix(None)
    assert len(matrix["purposes"]) == len(Purpose) - 1
    assert set(matrix["items"]) == set(ITEMS)
    for rows in matrix["items"].values():
        assert set(rows) == set(VIEWERS)
        assert set(rows["lead member"]) == {"DENY"}
    page = policy_page(matrix)
    assert page.count("<table>") == len(ITEMS)
    assert page.count('class="v ') == len(ITEMS) * len(VIEWERS) * len(matrix["purposes"])


def test_the_rules_of_necessity_are_those_of_the_table() -> None:
    assert shipped_text().rules[FILE] == rules_text()


def test_the_docs_name_every_rule_and_obligation() -> None:
    page = (files("policies") / ".." / "docs" / "policy.md").read_text("utf-8")
    for word, sentence in OBLIGATION_SENTENCES.items():
        assert f"| `{word}` | {sentence} |" in page
    for name in shipped().rules:
        assert f"`{name}`" in page
