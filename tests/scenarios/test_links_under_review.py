"""What is told of a record that may be about the child, while nobody has decided it: row 33."""

from typing import Any
from uuid import UUID

import pytest

from hub.application.linking import Held
from hub.application.review_desk import Answering
from tests.hub_under_test import ANALYST, HOUSING, OFFICER, STEWARD, TEACHER, HubUnderTest, asks, new_nhs_number, told
from tests.reviews import MANAGER, waiting

KIN: dict[str, Any] = {"given": "Undecided", "born": "2016-02-03"}


def alike(hub: HubUnderTest, family: str, **other: Any) -> tuple[UUID, UUID, Held]:
    """Tell the hub of two records that may be one child; return the persons, and the record that came last."""
    held = Held("housing", f"HO-{family}")
    first = hub.hears("police", told(f"P-{family}", family=family, words="At the station", nhs=new_nhs_number(), **KIN))
    second = hub.hears(held.agency, told(held.reference, "homeless", family=family, words="Rent", **KIN, **other))
    assert first != second
    return first, second, held


def items(hub: HubUnderTest, person: UUID, viewer: str, purpose: str = "s47", **window: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.hub.chronologies.read(person, asks(viewer, purpose=purpose), **window)["items"]
    return found


def verdicts(hub: HubUnderTest, person: UUID, viewer: str, purpose: str = "s47") -> list[str]:
    return [item["verdict"] for item in items(hub, person, viewer, purpose)]


def asked_of_steward(hub: HubUnderTest, person: UUID) -> list[dict[str, Any]]:
    return [each for each in waiting(hub, STEWARD) if each["person"] == str(person)]


def test_the_mash_is_told_that_it_waits_and_nothing_of_it_in_either_childs_chronology(shared_hub: HubUnderTest) -> None:
    first, second, _ = alike(shared_hub, "Perhaps")

    for person in (first, second):
        own, waits = items(shared_hub, person, ANALYST)
        assert (own["verdict"], waits["verdict"], waits["facets"]) == ("PERMIT", "REVIEW", {})
        assert [rule["id"] for rule in waits["rules"]] == ["waits-for-a-person"]
        (task,) = asked_of_steward(shared_hub, person)
        assert (task["kind"], task["for"]) == ("release", ["data-steward"])
    assert "Rent" not in str(items(shared_hub, first, ANALYST))


@pytest.mark.parametrize("viewer", [OFFICER, HOUSING, TEACHER, "social.worker", "hospital.nurse"])
def test_to_all_others_it_is_as_absent_and_to_whoever_holds_it_too(shared_hub: HubUnderTest, viewer: str) -> None:
    family = f"Absent{viewer.replace('.', '')}"
    first, _, _ = alike(shared_hub, family)
    alone = shared_hub.hears("police", told(f"P-alone-{viewer}", given="Alone", family=family, words="At the station"))

    for purpose in ("s47", "own-service", "mash-screening", "encompass-notification"):
        assert verdicts(shared_hub, first, viewer, purpose) == verdicts(shared_hub, alone, viewer, purpose)
    assert asked_of_steward(shared_hub, first) == []


@pytest.mark.parametrize("label", ["staff-allegation", "covert"])
def test_a_hidden_record_takes_along_the_other_with_which_it_was_compared(shared_hub: HubUnderTest, label: str) -> None:
    first, hidden, _ = alike(shared_hub, f"Hidden{label[:5]}", labels=[label])

    assert verdicts(shared_hub, first, ANALYST) == ["PERMIT"]
    assert verdicts(shared_hub, hidden, ANALYST) == []


def test_a_conflict_with_the_one_hides_it_from_the_others_chronology(shared_hub: HubUnderTest) -> None:
    first, second, _ = alike(shared_hub, "Related")
    shared_hub.hub.recorder.conflict(ANALYST, [second], asks(MANAGER, reason="Her neighbour"))

    assert verdicts(shared_hub, first, ANALYST) == ["PERMIT"]
    assert verdicts(shared_hub, first, MANAGER) == ["PERMIT", "REVIEW"]


def test_an_agency_is_not_involved_by_a_record_that_may_be_another_childs(shared_hub: HubUnderTest) -> None:
    """Row 6 stays: a school is told nothing of a child who may, or may not, be its pupil."""
    nhs = new_nhs_number()
    incident = told("P-roll", "police-incident", family="Roll", nhs=nhs, labels=["domestic-abuse"], **KIN)
    child = shared_hub.hears("police", incident)
    shared_hub.hears("schools-trust", told("S-roll", "school-attendance", family="Roll", **KIN))

    assert verdicts(shared_hub, child, ANALYST) == ["PERMIT", "REVIEW"]
    assert verdicts(shared_hub, child, TEACHER, "encompass-notification") == []


def test_decided_it_is_the_childs_or_gone_and_nobody_is_asked_any_more(shared_hub: HubUnderTest) -> None:
    for family, decide, after in (("Joined", True, ["PERMIT", "PERMIT"]), ("Parted", False, ["PERMIT"])):
        first, _, held = alike(shared_hub, family)
        assert verdicts(shared_hub, first, ANALYST) == ["PERMIT", "REVIEW"]
        then = shared_hub.hub.decisions.newest(1)[0]
        if decide:
            shared_hub.hub.steward.link(held, first, asks(STEWARD))
        else:
            shared_hub.hub.steward.forbid(held, Held("police", f"P-{family}"), asks(STEWARD))

        assert verdicts(shared_hub, first, ANALYST) == after
        assert asked_of_steward(shared_hub, first) == []
        assert shared_hub.hub.replayer.replay(then).ending == "same"


def test_what_a_steward_releases_is_shown_while_it_is_undecided(shared_hub: HubUnderTest) -> None:
    first, _, _ = alike(shared_hub, "Released")
    items(shared_hub, first, ANALYST)
    (task,) = asked_of_steward(shared_hub, first)

    released = Answering("released", ("what", "when"))
    shared_hub.hub.review_desk.answer(
        task["id"], released, asks(STEWARD, purpose="own-service", reason="It may matter")
    )

    (_, shown) = items(shared_hub, first, ANALYST)
    assert (shown["verdict"], set(shown["facets"])) == ("PERMIT", {"what", "when"})
