"""What every request passes, whatever it asks for: its id, its host, its size and its share, and what every answer has.

Pure ASGI, none of them reads a word of a body. The headers of an answer are set where the answer has none of its own.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.problems import Problem, TooManyRequestsError, problem, problem_of, response_of
from hub.serving.logs import fault_of
from hub.serving.shares import Shares
from hub.sign_in.person import CallingAgency, SignedIn

_log = structlog.get_logger(__name__)
NO_STORE: Final = "no-store"
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": NO_STORE,
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS: Final = "max-age=63072000; includeSubDomains"
_NO_ROUTE: Final = "none"
Answer = Callable[[Scope, Problem, Mapping[str, str]], Response]
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counted:
    """Counts of what was asked and how long it took, by the route's own name: never by a path."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route", "status")
        self.requests = Counter("mash_http_requests", "Requests answered.", labels, registry=registry)
        self.seconds = Histogram("mash_http_seconds", "How long answers took.", ("route",), registry=registry)


class RequestGuard:
    """Outermost: names the request, times and logs it, sets the headers, and answers what nothing else has answered."""

    def __init__(self, app: ASGIApp, counted: Counted, answer: Answer, *, encrypted: bool) -> None:
        self._app = app
        self._answer = answer
        self._counted = counted
        self._headers = {**SECURITY_HEADERS, **({"Strict-Transport-Security": HSTS} if encrypted else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began, status = str(uuid4()), time.perf_counter(), 0
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # Whatever it is, its words must not reach the server's own log.
            _log.error("failed", **fault_of(error))
            if not status:
                await self._of_failure(scope)(scope, receive, sent)
        self._count(scope, status, time.perf_counter() - began)

    def _of_failure(self, scope: Scope) -> Response:
        found = problem(500, "Something went wrong here. Nothing was shown.", "internal")
        try:
            return self._answer(scope, found, {})
        except Exception as error:  # It may be the pages themselves that fail.
            _log.error("failed", **fault_of(error))
            return response_of(found)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "name", None) or _NO_ROUTE
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._counted.requests.labels(method, route, str(status)).inc()
        self._counted.seconds.labels(route).observe(seconds)
        _log.info("answered", method=method, route=route, status=status, ms=round(seconds * 1000))


class HostGuard:
    """Serves only those hosts that the hub is reached by: a name that somebody else points here gets nothing."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _host_of(Headers(scope=scope).get("host", "")) not in self._hosts:
            found = problem(421, "The hub is not reached by this name.", "wrong-host")
            await response_of(found)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class ShareGuard:
    """Keeps one client from asking more than its share: a person, an agency's system, or else an address."""

    def __init__(self, app: ASGIApp, shares: Shares, answer: Answer, skipping: tuple[str, ...]) -> None:
        self._app = app
        self._answer = answer
        self._shares = shares
        self._skipping = skipping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not scope["path"].startswith(self._skipping):
            wait = self._shares.take(_client(HTTPConnection(scope)))
            if wait:
                found = problem_of(TooManyRequestsError(wait))
                await self._answer(scope, found, {"Retry-After": str(wait)})(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _client(connection: HTTPConnection) -> tuple[str, str]:
    person = getattr(connection.state, "signed_in", None)
    agency = getattr(connection.state, "calling_agency", None)
    if isinstance(agency, CallingAgency):
        return "agency", agency.agency
    if isinstance(person, SignedIn):
        return "user", person.user
    return "address", connection.client.host if connection.client else ""


def _host_of(header: str) -> str:
    """Return a Host header without its port."""
    end = header.rfind(":") if not header.endswith("]") else -1
    return (header if end < 0 else header[:end]).lower()
