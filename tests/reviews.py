"""Short ways to tell a hub of what waits for a person, to ask for it and to answer."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from hub.application.review_desk import Answering
from tests.hub_under_test import ANALYST, HubUnderTest, asks, told

OWNER, POLICE_OWNER, GUARDIAN, MANAGER, DUTY, WORKER = (
    "hospital.owner", "police.owner", "community.guardian", "mash.manager", "duty.worker", "social.worker",
)  # fmt: skip
MONDAY = datetime(2024, 1, 8, 10, tzinfo=UTC)
TOMORROW = date(2024, 1, 9)
RELEASE = Answering("released", ("what", "when"))
REFUSE = Answering("refused", until=TOMORROW)
_numbers = count(1)


def on_monday(hub: HubUnderTest) -> HubUnderTest:
    """Return a hub on a Monday at ten."""
    hub.clock.advance(MONDAY - hub.clock.now())
    return hub


def confided(hub: HubUnderTest, label: str = "sexual-health") -> UUID:
    """Tell the hub what a child confided to a service of the hospital trust."""
    return hub.hears(
        "hospital-trust", told(f"H-{next(_numbers)}", "health-encounter", labels=[label], words="Told in confidence")
    )


def conditioned(hub: HubUnderTest) -> UUID:
    """Tell the hub what the police hold under a condition that is no secret."""
    sharing = {"handling": {"code": "C", "conditions": ["S2"]}}
    return hub.hears("police", told(f"P-{next(_numbers)}", words="From a neighbour", sharing=sharing))


def covert(hub: HubUnderTest) -> UUID:
    """Tell the hub what the police hold under a covert condition."""
    sharing = {"handling": {"code": "C", "conditions": ["A1"]}}
    return hub.hears("police", told(f"P-{next(_numbers)}", words="By covert means", sharing=sharing))


def ask(hub: HubUnderTest, child: UUID, viewer: str = ANALYST, purpose: str = "mash-screening") -> list[dict[str, Any]]:
    answer = hub.hub.chronologies.read(child, asks(viewer, purpose=purpose, reason="Her sister wrote to us"))
    items: list[dict[str, Any]] = answer["items"]
    return items


def waiting(hub: HubUnderTest, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.hub.review_desk.waiting(asks(user, purpose="own-service"))["reviews"]
    return found


def decide(hub: HubUnderTest, user: str, answering: Answering, reason: str = "It bears on her safety") -> str:
    """Answer the first task that waits for a user."""
    task = waiting(hub, user)[0]["id"]
    done = hub.hub.review_desk.answer(task, answering, asks(user, purpose="own-service", reason=reason))
    return str(done["decision"])
