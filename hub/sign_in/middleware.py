"""Finds out, for each request, who is signed in or whose system calls.

A request that nobody is signed in for goes on all the same: whether it needs somebody is for what answers it.
"""

from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.errors import HubError
from hub.sign_in.person import CallingAgency, NotSignedInError, SignedIn
from hub.sign_in.service import SignIn

_BEARER: Final = "bearer "


class SignInMiddleware:
    """Leaves for `signed_in` and `calling_agency` what was found, or why there is none."""

    def __init__(self, app: ASGIApp, sign_in: SignIn, skipping: tuple[str, ...] = ()) -> None:
        self._app = app
        self._sign_in = sign_in
        self._skipping = skipping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look before the request goes on; not where its path begins with one of those to skip."""
        if scope["type"] == "http" and not scope["path"].startswith(self._skipping or ("\0",)):
            connection, state = HTTPConnection(scope), scope.setdefault("state", {})
            secret = self._sign_in.cookies.secret(connection)
            token = connection.headers.get("authorization", "")
            if secret:
                state["signed_in"] = await run_in_threadpool(_or_why_not, self._person, secret)
            if token[: len(_BEARER)].lower() == _BEARER:
                state["calling_agency"] = await run_in_threadpool(_or_why_not, self._agency, token[len(_BEARER) :])
        await self._app(scope, receive, send)

    def _person(self, secret: str) -> SignedIn:
        found = self._sign_in.sessions.find(secret)
        if found is None:
            raise NotSignedInError("Your session has ended. Sign in again.", code="session-ended")
        return found

    def _agency(self, token: str) -> CallingAgency:
        return self._sign_in.agencies.caller(token)


def _or_why_not(look: Callable[[str], SignedIn | CallingAgency], secret: str) -> SignedIn | CallingAgency | HubError:
    try:
        return look(secret)
    except HubError as error:
        return error
