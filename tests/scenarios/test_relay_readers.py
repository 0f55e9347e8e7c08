"""Whom of a recipient a message is for: the lead, or a deputy where the lead is related to the child (row 5)."""

from uuid import UUID

import pytest

from hub.application.replaying import Ending
from hub.contract.relayed import ChangeNotice, Disclosure
from hub.errors import UsageError
from tests.hub_under_test import TEACHER, HubUnderTest, asks, told
from tests.relay import POLICE, agreed, contents, incident, on_the_next_beat, police, pupil, records, relays
from tests.reviews import MANAGER

LEAD, DEPUTY = TEACHER, "school.deputy"


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub whose relay has begun: what is known from now on is sent."""
    relays(new_hub)
    return new_hub


def related(hub: HubUnderTest, user: str, *children: UUID) -> None:
    hub.hub.recorder.conflict(user, list(children), asks(MANAGER, reason="Their family"))


def readers(hub: HubUnderTest) -> list[str | None]:
    return [each.reader for each in contents(hub, Disclosure)]


def test_a_message_is_for_the_lead(hub: HubUnderTest) -> None:
    incident(hub, "one", pupil(hub, "one"))
    relays(hub)
    assert readers(hub) == [LEAD]


def test_a_message_about_a_leads_relative_is_for_the_deputy_and_the_record_says_so(hub: HubUnderTest) -> None:
    child = incident(hub, "one", pupil(hub, "one"))
    related(hub, LEAD, child)

    relays(hub)

    (record,) = records(hub)
    assert (readers(hub), record.question["reader"]) == ([DEPUTY], DEPUTY)
    assert hub.hub.replayer.replay(record).ending is Ending.SAME


def test_kin_of_the_child_count_as_the_child(hub: HubUnderTest) -> None:
    mother = {"kind": "parent-or-carer", "reference": "P-mother"}
    related(hub, LEAD, hub.hears("police", told("P-mother", "police-incident")))
    incident(hub, "one", pupil(hub, "one"), others=[mother])

    relays(hub)

    assert readers(hub) == [DEPUTY]


def test_where_all_are_related_nothing_is_sent_and_the_record_says_why(hub: HubUnderTest) -> None:
    child = incident(hub, "one", pupil(hub, "one"))
    related(hub, LEAD, child)
    related(hub, DEPUTY, child)

    relays(hub)

    (record,) = records(hub)
    assert (readers(hub), record.shown) == ([], [])
    assert "conflict-of-interest" in record.decided[0].rules
    assert hub.hub.replayer.replay(record).ending is Ending.SAME


def test_who_has_left_is_passed_over(hub: HubUnderTest) -> None:
    hub.hub.directory.user_leaves(LEAD, reason="Left", by="tester")
    incident(hub, "one", pupil(hub, "one"))
    relays(hub)
    assert readers(hub) == [DEPUTY]


def test_what_has_changed_is_told_to_who_may_know_it_by_then(hub: HubUnderTest) -> None:
    child = incident(hub, "one", pupil(hub, "one"))
    relays(hub)
    related(hub, LEAD, child)
    hub.hears(POLICE, told("P-one", "retraction", retracts=police("one"), detail={"reason": "Wrong"}))

    on_the_next_beat(hub)

    (notice,) = contents(hub, ChangeNotice)
    assert (readers(hub), notice.reader) == ([LEAD], DEPUTY)


def test_where_all_are_related_by_then_a_change_is_told_to_who_was_sent_it_and_to_no_other(hub: HubUnderTest) -> None:
    child = incident(hub, "one", pupil(hub, "one"))
    related(hub, LEAD, child)
    relays(hub)
    related(hub, DEPUTY, child)

    on_the_next_beat(hub)

    (notice,) = contents(hub, ChangeNotice)
    assert (readers(hub), notice.reader) == ([DEPUTY], DEPUTY)


def test_an_agreement_names_only_users_of_its_recipient(hub: HubUnderTest) -> None:
    with pytest.raises(UsageError, match="no user of its recipient"):
        agreed(hub, "elsewhere", readers=["police.officer"])
    with pytest.raises(UsageError, match="no user of its recipient"):
        agreed(hub, "nobody", readers=["nobody"])


def test_where_an_agreement_names_nobody_the_recipients_system_chooses(hub: HubUnderTest) -> None:
    hub.hub.directory.end_agreement("encompass-schools", reason="Made anew", by="tester")
    agreed(hub, "anew")
    relays(hub)
    related(hub, LEAD, incident(hub, "one", pupil(hub, "one")))
    relays(hub)
    assert readers(hub) == [None]
