"""Names, postcodes and numbers in a form that can be compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.names import normalise_given, normalise_name, normalise_postcode
from hub.identity.numbers import is_nhs_number, is_upn, normalise_number
from tests.identity_subjects import BAD_UPN, NHS, UPN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Brien", "O’BRIEN"),
        ("O'Brien", "OBrien"),
        ("Smith-Jones", "smith jones"),
        ("Smith‐Jones", "Smith–Jones"),  # noqa: RUF001 - hyphen and dash
        ("Siân", "Sian"),
        ("Ŵyn", "Wyn"),
        ("Łukasz", "Lukasz"),
        ("Jørgen", "Jorgen"),
        ("Straße", "Strasse"),
        ("مُحَمَّد", "محمد"),
        ("محـمد", "محمد"),
        ("\u200fعلي\u200e", "علي"),
        ("A\u200bda", "Ada"),
        ("\ufeffAda ", "Ada"),
        ("Ａｄａ", "Ada"),  # noqa: RUF001 - full-width letters
        ("St. John", "St John"),
        ("Fiona", "ﬁona"),
        ("İpek", "ipek"),
    ],
)
def test_one_name_written_in_two_ways_compares_as_one(one: str, other: str) -> None:
    first = normalise_name(one)
    assert first is not None
    assert first == normalise_name(other) or first.whole == getattr(normalise_name(other), "whole", None)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anne"), ("कुमार", "कमार"), ("Ali", "علي"), ("Lee", "Leigh")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


@pytest.mark.parametrize("text", [None, "", " ", "-", "'", "\u200b", "Unknown", "not known", "UNBORN", "n/k", "<>"])
def test_what_names_nobody_compares_with_nobody(text: str | None) -> None:
    assert normalise_name(text) is None


@pytest.mark.parametrize("text", ["Baby", "BABY BOY", "Twin 1", "twin two", "Infant", "Unborn"])
def test_what_any_newborn_is_called_is_no_given_name(text: str) -> None:
    assert normalise_given(text) is None


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "Robert'); DROP TABLE children;--"])
def test_markup_and_sql_are_only_letters(text: str) -> None:
    name = normalise_name(text)
    assert name is not None
    assert name.whole.isalnum()


@given(st.text(max_size=40))
def test_a_name_in_comparable_form_stays_as_it_is(text: str) -> None:
    name = normalise_name(text)
    if name is not None:
        assert "".join(name.words) == name.whole
        assert all(unicodedata.category(letter)[0] in "LMN" for letter in name.whole)
        again = normalise_name(" ".join(name.words))
        assert again is None or again.whole == name.whole


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("rm1 1aa", "RM11AA"),
        ("RM11AA", "RM11AA"),
        ("SW1A-1AA", "SW1A1AA"),
        ("M1", None),
        ("ZZ99 3VZ", None),
        (None, None),
    ],
)
def test_only_a_full_postcode_of_a_place_is_compared(text: str | None, postcode: str | None) -> None:
    assert normalise_postcode(text) == postcode


def test_numbers_are_compared_without_their_spacing() -> None:
    assert normalise_number(" 999 000-0018 ") == NHS[0]
    assert normalise_number("2002/0073319z") == "20020073319Z"


@pytest.mark.parametrize("number", NHS)
def test_an_nhs_number_is_right_by_its_check_digit(number: str) -> None:
    assert is_nhs_number(number)
    assert not is_nhs_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("number", ["0000000000", "1111111111", "999000001", "99900000\u0661\u0668", "ABCDEFGHIJ", ""])
def test_what_only_looks_like_an_nhs_number_is_none(number: str) -> None:
    assert not is_nhs_number(number)


@pytest.mark.parametrize("number", UPN)
def test_a_upn_is_right_by_its_check_letter(number: str) -> None:
    assert is_upn(number)
    assert not is_upn("Z" + number[1:])


@pytest.mark.parametrize("number", [BAD_UPN, "A000000000000", "A93012345600A", "I930123456001", "930123456001", ""])
def test_what_is_not_a_permanent_upn_is_weak(number: str) -> None:
    assert not is_upn(number)
