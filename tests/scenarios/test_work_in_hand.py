"""What an analyst is told beside an answer: silence, what changed, how the feeds stand; and asking the holder."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.changes import Changed
from hub.application.review_desk import Answering
from hub.errors import ConflictError, UsageError
from hub.events.directory import FeedPromise, FeedsPromised
from tests.hub_under_test import ANALYST, HOUSING, NURSE, OFFICER, HubUnderTest, asks, told
from tests.reviews import MANAGER, OWNER, POLICE_OWNER, RELEASE, ask, confided, decide, on_monday, waiting


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub on a Monday at ten."""
    return on_monday(new_hub)


def silence(
    hub: HubUnderTest, items: list[dict[str, Any]], viewer: str = ANALYST, purpose: str = "mash-screening"
) -> Any:
    user = hub.hub.directory.load().user(viewer)
    return hub.hub.silence.over(items, asks(viewer, purpose=purpose), user)


class TestSilence:
    def test_it_is_counted_from_the_first_time_that_was_asked(self, hub: HubUnderTest) -> None:
        child, began = confided(hub), hub.clock.now()
        (item,) = ask(hub, child)
        hub.clock.advance(timedelta(hours=6))

        assert silence(hub, ask(hub, child)) == {item["id"]: began}

    def test_an_answer_ends_it(self, hub: HubUnderTest) -> None:
        child = confided(hub)
        ask(hub, child)
        decide(hub, OWNER, RELEASE)

        assert silence(hub, ask(hub, child)) == {}

    def test_it_is_of_ones_own_agency_and_for_this_class_of_purpose(self, hub: HubUnderTest) -> None:
        child = confided(hub)
        ask(hub, child)
        (item,) = ask(hub, child, MANAGER)

        assert list(silence(hub, [item], MANAGER)) == [item["id"]]
        assert silence(hub, [item], MANAGER, "early-help") == {}
        assert silence(hub, [item], OFFICER) == {}

    def test_of_what_is_shown_or_absent_it_says_nothing(self, hub: HubUnderTest) -> None:
        child = confided(hub)
        (item,) = ask(hub, child)
        shown = {**item, "verdict": "PERMIT"}

        assert silence(hub, [shown]) == {}
        assert silence(hub, []) == {}


class TestChanges:
    def changed(self, hub: HubUnderTest, child: UUID) -> Changed | None:
        return hub.hub.changes.since_last(child, asks(ANALYST))

    def test_what_is_new_corrected_and_gone_is_counted(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("C-1", words="Shouting heard"))
        assert not hub.hub.changes.was_asked_about(child, ANALYST)
        began = hub.clock.now()
        hub.chronology(child)
        assert hub.hub.changes.was_asked_about(child, ANALYST)
        hub.clock.advance(timedelta(hours=1))

        hub.hears("police", told("C-1", on="2024-01-05", words="Shouting heard again"))

        assert self.changed(hub, child) == Changed(began, 1, 0, 0)
        again = self.changed(hub, child)
        assert again is not None
        assert again.nothing

    def test_it_counts_from_the_last_whole_answer_for_the_same_purpose(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("C-2"))
        hub.hub.chronologies.read(child, asks(ANALYST, purpose="s17"))

        assert self.changed(hub, child) is None

    def test_each_look_is_recorded(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("C-3"))
        hub.chronology(child)
        self.changed(hub, child)

        assert len(hub.hub.decisions.about(child)) == 2


class TestFeeds:
    def test_one_is_overdue_when_its_days_are_over(self, hub: HubUnderTest) -> None:
        promised = [FeedPromise(agency="police", within_days=2), FeedPromise(agency="housing", within_days=2)]
        hub.hub.directory.record([FeedsPromised(feeds=promised, by="tester")])
        hub.hears("police", told("F-1"))
        hub.clock.advance(timedelta(days=2))
        homes, police = hub.hub.feeds.promised()

        assert (homes.agency, homes.overdue, homes.last) == ("housing", True, None)
        assert (police.agency, police.overdue, police.last) == ("police", False, None)

        hub.clock.advance(timedelta(minutes=1))
        _, police = hub.hub.feeds.promised()
        assert (police.overdue, police.last) == (True, date(2024, 1, 8))

    def test_an_agency_of_which_nothing_is_promised_is_never_named(self, hub: HubUnderTest) -> None:
        hub.hears("refuge", told("F-2"))

        assert "refuge" not in {each.agency for each in hub.hub.feeds.promised()}


class TestAskingWhoeverHoldsARecord:
    def asked(self, hub: HubUnderTest, child: UUID, viewer: str = ANALYST) -> str:
        (item,) = hub.items(child, viewer)
        hub.hub.asking_owners.ask(child, item["id"], asks(viewer, reason="Please ring me about the visit"))
        return str(item["id"])

    def test_the_owner_is_told_who_asks_and_why_and_nobody_else_is(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("K-1"))
        item = self.asked(hub, child)

        (task,) = waiting(hub, POLICE_OWNER)

        assert (task["kind"], task["answers"]) == ("asked", ["seen"])
        assert task["asker"]["viewer"] == ANALYST
        assert task["asker"]["reason"] == "Please ring me about the visit"
        for user in (OWNER, OFFICER, NURSE, ANALYST, MANAGER):
            assert waiting(hub, user) == []
        assert hub.hub.asking_owners.asked_by(ANALYST)[item].seen is None
        assert hub.hub.asking_owners.asked_by(MANAGER) == {}

    def test_that_it_was_seen_is_told_and_changes_no_verdict(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("K-2"))
        item = self.asked(hub, child)
        before = hub.items(child)
        decide(hub, POLICE_OWNER, Answering("seen"))

        assert hub.hub.asking_owners.asked_by(ANALYST)[item].seen == hub.clock.now()
        assert hub.items(child) == before

    def test_asking_again_waits_for_the_answer(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("K-3"))
        self.asked(hub, child)

        with pytest.raises(ConflictError):
            self.asked(hub, child)
        decide(hub, POLICE_OWNER, Answering("seen"))
        self.asked(hub, child)

        assert len(waiting(hub, POLICE_OWNER)) == 1

    def test_nobody_asks_about_what_they_are_not_told_of(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("K-4", words="Shouting heard"))
        event = hub.hub.decisions.one(hub.chronology(child)["decision"]).decided[0].event
        theirs = hub.hub.reading.item_id(HOUSING, event)
        assert hub.items(child, HOUSING) == []

        for item in (theirs, "none"):
            with pytest.raises(UsageError) as refused:
                hub.hub.asking_owners.ask(child, item, asks(HOUSING))
            assert refused.value.code == "unknown-item"

        assert waiting(hub, POLICE_OWNER) == []
        assert hub.hub.decisions.about(child)[-1].refusal == "unknown-item"
