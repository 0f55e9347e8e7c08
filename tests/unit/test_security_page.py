"""The security page says something of every requirement of the standard's levels 1 and 2, and its files are there."""

import re
from collections import Counter
from itertools import chain
from typing import Final

from tests.hub_under_test import ROOT

PAGE: Final = (ROOT / "docs" / "security.md").read_text()
STATES: Final = {"met", "partly", "**not met**", "issuer's", "operator's", "none"}
# How many requirements of level 1 and 2 each section of ASVS 5.0.0 has; they come first in each.
SECTIONS: Final[dict[str, int]] = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def test_every_requirement_is_said_once_and_in_a_word_that_is_explained() -> None:
    rows = [row.split("|")[1:4] for row in PAGE.splitlines() if re.match(r"\| \d", row)]
    assert {state.strip() for _, state, _ in rows} <= STATES
    said = Counter(chain.from_iterable(numbers(cell) for cell, _, _ in rows))
    wanted = {f"{section}.{number}" for section, last in SECTIONS.items() for number in range(1, last + 1)}
    assert len(wanted) == 253
    assert said.keys() == wanted
    assert [each for each, times in said.items() if times > 1] == []


def numbers(cell: str) -> list[str]:
    """Return the requirements that a cell names, such as `1.2.6–8`."""
    found = re.findall(r"(\d+\.\d+)\.(\d+)(?:–(\d+))?", cell)
    return [f"{section}.{each}" for section, first, last in found for each in range(int(first), int(last or first) + 1)]


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:hub|tests|docs|producers|policies|assets)/[\w./-]*|\w[\w-]*\.(?:txt|md|yml))`", PAGE))
    named |= {f"docs/{each}" for each in re.findall(r"\]\(([\w-]+\.md)[)#]", PAGE)}
    assert len(named) > 60
    assert [each for each in named if not (ROOT / each).exists()] == []
