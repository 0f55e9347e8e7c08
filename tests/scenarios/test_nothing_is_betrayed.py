"""What a viewer may not see shows nowhere: not in the past, in a search, in a flag or a status, nor after erasure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.linking import Held
from hub.contract.ids import event_id
from tests.hub_under_test import (
    ANALYST,
    OFFICER,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    asks,
    new_nhs_number,
    told,
)

SOCIAL_CARE = "childrens-social-care"
STAFF = ["staff-allegation"]
HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose clock the tests of this module move on."""
    with hub_template.copied(tmp_path_factory.mktemp("betrayed") / "home") as made:
        yield made


def later(hub: HubUnderTest) -> datetime:
    """Let a day pass; return a moment at which all that was told so far is known, and no more."""
    then = hub.clock.now() + timedelta(hours=1)
    hub.clock.advance(timedelta(days=1))
    return then


def police(ce_id: str) -> str:
    return str(event_id("police", ce_id))


def what(hub: HubUnderTest, child: UUID, type: str, viewer: str = ANALYST) -> dict[str, Any]:
    """Return the `what` of the viewer's only item of a type."""
    (found,) = [item["facets"]["what"] for item in hub.items(child, viewer) if item["facets"]["what"]["type"] == type]
    return dict(found)


def children(hub: HubUnderTest, reference: str, viewer: str = ANALYST) -> list[Any]:
    found: list[Any] = hub.hub.finder.find(asks(viewer), identifier=reference)["children"]
    return found


def erase(hub: HubUnderTest, agency: str, reference: str) -> None:
    subject = hub.hub.vault.find_subject(agency, reference)
    assert subject is not None
    hub.hub.vault.destroy([subject])


@pytest.mark.parametrize(
    ("name", "before", "today"),
    [
        ("lado", {}, {"type": "lado-allegation"}),
        ("worker", {"kind": "other-adult"}, {"kind": "worker"}),
        ("label", {}, {"labels": STAFF}),
    ],
)
def test_a_record_reclassified_today_is_hidden_as_of_then_and_in_a_search(
    hub: HubUnderTest, name: str, before: dict[str, Any], today: dict[str, Any]
) -> None:
    reference = f"P-re-{name}"
    hub.hears("police", told(reference, words="By a constable", **before), ce_id=reference)
    then = later(hub)
    child = hub.hears("police", told(reference, **today, corrects=police(reference)))

    assert hub.items(child) == []
    assert hub.items(child, as_of=then) == []
    assert children(hub, reference) == []
    assert hub.hub.finder.show(child, asks(ANALYST))["children"] == []


def test_a_place_restricted_by_the_nhs_today_was_never_known_to_others(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-pds", person=HOME), ce_id="pds-1")
    then = later(hub)
    child = hub.hears("police", told("P-pds", person={"confidentiality": "R"}, corrects=police("pds-1")))

    assert "ZZ8 1WN" not in str(hub.items(child, as_of=then))


def test_a_correction_that_came_before_its_original_is_hidden_with_it(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-early", words="Second", corrects=police("early-1")), ce_id="early-2")
    then = later(hub)
    hub.hears("police", told("P-early", words="First"), ce_id="early-1")
    child = hub.hears("police", told("P-early", words="Third", labels=STAFF, corrects=police("early-2")))

    assert hub.items(child) == []
    assert hub.items(child, as_of=then) == []


def test_a_correction_under_a_reference_linked_later_hides_what_was_known_then(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-one", given="Carys", words="As first told"), ce_id="one-1")
    hub.hears("police", told("P-other", given="Cariad", words="Of another day"))
    then = later(hub)
    hub.hears("police", told("P-other", given="Cariad", labels=STAFF, corrects=police("one-1")))
    assert len(hub.items(child, as_of=then)) == 1
    hub.hub.steward.link(Held("police", "P-other"), child, asks(STEWARD))

    assert "As first told" not in str(hub.items(child))
    assert "As first told" not in str(hub.items(child, as_of=then))
    assert children(hub, "P-one") == []


def test_a_note_on_what_is_an_allegation_today_is_hidden_with_it(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-note", words="Told"), ce_id="note-1")
    hub.hears("police", told("P-note", "correction", detail={"reason": "Wrong day"}, corrects=police("note-1")))
    then = later(hub)
    child = hub.hears("police", told("P-note", "lado-allegation", corrects=police("note-1")))

    assert hub.items(child, as_of=then) == []
    (record,) = hub.hub.decisions.newest(1)
    assert {item.verdict for item in record.decided} == {"DENY"}


def test_the_record_names_the_rules_of_then_and_of_now(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-rules"), ce_id="rules-1")
    then = later(hub)
    child = hub.hears("police", told("P-rules", "lado-allegation", corrects=police("rules-1")))

    hub.items(child, as_of=then)

    (record,) = hub.hub.decisions.newest(1)
    (decided,) = record.decided
    assert decided.rules == ["mash-sees-for-a-stated-purpose", "staff-allegation-kept-apart"]


def test_a_hidden_referral_does_not_take_a_flag_away(hub: HubUnderTest) -> None:
    hub.hears(SOCIAL_CARE, told("C-closed", "case-closure", on="2020-01-01"))
    hub.hears(SOCIAL_CARE, told("C-closed", "referral", on="2020-02-01", labels=STAFF))
    child = hub.hears(SOCIAL_CARE, told("C-closed", "assessment", on="2020-03-01"))

    assert what(hub, child, "assessment")["quality"] == ["after-closure"]


def test_another_agencys_birth_does_not_take_a_flag_away(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-born", born="2015-04-03", nhs=new_nhs_number(), on="2016-01-01"))
    hub.hears("police", told("P-born", "ae-attendance", born=None, on="2012-01-01"))
    hub.hears("hospital-trust", told("H-born", born="2010-04-03", family="Other", on="2016-01-01"))
    hub.hub.steward.link(Held("hospital-trust", "H-born"), child, asks(STEWARD))

    assert what(hub, child, "ae-attendance", OFFICER)["quality"] == ["before-birth"]
    assert what(hub, child, "ae-attendance")["quality"] == []


def test_a_hidden_death_gives_no_flag(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("police", told("P-death", nhs=nhs, on="2020-01-02"))
    hub.hears("hospital-trust", told("H-death", "death", nhs=nhs, on="2019-01-01"))

    assert what(hub, child, "safeguarding-concern", OFFICER)["quality"] == []
    assert what(hub, child, "safeguarding-concern")["quality"] == ["after-death"]


def test_a_hidden_note_does_not_show_in_the_status(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-quiet"), ce_id="quiet-1")
    before = hub.items(child)
    note = told("P-quiet", "correction", detail={"reason": "By a worker"}, labels=STAFF, corrects=police("quiet-1"))
    hub.hears("police", note)

    assert hub.items(child) == before
    assert what(hub, child, "safeguarding-concern", OFFICER)["status"] == "corrected"


def test_a_hidden_earlier_version_does_not_show_in_the_status(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-was-staff", words="Secret", labels=STAFF), ce_id="was-1")
    child = hub.hears("police", told("P-was-staff", words="Plain", corrects=police("was-1")))

    assert what(hub, child, "safeguarding-concern", OFFICER)["status"] == "corrected"
    (item,) = hub.items(child)
    assert (item["facets"]["what"]["status"], item["facets"]["narrative"]) == ("current", "Plain")


def test_erasure_shows_nobody_else_what_was_hidden(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-gone", labels=STAFF))

    erase(hub, "police", "P-gone")

    assert hub.items(child) == []
    assert [item["facets"]["what"]["status"] for item in hub.items(child, OFFICER)] == ["erased"]


def test_a_shield_outlives_the_erasure_of_the_record_that_asked_for_it(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("refuge", told("R-gone", nhs=nhs, labels=["refuge"]))
    child = hub.hears("police", told("P-moved", nhs=nhs, person=HOME))

    erase(hub, "refuge", "R-gone")

    assert "ZZ8 1WN" not in str(hub.items(child))
    assert "ZZ8 1WN" in str(hub.items(child, OFFICER))
