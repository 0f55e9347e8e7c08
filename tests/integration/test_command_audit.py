"""`mash audit` as an auditor types it."""

from uuid import UUID

import pytest

from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, Mash, told

AS = ("--as", AUDITOR, "--reason", "Practice review 3")


@pytest.fixture
def child(new_hub: HubUnderTest) -> UUID:
    """A child about whom two viewers asked, one of them in vain."""
    child = new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    new_hub.chronology(child)
    new_hub.chronology(child, HOUSING)
    return child


def test_who_knew_what_is_told_to_people_and_programs(mash: Mash, child: UUID) -> None:
    told_to_people = mash("audit", "child", str(child), *AS)
    answer = mash("audit", "child", str(child), *AS, "--json").json

    assert told_to_people.status == 0
    for words in ("had published", "had been shown", "had asked and not been told", "Seen by nobody but its owner"):
        assert words in told_to_people.out
    assert "stairs" not in told_to_people.out
    assert {each["agency"]: len(each["not_told"]) for each in answer["agencies"]} == {
        "childrens-social-care": 0, "housing": 1, "police": 0,
    }  # fmt: skip
    assert answer["person"] == str(child)


@pytest.mark.parametrize(
    ("wanted", "viewers"),
    [
        (("agency", "housing"), [HOUSING]),
        (("user", ANALYST), [ANALYST]),
        (("rule", "mash-sees-for-a-stated-purpose"), [ANALYST]),
        (("emergency",), []),
        (("agency", "housing", "--until", "2023-12-31"), []),
    ],
)
def test_reads_are_listed(mash: Mash, child: UUID, wanted: tuple[str, ...], viewers: list[str]) -> None:
    assert [each["viewer"] for each in mash("audit", *wanted, *AS, "--json").json["reads"]] == viewers
    assert mash("audit", *wanted, *AS).status == 0


def test_nobody_but_an_auditor_may(mash: Mash, child: UUID) -> None:
    for asked in (("child", str(child)), ("agency", "housing"), ("emergency",)):
        refused = mash("audit", *asked, "--as", ANALYST, "--reason", "Curious", "--json")
        assert (refused.status, refused.error["code"]) == (1, "not-an-auditor")
