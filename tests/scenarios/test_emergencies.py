"""What is shown at once in an emergency: who is told, who looks at it, and where it stands."""

from datetime import datetime, timedelta

import pytest

from hub.application.review_desk import Answering
from tests.hub_under_test import HubUnderTest, asks, told
from tests.reviews import DUTY, GUARDIAN, MANAGER, MONDAY, ask, on_monday, waiting


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub on a Monday at ten."""
    return on_monday(new_hub)


def test_an_emergency_is_answered_at_once_and_looked_at_by_somebody_else_within_a_day(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-now", words="At the station"))
    (item,) = ask(hub, child, DUTY, "emergency")

    assert set(item["facets"]) >= {"what", "when", "detail", "voice", "people"}
    assert "second-person-reviews-in-24-hours" in item["obligations"]
    tasks = {each["kind"]: each for each in waiting(hub, GUARDIAN)}
    assert set(tasks) >= {"second-look", "guardian"}
    second = tasks["second-look"]
    assert datetime.fromisoformat(second["due"]) - MONDAY == timedelta(hours=24)
    assert second["asker"]["viewer"] == DUTY
    assert second["asker"]["reason"] == "Her sister wrote to us"
    assert waiting(hub, DUTY) == []
    assert [each["kind"] for each in waiting(hub, MANAGER)] == []


def test_an_emergency_on_a_friday_night_is_looked_at_on_saturday(hub: HubUnderTest) -> None:
    hub.clock.advance(timedelta(days=4, hours=12))
    child = hub.hears("police", told("P-fri"))
    ask(hub, child, DUTY, "emergency")

    (second,) = [each for each in waiting(hub, GUARDIAN) if each["kind"] == "second-look"]

    assert second["due"].startswith("2024-01-13T22:00")


def test_an_emergency_stands_first_in_the_list_of_decisions_until_it_was_looked_at(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-first"))
    ask(hub, child, DUTY, "emergency")
    for _ in range(3):
        ask(hub, child)

    def first(limit: int) -> bool:
        listed = hub.hub.decisions.listed(limit, hub.hub.review_desk.emergencies())
        assert len(listed) <= limit
        return listed[0].purpose == "emergency"

    assert first(2)
    assert first(20)
    task = next(each for each in waiting(hub, GUARDIAN) if each["kind"] == "second-look")
    hub.hub.review_desk.answer(task["id"], Answering("justified"), asks(GUARDIAN, purpose="own-service"))
    assert not first(2)
    assert first(20)


def test_an_emergencys_place_is_released_by_a_second_person(hub: HubUnderTest) -> None:
    home = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}
    child = hub.hears("police", told("P-place", person=home))
    assert "location" not in ask(hub, child, DUTY, "emergency")[0]["facets"]
    task = next(each for each in waiting(hub, GUARDIAN) if each["kind"] == "release")
    assert task["asker"]["viewer"] == DUTY

    hub.hub.review_desk.answer(
        task["id"], Answering("released", ("location",)), asks(GUARDIAN, purpose="own-service", reason="In danger")
    )

    (item,) = ask(hub, child, DUTY, "emergency")
    assert item["facets"]["location"]["addresses"][0]["postcode"] == "ZZ8 1WN"
    assert "released-more-by-review" in {rule["id"] for rule in item["rules"]}
    assert "emergency" in {rule["id"] for rule in item["rules"]}


def test_a_search_in_an_emergency_is_looked_at_too_and_once(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-search"))
    for _ in range(2):
        hub.hub.finder.find(asks(DUTY, purpose="emergency", reason="Out on the roof"), identifier="P-search")

    assert [each["kind"] for each in waiting(hub, GUARDIAN)] == ["second-look", "guardian"]


def test_looked_at_once_another_emergency_is_looked_at_again(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-again"))
    for _ in range(2):
        ask(hub, child, DUTY, "emergency")
        (second,) = [each for each in waiting(hub, GUARDIAN) if each["kind"] == "second-look"]
        hub.hub.review_desk.answer(second["id"], Answering("justified"), asks(GUARDIAN, purpose="own-service"))

    assert hub.events("ReviewAnswered") == 2
