"""The shipped scenarios hold and exercise every rule; a scenario that is not in order is refused with its place."""

from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
import yaml

from policies.authoring import run_scenarios
from policies.client import shipped_text
from policies.decide import decide
from policies.errors import ScenarioError
from policies.model import Effect, Purpose, Role
from policies.tools.running import run
from policies.tools.scenarios import read_scenarios
from tests.policies_examples import permit, shipped

FILES = {
    file.name: file.read_text("utf-8")
    for file in (files("policies") / "scenarios").iterdir()
    if file.name.endswith(".yaml")
}
SCENARIOS = read_scenarios(FILES)
ONE: dict[str, Any] = {
    "id": "one",
    "authority": "An Act",
    "viewer": {"kind": "mash", "roles": ["mash-analyst"]},
    "purpose": "mash-screening",
    "item": {},
    "expect": {"verdict": "PERMIT", "facets": "all"},
}


def _file(**changes: Any) -> dict[str, str]:
    return {"draft.yaml": yaml.safe_dump({"scenarios": [ONE | changes]})}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_the_scenario_holds(scenario: Any) -> None:
    assert run(shipped(), [scenario]).failures == []


def test_every_rule_is_exercised() -> None:
    assert run(shipped(), SCENARIOS).unexercised == []


def test_every_row_of_the_table_has_a_scenario() -> None:
    assert {scenario.row for scenario in SCENARIOS} - {None} == set(range(1, 49))


def test_what_differs_is_told() -> None:
    answer = run_scenarios(None, _file(expect={"verdict": "PERMIT", "facets": ["what"], "rules": ["no-such-rule"]}))
    (failure,) = answer["failures"]
    assert (answer["scenarios"], answer["failed"]) == (1, 1)
    assert (failure["scenario"], failure["expected"]["facets"]) == ("one", ["what"])
    assert "location" in failure["got"]["facets"]


def test_a_rule_that_no_scenario_exercises_is_listed() -> None:
    rules = {**shipped_text().rules, "draft.cedar": permit("draft", "see", 'resource.level == Level::"4"')}
    assert run_scenarios(rules)["rules_not_exercised"] == ["draft"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ({"draft.yaml": "scenarios: ["}, "scenario-malformed"),
        ({"draft.yaml": "scenarios: 4"}, "scenario-malformed"),
        ({"draft.yaml": "- 4"}, "scenario-malformed"),
        ({"draft.yaml": "scenarios: [4]"}, "scenario-malformed"),
        (_file(expect={"verdict": "MAYBE"}), "scenario-malformed"),
        (_file(expect={"verdict": "DENY", "colour": "red"}), "scenario-malformed"),
        (_file(expect={}), "scenario-malformed"),
        (_file(expect=4), "scenario-malformed"),
        (_file(viewer={"kind": "mash", "roles": ["mash-analist"]}), "scenario-word-unknown"),
        (_file(item={"item_type": "horoscope"}), "scenario-word-unknown"),
        (_file(item={"colour": "red"}), "scenario-malformed"),
        (_file(law_on="someday"), "scenario-malformed"),
        (_file(colour="red"), "scenario-malformed"),
        ({"a.yaml": _file()["draft.yaml"], "b.yaml": _file()["draft.yaml"]}, "scenario-twice"),
    ],
)
def test_a_scenario_that_is_not_in_order_is_refused(text: dict[str, str], code: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        read_scenarios(text)
    assert refused.value.code == code
    assert refused.value.place


def test_a_wrong_word_is_told_with_its_field_and_its_line() -> None:
    lines = [
        "scenarios:", "  - id: one", "    authority: x", "    viewer:", "      kind: police",
        "      roles: [practioner]", "    purpose: s47", "    expect: {verdict: DENY}",
    ]  # fmt: skip
    with pytest.raises(ScenarioError) as refused:
        read_scenarios({"draft.yaml": "\n".join(lines)})

    assert (refused.value.place, "(roles)" in refused.value.message) == ("draft.yaml, line 6: one", True)


def test_a_scenario_without_an_authority_is_refused() -> None:
    without = {name: value for name, value in ONE.items() if name != "authority"}
    with pytest.raises(ScenarioError, match="authority"):
        read_scenarios({"draft.yaml": yaml.safe_dump({"scenarios": [without]})})


OTHERS_ITEMS = [
    scenario
    for scenario in SCENARIOS
    if scenario.expected.effect is not Effect.DENY and scenario.facts.owner != scenario.request.viewer
]


@pytest.mark.parametrize(
    ("change", "but"),
    [
        ({"reason": "..."}, set()),
        ({"roles": frozenset({Role.ADMINISTRATOR})}, set()),
        (
            {"purpose": Purpose.PERFORMANCE},
            {
                "immigration-enforcement-and-trafficking",
                "data-steward-sees-whose-record-it-is",
                "link-under-review-to-others-needs-more-than-identity-and-its-role",
                "owner-releases-needs-more-than-identity-and-its-role",
                "told-in-confidence-needs-more-than-identity-and-its-role",
                "system-by-standing-agreement",
            },
        ),
    ],
    ids=["no reason", "no casework", "no purpose of theirs"],
)
def test_what_a_scenario_shows_of_anothers_item_it_does_not_show_without(change: Any, but: set[str]) -> None:
    still = {
        scenario.id
        for scenario in OTHERS_ITEMS
        if decide(shipped(), replace(scenario.request, **change), [scenario.facts])[0].effect is not Effect.DENY
    }
    assert still == but
