"""Standing agreements: what a partner is sent, what never, and what it is told when that changes."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.linking import Held
from hub.contract.ids import event_id
from hub.contract.relayed import CHANGED, ChangeNotice, Disclosure, Receipt
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.events.decisions import TAKEN_BACK
from hub.events.directory import UserRegistered
from producers.receiver import Receiver
from tests.hub_under_test import STEWARD, HubUnderTest, asks, new_nhs_number, told
from tests.relay import (
    ABUSE,
    POLICE,
    SCHOOL,
    agreed,
    contents,
    incident,
    messages,
    on_the_next_beat,
    police,
    pupil,
    records,
    relays,
    sent,
)

HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub whose relay has begun: what is known from now on is sent."""
    relays(new_hub)
    return new_hub


class TestWhatIsSent:
    def test_a_school_is_told_what_and_when_in_its_own_terms(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "one", on="2023-12-01")
        incident(hub, "one", number, on="2024-01-01", words="Shouting heard", person=HOME)

        done = relays(hub)

        (disclosure,) = contents(hub, Disclosure)
        assert (done.disclosures, done.waiting) == (1, [])
        assert disclosure.references == ["S-one"]
        assert (disclosure.purpose, disclosure.agreement) == ("encompass-notification", "encompass-schools")
        assert set(disclosure.facets) == {"what", "when"}
        assert disclosure.facets["what"]["type"] == "police-incident"
        assert disclosure.facets["when"]["occurred"] == "2024-01-01"
        assert "MASH" in disclosure.notice

    def test_the_decision_is_recorded_once_under_the_messages_id(self, hub: HubUnderTest) -> None:
        child = incident(hub, "rec", pupil(hub, "rec"))

        relays(hub)
        relays(hub)

        (message,) = sent(hub)
        (record,) = records(hub)
        assert message.id == str(record.id)
        assert (record.viewer, record.agency, record.person) == (f"relay:{SCHOOL}", SCHOOL, child)
        (decided,) = record.decided
        assert decided.event == UUID(police("rec"))
        assert decided.rules == ["standing-agreement"]
        assert decided.facets == ["what", "when"]
        (shown,) = record.shown
        assert isinstance(message.content, Disclosure)
        assert shown.id == message.content.item

    def test_nothing_in_the_message_says_how_others_name_the_record(self, hub: HubUnderTest) -> None:
        incident(hub, "names", pupil(hub, "names"), origin={"record": "POL/2024/77", "reported_by": "Neighbour"})
        relays(hub)

        (message,) = messages(hub, disclosures_topic(SCHOOL))
        opened = str(sent(hub))
        for word in ("P-names", "POL/2024/77", "0588-17032025", "Neighbour", police("names"), "incident-names"):
            assert word not in opened
            assert word not in str(message.headers)

    def test_an_incident_without_domestic_abuse_is_not_sent_and_the_reason_is_recorded(self, hub: HubUnderTest) -> None:
        incident(hub, "theft", pupil(hub, "theft"), detail={"domestic_abuse": False})

        relays(hub)
        relays(hub)

        assert sent(hub) == []
        (record,) = records(hub)
        assert record.shown == []
        assert [each.verdict for each in record.decided] == ["DENY"]

    def test_a_type_that_no_agreement_names_is_not_sent(self, hub: HubUnderTest) -> None:
        hub.hears(POLICE, told("P-type", "missing-person", nhs=pupil(hub, "type"), labels=["domestic-abuse"]))
        relays(hub)

        assert sent(hub) == []

    def test_another_owners_record_of_the_same_type_is_not_sent(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "owner")
        hub.hears("probation", told("X-owner", "police-incident", nhs=number, detail=ABUSE))
        relays(hub)

        assert sent(hub) == []

    def test_a_child_that_the_school_does_not_know_is_none_of_its_business(self, hub: HubUnderTest) -> None:
        incident(hub, "stranger", new_nhs_number())
        relays(hub)

        assert sent(hub) == []
        assert records(hub) == []

    def test_a_school_that_took_its_own_record_back_knows_the_child_no_more(self, hub: HubUnderTest) -> None:
        number = new_nhs_number()
        hub.hears(SCHOOL, told("S-left", "school-attendance", nhs=number), ce_id="left-1")
        taken_back = str(event_id(SCHOOL, "left-1"))
        hub.hears(SCHOOL, told("S-left", "retraction", retracts=taken_back, detail={"reason": "Never enrolled"}))
        incident(hub, "left", number)
        relays(hub)

        assert sent(hub) == []

    def test_a_link_made_later_brings_what_was_recorded_since_the_agreement(self, hub: HubUnderTest) -> None:
        incident(hub, "late", None, given="Cai", family="Invented")
        relays(hub)
        assert sent(hub) == []

        hub.hears(SCHOOL, told("S-late", "school-attendance", given="Kai", family="Invented"))
        hub.hub.steward.link(Held(SCHOOL, "S-late"), hub.person(POLICE, "P-late"), asks(STEWARD))
        relays(hub)

        (disclosure,) = contents(hub, Disclosure)
        assert disclosure.references == ["S-late"]


class TestWhereARecipientBegins:
    def test_a_new_recipient_begins_at_the_head_of_the_log(self, new_hub: HubUnderTest) -> None:
        number = pupil(new_hub, "before")
        incident(new_hub, "before", number)
        relays(new_hub)
        incident(new_hub, "after", number, ce_id="after-1")
        relays(new_hub)

        assert len(contents(new_hub, Disclosure)) == 1

    def test_unless_told_otherwise(self, new_hub: HubUnderTest) -> None:
        incident(new_hub, "before", pupil(new_hub, "before"))
        relays(new_hub, from_beginning=True)
        relays(new_hub, from_beginning=True)

        assert len(contents(new_hub, Disclosure)) == 1


class TestWhatIsNeverSent:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("staff", {"labels": ["staff-allegation"]}),
            ("informant", {"labels": ["informant"]}),
            ("covert", {"labels": ["covert"]}),
            ("worker", {"kind": "worker"}),
            ("sexual-health", {"labels": ["sexual-health"]}),
            ("third-party", {"labels": ["third-party"]}),
            ("adoption", {"labels": ["adoption"]}),
            ("conditions", {"sharing": {"handling": {"code": "C", "conditions": ["A3"]}}}),
            ("false", {"sharing": {"handling": {"information": "E"}}}),
            ("owner", {"sharing": {"handling": {"owner_control": True}}}),
            ("secret", {"sharing": {"handling": {"marking": "SECRET"}}}),
            ("grown", {"born": "2004-01-01"}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_calls_for_a_person_is_not_relayed(self, hub: HubUnderTest, name: str, data: dict[str, Any]) -> None:
        born = {"born": data["born"]} if "born" in data else {}
        incident(hub, name, pupil(hub, name, **born), **data)
        relays(hub)

        assert sent(hub) == []

    def test_a_shielded_address_is_in_no_message(self, hub: HubUnderTest) -> None:
        """The abusive ex-partner works at the school and reads all that it is sent."""
        number = pupil(hub, "fled")
        hub.hears("refuge", told("R-fled", nhs=number, labels=["refuge"], person=HOME))
        incident(
            hub, "fled", number, person=HOME, words="Fled to 9 Specimen Road", locations=HOME["addresses"],
            others=[{"kind": "other-adult", "person": HOME}],
        )  # fmt: skip
        relays(hub)
        on_the_next_beat(hub)

        opened = str([*sent(hub), *sent(hub, topic=receipts_topic(SCHOOL))])
        assert len(contents(hub, Disclosure)) == 1
        for word in ("ZZ8 1WN", "Specimen Road", "refuge", "shield", "R-", "Safe Harbour"):
            assert word not in opened

    def test_an_ended_agreement_sends_nothing_from_that_moment(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "ended")
        incident(hub, "ended", number)
        hub.hub.directory.end_agreement("encompass-schools", reason="Under review", by="tester")
        relays(hub)

        assert sent(hub) == []

    def test_an_agreement_whose_days_are_over_sends_nothing(self, hub: HubUnderTest) -> None:
        hub.hub.directory.end_agreement("encompass-schools", reason="Replaced", by="tester")
        agreed(hub, "encompass-2023", valid_until=date(2023, 12, 31))
        relays(hub)
        incident(hub, "over", pupil(hub, "over"))
        relays(hub)

        assert sent(hub) == []

    def test_another_agency_cannot_open_what_a_school_is_sent(self, hub: HubUnderTest) -> None:
        incident(hub, "other", pupil(hub, "other"))
        relays(hub)
        (message,) = messages(hub, disclosures_topic(SCHOOL))

        with pytest.raises(Exception, match="not sealed"):
            Receiver(hub.hub.credentials("housing")).read(message)


class TestWhatChanges:
    def test_a_correction_is_sent_anew_and_what_was_sent_before_is_taken_back(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "fix")
        incident(hub, "fix", number, on="2024-01-01")
        relays(hub)
        incident(hub, "fix", number, on="2023-12-30", corrects=police("fix"), ce_id="fix-2")
        relays(hub)

        (wrong, _) = (each.id for each in sent(hub))
        first, second = contents(hub, Disclosure)
        assert (first.facets["when"]["occurred"], second.facets["when"]["occurred"]) == ("2024-01-01", "2023-12-30")
        assert first.item == second.item
        assert contents(hub, ChangeNotice) == []
        on_the_next_beat(hub)
        on_the_next_beat(hub)
        (notice,) = contents(hub, ChangeNotice)
        assert [each.message for each in notice.records] == [wrong]
        assert len(records(hub, TAKEN_BACK)) == 1

    @pytest.mark.parametrize("why", ["retracted", "noted", "labelled", "unlinked", "ended"])
    def test_whatever_the_reason_the_lead_hears_the_same_words_on_the_beat(self, hub: HubUnderTest, why: str) -> None:
        child = incident(hub, "gone", pupil(hub, "gone"))
        relays(hub)
        number = None
        match why:
            case "retracted":
                why_so = {"reason": "Another family"}
                hub.hears(POLICE, told("P-gone", "retraction", retracts=police("gone"), detail=why_so))
            case "noted":
                why_so = {"reason": "The date is wrong"}
                hub.hears(POLICE, told("P-gone", "correction", corrects=police("gone"), detail=why_so))
            case "labelled":
                incident(hub, "gone", number, labels=["informant"], corrects=police("gone"), ce_id="gone-2")
            case "unlinked":
                hub.hub.steward.unlink(Held(POLICE, "P-gone"), asks(STEWARD))
            case "ended":
                hub.hub.directory.end_agreement("encompass-schools", reason="Under review", by="tester")
        relays(hub)
        assert contents(hub, ChangeNotice) == []

        done = on_the_next_beat(hub)

        (notice,) = contents(hub, ChangeNotice)
        assert (done.notices, done.disclosures) == (1, 0)
        assert notice.notice == CHANGED
        assert notice.lead == "Designated safeguarding lead"
        assert [each.references for each in notice.records] == [["S-gone"]]
        assert notice.records[0].item == contents(hub, Disclosure)[0].item
        (record,) = records(hub, TAKEN_BACK)
        assert (record.person, record.agency) == (child, SCHOOL)

    def test_a_new_shield_alone_says_nothing(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "quiet")
        incident(hub, "quiet", number)
        relays(hub)
        hub.hears("refuge", told("R-quiet", nhs=number, labels=["refuge"]))

        done = on_the_next_beat(hub)

        assert (done.notices, contents(hub, ChangeNotice)) == (0, [])

    def test_a_child_who_grows_up_takes_nothing_back(self, hub: HubUnderTest) -> None:
        number = pupil(hub, "birthday", born="2006-01-03")
        incident(hub, "birthday", number, born="2006-01-03")
        relays(hub)
        hub.clock.advance(timedelta(days=3))
        hub.hears("hospital-trust", told("H-birthday", "ae-attendance", nhs=number, born="2006-01-03"))

        assert on_the_next_beat(hub).notices == 0

    def test_an_erasure_alone_is_told_on_the_next_beat(self, hub: HubUnderTest) -> None:
        for user, agency in (("dpo", "police"), ("guardian", "hospital-trust")):
            hub.hub.directory.register_user(
                UserRegistered(id=user, name="Eve", agency=agency, roles=["caldicott-guardian"], by="tester")
            )
        child = incident(hub, "erased", pupil(hub, "erased"))
        assert relays(hub).disclosures == 1
        erasing = hub.hub.erasing
        erasure = erasing.request(child, asks("dpo"), authority="UK GDPR article 17")
        erasing.approve(str(erasure), asks("guardian"))
        hub.clock.advance(timedelta(days=15))
        assert on_the_next_beat(hub).notices == 0

        assert len(hub.hub.carrying_out().carry_out(by="tester")) == 1

        assert on_the_next_beat(hub).notices == 1
        (notice,) = contents(hub, ChangeNotice)
        assert (notice.notice, notice.records[0].references) == (CHANGED, ["S-erased"])

    def test_several_changes_of_a_beat_are_one_notice(self, hub: HubUnderTest) -> None:
        for name in ("a", "b", "c"):
            incident(hub, name, pupil(hub, name, given=name.upper()), given=name.upper())
        relays(hub)
        for name in ("a", "b", "c"):
            hub.hears(POLICE, told(f"P-{name}", "retraction", retracts=police(name), detail={"reason": "Wrong"}))

        on_the_next_beat(hub)

        (notice,) = contents(hub, ChangeNotice)
        assert sorted(each.references[0] for each in notice.records) == ["S-a", "S-b", "S-c"]

    def test_what_changes_after_a_beats_end_and_before_its_telling_waits_for_the_next(self, hub: HubUnderTest) -> None:
        for name in ("early", "late"):
            incident(hub, name, pupil(hub, name, given=name.title()), given=name.title())
        relays(hub)
        hub.hears(POLICE, told("P-early", "retraction", retracts=police("early"), detail={"reason": "Wrong"}))
        hub.clock.advance(timedelta(days=1))
        hub.hears(POLICE, told("P-late", "retraction", retracts=police("late"), detail={"reason": "Wrong"}))

        relays(hub)

        (first,) = contents(hub, ChangeNotice)
        assert [each.references for each in first.records] == [["S-early"]]
        on_the_next_beat(hub)
        second = contents(hub, ChangeNotice)[1]
        assert [each.references for each in second.records] == [["S-late"]]

    def test_records_moved_together_to_another_person_take_nothing_back(self, hub: HubUnderTest) -> None:
        incident(hub, "moved", pupil(hub, "moved"))
        relays(hub)
        other = hub.hears("housing", told("X-moved", "homeless", given="Other", family="Person"))
        for agency, reference in ((POLICE, "P-moved"), (SCHOOL, "S-moved")):
            hub.hub.steward.link(Held(agency, reference), other, asks(STEWARD))

        done = on_the_next_beat(hub)

        assert (done.notices, done.disclosures) == (0, 0)


class TestReceipts:
    def test_an_owner_learns_on_the_beat_what_class_of_thing_was_shown(self, hub: HubUnderTest) -> None:
        for name in ("x", "y"):
            incident(hub, name, pupil(hub, name, given=name.upper()), given=name.upper())
        relays(hub)
        assert contents(hub, Receipt, POLICE) == []

        done = on_the_next_beat(hub)
        on_the_next_beat(hub)

        (receipt,) = contents(hub, Receipt, POLICE)
        (shown,) = receipt.shown
        assert done.receipts == 1
        assert shown.model_dump() == {
            "recipient_kind": "education",
            "type": "police-incident",
            "purpose": "encompass-notification",
            "rule": "standing-agreement",
            "records": 2,
        }
        assert receipt.until - receipt.since == timedelta(days=1)
        assert SCHOOL not in str(receipt)

    def test_no_receipt_tells_of_what_has_become_an_informants_matter(self, hub: HubUnderTest) -> None:
        incident(hub, "secret", pupil(hub, "secret"))
        relays(hub)
        incident(hub, "secret", None, labels=["informant"], corrects=police("secret"), ce_id="secret-2")

        assert on_the_next_beat(hub).receipts == 0
        assert contents(hub, Receipt, POLICE) == []


@pytest.fixture
def housing(hub: HubUnderTest) -> HubUnderTest:
    """A hub with a second recipient."""
    agreed(hub, "housing-safety", recipient="housing", purpose="safety-plan")
    relays(hub)
    return hub


class TestSeveralRecipients:
    def test_each_has_ids_of_its_own_for_the_same_record(self, housing: HubUnderTest) -> None:
        number = pupil(housing, "both")
        housing.hears("housing", told("X-both", "homeless", nhs=number))
        incident(housing, "both", number)
        relays(housing)

        (to_school,), (to_housing,) = sent(housing), sent(housing, "housing")
        assert isinstance(to_school.content, Disclosure)
        assert isinstance(to_housing.content, Disclosure)
        assert to_school.id != to_housing.id
        assert to_school.content.item != to_housing.content.item
        assert to_housing.content.references == ["X-both"]
