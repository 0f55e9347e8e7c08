"""What a school is told of domestic abuse: where a place is hidden, and where its lead is related to the child."""

from typing import Any
from uuid import UUID

import pytest

from hub.application.review_desk import Answering
from hub.events.directory import PartnerKind, UserRegistered
from tests.hub_under_test import TEACHER, HubUnderTest, asks, new_nhs_number, told
from tests.reviews import MANAGER, waiting

DEPUTY, ELSEWHERE = "school.deputy", "college.dsl"
HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}
HIDING = {"addresses": [{"lines": ["1 Hidden Lane"], "postcode": "ZZ9 9ZZ", "kind": "refuge"}]}
ENCOMPASS = "encompass-notification"


@pytest.fixture(scope="module")
def hub(shared_hub: HubUnderTest) -> HubUnderTest:
    lead = ["designated-safeguarding-lead"]
    shared_hub.hub.directory.register_agency("college", "Ridgemoor College", PartnerKind.EDUCATION, by="tester")
    shared_hub.hub.directory.register_user(
        UserRegistered(id=ELSEWHERE, name=ELSEWHERE, agency="college", roles=lead, by="tester")
    )
    return shared_hub


def pupil(hub: HubUnderTest, **incident: Any) -> UUID:
    """Tell the hub of an incident in the life of a pupil on roll."""
    nhs = new_nhs_number()
    hub.hears("schools-trust", told(f"S-{nhs}", "school-attendance", nhs=nhs))
    told_of = {"person": HOME, "labels": ["domestic-abuse"], "words": "Shouting", **incident}
    return hub.hears("police", told(f"P-{nhs}", "police-incident", nhs=nhs, **told_of))


def incidents(hub: HubUnderTest, child: UUID, viewer: str = TEACHER) -> list[dict[str, Any]]:
    items = hub.hub.chronologies.read(child, asks(viewer, purpose=ENCOMPASS))["items"]
    return [item for item in items if "source" not in item["facets"]]


def tasks(hub: HubUnderTest, child: UUID, viewer: str) -> list[str]:
    return [each["kind"] for each in waiting(hub, viewer) if each["person"] == str(child)]


@pytest.mark.parametrize(
    "hidden",
    [
        {"labels": ["domestic-abuse", "refuge"]},
        {"labels": ["domestic-abuse", "address-confidential"]},
        {"person": HIDING},
        {"person": {**HOME, "confidentiality": "R"}},
        {"others": [{"kind": "parent-or-carer", "person": HIDING}]},
    ],
)
def test_where_somebody_hides_a_school_learns_no_place(hub: HubUnderTest, hidden: dict[str, Any]) -> None:
    """Row 5 and row 3."""
    (at_home,) = incidents(hub, pupil(hub))
    (item,) = incidents(hub, pupil(hub, **hidden))

    assert at_home["facets"]["location"]["addresses"] == HOME["addresses"]
    assert set(item["facets"]) == {"what", "when", "detail", "voice"}
    assert "use-safe-contact" in item["obligations"]
    assert "ZZ" not in str(item)


def test_a_shield_in_another_agencys_record_hides_the_place_of_the_incident_too(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("schools-trust", told(f"S-{nhs}", "school-attendance", nhs=nhs))
    child = hub.hears("police", told(f"P-{nhs}", "police-incident", nhs=nhs, person=HOME, labels=["domestic-abuse"]))
    before = incidents(hub, child)

    hub.hears("refuge", told(f"R-{nhs}", nhs=nhs, labels=["refuge"]))

    assert "ZZ8 1WN" in str(before)
    assert "ZZ8 1WN" not in str(incidents(hub, child))


def test_what_a_related_lead_may_not_see_goes_to_the_schools_deputy(hub: HubUnderTest) -> None:
    """Row 5: a conflicted lead sees nothing, and is told nothing of who sees it instead."""
    child = pupil(hub)
    hub.hub.recorder.conflict(TEACHER, [child], asks(MANAGER, reason="Her nephew"))

    assert [incidents(hub, child), incidents(hub, child)] == [[], []]

    (task,) = [each for each in waiting(hub, DEPUTY) if each["person"] == str(child)]
    assert (task["kind"], task["for"], task["asker"]) == ("deputy", ["designated-safeguarding-lead"], None)
    (item,) = incidents(hub, child, DEPUTY)
    assert [each["id"] for each in task["items"]] == [item["id"]]
    assert set(item["facets"]) == {"what", "when", "detail", "voice", "location"}
    assert (tasks(hub, child, TEACHER), tasks(hub, child, ELSEWHERE), tasks(hub, child, MANAGER)) == ([], [], [])
    hub.hub.review_desk.answer(task["id"], Answering("seen"), asks(DEPUTY, purpose="own-service"))
    assert tasks(hub, child, DEPUTY) == []


def test_a_deputy_who_is_related_too_is_not_asked_and_the_hubs_manager_finds_somebody(hub: HubUnderTest) -> None:
    child = pupil(hub)
    for lead in (TEACHER, DEPUTY):
        hub.hub.recorder.conflict(lead, [child], asks(MANAGER, reason="Their village"))

    incidents(hub, child)

    assert tasks(hub, child, DEPUTY) == []
    assert tasks(hub, child, MANAGER) == ["deputy"]


def test_no_task_is_made_of_what_the_school_would_not_be_told(hub: HubUnderTest) -> None:
    """Row 6: the pupil of another school."""
    nhs = new_nhs_number()
    child = hub.hears("police", told(f"P-{nhs}", "police-incident", nhs=nhs, labels=["domestic-abuse"]))
    hub.hub.recorder.conflict(TEACHER, [child], asks(MANAGER, reason="Her nephew"))

    assert incidents(hub, child) == []
    assert tasks(hub, child, DEPUTY) == []


def test_nobody_is_asked_about_a_child_to_whose_household_they_are_related(hub: HubUnderTest) -> None:
    """Row 25 at the desk: an information owner neither sees nor answers what waits on a sibling."""
    mother = {"kind": "parent-or-carer", "reference": "H-mother"}
    confided: dict[str, Any] = {"labels": ["mental-health"], "others": [mother]}
    sibling = hub.hears("hospital-trust", told("H-sib", "health-encounter", given="Sib", born="2012-02-02", **confided))
    child = hub.hears("hospital-trust", told("H-kin", "health-encounter", given="Kin", **confided))
    hub.hub.chronologies.read(sibling, asks("mash.analyst", purpose="mash-screening"))
    before = tasks(hub, sibling, "hospital.owner")

    hub.hub.recorder.conflict("hospital.owner", [child], asks(MANAGER, reason="Her sister's children"))

    assert before == ["release"]
    assert tasks(hub, sibling, "hospital.owner") == []
    assert tasks(hub, sibling, MANAGER) == ["release"]
