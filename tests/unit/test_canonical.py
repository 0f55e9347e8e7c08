"""Canonical JSON is RFC 8785's, byte for byte, for what is allowed; all else is refused."""

import string
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.canonical import canonical
from hub.errors import PoisonError

LARGEST = 2**53 - 1


class Colour(StrEnum):
    RED = "red"


texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
plain = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=30)


@given(values)
def test_is_what_rfc_8785_says(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0xD000)), plain))
def test_rare_names_are_right_or_refused(value: dict[str, Any]) -> None:
    """UTF-16 sorts an emoji before U+E000, code points sort it after."""
    try:
        assert canonical(value) == rfc8785.dumps(value)
    except PoisonError:
        assert any(name > "\uffff" for name in "".join(value))


def test_the_order_of_names_is_that_of_the_rfcs_example() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\u0080", "\u00f6"]
    assert canonical(dict.fromkeys(names, 0)) == rfc8785.dumps(dict.fromkeys(names, 0))


def test_a_control_character_is_escaped_in_its_shortest_form() -> None:
    text = "".join(map(chr, range(0x20))) + string.punctuation + "\x7f\u2028"
    assert canonical(text) == rfc8785.dumps(text)


def test_a_tuple_is_a_list() -> None:
    assert canonical({"a": (1, ("b",))}) == b'{"a":[1,["b"]]}'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        1e21,
        -0.0,
        0.1,
        float("nan"),
        float("inf"),
        LARGEST + 1,
        -LARGEST - 1,
        2**64,
        "\ud800",
        {"\ud800": 1},
        {"\U0001f600": 1},
        {1: "a"},
        b"bytes",
        {"a", "b"},
        date(2026, 1, 1),
        UUID(int=0),
        Colour.RED,
        type("Text", (str,), {})("text"),
    ],
)
def test_what_has_no_agreed_bytes_is_refused(value: Any) -> None:
    for nested in (value, [value], {"a": {"b": [1, value]}}):
        with pytest.raises(PoisonError) as caught:
            canonical(nested)
        assert caught.value.code == "not-canonical"


def test_bottomless_nesting_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(PoisonError):
        canonical(value)
