"""The first page: what waits for whoever is signed in, emergencies first."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.alert_list import PROTECTORS
from hub.web.desk import Desk, own
from hub.web.requests import Person

TASKS_WHY: Final = "To see what waits for an answer"
ALERTS_WHY: Final = "To see who searched for children whom we protect"
_MOST_ALERTS: Final = 50


def add_start(router: APIRouter, desk: Desk) -> None:
    """Add the first page and the list of alerts."""

    @router.get("/")
    def start(person: Person) -> Response:
        """Show what waits."""
        tasks = desk.hub.review_desk.waiting(own(person, TASKS_WHY))["reviews"]
        emergencies = [task for task in tasks if task["asker"] is not None]
        others = [task for task in tasks if task["asker"] is None]
        protects = not PROTECTORS.isdisjoint(desk.who(person).roles)
        return desk.page("start.html", person, here="/", emergencies=emergencies, tasks=others, protects=protects)

    @router.get("/alerts")
    def alerts(person: Person) -> Response:
        """List who searched for children whom this agency protects."""
        found = desk.hub.alerts.newest(own(person, ALERTS_WHY), _MOST_ALERTS)
        names = desk.agencies()
        return desk.page("alerts.html", person, here="/alerts", alerts=found, names=names)
