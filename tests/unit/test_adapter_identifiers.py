"""Check digits and letters, against the library and published examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import nhs, upn

from producers.adapters.identifiers import UPN_ISSUERS, former_upn_faults, read_nhs_number, upn_faults


@pytest.mark.parametrize(
    ("written", "number", "right"),
    [
        ("9000000009", "9000000009", True),
        ("943 476 5919", "9434765919", True),
        ("943-476-5919", "9434765919", True),
        ("943\u00a0476\u200b5919", "9434765919", True),
        ("9434765918", "9434765918", False),
        ("943 476 591", "943 476 591", False),
        ("943476591X", "943476591X", False),
        ("٩٤٣٤٧٦٥٩١٩", "٩٤٣٤٧٦٥٩١٩", False),
        ("", "", False),
    ],
)
def test_an_nhs_number_is_read_with_or_without_spaces(written: str, number: str, right: bool) -> None:
    assert read_nhs_number(written) == (number, right)


@given(st.text("0123456789", min_size=10, max_size=10))
def test_the_check_digit_agrees_with_the_library(number: str) -> None:
    assert read_nhs_number(number) == (number, nhs.is_valid(number))


@pytest.mark.parametrize(
    ("number", "faults"),
    [
        ("B801200005001", []),
        ("A801200005001", ["1510"]),
        ("X80120000A001", ["1540"]),
        ("E000200005001", ["1530"]),
        ("H80120000500I", ["1550"]),
        ("B80120000500", ["upn-length"]),
        ("B8012000050011", ["upn-length"]),
        ("b801200005001", ["1510"]),
        ("X42042042O420", ["1540"]),
        ("X4٢0420420420", ["1530"]),
    ],
)
def test_a_upn_breaks_the_rules_that_it_breaks(number: str, faults: list[str]) -> None:
    assert upn_faults(number) == faults


@given(st.sampled_from(sorted(UPN_ISSUERS)), st.text("0123456789", min_size=8, max_size=8), st.data())
def test_the_check_letter_agrees_with_the_library(issuer: str, digits: str, data: st.DataObject) -> None:
    last = data.draw(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUVWXYZ"))
    body = issuer + digits + last
    right = upn.calc_check_digit(body)
    assert upn_faults(right + body) == []
    wrong = data.draw(st.sampled_from([letter for letter in "ABCDEFGHJKLMNPQRTUVWXYZ" if letter != right]))
    assert upn_faults(wrong + body) == ["1510"]


def test_the_issuers_are_those_of_rule_1530() -> None:
    assert {"001", "005", "201", "420", "681", "816", "839", "896", "940", "943"} <= UPN_ISSUERS
    assert not {"000", "006", "200", "421", "804", "817", "897", "939", "944"} & UPN_ISSUERS


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("X987654321231", True),
        ("X98765432123B", True),
        ("X0000Y0000007", False),
        ("X98721238", False),
        ("9876543212312", False),
        ("X98765432123I", False),
    ],
)
def test_a_former_upn_has_the_form_of_one(number: str, right: bool) -> None:
    assert former_upn_faults(number) == ([] if right else ["1560Q"])
