"""By when a review is answered and by whom, as the partnership arranged it, and what happens when nobody does."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from consumers.identity import identifying
from consumers.reviews import escalating
from hub.errors import RefusedError, UsageError
from hub.events.reviews import Span
from hub.making import make_hub
from hub.partnership import read_partnership
from tests.hub_under_test import ANALYST, HubUnderTest, asks, told
from tests.reviews import GUARDIAN, MANAGER, MONDAY, OWNER, RELEASE, ask, confided, decide, on_monday, waiting
from tests.waiting import until


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub on a Monday at ten."""
    return on_monday(new_hub)


def test_a_task_whose_time_has_run_out_goes_to_the_deputy_and_is_no_refusal(hub: HubUnderTest) -> None:
    child = hub.hears("community-health", told("C-late", "health-encounter", labels=["mental-health"]))
    ask(hub, child)
    assert hub.hub.review_desk.escalate() == []

    hub.clock.advance(timedelta(days=1))
    steps = [(each["step"], each["to"]) for each in hub.hub.review_desk.escalate()]

    assert steps == [(1, "caldicott-guardian"), (2, "mash-manager")]
    assert hub.hub.review_desk.escalate() == []
    assert ask(hub, child)[0]["verdict"] == "REVIEW"
    (chased,) = waiting(hub, MANAGER)
    assert (chased["overdue"], chased["answers"], chased["escalated"]) == (True, [], 2)
    assert waiting(hub, GUARDIAN)[0]["answers"] == ["released", "refused"]


def test_the_manager_who_chases_a_task_cannot_release_what_is_the_owners(hub: HubUnderTest) -> None:
    ask(hub, confided(hub))
    hub.clock.advance(timedelta(days=1))
    hub.hub.review_desk.escalate()

    with pytest.raises(RefusedError, match="for another to answer"):
        decide(hub, MANAGER, RELEASE)


def test_where_an_agency_has_nobody_the_manager_sees_the_task_at_once(hub: HubUnderTest) -> None:
    ask(hub, hub.hears("probation", told("B-1", labels=["mental-health"])))

    (task,) = waiting(hub, MANAGER)

    assert (task["for"], task["answers"]) == (["information-owner"], [])


@pytest.mark.parametrize(("risk", "hours"), [("red", 2), ("amber", 6), ("green", 24), ("blue", 24), ("not-rated", 24)])
def test_a_task_is_due_by_how_urgent_the_matter_is(hub: HubUnderTest, risk: str, hours: int) -> None:
    child = confided(hub)

    hub.hub.chronologies.read(child, replace(asks(ANALYST, purpose="mash-screening"), risk=risk))

    (task,) = waiting(hub, OWNER)
    assert datetime.fromisoformat(task["due"]) - MONDAY == timedelta(hours=hours)
    assert datetime.fromisoformat(task["ceiling"]) - MONDAY == timedelta(days=1)


def test_the_running_hub_escalates_by_itself(hub: HubUnderTest) -> None:
    """The hub that runs beside is on the machine's clock, for which Monday's task is long overdue."""
    ask(hub, confided(hub))

    with identifying(hub.settings, threading.Event(), lambda _error, _seconds: None):
        until(lambda: hub.events("ReviewEscalated") >= 2)

    assert hub.events("ReviewEscalated") == 2


def test_escalation_is_looked_at_once_a_minute() -> None:
    seconds, looks = iter([0.0, 59.0, 60.0, 61.0, 120.0]), []

    class Desk:
        def escalate(self) -> None:
            looks.append(True)

    class AHub:
        review_desk = Desk()

    beat = escalating(AHub(), lambda: next(seconds))  # type: ignore[arg-type]
    for _ in range(5):
        beat()

    assert len(looks) == 3


def test_a_partnerships_new_times_are_taken_over_once_and_hold_from_then_on(hub: HubUnderTest) -> None:
    shipped = read_partnership(None)
    assert shipped.reviews is not None
    slower = shipped.reviews.model_copy(update={"clocks": {}, "ceiling": Span(amount=3, unit="hours")})
    partnership = shipped.model_copy(update={"reviews": slower})

    made = [make_hub(hub.settings, partnership, by="tester", clock=hub.clock).reviews for _ in range(2)]
    ask(hub, confided(hub))

    assert made == [True, False]
    assert datetime.fromisoformat(waiting(hub, OWNER)[0]["due"]) - MONDAY == timedelta(hours=3)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("{role: practitioners, deputy: auditor, out_of_hours: auditor}", "no rule asks for a practitioners"),
        ("{role: auditor, deputy: nobody, out_of_hours: auditor}", "the route of auditor names a role"),
        ("{role: auditor, deputy: auditor}", "Field required"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused_in_the_partnerships_file(tmp_path: Path, wrong: str, fault: str) -> None:
    file = tmp_path / "partnership.yaml"
    text = files("hub.example").joinpath("partnership.yaml").read_text("utf-8")
    file.write_text(f"{text}    - {wrong}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=fault):
        read_partnership(file)
