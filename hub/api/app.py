"""Adds the API's routers to an application, with what they all share. Starts nothing and opens nothing.

A change is asked for by a body of JSON only, and never by another site's page: no form of a browser can send that.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.api import administrators, agencies, analysts, auditors, proofs
from hub.api import cursors as cursor_keys
from hub.api import once as once_keys
from hub.api.cursors import Cursors
from hub.api.doors import Doors
from hub.api.once import Once
from hub.api.shared import DOCUMENTED, JSON, PROBLEM_SCHEMA
from hub.bootstrap import Hub
from hub.problems import problem, response_of
from hub.store.answered import AnsweredTable
from hub.unchanged import tagged

API: Final = "/v1"
_OTHER_FORMS: Final = (f"{API}/events", f"{API}/token")
_OUR_OWN: Final = frozenset({"", "same-origin", "none"})


def add_api(app: FastAPI, hub: Hub, witness_token: str) -> Doors:
    """Add all that is under /v1; whoever opened the hub closes what is returned before it."""
    app.state.hub = hub
    app.state.witness_token = witness_token
    app.state.cursors = Cursors(hub.vault.purpose_key(cursor_keys.PURPOSE))
    app.state.once = Once(AnsweredTable(hub.pool), hub.vault.purpose_key(once_keys.PURPOSE), hub.clock)
    app.state.doors = Doors(hub)
    api = APIRouter(prefix=API, responses=DOCUMENTED)
    for family in (agencies, analysts, auditors, administrators, proofs):
        api.include_router(family.router)
    app.include_router(api)
    app.add_middleware(JsonOnly)
    _describe_problems(app)
    _add_description(app)
    doors: Doors = app.state.doors
    return doors


class JsonOnly:
    """Passes on what is asked of the API in JSON by its own clients and pages, and nothing that another site sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith(f"{API}/") and scope["method"] == "POST":
            headers = Headers(scope=scope)
            if headers.get("sec-fetch-site", "") not in _OUR_OWN:
                found = problem(403, "Another site may not ask this.", "cross-site")
                await response_of(found)(scope, receive, send)
                return
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != JSON and not scope["path"].startswith(_OTHER_FORMS):
                found = problem(415, f"The body is to be {JSON}.", "wrong-content-type")
                await response_of(found)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _add_description(app: FastAPI) -> None:
    """Serve the description, the same for everybody, written once."""
    written = cache(lambda: orjson.dumps(app.openapi()))

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    def describe(request: Request) -> Response:
        """Return the description of the API."""
        return tagged(request, written(), JSON, {"Cache-Control": "no-cache"})


def _describe_problems(app: FastAPI) -> None:
    """Have the description name the form of problems once."""
    described: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        found = described()
        found["components"].setdefault("schemas", {})["Problem"] = dict(PROBLEM_SCHEMA)
        return found

    app.openapi = openapi  # type: ignore[method-assign]
