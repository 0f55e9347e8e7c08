"""A person whose key was destroyed: their records say that they were erased, and nothing fails or tells more."""

from typing import Any
from uuid import UUID

from hub.application.linking import Held
from hub.contract.ids import event_id
from tests.hub_under_test import ANALYST, OFFICER, STEWARD, HubUnderTest, asks, new_nhs_number, told

GRAN = {"kind": "parent-or-carer", "reference": "P-gran", "person": {"names": [{"given": "Nan", "family": "Kept"}]}}
DAD = {"kind": "other-adult", "person": {"names": [{"given": "Dad", "family": "Gone"}]}}


def subject(hub: HubUnderTest, agency: str, reference: str) -> UUID:
    found = hub.hub.vault.find_subject(agency, reference)
    assert found is not None
    return found


def erase(hub: HubUnderTest, agency: str, reference: str) -> None:
    hub.hub.vault.destroy([subject(hub, agency, reference)])


def statuses(hub: HubUnderTest, child: UUID, viewer: str = ANALYST) -> list[str]:
    return [item["facets"]["what"]["status"] for item in hub.items(child, viewer)]


def test_an_erased_childs_records_say_so_and_nothing_else(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-erased", given="Secret", words="Secret words", others=[GRAN, DAD]))

    erase(shared_hub, "police", "P-erased")

    (item,) = shared_hub.items(child, OFFICER)
    assert item["facets"]["what"] == {
        "type": None, "category": {}, "level": None, "status": "erased", "quality": [],
    }  # fmt: skip
    assert item["facets"]["when"]["occurred"] is None
    assert "Secret" not in str(item)


def test_third_parties_of_an_erased_child_stay_readable(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-with-gran", others=[GRAN, DAD]))

    erase(shared_hub, "police", "P-with-gran")

    (item,) = shared_hub.items(child, OFFICER)
    assert item["facets"]["people"][0]["person"]["names"] == [{"given": "Nan", "family": "Kept"}]


def test_an_erased_third_party_is_one_gap_and_the_rest_stays(shared_hub: HubUnderTest) -> None:
    other = GRAN | {"reference": "P-other-gran"}
    child = shared_hub.hears("police", told("P-gran-erased", words="Still here", others=[other, DAD]))

    erase(shared_hub, "police", "P-other-gran")

    (item,) = shared_hub.items(child)
    assert item["facets"]["narrative"] == "Still here"
    assert item["facets"]["people"][0] == {"status": "erased"}
    assert item["facets"]["people"][1]["person"]["names"] == [{"given": "Dad", "family": "Gone"}]


def test_one_agencys_erased_record_stays_in_its_own_chronology_and_leaves_the_others(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = shared_hub.hears("hospital-trust", told("H-two", nhs=nhs, words="Hospital"))
    assert shared_hub.hears("police", told("P-two", nhs=nhs, words="Police")) == child

    erase(shared_hub, "police", "P-two")

    assert statuses(shared_hub, child) == ["current"]
    assert statuses(shared_hub, child, OFFICER) == ["erased"]
    (found,) = shared_hub.hub.finder.show(child, asks(ANALYST))["children"]
    assert found["subjects"][0]["reference"] == "H-two"


def test_an_erased_record_that_was_unlinked_before_does_not_come_back(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = shared_hub.hears("hospital-trust", told("H-parted", nhs=nhs))
    shared_hub.hears("police", told("P-parted", nhs=nhs))
    shared_hub.hub.steward.unlink(Held("police", "P-parted"), asks(STEWARD))

    erase(shared_hub, "police", "P-parted")

    assert statuses(shared_hub, child) == ["current"]


def test_an_erased_child_is_found_by_nothing(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-unfindable", nhs=(nhs := new_nhs_number())))

    erase(shared_hub, "police", "P-unfindable")

    finder = shared_hub.hub.finder
    for identifier in ("P-unfindable", nhs):
        assert finder.find(asks(ANALYST), identifier=identifier)["children"] == []
    assert finder.show(child, asks(ANALYST))["children"] == []


def test_an_event_that_is_sent_again_after_erasure_is_kept_aside_and_not_stored(shared_hub: HubUnderTest) -> None:
    message = shared_hub.message("police", told("P-resent"), ce_id="resent-1")
    shared_hub.at_door("police", message)
    shared_hub.hub.identify()
    erase(shared_hub, "police", "P-resent")

    taken = shared_hub.at_door("police", message)

    assert sum(taken.quarantined.values()) == 1
    assert not taken.stored
    assert "subject-erased" in {kept.reason for kept in shared_hub.hub.quarantine.all()}


def test_the_hub_goes_on_after_an_erasure(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("P-goes", nhs=nhs))
    erase(shared_hub, "police", "P-goes")

    child = shared_hub.hears("hospital-trust", told("H-goes", nhs=nhs))

    assert statuses(shared_hub, child) == ["current"]
    assert shared_hub.hub.reviews.open(asks(STEWARD)) is not None


def test_a_corrected_and_a_retracted_record_may_be_erased(shared_hub: HubUnderTest) -> None:
    reference = "P-corrected"

    shared_hub.hears("police", told(reference, words="First"), ce_id="c-1")
    shared_hub.hears("police", told(reference, words="Second", corrects=str(event_id("police", "c-1"))), ce_id="c-2")
    retraction: dict[str, Any] = {"detail": {"reason": "Not hers"}, "retracts": str(event_id("police", "c-2"))}
    child = shared_hub.hears("police", told(reference, "retraction", **retraction))

    erase(shared_hub, "police", reference)

    assert set(statuses(shared_hub, child, OFFICER)) == {"erased"}
    assert "First" not in str(shared_hub.items(child, OFFICER))
