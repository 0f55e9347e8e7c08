"""What goes around a proof, without the analyser: what a draft says of showing more, and how a case is told."""

from dataclasses import replace
from typing import Any

import pytest

from policies.authoring import proof_of
from policies.client import load_policy, shipped_text
from policies.errors import PolicyError
from policies.ruleset import PolicyText
from policies.tools.classes import class_of, values_of
from policies.tools.counterexamples import smallest, told_case

SAYS = """shows_more:
- of: what when
  because: The duty begins.
  authority: Children Act 2004 s16LA
  when: resource.injury
"""


def test_what_a_draft_says_of_showing_more_is_part_of_its_version_and_changes_no_other() -> None:
    shipped = shipped_text()
    assert "shows_more" not in shipped.as_record()
    draft = replace(shipped, shows_more=SAYS)
    assert draft.version() != shipped.version()
    assert PolicyText.from_record(draft.as_record()) == draft
    (said,) = load_policy(draft).shows_more
    assert (said.of, said.because) == (("what", "when"), "The duty begins.")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("resource.injury", "resource.colour", 2),
        ("resource.injury", "resource.injury }; forbid (principal, action, resource) when { true", 2),
        ("resource.injury", "&&", 5),
        ("what when", "everything", 2),
        ("  because: The duty begins.\n", "", 2),
        ("shows_more:", "shows_more: [", 2),
    ],
)
def test_what_cannot_be_read_of_it_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(replace(shipped_text(), shows_more=SAYS.replace(old, new)))
    assert (refused.value.code, refused.value.place) == ("shows-more-malformed", f"shows-more.yaml, line {line}")


def test_a_case_is_told_without_what_does_not_matter() -> None:
    case: dict[str, Any] = {
        "roles": frozenset({"auditor", "lead-member", "administrator"}), "agency_kind": "police", "injury": True,
        "purpose": "s47", "law_on": -1, "sensitivity": frozenset({"covert", "adoption"}),
    }  # fmt: skip
    values = smallest(
        case,
        lambda each: "lead-member" in each["roles"] and "covert" in each["sensitivity"] and each["purpose"] == "s47",
    )
    assert told_case(values, "when") == (
        "For instance, somebody of a voluntary-sector agency as lead member, who asks for section 47, is shown "
        "the date of a record of the police (police incident, about a child), where sensitivity is covert."
    )
    usual = values_of(*class_of({}))
    assert smallest(case, lambda _: None) == {**usual, **case}


def test_where_the_analyser_is_absent_that_is_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.tools.analyser.shutil.which", lambda _: None)
    proof = proof_of(shipped_text(), None)
    assert (proof.said, proof.faults) == ("not proved: analyser absent", ())
