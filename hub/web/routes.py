"""All pages, as whoever serves them meets them: their routes, those of signing in, and the page of a problem."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.bootstrap import Hub
from hub.problems import Problem
from hub.sign_in.pages import Choice
from hub.sign_in.pages import Pages as SignInPages
from hub.sign_in.service import SignIn
from hub.web.administration import add_administration
from hub.web.assets import add_assets
from hub.web.auditing import add_auditing
from hub.web.catalogue import N_
from hub.web.chronology import add_chronology
from hub.web.desk import Desk
from hub.web.finding import add_finding
from hub.web.overseeing import add_overseeing
from hub.web.policies import add_policies
from hub.web.rendering import page
from hub.web.requests import PageRoute
from hub.web.start import add_start
from hub.web.stewardship import add_stewardship
from hub.web.tasks import add_tasks
from hub.web.trying import add_trying
from hub.web.why import add_why
from hub.web.working import add_working

_HEADINGS: Final[Mapping[int, str]] = {
    403: N_("This was refused"),
    404: N_("Page not found"),
    409: N_("This was done already, or changed meanwhile"),
    429: N_("Too many requests"),
    500: N_("Something went wrong"),
    503: N_("The hub cannot answer now"),
}
_ANY: Final = N_("This cannot be done as it was asked")


class HubPages:
    """The pages of one hub."""

    def __init__(self, hub: Hub, sign_in: SignIn) -> None:
        self.router = APIRouter(route_class=PageRoute, include_in_schema=False)
        self.sign_in: SignInPages = SignInDressed()
        desk = Desk(sign_in)
        for add in (add_start, add_working, add_finding, add_chronology, add_why, add_tasks):
            add(self.router, desk)
        for add_whole in (add_administration, add_auditing, add_overseeing, add_trying, add_policies, add_stewardship):
            add_whole(self.router, desk, hub)
        add_assets(self.router)

    def problem(self, request: Request, found: Problem) -> Response:
        """Return the page that says what went wrong; of what is not there and what is another's, the same."""
        heading = _HEADINGS.get(found.status, _ANY)
        return page("problem.html", status=found.status, heading=heading, found=found, who=None)


def hub_pages(hub: Hub, sign_in: SignIn) -> HubPages:
    """Return the pages of a hub, as the server asks for them."""
    return HubPages(hub, sign_in)


class SignInDressed:
    """The pages of signing in, in the dress of the others."""

    def begin(self, request: Request, address: str) -> Response:
        """Lead to the issuer."""
        return page("sign_in.html", address=address, who=None)

    def choose(self, request: Request, choices: Sequence[Choice], action: str, hidden: Mapping[str, str]) -> Response:
        """Ask who somebody is."""
        return page("choose.html", choices=choices, action=action, hidden=hidden, who=None)

    def refused(self, request: Request, message: str, status: int) -> Response:
        """Say why nobody was signed in."""
        return page("sign_in_refused.html", status=status, message=message, who=None)

    def signed_out(self, request: Request, elsewhere: str | None) -> Response:
        """Say that somebody is signed out."""
        return page("signed_out.html", elsewhere=elsewhere, who=None)
