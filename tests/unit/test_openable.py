"""Which sections and rows may go into an evidence bundle: never more than was shown of them."""

from typing import Any

import pytest

from hub.views.openable import may_be_opened, row_may_be_shown

ALL = ("what", "when", "detail", "narrative", "voice", "people", "location", "source")


def item(*facets: str, **told: Any) -> dict[str, Any]:
    """Return an item of which some facets were shown."""
    return {"facets": {**{each: {} for each in facets}, **told}}


@pytest.mark.parametrize(
    ("part", "section", "value", "needed"),
    [
        ("child", "what", {"type": "referral"}, {"what"}),
        ("child", "what", {"quality": [{"rule": "bad-date", "field": "x"}]}, {"what"}),
        ("child", "what", {"quality": [{"rule": "bad-date", "field": "x", "written": "31.2."}]}, {"what", "detail"}),
        ("child", "when", {"occurred": {}}, {"when"}),
        ("child", "detail", {"type": "referral"}, {"detail", "what"}),
        ("child", "narrative", {"text": "Seen"}, {"narrative"}),
        ("child", "narrative", {"text": "Seen", "reported_by": "A neighbour"}, {"narrative", "source"}),
        ("child", "voice", {"words": "Home"}, {"voice"}),
        ("child", "location", {"addresses": []}, {"location"}),
        ("child", "source", {"agency": "police", "handling": {}}, {"source"}),
        ("person:1", "people", {"kind": "parent-or-carer", "person": {"names": []}}, {"people"}),
        ("person:1", "people", {"person": {"addresses": [{"postcode": "ZZ99 3VZ"}]}}, {"people", "location"}),
        ("person:1", "narrative", {"note": "Was there"}, {"people", "narrative"}),
    ],
)
def test_a_section_opens_where_all_that_is_in_it_was_shown(
    part: str, section: str, value: Any, needed: set[str]
) -> None:
    assert may_be_opened(item(*needed), part, section, value)
    for one in needed:
        assert not may_be_opened(item(*set(ALL) - {one}), part, section, value)


@pytest.mark.parametrize(
    ("part", "section", "value"),
    [
        ("child", "subject", {"reference": "P-1"}),
        ("child", "sharing", {"sensitivity": ["hiv"]}),
        ("child", "origin", {"signature": "s"}),
        ("child", "source", {"agency": "police", "record": "R-1"}),
        ("child", "unheard-of", {}),
        ("audit", "decision", {}),
        ("audit", "narrative", {}),
    ],
)
def test_what_nobody_is_shown_never_opens(part: str, section: str, value: Any) -> None:
    assert not may_be_opened(item(*ALL), part, section, value)


def test_nothing_opens_of_what_was_withdrawn() -> None:
    withdrawn = item(*ALL, what={"status": "retracted"})
    assert not may_be_opened(withdrawn, "child", "narrative", {"text": "Seen"})
    assert not row_may_be_shown(withdrawn, ["child"])


@pytest.mark.parametrize("missing", ["what", "when", "source", "people"])
def test_a_row_is_shown_where_it_tells_no_more_than_the_item(missing: str) -> None:
    others = set(ALL) - {missing}
    assert row_may_be_shown(item(*ALL), ["child", "person:1"])
    assert not row_may_be_shown(item(*others), ["child", "person:1"])
    assert row_may_be_shown(item(*others), ["child"]) == (missing == "people")
