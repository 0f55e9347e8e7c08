"""What a data steward gets to review: whose records may be one child's, what agrees, what contradicts, and no more."""

from typing import Any
from uuid import UUID

from hub.application.linking import Held
from tests.hub_under_test import AUDITOR, STEWARD, HubUnderTest, Mash, asks, new_nhs_number, told

MANAGER = "mash.manager"


def review_of(hub: HubUnderTest, person: UUID, viewer: str = STEWARD) -> dict[str, Any]:
    """Return the only open review of a person's record."""
    (found,) = [each for each in hub.hub.reviews.open(asks(viewer)) if each["person"] == str(person)]
    return found


def test_each_side_says_whose_record_it_is_and_how_they_compare(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    known = shared_hub.hears("police", told("P-rev", given="Mabli", family="Reviewed", nhs=nhs, words="On the stairs"))
    other = told("H-rev", given="Mabli", family="Otherwise", nhs=nhs, born="2015-04-04")
    new = shared_hub.hears("hospital-trust", other)

    review = review_of(shared_hub, new)

    born: dict[str, Any] = {"born": "2015-04-04", "born_as_held": ["2015-04-04"]}
    assert review["record"] == {
        "agency": "hospital-trust", "reference": "H-rev", "names": ["Mabli Otherwise"], **born,
    }  # fmt: skip
    (compared,) = review["compared"]
    assert compared["person"] == str(known)
    assert compared["record"]["names"] == ["Mabli Reviewed"]
    assert (compared["record"]["agency"], compared["record"]["reference"]) == ("police", "P-rev")
    assert "NHS number" in compared["agrees"]
    assert "Family name" in compared["contradicts"]
    assert "On the stairs" not in str(review)


def test_the_look_is_recorded_with_what_was_decided_on_each_record(shared_hub: HubUnderTest) -> None:
    shared_hub.hears("police", told("P-look", given="Look", family="Twice"))
    person = shared_hub.hears("housing", told("HO-look", given="Look", family="Twice"))

    review_of(shared_hub, person)

    (record,) = shared_hub.hub.decisions.newest(1)
    assert (record.kind, record.viewer) == ("identity-reviews", STEWARD)
    assert {"data-steward-sees-whose-record-it-is"} == {rule for each in record.decided for rule in each.rules}
    assert record.id in {each.id for each in shared_hub.hub.decisions.about(person)}


def test_a_staff_allegation_is_not_told_to_a_steward_or_a_manager(shared_hub: HubUnderTest) -> None:
    shared_hub.hears("police", told("P-staff", given="Kept", family="Apart", labels=["staff-allegation"]))
    person = shared_hub.hears("housing", told("HO-staff", given="Kept", family="Apart"))

    for viewer in (STEWARD, MANAGER):
        assert str(person) not in {each["person"] for each in shared_hub.hub.reviews.open(asks(viewer))}
        (found,) = shared_hub.hub.finder.show(person, asks(viewer))["children"]
        assert found["reviews"] == []


def test_a_steward_finds_whose_record_it_is_and_sees_no_chronology(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-thin", given="Thin", words="Seen on the stairs"))

    (found,) = shared_hub.hub.finder.show(child, asks(STEWARD))["children"]

    assert found["names"] == ["Thin Example"]
    assert shared_hub.items(child, STEWARD) == []
    assert shared_hub.hub.finder.show(child, asks(AUDITOR))["children"] == []


def test_the_command_prints_both_sides(shared_hub: HubUnderTest, mash_here: Mash) -> None:
    shared_hub.hears("police", told("P-print", given="Printed", family="Both", born="2015-04-03"))
    person = shared_hub.hears("housing", told("HO-print", given="Printed", family="Both", born="2015-04-03"))
    question = ("--as", STEWARD, "--purpose", "mash-screening", "--reason", "Weekly list")

    printed = mash_here("identity", "reviews", *question).out

    assert "this record: housing/HO-print, Printed Both, born 2015-04-03" in printed
    assert "may be: police/P-print, Printed Both, born 2015-04-03" in printed
    assert "agrees: Date of birth, Family name, Given name" in printed
    assert f"person {person}" in printed

    shared_hub.hub.steward.link(Held("housing", "HO-print"), shared_hub.person("police", "P-print"), asks(STEWARD))
    assert "HO-print" not in mash_here("identity", "reviews", *question).out
