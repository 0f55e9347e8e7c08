"""What was known then: late and corrected records change nothing of it; permissions are always those of now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.chronologies import Window
from hub.application.linking import Held
from hub.contract.ids import event_id
from tests.hub_under_test import ANALYST, STEWARD, HubTemplate, HubUnderTest, asks, day, new_nhs_number, told

HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}
A_MONTH = timedelta(days=30)


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose clock the tests of this module move on."""
    with hub_template.copied(tmp_path_factory.mktemp("as-of") / "home") as made:
        yield made


def later(hub: HubUnderTest) -> datetime:
    """Let a month pass; return a moment before it did, at which all that was told so far is known."""
    then = hub.clock.now() + timedelta(hours=1)
    hub.clock.advance(A_MONTH)
    return then


def words(hub: HubUnderTest, child: UUID, **options: Any) -> list[Any]:
    return [item["facets"].get("narrative") for item in hub.items(child, **options)]


def test_a_late_record_is_not_in_what_was_known_before_it_came(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-late", on="2024-01-10", words="In January"))
    then = later(hub)
    hub.hears("police", told("P-late", on="2023-12-24", words="At Christmas, told late"))

    assert words(hub, child) == ["At Christmas, told late", "In January"]
    assert words(hub, child, as_of=then) == ["In January"]
    assert words(hub, child, as_of=hub.clock.now()) == words(hub, child)


def test_before_the_first_record_nothing_was_known(hub: HubUnderTest) -> None:
    before = hub.clock.now() - timedelta(seconds=1)
    child = hub.hears("police", told("P-first"))

    assert hub.items(child, as_of=before) == []


def test_before_a_correction_the_record_says_what_was_believed(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-wrong", on="2024-01-10", words="On the tenth"), ce_id="wrong-1")
    then = later(hub)
    right = told("P-wrong", on="2024-01-20", words="On the twentieth", corrects=str(event_id("police", "wrong-1")))
    child = hub.hears("police", right)

    (now,) = hub.items(child)
    (believed,) = hub.items(child, as_of=then)
    assert (now["facets"]["narrative"], now["facets"]["what"]["status"]) == ("On the twentieth", "corrected")
    assert now["facets"]["detail"]["history"][0]["facets"]["narrative"] == "On the tenth"
    assert (believed["facets"]["narrative"], believed["facets"]["what"]["status"]) == ("On the tenth", "current")
    assert "history" not in believed["facets"]["detail"]


def test_before_a_retraction_the_record_stands(hub: HubUnderTest) -> None:
    child = hub.hears("schools-trust", told("S-other", words="Hit a pupil"), ce_id="not-hers")
    assert words(hub, child) == ["Hit a pupil"]
    then = later(hub)
    retraction = told("S-other", "retraction", detail={"reason": "Another pupil"}, retracts=_id("not-hers"))
    hub.hears("schools-trust", retraction)

    (now,) = hub.items(child)
    assert now["facets"]["what"]["status"] == "retracted"
    assert now["facets"]["narrative"] is None
    assert words(hub, child, as_of=then) == ["Hit a pupil"]


def _id(ce_id: str) -> str:
    return str(event_id("schools-trust", ce_id))


def test_a_record_is_in_what_was_known_only_from_when_it_was_linked(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-link", given="Carys", words="Police"))
    hub.hears("housing", told("HO-link", given="Cariad", words="Housing"))
    then = later(hub)
    hub.hub.steward.link(Held("housing", "HO-link"), child, asks(STEWARD))

    assert sorted(words(hub, child)) == ["Housing", "Police"]
    assert words(hub, child, as_of=then) == ["Police"]


def test_a_wrong_link_undone_is_gone_from_the_past_too(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("police", told("P-mixed", nhs=nhs, words="Police"))
    assert hub.hears("hospital-trust", told("H-mixed", nhs=nhs, words="Another child's")) == child
    then = later(hub)
    assert sorted(words(hub, child, as_of=then)) == ["Another child's", "Police"]

    rested = hub.hub.steward.unlink(Held("hospital-trust", "H-mixed"), asks(STEWARD, reason="Another child"))

    assert [(each.viewer, each.kind) for each in rested] == [(ANALYST, "chronology")]
    assert words(hub, child) == ["Police"]
    assert words(hub, child, as_of=then) == ["Police"]
    assert words(hub, hub.person("hospital-trust", "H-mixed")) == ["Another child's"]


def test_a_shield_of_today_hides_the_place_that_was_known_last_month(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("schools-trust", told("S-moved", nhs=nhs, person=HOME))
    then = later(hub)
    assert "ZZ8 1WN" in str(hub.items(child, as_of=then))

    hub.hears("schools-trust", told("S-moved", nhs=nhs, labels=["address-confidential"]))

    assert "ZZ8 1WN" not in str(hub.items(child, as_of=then))


def test_a_shield_in_a_record_that_is_linked_today_hides_it_too(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("schools-trust", told("S-fled", given="Fled", nhs=nhs, person=HOME))
    then = later(hub)

    assert hub.hears("refuge", told("R-fled", given="Fled", nhs=nhs, labels=["refuge"])) == child

    (known_then,) = hub.items(child, as_of=then)
    assert "location" not in known_then["facets"]


def test_an_allegation_labelled_today_is_hidden_in_what_was_known_last_month(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-staff", words="By a teacher"), ce_id="staff-1")
    then = later(hub)
    labelled = told(
        "P-staff", words="By a teacher", labels=["staff-allegation"], corrects=str(event_id("police", "staff-1"))
    )
    hub.hears("police", labelled)

    assert hub.items(child) == []
    assert hub.items(child, as_of=then) == []


def test_the_record_says_as_of_which_position_was_asked_and_decided(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-positions"))
    known = hub.hub.log.head()
    then = later(hub)
    hub.hears("police", told("P-positions", words="More"))

    hub.chronology(child, as_of=then)

    (record,) = hub.hub.decisions.newest(1)
    assert record.as_of == known
    assert record.as_of < record.decided_at


def test_days_cut_the_chronology_by_when_things_happened(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-days", on="2024-01-10", words="The tenth"))
    hub.hears("police", told("P-days", on="2024-01-20", words="The twentieth"))
    tenth, eleventh = day("2024-01-10"), day("2024-01-11")

    assert words(hub, child, window=Window(tenth, tenth)) == ["The tenth"]
    assert words(hub, child, window=Window(eleventh, None)) == ["The twentieth"]
    assert words(hub, child, window=Window(None, eleventh)) == ["The tenth"]
    assert words(hub, child, window=Window(eleventh, tenth)) == []
