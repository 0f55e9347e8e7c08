"""Loading a policy: every rule is named, typed and checked, or the whole text is refused with its file and rule."""

import json

import pytest

from policies.client import PolicyLoadError, PolicyText, default_policy, load_policy
from policies.codes import code_lists
from policies.decide import decide
from policies.errors import RecordError
from policies.model import Effect
from tests.policies_examples import SCHEMA, forbid, item, permit, policy_of, request, rule, shipped

SEE = 'permit (principal, action == Action::"see", resource)'
NOTES = '@id("a") @authority("An Act") @reason("A reason.")'


def _refused(text: str, schema: str = SCHEMA) -> PolicyLoadError:
    with pytest.raises(PolicyLoadError) as refused:
        load_policy(PolicyText({"draft.cedar": text}, schema))
    return refused.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("permit (principal, action", "rule-malformed"),
        (f"{SEE};", "rule-annotations"),
        (f"{NOTES} {SEE} when {{ true }};", "rule-annotations"),
        (f'{NOTES} @facets("") {SEE};', "rule-annotations"),
        (f'{NOTES} @facets("all") @form("2026-09-30") {SEE};', "rule-annotations"),
        (f'@id @authority("An Act") @reason("A reason.") @facets("all") {SEE};', "rule-annotations"),
        (rule("Not An Id", SEE), "rule-id"),
        (rule("a", SEE, facets="shape"), "rule-facets"),
        (rule("a", SEE, facets=" "), "rule-facets"),
        (permit("a", "see") + permit("a", "ask"), "rule-id-twice"),
        (rule("a", "permit (principal, action, resource)"), "permit-without-action"),
        (rule("a", 'permit (principal, action in [Action::"see", Action::"ask"], resource)'), "permit-without-action"),
        (permit("a", "see", '[true, action == Action::"see"].contains(true)'), "permit-without-action"),
        (rule("a", 'forbid (principal, action == Action::"see", resource)'), "forbid-in-part"),
        (rule("a", "forbid (principal, action, resource)", facets="what"), "forbid-in-part"),
        (rule("a", 'permit (principal, action == Action::"ask", resource)'), "rule-by"),
        (f'@by("information-owner") {permit("a", "see")}', "rule-by"),
        (f'@by("the boss") {rule("a", SEE.replace("see", "ask"))}', "rule-by"),
        (rule("a", SEE, facets="none"), "rule-facets"),
        (rule("a", SEE.replace("see", "withhold"), facets="none"), "rule-facets"),
        (f'@obligations("be-nice") {permit("a", "see")}', "rule-obligations"),
        (f'@obligations("do-not-tell-the-family") {permit("a", "exist")}', "rule-obligations"),
        (f'@from("30 September") {permit("a", "see")}', "rule-dates"),
        (f'@from("2026-09-30") @until("2026-09-29") {permit("a", "see")}', "rule-dates"),
        (forbid("a", '[true, action == Action::"exist"].contains(true)'), "forbid-in-part"),
        (rule("a", 'permit (principal, action == Action::"see", resource == Item::"0")'), "rule-names-instance"),
        (permit("a", "see", 'principal == Viewer::"viewer"'), "rule-names-instance"),
        (permit("a", "see").replace("principal,", "principal == ?principal,"), "rule-is-template"),
        (permit("a", "look"), "rule-invalid"),
        (permit("a", "see", 'resource.colour == "red"'), "rule-invalid"),
        (permit("a", "see", 'context.purpose == Purpose::"s48"'), "rule-invalid"),
        (permit("a", "see", 'context.purpose == Role::"auditor"'), "rule-compares-unlike"),
        (permit("a", "see", 'HandlingCode::"C" != resource.information'), "rule-compares-unlike"),
        (permit("a", "see", 'context.purpose in [Role::"auditor", Role::"inspector"]'), "rule-compares-unlike"),
        (permit("a", "see", "resource.owner_kind == resource.subject_kind"), "rule-compares-unlike"),
        (permit("a", "see", '[Role::"auditor"].contains(context.purpose)'), "rule-invalid"),
        (permit("a", "see", "principal.roles.contains(context.purpose)"), "rule-invalid"),
        (permit("a", "see", "1 + true == 2"), "rule-invalid"),
    ],
)
def test_a_rule_that_is_not_in_order_stops_the_whole_policy(text: str, code: str) -> None:
    refused = _refused(text)
    assert refused.code == code
    assert (refused.place or "").startswith("draft.cedar")


def test_the_refusal_names_the_rule() -> None:
    assert (
        _refused(permit("good", "see") + permit("wrong", "see", "resource.colour")).place
        == "draft.cedar, line 3: wrong"
    )


@pytest.mark.parametrize(
    ("law_on", "effect"),
    [("2026-09-29", "DENY"), ("2026-09-30", "PERMIT"), ("2026-10-01", "PERMIT"), ("2026-10-02", "DENY")],
)
def test_a_rule_is_law_from_its_first_day_to_its_last(law_on: str, effect: str) -> None:
    policy = policy_of('@from("2026-09-30") @until("2026-10-01") ' + permit("a", "see"))
    assert decide(policy, request(law_on=law_on), [item()])[0].effect == effect


def test_two_files_cannot_have_rules_of_one_id() -> None:
    with pytest.raises(PolicyLoadError, match="one id"):
        load_policy(PolicyText({"a.cedar": permit("same", "see"), "b.cedar": permit("same", "ask")}, SCHEMA))


def test_a_schema_that_cannot_be_read_is_refused() -> None:
    assert _refused("", schema="entity Viewer = {").code == "schema-malformed"


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ('"lado-allegation", ', ""),
        ('"s47", ', ""),
        ('"auditor", ', ""),
        ("  post_closure: Bool,\n", ""),
        ("law_on: Long", "law_on: String"),
        ("action see, withhold, ask, exist", "action see, withhold, ask"),
    ],
)
def test_a_schema_that_lacks_what_the_model_has_is_refused(word: str, instead: str) -> None:
    assert word in SCHEMA
    assert _refused("", schema=SCHEMA.replace(word, instead)).code == "schema-does-not-fit"


def test_a_policy_without_rules_denies_everything() -> None:
    assert decide(policy_of(), request(), [item()])[0].effect is Effect.DENY


def test_the_version_changes_with_any_text_and_with_nothing_else() -> None:
    text = PolicyText({"b.cedar": permit("b", "ask"), "a.cedar": permit("a", "see")}, SCHEMA)
    turned = PolicyText(dict(reversed(list(text.rules.items()))), SCHEMA)
    assert text.version() == turned.version() == load_policy(text).version
    assert len(text.version()) == 64
    others = [
        PolicyText({**text.rules, "c.cedar": ""}, SCHEMA),
        PolicyText({**text.rules, "a.cedar": permit("a", "see") + " "}, SCHEMA),
        PolicyText({"c.cedar": text.rules["b.cedar"], "a.cedar": text.rules["a.cedar"]}, SCHEMA),
        PolicyText(text.rules, SCHEMA + " "),
        PolicyText(text.rules, SCHEMA, {"encompass": "{}"}),
        PolicyText(text.rules, SCHEMA, codes="{}"),
        PolicyText(text.rules, SCHEMA, gateways="{}"),
    ]
    assert len({text.version(), *(other.version() for other in others)}) == 8


def test_a_policy_made_with_other_code_lists_is_refused() -> None:
    with pytest.raises(PolicyLoadError) as refused:
        load_policy(PolicyText({}, SCHEMA, codes=code_lists().replace("N1", "N2")))
    assert refused.value.code == "codes-differ"


def test_a_policy_reads_back_from_its_record_as_the_same_version() -> None:
    policy = shipped()
    again = load_policy(PolicyText.from_record(json.loads(json.dumps(policy.text.as_record()))))
    assert again == policy
    assert again.rules == policy.rules


@pytest.mark.parametrize("record", [{}, {"rules": [], "schema": ""}, {"rules": {"a": 1}, "schema": ""}])
def test_a_record_that_is_no_policy_is_refused(record: object) -> None:
    with pytest.raises(RecordError):
        PolicyText.from_record(record)


def test_the_shipped_rules_are_named_with_authority_and_sentence() -> None:
    policy = default_policy()
    assert all(loaded.rule.authority and loaded.rule.reason.endswith(".") for loaded in policy.rules.values())
