"""A search that matched a shielded child alerts those who protect the child, and the searcher cannot tell."""

from typing import Any

import pytest

from hub.errors import RefusedError
from tests.hub_under_test import HOUSING, NURSE, REFUGE, HubUnderTest, Mash, asks, day, new_nhs_number, told

LEAD = "refuge.lead"


def alerts(hub: HubUnderTest, viewer: str = LEAD) -> list[dict[str, Any]]:
    return hub.hub.alerts.newest(asks(viewer, purpose="own-service"), 50)


def sheltered(hub: HubUnderTest, name: str, **data: Any) -> str:
    """Let the refuge hold a record that asks for a shield; return the child's number."""
    number = new_nhs_number()
    hub.hears("refuge", told(f"R-{name}", nhs=number, labels=["refuge"], **data))
    return number


def test_the_refuge_learns_of_a_search_that_found_nothing_to_show(shared_hub: HubUnderTest) -> None:
    number = sheltered(shared_hub, "searched")

    answer = shared_hub.hub.finder.find(asks(NURSE), identifier=number)

    assert answer["children"] == []
    alert = alerts(shared_hub)[0]
    assert (alert["reference"], alert["searched_by"]) == ("R-searched", "hospital-trust")
    assert alert["decision"] == answer["decision"]
    assert set(alert) == {"at", "reference", "searched_by", "decision"}


def test_a_search_by_name_alerts_too(shared_hub: HubUnderTest) -> None:
    sheltered(shared_hub, "named", given="Nameless", family="Sought", born="2015-04-03")

    shared_hub.hub.finder.find(asks(HOUSING), family="Sought", given="Nameless", born=day("2015-04-03"))

    assert alerts(shared_hub)[0]["reference"] == "R-named"


def test_a_search_for_a_child_who_is_not_shielded_alerts_nobody(shared_hub: HubUnderTest) -> None:
    number = new_nhs_number()
    shared_hub.hears("refuge", told("R-open", nhs=number))
    before = alerts(shared_hub)

    shared_hub.hub.finder.find(asks(NURSE), identifier=number)

    assert alerts(shared_hub) == before


def test_every_search_leaves_as_many_events(shared_hub: HubUnderTest) -> None:
    number = sheltered(shared_hub, "counted")
    counts = []
    for identifier in (number, "nobody-at-all"):
        before = shared_hub.events()
        shared_hub.hub.finder.find(asks(NURSE), identifier=identifier)
        counts.append(shared_hub.events() - before)

    assert counts == [2, 2]


def test_only_those_who_protect_read_alerts_and_each_look_is_recorded(shared_hub: HubUnderTest) -> None:
    for viewer in (REFUGE, NURSE):
        with pytest.raises(RefusedError) as refused:
            alerts(shared_hub, viewer)
        assert refused.value.code == "not-a-protector"

    alerts(shared_hub)

    looked, nurse, *_ = shared_hub.hub.decisions.newest(2)
    assert (looked.kind, looked.viewer, looked.refusal, looked.shown) == ("alerts", LEAD, None, [])
    assert (nurse.viewer, nurse.refusal) == (NURSE, "not-a-protector")


def test_another_agency_gets_no_alert(shared_hub: HubUnderTest) -> None:
    shared_hub.hub.finder.find(asks(NURSE), identifier=sheltered(shared_hub, "apart"))

    assert alerts(shared_hub, "school.dsl") == []


def test_the_command_lists_them(shared_hub: HubUnderTest, mash_here: Mash) -> None:
    shared_hub.hub.finder.find(asks(NURSE), identifier=sheltered(shared_hub, "printed"))
    question = ("--as", LEAD, "--purpose", "own-service", "--reason", "Daily look")

    assert "R-printed" in mash_here("alerts", "list", *question).out
    assert mash_here("alerts", "list", *question, "--json").json["alerts"][0]["searched_by"] == "hospital-trust"
