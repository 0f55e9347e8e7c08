"""What the routers share: who asks, the hub, documented answers, and how an answer is written."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from hub.api.cursors import Cursors
from hub.api.once import Once
from hub.application.asking import Asked
from hub.bootstrap import Hub
from hub.problems import MEDIA_TYPE, problem
from hub.sign_in.person import CallingAgency, SignedIn, calling_agency, refuse_unless_recent, signed_in

JSON: Final = "application/json"
_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
PROBLEM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "additionalProperties": False,
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people; it names nobody."},
        "code": {"type": "string", "description": "Stable, for programs."},
    },
}
_EXAMPLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The body is not JSON.", "not-json"),
    401: ("Sign in first.", "not-signed-in"),
    403: ("This is for another to answer: the task says whom it waits for.", "not-your-task"),
    404: ("There is nothing here.", "not-found"),
    405: ("This address takes other methods.", "http-405"),
    408: ("The request did not come in time.", "too-slow"),
    409: ("It is recorded already.", "already-recorded"),
    413: ("A request has 1500000 bytes at the most.", "too-large"),
    415: ("The body is to be application/json.", "wrong-content-type"),
    422: ("There is an unknown field.", "unknown-field"),
    429: ("Too many requests: wait, then go on.", "too-many-requests"),
    500: ("Something went wrong here. Nothing was shown.", "internal"),
    503: ("The hub cannot answer now. Nothing was shown: try again.", "database-away"),
}
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": asdict(problem(status, *told))}},
    }
    for status, told in _EXAMPLES.items()
}


def example(value: Any, description: str = "The answer.") -> dict[int | str, dict[str, Any]]:
    """Return what documents the answer of a route by an example."""
    return {200: {"description": description, "content": {JSON: {"example": value}}}}


def _hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


def _once(request: Request) -> Once:
    once: Once = request.app.state.once
    return once


def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.cursors
    return cursors


HubOf = Annotated[Hub, Depends(_hub)]
OnceOf = Annotated[Once, Depends(_once)]
CursorsOf = Annotated[Cursors, Depends(_cursors)]
Person = Annotated[SignedIn, Depends(signed_in)]
System = Annotated[CallingAgency, Depends(calling_agency)]
PathId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


def answered(value: Any, status: int = 200) -> Response:
    """Return an answer as JSON, written once and not looked through again."""
    return Response(orjson.dumps(value, default=str), status, media_type=JSON)


def refuse_stale_emergency(asked: Asked, person: SignedIn, hub: Hub) -> None:
    """Pass, in an emergency, if whoever asks has just proved who they are; raises `SignInAgainError`."""
    if asked.emergency:
        refuse_unless_recent(person, hub.clock.now(), hub.settings.sign_in.again)


def audits(user: str, reason: str) -> Asked:
    """Return an auditor's question."""
    return Asked(user, user, "audit", reason)
