"""A browser without a screen, on an application that people sign in to by the demonstration's issuer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from hub.errors import HubError, RetryableError
from hub.sign_in.middleware import SignInMiddleware
from hub.sign_in.person import calling_agency, signed_in
from hub.sign_in.routes import sign_in_router
from hub.sign_in.service import SignIn

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def led_to(answer: Any) -> str:
    """Return the address of the issuer to which a page leads by its one link, or an answer sends; else nothing."""
    link = re.search(r'href="(https?://[^"]+)"', answer.text) if answer.status_code == 200 else None
    return unescape(link[1]) if link else str(answer.headers.get("location", ""))


@dataclass(frozen=True, slots=True)
class Browser:
    """Keeps cookies, and goes on to where it is sent only when told to."""

    client: TestClient

    def get(self, path: str, **options: Any) -> Any:
        """Ask for a page."""
        return self.client.get(path, follow_redirects=False, **options)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> Any:
        """Send a form."""
        return self.client.post(path, data=form or {}, follow_redirects=False, **options)

    def begins(self, next_page: str = "/", *, again: bool = False) -> dict[str, str]:
        """Begin to sign in; return what the issuer's page brings back."""
        sent = self.get("/sign-in", params={"next": next_page, **({"again": "1"} if again else {})})
        assert sent.status_code == 303, sent.text
        page = self.get(sent.headers["location"])
        assert page.status_code == 200, page.text
        return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(page.text)}

    def picks(self, hidden: dict[str, str], user: str) -> str:
        """Pick a user; return the address at the hub to which the issuer sends the browser back."""
        return str(self.post("/issuer/authorize", {**hidden, "user": user}).headers["location"])

    def signs_in(self, user: str, next_page: str = "/", *, again: bool = False) -> Any:
        """Sign in as a user of the demonstration; return what the hub answers in the end."""
        return self.get(self.picks(self.begins(next_page, again=again), user))

    def whoami(self) -> dict[str, Any]:
        """Return who the hub says is signed in, and a form's token."""
        found: dict[str, Any] = self.get("/whoami").json()
        return found


def application(sign_in: SignIn) -> FastAPI:
    """Return a small application with the routes, and with pages that say who asks."""
    app = FastAPI()
    app.include_router(sign_in_router(sign_in))
    app.add_middleware(SignInMiddleware, sign_in=sign_in, skipping=("/static/",))

    @app.exception_handler(HubError)
    def told(_: Request, error: HubError) -> Response:
        status = 503 if isinstance(error, RetryableError) else 401
        return JSONResponse({"code": error.code}, status)

    @app.get("/whoami")
    @app.get("/static/whoami")
    def whoami(request: Request) -> dict[str, Any]:
        person = signed_in(request)
        return {"user": person.user, "token": person.form_token, "session": str(person.session)}

    @app.get("/grave")
    def grave(request: Request) -> dict[str, str]:
        sign_in.refuse_unless_recent(signed_in(request))
        return {"done": "yes"}

    @app.post("/once")
    async def once(request: Request) -> dict[str, str]:
        form = await request.form()
        sign_in.forms.take(signed_in(request), str(form.get("form_token", "")), sign_in.clock.now())
        return {"done": "yes"}

    @app.get("/agency")
    def agency(request: Request) -> dict[str, str]:
        return {"agency": calling_agency(request).agency}

    return app


@contextmanager
def browser_on(sign_in: SignIn) -> Iterator[Browser]:
    """Yield a browser that has no cookies yet."""
    with TestClient(application(sign_in), base_url=sign_in.settings.public_url) as client:
        yield Browser(client)
