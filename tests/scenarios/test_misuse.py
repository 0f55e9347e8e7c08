"""Reads that somebody should look into, what became of each, and a rule that is never right."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.misuse import ENOUGH
from hub.application.reads import Period
from hub.errors import ConflictError, RefusedError, UsageError
from tests.hub_under_test import ANALYST, AUDITOR, OFFICER, HubTemplate, HubUnderTest, Mash, asks, told

NIGHT = datetime(2024, 1, 9, 3, tzinfo=UTC)
FOUR_WEEKS = timedelta(days=28)


@pytest.fixture
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub in the middle of a working night."""
    with hub_template.copied(tmp_path_factory.mktemp("misuse") / "home") as made:
        made.clock.advance(NIGHT - made.clock.now())
        yield made


def alerts(hub: HubUnderTest, period: Period | None = None) -> dict[str, Any]:
    question = asks(AUDITOR, purpose="audit", reason="Monthly check")
    return hub.hub.misuse.alerts(question, period or Period())


def of_rule(hub: HubUnderTest, rule: str) -> list[dict[str, Any]]:
    return [each for each in alerts(hub)["alerts"] if each["rule"] == rule]


def judge(hub: HubUnderTest, alert: str, *, upheld: bool, viewer: str = AUDITOR) -> None:
    asked = asks(viewer, purpose="audit", reason="Spoke to the manager")
    hub.hub.misuse.judge(UUID(alert), asked, upheld=upheld)


def test_a_read_at_night_is_found_judged_once_and_counted(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1"))
    hub.chronology(child)

    (alert,) = of_rule(hub, "out-of-hours")
    judge(hub, alert["id"], upheld=True)
    found = alerts(hub)

    assert (alert["viewer"], alert["upheld"]) == (ANALYST, None)
    assert [each["upheld"] for each in found["alerts"]] == [True]
    assert {"rule": "out-of-hours", "judged": 1, "upheld": 1, "retired": False} in found["rules"]
    with pytest.raises(ConflictError, match="already"):
        judge(hub, alert["id"], upheld=False)


def test_a_rule_that_is_never_right_retires(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-1"))
    for _ in range(ENOUGH):
        hub.chronology(child)
        hub.clock.advance(timedelta(days=1))
    for alert in of_rule(hub, "out-of-hours"):
        judge(hub, alert["id"], upheld=False)

    found = alerts(hub)

    assert {"rule": "out-of-hours", "judged": ENOUGH, "upheld": 0, "retired": True} in found["rules"]
    assert of_rule(hub, "out-of-hours") == []


def test_a_read_that_the_agency_acted_on_is_no_alert(hub: HubUnderTest) -> None:
    acted, idle = hub.hears("police", told("P-1")), hub.hears("police", told("P-2", family="Other"))
    hub.clock.advance(timedelta(hours=1))
    for child in (acted, idle):
        hub.hub.chronologies.read(child, asks(OFFICER, purpose="own-service", reason=f"Caseload {child}"))
    hub.clock.advance(timedelta(days=1))
    hub.hears("police", told("P-1", on="2024-01-10"))
    hub.clock.advance(FOUR_WEEKS)

    (alert,) = of_rule(hub, "nothing-followed")

    (decision,) = hub.hub.decisions.tagged([f"decision:{each}" for each in alert["decisions"]])
    assert decision.person == idle


def test_a_read_of_ones_own_family_is_found_though_the_tie_was_recorded_later(hub: HubUnderTest) -> None:
    related, other = hub.hears("police", told("P-1")), hub.hears("police", told("P-2", family="Other"))
    for child in (related, other):
        hub.hub.chronologies.read(child, asks(OFFICER, purpose="own-service", reason=f"Caseload {child}"))
    assert of_rule(hub, "own-family") == []

    hub.hub.recorder.conflict(OFFICER, [related], asks("mash.manager", reason="Her sister's child"))
    hub.hub.chronologies.read(related, asks(OFFICER, purpose="own-service", reason="Tried again"))

    (alert,) = of_rule(hub, "own-family")
    found = hub.hub.decisions.tagged([f"decision:{each}" for each in alert["decisions"]])
    assert (alert["viewer"], {each.person for each in found}) == (OFFICER, {related})
    assert [each.verdicts for each in found] == [{"PERMIT": 1}, {"DENY": 1}]
    assert "2 reads" in alert["sentence"]


def test_all_looks_are_on_record_and_of_auditors_only(hub: HubUnderTest) -> None:
    alerts(hub)
    with pytest.raises(RefusedError, match="auditor"):
        judge(hub, str(uuid4()), upheld=True, viewer=ANALYST)
    with pytest.raises(UsageError, match="no such alert"):
        judge(hub, str(uuid4()), upheld=True)

    assert [(each.kind, each.refusal) for each in hub.hub.decisions.newest(3)] == [
        ("audit-misuse", "unknown-alert"), ("audit-misuse", "not-an-auditor"), ("audit-misuse", None),
    ]  # fmt: skip


def test_the_command_lists_and_judges(new_hub: HubUnderTest, mash: Mash) -> None:
    new_hub.clock.advance(NIGHT - new_hub.clock.now())
    new_hub.chronology(new_hub.hears("police", told("P-1")))
    asked = ("--as", AUDITOR, "--reason", "Monthly check")
    (alert, *_) = mash("audit", "misuse", *asked, "--json").json["alerts"]

    assert mash("audit", "judge", alert["id"], "--not-upheld", *asked).status == 0
    told_to_people = mash("audit", "misuse", *asked)
    assert "not upheld" in told_to_people.out
    assert mash("audit", "judge", "an alert", "--upheld", *asked, "--json").error["code"] == "bad-alert"
