"""Who in the MASH sees which agencies were shown a record, and what that must not betray."""

from uuid import UUID, uuid4

import pytest

from hub.application.chronologies import Window
from hub.errors import RefusedError
from tests.hub_under_test import (
    ANALYST,
    HOUSING,
    NURSE,
    OFFICER,
    TEACHER,
    HubUnderTest,
    asks,
    day,
    new_nhs_number,
    told,
)

OWN = "own-service"


def agencies(hub: HubUnderTest, child: UUID, viewer: str = ANALYST) -> list[list[str]]:
    """Return for each record that a viewer sees, in order, the agencies that were shown it."""
    answer = hub.hub.shown_to.of_child(child, asks(viewer))
    return [[each["agency"] for each in answer["shown_to"][item["id"]]] for item in answer["items"]]


def test_the_mash_sees_who_was_shown_a_record_by_its_owner_or_by_itself(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = shared_hub.hears("schools-trust", told("ST-1", "school-attendance", nhs=nhs, on="2023-11-01"))
    shared_hub.hears("police", told("ST-2", nhs=nhs, on="2024-01-01"))

    first = agencies(shared_hub, child)
    shared_hub.hub.chronologies.read(child, asks(OFFICER, purpose=OWN))
    window = Window(end=day("2023-01-01"))
    shared_hub.hub.chronologies.read(child, asks(TEACHER, purpose=OWN), window=window)

    assert first == [["childrens-social-care"], ["childrens-social-care"]]
    assert agencies(shared_hub, child) == [["childrens-social-care"], ["childrens-social-care", "police"]]


def test_an_agency_of_which_nothing_is_seen_is_not_named(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("ST-3"))
    seen = shared_hub.hub.decisions.one(shared_hub.chronology(child)["decision"])
    elsewhere = seen.model_copy(update={"id": uuid4(), "viewer": HOUSING, "agency": "housing"})
    shared_hub.hub.decisions.record(elsewhere, [child])

    assert agencies(shared_hub, child) == [["childrens-social-care"]]


@pytest.mark.parametrize("viewer", [OFFICER, TEACHER, HOUSING, NURSE])
def test_nobody_else_is_told_and_that_they_asked_is_recorded(shared_hub: HubUnderTest, viewer: str) -> None:
    child = shared_hub.hears("police", told("ST-4"))

    with pytest.raises(RefusedError):
        agencies(shared_hub, child, viewer)

    asked = shared_hub.hub.decisions.about(child)[-1]
    assert (asked.viewer, asked.kind, asked.refusal) == (viewer, "shown-to", "not-the-mash")
