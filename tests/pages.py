"""The pages of a hub under test, and somebody at them who has a session as in earnest."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.serving.app import create_app
from hub.sign_in.service import SignIn, open_sign_in
from hub.web.routes import HubPages
from tests.hub_under_test import HubUnderTest
from tests.serving import AMPLE

NOW: Final = timedelta(0)
TOKEN: Final = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Serving:
    """The application with its pages."""

    app: FastAPI
    sign_in: SignIn

    def session(self, user: str, proved: timedelta = NOW) -> dict[str, str]:
        """Begin a session of a user who proved so long ago who they are; return its cookie."""
        found = self.sign_in.hub.directory.load().user(user)
        at = self.sign_in.clock.now() - proved
        return {self.sign_in.cookies.session: self.sign_in.sessions.begin(found, at, replacing=None)}


@contextmanager
def serving_pages(hub: HubUnderTest) -> Iterator[Serving]:
    """Yield the application on a hub."""
    with open_sign_in(hub.hub) as sign_in:
        app = create_app(hub.hub, sign_in, HubPages(hub.hub, sign_in), AMPLE)
        yield Serving(app, sign_in)
        app.state.doors.close()


@dataclass
class Visitor:
    """Somebody at the pages, without scripts: follows links, fills in the form that they see."""

    client: httpx.Client
    text: str = ""
    status: int = 0
    at: str = ""
    headers: httpx.Headers = field(default_factory=httpx.Headers)

    @property
    def token(self) -> str:
        """The token of the page that is open."""
        found = TOKEN.search(self.text)
        return html.unescape(found[1]) if found else ""

    def get(self, address: str) -> str:
        """Open a page."""
        return self._took(self.client.get(address))

    def post(self, address: str, *, token: str | None = None, **fields: str | list[str]) -> str:
        """Send a form, with the token of the page that is open unless told otherwise."""
        data = {name.replace("born_", "born-"): value for name, value in fields.items()}
        return self._took(self.client.post(address, data={"form_token": token or self.token, **data}))

    def begins(self, *, purpose: str = "s47", reason: str = "Strategy discussion on Monday", **fields: str) -> str:
        """Begin an episode of work; return its address."""
        self.get("/work")
        self.post("/work", purpose=purpose, reason=reason, risk="amber", **fields)
        return self.at

    def finds(self, episode: str, **fields: str) -> str:
        """Look for a child in an episode."""
        self.get(episode)
        return self.post(f"{episode}/find", **fields)

    def opens(self, pattern: str) -> str:
        """Follow the first link whose address matches."""
        found = re.search(rf'href="({pattern})"', self.text)
        assert found, f"no link {pattern} on the page"
        return self.get(html.unescape(found[1]))

    def _took(self, response: httpx.Response) -> str:
        self.text, self.status, self.at = response.text, response.status_code, response.url.path
        self.headers = response.headers
        return self.text


@contextmanager
def browsing(hub: HubUnderTest, user: str | None, proved: timedelta = NOW) -> Iterator[Visitor]:
    """Yield somebody at the pages of a hub."""
    with serving_pages(hub) as serving:
        cookies = serving.session(user, proved) if user else {}
        address = serving.sign_in.settings.public_url
        with TestClient(serving.app, base_url=address, cookies=cookies, follow_redirects=True) as client:
            yield Visitor(client)
