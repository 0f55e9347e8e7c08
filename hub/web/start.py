"""The first page: what waits for whoever is signed in, emergencies first."""

from itertools import islice
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.alert_list import PROTECTORS
from hub.application.review_desk import TO_SEE_TASKS
from hub.sign_in.person import SignedIn
from hub.web.desk import Desk, own
from hub.web.requests import Person

ALERTS_WHY: Final = "To see who searched for children whom we protect"
_MOST_TASKS: Final = 10
_MOST_ALERTS: Final = 50
_MOST_CHILDREN: Final = 20


def add_start(router: APIRouter, desk: Desk) -> None:
    """Add the first page, what changed, and the list of alerts."""

    @router.get("/")
    def start(person: Person) -> Response:
        """Show what waits."""
        found = desk.hub.review_desk.waiting(own(person, TO_SEE_TASKS), most=_MOST_TASKS)
        emergencies = [task for task in found["reviews"] if task["emergency"]]
        others = [task for task in found["reviews"] if not task["emergency"]]
        protects = not PROTECTORS.isdisjoint(desk.who(person).roles)
        more = found["waiting"] - len(found["reviews"])
        told: dict[str, Any] = {"emergencies": emergencies, "tasks": others, "more": more, "protects": protects}
        return desk.page("start.html", person, here="/", children=_in_hand(desk, person), **told)

    @router.get("/changes")
    def changes(person: Person) -> Response:
        """Show what is new for the children whom somebody has asked about since they signed in."""
        children = _in_hand(desk, person)
        with desk.on_time():
            for each in children:
                each["changed"] = desk.hub.changes.since_last(each["person"], each["asked"])
            return desk.page("changes.html", person, here="/", children=children)

    @router.get("/alerts")
    def alerts(person: Person) -> Response:
        """List who searched for children whom this agency protects."""
        found = desk.hub.alerts.newest(own(person, ALERTS_WHY), _MOST_ALERTS)
        names = desk.agencies()
        return desk.page("alerts.html", person, here="/alerts", alerts=found, names=names)


def _in_hand(desk: Desk, person: SignedIn) -> list[dict[str, Any]]:
    """Return the children who were last asked about in this session, by name, with where and for what."""
    found = [
        {
            "person": UUID(held["person"]),
            "asked": episode.stated.asked(person.user),
            "purpose": episode.stated.purpose,
            "child": {"names": held["names"], "born": held["born"]},
            "at": f"/work/{episode.name}/child/{name}",
        }
        for episode, name, held in reversed(desk.hub.episodes.children(person.session))
    ]
    asked_about = (each for each in found if desk.hub.changes.was_asked_about(each["person"], person.user))
    return sorted(islice(asked_about, _MOST_CHILDREN), key=lambda each: (each["child"]["names"], each["person"]))
