"""All pages, as one router to be mounted by whoever serves them."""

from fastapi import APIRouter

from hub.sign_in.service import SignIn
from hub.web.chronology import add_chronology
from hub.web.desk import Desk
from hub.web.finding import add_finding
from hub.web.requests import PageRoute
from hub.web.start import add_start
from hub.web.tasks import add_tasks
from hub.web.working import add_working


def page_router(sign_in: SignIn) -> APIRouter:
    """Return the pages of a hub; `Assets` is mounted beside them at `STATIC`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)
    desk = Desk(sign_in)
    for add in (add_start, add_working, add_finding, add_chronology, add_tasks):
        add(router, desk)
    return router
