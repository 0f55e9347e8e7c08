"""Puts the one application together: signing in, the API and the pages, behind the same guards.

What an error becomes is said once, here: a problem for programs, a page for people where there are pages.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.api.app import API, add_api
from hub.bootstrap import Hub
from hub.errors import HubError, RetryableError
from hub.problems import NotFoundError, Problem, problem, problem_of, response_of
from hub.serving.compression import PageCompression
from hub.serving.guards import Answer, HostGuard, RequestGuard, ShareGuard
from hub.serving.operations import METRICS, WITNESSES, credential, operations_router
from hub.serving.shares import Shares
from hub.sign_in.middleware import SignInMiddleware
from hub.sign_in.pages import Pages as SignInPages
from hub.sign_in.routes import sign_in_router
from hub.sign_in.service import SignIn
from policies.service.limits import BodyLimit

STATIC: Final = "/static/"
HEALTH: Final = "/health/"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_UNREADABLE: Final = frozenset({"json_invalid", "value_error.jsondecode"})


class Pages(Protocol):
    """The pages, as the server meets them."""

    router: APIRouter
    sign_in: SignInPages

    def problem(self, request: Request, found: Problem) -> Response:
        """Return the page that says what went wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may bring, how long it may take to come, and how often one client may ask."""

    most_bytes: int = 1_500_000
    body_seconds: float = 20.0
    at_once: float = 120.0
    a_second: float = 10.0


def create_app(hub: Hub, sign_in: SignIn, pages: Pages | None = None, limits: Limits = Limits()) -> FastAPI:
    """Return the application on an open hub; without pages, the API and the plain pages of signing in."""
    app = FastAPI(
        title="mash-hub",
        version="1",
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    operations, counted = operations_router(hub, credential(hub.settings.home, METRICS))
    app.include_router(operations)
    app.include_router(sign_in_router(sign_in, pages.sign_in if pages else None))
    app.state.doors = add_api(app, hub, credential(hub.settings.home, WITNESSES))
    if pages is not None:
        app.include_router(pages.router)
    answer = _answer_of(pages)
    _add_problems(app, answer)
    # The last that is added is the first that a request meets.
    app.add_middleware(PageCompression)
    shares = Shares(limits.at_once, limits.a_second)
    app.add_middleware(ShareGuard, shares=shares, answer=answer, skipping=(STATIC, HEALTH))
    app.add_middleware(SignInMiddleware, sign_in=sign_in, skipping=(STATIC, HEALTH))
    app.add_middleware(
        BodyLimit,
        most=limits.most_bytes,
        refusal=_told(answer, problem(413, f"A request has {limits.most_bytes} bytes at the most.", "too-large")),
        seconds=limits.body_seconds,
        late=_told(answer, problem(408, "The request did not come in time.", "too-slow"), Connection="close"),
    )
    app.add_middleware(HostGuard, hosts=_hosts(sign_in.settings.public_url))
    app.add_middleware(RequestGuard, counted=counted, answer=answer, encrypted=sign_in.settings.encrypted)
    return app


def _hosts(public_url: str) -> set[str]:
    return {*_LOOPBACK, (urlsplit(public_url).hostname or "").lower()}


def _answer_of(pages: Pages | None) -> Answer:
    """Return what tells a problem as whoever asked can read it: by a page where people look."""

    def answer(scope: Scope, found: Problem, headers: Mapping[str, str]) -> Response:
        if pages is None or scope["path"].startswith((f"{API}/", HEALTH, "/metrics")):
            return response_of(found, headers)
        told = pages.problem(Request(scope), found)
        told.headers.update(headers)
        return told

    return answer


def _told(answer: Answer, found: Problem, **headers: str) -> ASGIApp:
    """Return an application that answers everything with one problem."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, found, headers)(scope, receive, send)

    return told


def _add_problems(app: FastAPI, answer: Answer) -> None:
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HubError)  # noqa: S101 - it is registered for this
        found = problem_of(error)
        return answer(request.scope, found, _headers(error, found))

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for this
        return answer(request.scope, _problem_of_input(error), {})

    async def no_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for this
        return answer(request.scope, _problem_of_status(error.status_code), error.headers or {})

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HubError: refused,
        RequestValidationError: unreadable,
        HTTPException: no_route,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _headers(error: HubError, found: Problem) -> dict[str, str]:
    if found.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": "5"} if isinstance(error, RetryableError) else {}


def _problem_of_input(error: RequestValidationError) -> Problem:
    """Return what is wrong with an input by the names of the documented fields, without a word of what was sent."""
    first = error.errors()[0]
    if first["type"] in _UNREADABLE:
        return problem(400, "The body is not JSON.", "not-json")
    where = ".".join(str(step) for step in first["loc"][1:] if isinstance(step, int) or step.isidentifier())
    if first["type"] == "extra_forbidden":
        where = ".".join(where.split(".")[:-1])
        return problem(422, f"There is an unknown field{f' in {where}' if where else ''}.", "unknown-field")
    return problem(422, f"What was sent does not have the documented form: {where or 'body'}.", "bad-input")


def _problem_of_status(status: int) -> Problem:
    if status == 404:
        return problem_of(NotFoundError())
    if status == 400:
        return problem(400, "The body cannot be read.", "not-json")
    return problem(status, _STATUS_SENTENCES.get(status, "This cannot be done."), f"http-{status}")


_STATUS_SENTENCES: Final = {405: "This address takes other methods.", 413: "The request is too large."}
