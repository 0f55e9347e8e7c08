"""What Cedar's own analyser proves of the shipped rules; fails where `cedar` with analyze, or `cvc5`, is not there."""

from policies.authoring import prove_policy
from policies.client import shipped_text


def test_every_invariant_and_every_slice_is_proved() -> None:
    answer = prove_policy(None)
    assert [each for each in answer["proofs"] if not each["proved"]] == []
    assert {each["kind"] for each in answer["proofs"]} == {"invariant", "slice"}


def test_a_draft_without_a_forbid_is_found_out_with_a_case() -> None:
    rules = dict(shipped_text().rules)
    spoilt = {**rules, "viewers.cedar": rules["viewers.cedar"].replace('Role::"lead-member", ', "")}
    answer = prove_policy(spoilt, rules)
    failed = {each["name"]: each["counterexample"] for each in answer["proofs"] if not each["proved"]}
    assert "lead-member" in failed["members-and-boards-see-no-item (anything)"]["roles"]
    assert "anything" in failed


def test_a_draft_that_only_forbids_more_shows_no_more() -> None:
    rules = dict(shipped_text().rules)
    stricter = {
        **rules,
        "more.cedar": '@id("more") @authority("An Act") @reason("No.") @facets("all") '
        "forbid (principal, action, resource) when { resource.sampled };",
    }
    assert prove_policy(stricter, rules)["proved"]
