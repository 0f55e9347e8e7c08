"""What an error becomes over HTTP (RFC 9457): one table from the type and the code of an error to a status.

A problem never carries a word of the request: its sentence is the error's own, which names no person. What is not the
caller's and what is not there give one problem, the same to the byte.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse

from hub.errors import ConflictError, HubError, PoisonError, RefusedError, RetryableError, UsageError

MEDIA_TYPE: Final = "application/problem+json"

# The first type that fits gives the status, unless the code has one of its own.
STATUS_OF_TYPE: Final[tuple[tuple[type[HubError], int], ...]] = (
    (RetryableError, 503),
    (PoisonError, 400),
    (RefusedError, 403),
    (ConflictError, 409),
    (UsageError, 422),
    (HubError, 500),
)
STATUS_OF_CODE: Final[Mapping[str, int]] = {
    "bad-request": 422,
    "clock-wrong": 400,
    "no-reason": 422,
    "no-token": 401,
    "not-signed-in": 401,
    "replay-differs": 409,
    "session-ended": 401,
    "sign-in-again": 401,
    "too-many-requests": 429,
    "unknown-basis": 422,
    "unknown-purpose": 422,
    "unknown-risk": 422,
    "unknown-statement": 422,
    "wrong-token": 401,
}
# Whoever may not have something is told what somebody is told who asks for nothing that there is.
HIDDEN: Final = frozenset(
    {
        "not-a-partner",
        "not-a-protector",
        "not-a-steward",
        "not-an-administrator",
        "not-an-auditor",
        "not-found",
        "no-event",
        "no-such-leaf",
        "no-such-tree",
        "unknown-alert",
        "unknown-decision",
        "unknown-key",
        "unknown-person",
        "unknown-policy-version",
        "unknown-task",
        "unknown-user",
    }
)
# What a sentence of an operator's would tell whoever calls from outside: which files, servers and repairs there are.
_OPERATORS: Final = frozenset({500, 503})
_SENTENCES: Final[Mapping[int, str]] = {
    500: "Something went wrong here. Nothing was shown.",
    503: "The hub cannot answer now. Nothing was shown: try again.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: `title` is the status in words, `detail` a sentence for people, `code` stable for programs."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"


class NotFoundError(RefusedError):
    """There is nothing of the kind that this caller may have."""

    def __init__(self) -> None:
        super().__init__("There is nothing here.", code="not-found")


class TooManyRequestsError(RetryableError):
    """One client asks more than its share."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many requests: wait, then go on.", code="too-many-requests")
        self.seconds = seconds


def problem_of(error: HubError) -> Problem:
    """Return the problem that an error is to whoever called."""
    if error.code in HIDDEN:
        return problem(404, "There is nothing here.", "not-found")
    status = STATUS_OF_CODE.get(error.code) or _status_of_type(error)
    if status in _OPERATORS:
        return problem(status, _SENTENCES[status], error.code if status == 503 else "internal")
    return problem(status, error.message, error.code)


def _status_of_type(error: HubError) -> int:
    return next(status for kind, status in STATUS_OF_TYPE if isinstance(error, kind))


def problem(status: int, detail: str, code: str) -> Problem:
    """Return a problem under the title of its status."""
    return Problem(HTTPStatus(status).phrase, status, detail, code)


def response_of(found: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as it is answered."""
    body: dict[str, Any] = asdict(found)
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body, found.status, media_type=MEDIA_TYPE, headers=kept)
