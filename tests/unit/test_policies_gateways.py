"""Which lawful basis can carry which purpose: the table knows every purpose and no word that does not exist."""

from datetime import date

import pytest

from policies.client import PolicyLoadError
from policies.gateways import read_gateways, shipped_gateways
from policies.model import LawfulBasis, Purpose, Statement

TODAY = date(2026, 11, 22)
SHIPPED = read_gateways(shipped_gateways())
STATED = {
    Statement.NO_CONSENT: "would-prejudice-protection",
    Statement.DETRIMENT: "Not sharing leaves her alone with it",
    Statement.ESSENTIAL: "No death is reviewed without it",
}


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.UNKNOWN])
def test_the_table_has_every_purpose_and_only_bases_that_exist(purpose: Purpose) -> None:
    assert SHIPPED.carry[purpose] or purpose in {Purpose.INSPECTION, Purpose.SUBJECT_ACCESS}


@pytest.mark.parametrize(
    ("purpose", "bases"),
    [
        ("s47", {"CA1989-s47", "UKGDPR-6-1-e", "DPA2018-Sch1-p18"}),
        ("early-help", {"UKGDPR-6-1-a"}),
        ("child-death-review", {"CA2004-s16N", "confidence-public-interest"}),
        ("s17", {"CA2004-s16LA"}),
        ("performance", set()),
    ],
)
def test_a_basis_that_can_carry_the_purpose_has_no_fault(purpose: str, bases: set[str]) -> None:
    assert SHIPPED.fault(Purpose(purpose), frozenset(map(LawfulBasis, bases)), TODAY, STATED) is None


def test_a_duty_does_not_rest_on_consent() -> None:
    fault = SHIPPED.fault(Purpose.S47, frozenset({LawfulBasis.CONSENT}), TODAY, {})
    assert fault is not None
    assert fault.startswith("The basis UKGDPR-6-1-a cannot carry the purpose s47: it needs one of CA1989-s47")


def test_a_purpose_without_a_gateway_says_so() -> None:
    fault = SHIPPED.fault(Purpose.INSPECTION, frozenset({LawfulBasis.CA2004_S11}), TODAY, {})
    assert fault == "The basis CA2004-s11 cannot carry the purpose inspection: no gateway of the table does."


@pytest.mark.parametrize(("law_on", "refused"), [(date(2026, 9, 29), True), (date(2026, 9, 30), False)])
def test_the_duty_to_share_cannot_be_claimed_before_its_first_day(law_on: date, refused: bool) -> None:
    fault = SHIPPED.fault(Purpose.S17, frozenset({LawfulBasis.CA2004_S16LA}), law_on, STATED)
    assert (fault is not None) == refused


@pytest.mark.parametrize(
    ("basis", "purpose", "name", "missing"),
    [
        (
            LawfulBasis.DPA2018_SCH1_P18,
            Purpose.S47,
            Statement.NO_CONSENT,
            "why there is no consent, as one of cannot-be-given, ",
        ),
        (
            LawfulBasis.CA2004_S16LA,
            Purpose.S17,
            Statement.DETRIMENT,
            "why sharing is not more detrimental to the child",
        ),
        (
            LawfulBasis.CA2004_S16N,
            Purpose.CHILD_DEATH_REVIEW,
            Statement.ESSENTIAL,
            "why it is essential to the function",
        ),
    ],
)
def test_a_basis_that_needs_a_statement_is_refused_without_it(
    basis: LawfulBasis, purpose: Purpose, name: Statement, missing: str
) -> None:
    unsaid: list[dict[Statement, str]] = [
        {}, {name: ""}, {name: "..."}, {other: "words" for other in Statement if other is not name},
    ]  # fmt: skip
    for said in unsaid:
        fault = SHIPPED.fault(purpose, frozenset({basis}), TODAY, said)
        assert fault is not None
        assert fault.startswith(f"The basis {basis.value} needs a statement ({name}): {missing}")
    assert SHIPPED.fault(purpose, frozenset({basis}), TODAY, {name: STATED[name]}) is None


def test_going_without_consent_has_three_grounds_and_no_other() -> None:
    fault = SHIPPED.fault(
        Purpose.S47, frozenset({LawfulBasis.DPA2018_SCH1_P18}), TODAY, {Statement.NO_CONSENT: "It was a Friday"}
    )
    assert fault is not None


@pytest.mark.parametrize("basis", [basis for basis in LawfulBasis if basis is not LawfulBasis.UNKNOWN])
def test_what_a_basis_needs_can_always_be_stated(basis: LawfulBasis) -> None:
    carrying = [purpose for purpose in Purpose if basis in SHIPPED.carry.get(purpose, ())] or [Purpose.S47]
    fault = SHIPPED.fault(carrying[0], frozenset({basis}), TODAY, STATED)
    assert fault is None or "needs a statement" not in fault


@pytest.mark.parametrize(
    ("text", "place", "fault"),
    [
        (shipped_gateways() + "\nlado: [CA2004-s11\n", "gateways.yaml, line", "cannot be read"),
        (shipped_gateways().replace("CA1989-s47,", "CA1989-s470,"), "gateways.yaml", "CA1989-s470"),
        (shipped_gateways().replace("  lado:", "  ladoo:"), "gateways.yaml", "lado"),
        (shipped_gateways().replace("2026-09-30", "soon"), "gateways.yaml", "in_force.CA2004-s16LA.from"),
        ("[]", "gateways.yaml", "cannot be read"),
        ("[" * 5_000, "gateways.yaml", "cannot be read"),
        ("a: &a [*a]", "gateways.yaml", "cannot be read"),
    ],
)
def test_a_table_that_is_not_in_order_is_refused_with_its_place(text: str, place: str, fault: str) -> None:
    with pytest.raises(PolicyLoadError) as refused:
        read_gateways(text)
    assert (refused.value.code, refused.value.place or "") == ("gateways-malformed", refused.value.place)
    assert (refused.value.place or "").startswith(place)
    assert fault in refused.value.message
