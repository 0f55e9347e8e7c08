"""What a review of a child's death needs: who knew what, when, and what nobody saw."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.chronologies import Window
from hub.application.linking import Held
from hub.application.reads import Filter, Period
from hub.errors import RefusedError, UsageError
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    HOUSING,
    NURSE,
    OFFICER,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    asks,
    day,
    new_nhs_number,
    told,
)  # fmt: skip

ALWAYS = Period()


@pytest.fixture
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose clock a test moves on."""
    with hub_template.copied(tmp_path_factory.mktemp("who-knew") / "home") as made:
        yield made


def passes(hub: HubUnderTest) -> datetime:
    """Let a day pass; return a moment before it did, at which all so far is known."""
    then = hub.clock.now() + timedelta(hours=1)
    hub.clock.advance(timedelta(days=1))
    return then


def who_knew(hub: HubUnderTest, child: UUID, at: datetime | None = None) -> dict[str, Any]:
    return hub.hub.who_knew.of_child(child, asks(AUDITOR, purpose="audit", reason="Practice review"), at)


def agency(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in answer["agencies"] if each["agency"] == name]
    return dict(found)


def counts(answer: dict[str, Any], name: str) -> tuple[int, int, int]:
    found = agency(answer, name)
    return len(found["published"]), len(found["shown"]), len(found["not_told"])


def test_what_each_agency_knew_then_and_knows_now(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("police", told("P-1", nhs=nhs, words="Seen on the stairs"))
    before = passes(hub)
    child = hub.hears("hospital-trust", told("H-1", nhs=nhs, on="2024-01-02"))
    hub.chronology(child, ANALYST)
    hub.chronology(child, HOUSING)

    then, now = who_knew(hub, child, before), who_knew(hub, child)

    assert [each["agency"] for each in then["agencies"]] == ["police"]
    assert counts(then, "police") == (1, 0, 0)
    assert len(then["unseen"]) == 1
    assert counts(now, "police") == (1, 0, 0)
    assert counts(now, "hospital-trust") == (1, 0, 0)
    assert counts(now, "childrens-social-care") == (0, 2, 0)
    assert counts(now, "housing") == (0, 0, 1)
    assert now["unseen"] == []
    (refused,) = agency(now, "housing")["not_told"]
    assert (refused["viewer"], refused["verdicts"]) == (HOUSING, {"DENY": 2})


def test_what_was_withheld_from_an_agency_that_was_shown_the_rest_is_said(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("police", told("P-1", nhs=nhs))
    child = hub.hears("housing", told("HO-1", "homeless", nhs=nhs))
    hub.hub.chronologies.read(child, asks(HOUSING, purpose="own-service"))

    answer = who_knew(hub, child)
    (withheld,) = agency(answer, "housing")["not_told"]

    assert counts(answer, "housing") == (1, 1, 1)
    assert (withheld["refusal"], withheld["verdicts"]) == (None, {"DENY": 1})
    assert [each["agency"] for each in answer["unseen"]] == ["police", "housing"]


def test_a_question_that_was_refused_before_anything_was_looked_at_is_one_that_was_not_answered(
    hub: HubUnderTest,
) -> None:
    child = hub.hears("police", told("P-1"))
    for viewer, purpose in (("nobody", "s47"), (HOUSING, "curiosity")):
        with pytest.raises(RefusedError):
            hub.hub.chronologies.read(child, asks(viewer, purpose=purpose))

    answer = who_knew(hub, child)

    assert agency(answer, "none")["name"] == "Nobody whom the hub knows"
    assert [each["refusal"] for each in agency(answer, "none")["not_told"]] == ["unknown-user"]
    assert [each["refusal"] for each in agency(answer, "housing")["not_told"]] == ["unknown-purpose"]


def test_its_owner_reading_it_is_nobody_else_seeing_it(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1", words="Seen on the stairs"))
    hub.hub.chronologies.read(child, asks(OFFICER, purpose="own-service"))

    answer = who_knew(hub, child)

    assert counts(answer, "police") == (1, 1, 0)
    assert [each["agency"] for each in answer["unseen"]] == ["police"]


def test_what_a_window_left_out_was_not_shown(hub: HubUnderTest) -> None:
    hub.hears("police", told("P-1", on="2024-01-01"))
    child = hub.hears("police", told("P-1", on="2020-01-01"))
    hub.chronology(child, ANALYST, window=Window(day("2024-01-01"), None))

    answer = who_knew(hub, child)

    assert counts(answer, "childrens-social-care") == (0, 1, 0)
    assert [each["occurred"] for each in answer["unseen"]] == ["2020-01-01"]


def test_a_record_that_was_linked_later_says_so(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1"))
    hub.hears("hospital-trust", told("H-9", family="Misspelt"))
    then = passes(hub)
    hub.hub.steward.link(Held("hospital-trust", "H-9"), child, asks(STEWARD))

    answer = who_knew(hub, child, then)

    assert {each["agency"]: each["linked"] for each in answer["unseen"]} == {"police": True, "hospital-trust": False}


def test_a_look_is_recorded_and_of_auditors_only(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1"))

    answer = who_knew(hub, child)
    (record,) = hub.hub.decisions.newest(1)
    with pytest.raises(RefusedError, match="auditor"):
        hub.hub.who_knew.of_child(child, asks(ANALYST))
    with pytest.raises(UsageError, match="to come"):
        who_knew(hub, child, hub.clock.now() + timedelta(days=1))

    assert (str(record.id), record.person, record.kind) == (answer["decision"], child, "audit-child")
    assert [each.refusal for each in hub.hub.decisions.newest(2)] == ["at-in-future", "not-an-auditor"]


def reads(hub: HubUnderTest, wanted: Filter, period: Period = ALWAYS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.hub.reads.list(asks(AUDITOR, purpose="audit"), wanted, period)["reads"]
    return found


def test_reads_are_listed_by_agency_user_and_rule_the_emergencies_first(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1"))
    hub.hub.chronologies.read(child, asks("mash.manager", purpose="emergency", reason="In danger now"))
    first = passes(hub)
    hub.chronology(child, ANALYST)
    hub.chronology(child, HOUSING)
    hub.hub.chronologies.read(child, asks(NURSE, reason="Asked by the ward"))

    assert [each["viewer"] for each in reads(hub, Filter(agency="housing"))] == [HOUSING]
    assert [each["reason"] for each in reads(hub, Filter(viewer=NURSE))] == ["Asked by the ward"]
    assert [each["viewer"] for each in reads(hub, Filter(rule="mash-sees-for-a-stated-purpose"))] == [ANALYST]
    assert [each["viewer"] for each in reads(hub, Filter(emergency=True))] == ["mash.manager"]
    social_care = [each["viewer"] for each in reads(hub, Filter(agency="childrens-social-care"))]
    assert social_care[0] == "mash.manager"
    assert [each["viewer"] for each in reads(hub, Filter(), Period(until=first))] == ["mash.manager"]
    since = [each["viewer"] for each in reads(hub, Filter(), Period(since=hub.clock.now()))]
    assert "mash.manager" not in since
    assert HOUSING in since
