"""The pages of a hub under test, signed in as whoever a cookie names: the sign-in itself is tested elsewhere."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.clock import Clock
from hub.sign_in.form_tokens import form_token
from hub.sign_in.person import SignedIn
from hub.sign_in.service import open_sign_in
from hub.web.assets import STATIC, Assets
from hub.web.routes import page_router
from tests.hub_under_test import HubUnderTest

COOKIE, OLD = "test-user", "test-old"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TOKEN: Final = re.compile(r'name="form_token" value="([^"]+)"')


class SignedInByCookie:
    """Signs in whom the cookie `test-user` names, an hour ago where there is a cookie `test-old`; sets a strict CSP."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        if user := cookies.get(COOKIE):
            since = self._clock.now() - timedelta(hours=1 if OLD in cookies else 0)
            scope.setdefault("state", {})["signed_in"] = session_of(user, since)

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        await self._app(scope, receive, send_strictly)


def session_of(user: str, since: datetime) -> SignedIn:
    """Return the session of a user; `user/2` is another session of theirs."""
    return SignedIn(user.split("/", maxsplit=1)[0], form_token(user.encode()), since, uuid5(NAMESPACE_URL, user))


@contextmanager
def pages_app(hub: HubUnderTest) -> Iterator[FastAPI]:
    """Yield the pages as an app."""
    with open_sign_in(hub.hub) as sign_in:
        app = FastAPI(openapi_url=None)
        app.include_router(page_router(sign_in))
        app.mount(STATIC, Assets())
        app.add_middleware(SignedInByCookie, clock=hub.clock)
        yield app


class Browser:
    """Somebody at the pages, without scripts: follows links, fills in the form that it sees."""

    def __init__(self, app: FastAPI, user: str | None) -> None:
        self.client = TestClient(app, follow_redirects=True)
        if user:
            self.client.cookies.set(COOKIE, user)
        self.text = ""
        self.status = 0
        self.at = ""

    def get(self, address: str) -> str:
        """Open a page."""
        return self._took(self.client.get(address))

    def post(self, address: str, *, token: str | None = None, **fields: str | list[str]) -> str:
        """Send a form, with the token of the page that is open unless told otherwise."""
        found = TOKEN.search(self.text)
        data = {name.replace("born_", "born-"): value for name, value in fields.items()}
        return self._took(self.client.post(address, data={"form_token": token or (found[1] if found else ""), **data}))

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

    def _took(self, response: object) -> str:
        self.text, self.status = response.text, response.status_code  # type: ignore[attr-defined]
        self.at = response.url.path  # type: ignore[attr-defined]
        self.headers = response.headers  # type: ignore[attr-defined]
        return self.text


@contextmanager
def browsing(hub: HubUnderTest, user: str | None) -> Iterator[Browser]:
    """Yield somebody at the pages of a hub."""
    with pages_app(hub) as app:
        browser = Browser(app, user)
        with browser.client:
            yield browser
