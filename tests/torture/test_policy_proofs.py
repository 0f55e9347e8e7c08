"""What Cedar's own analyser proves of the shipped rules; fails where `cedar` with analyze, or `cvc5`, is not there."""

from policies.authoring import prove_policy
from policies.client import shipped_text

WIDER = """@id("more") @authority("An Act") @reason("A drill.") @facets("when")
permit (principal, action == Action::"see", resource)
when { principal.roles.contains(Role::"practitioner") && context.purpose == Purpose::"performance" && resource.injury };
"""
SAID = """shows_more:
  - of: when
    because: A drill.
    authority: An Act
    when: context.purpose == Purpose::"performance" && resource.injury
"""


def test_every_invariant_and_every_slice_is_proved() -> None:
    answer = prove_policy(None)
    assert [each for each in answer["proofs"] if not each["proved"]] == []
    assert {each["kind"] for each in answer["proofs"]} == {"invariant", "slice"}


def test_a_draft_without_a_forbid_is_found_out_with_a_case() -> None:
    rules = dict(shipped_text().rules)
    spoilt = {**rules, "viewers.cedar": rules["viewers.cedar"].replace('Role::"lead-member", ', "")}
    answer = prove_policy(spoilt, rules)
    failed = {each["name"]: each for each in answer["proofs"] if not each["proved"]}
    of_members = failed["members-and-boards-see-no-item (anything)"]
    assert "lead-member" in of_members["counterexample"]["roles"]
    assert "somebody of" in of_members["told"]
    assert " lead member" in of_members["told"]
    assert "anything" in failed


def test_a_draft_shows_more_only_where_its_author_says_so() -> None:
    rules = dict(shipped_text().rules)
    wider = {**rules, "more.cedar": WIDER}
    failed = [each["name"] for each in prove_policy(wider, rules)["proofs"] if not each["proved"]]
    assert failed == ["anything", "when"]
    said = prove_policy({**wider, "shows-more.yaml": SAID}, rules)
    assert said["proved"]
    assert said["shows_more"] == [{"of": ["when"], "because": "A drill.", "authority": "An Act"}]
    of_another_facet = {**wider, "shows-more.yaml": SAID.replace("of: when", "of: what")}
    assert not prove_policy(of_another_facet, rules)["proved"]


def test_a_draft_that_only_forbids_more_shows_no_more() -> None:
    rules = dict(shipped_text().rules)
    stricter = {
        **rules,
        "more.cedar": '@id("more") @authority("An Act") @reason("No.") @facets("all") '
        "forbid (principal, action, resource) when { resource.sampled };",
    }
    assert prove_policy(stricter, rules)["proved"]
