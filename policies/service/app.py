"""The policy service: `POST /v1/decide`, `GET /v1/health`, `GET /v1/version`. The same code as in process, behind HTTP.

It decides by the version that the question names, which it must hold and have verified, and by no other.
"""

from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as release_of

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from policies.client import InProcessService
from policies.errors import DecisionUnavailableError, PolicyError, RecordError
from policies.model import Facts, Request, Verdict
from policies.ruleset import PolicyVersion
from policies.service.limits import BodyLimit
from policies.service.wire import Answer, Health, Problem, Question, Versions
from policies.shelf import Shelf

MOST_BYTES = 32_000_000
_STATUS = {"policy-version-unknown": 409}


def create_app(shelf: Shelf, most_bytes: int = MOST_BYTES) -> FastAPI:
    """Return the service that decides by the policies of a shelf."""
    app = FastAPI(title="mash-hub policy service", docs_url=None, redoc_url=None)
    too_large = _problem(413, "The question is too large.", "question-too-large")
    app.add_middleware(BodyLimit, most=most_bytes, refusal=too_large)
    service = InProcessService(shelf)

    # One decision at a time, on the loop's own thread: what decides is the processor, and the memo needs no lock.
    @app.post("/v1/decide")
    async def decide(question: Question) -> Answer:
        """Return the verdict on each item."""
        return answer_to(question, service)

    @app.get("/v1/health")
    async def health() -> Health:
        """Say that the service can decide by at least one version; 503 where it cannot."""
        if not shelf.decides():
            raise DecisionUnavailableError("No policy version is held that could be verified.", code="no-policy-held")
        return Health(status="ok")

    @app.get("/v1/version")
    async def version() -> Versions:
        """Name the release, and the policy versions by which it can decide."""
        return Versions(release=_release(), versions=list(shelf.verified()))

    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def answer_to(question: Question, service: InProcessService) -> Answer:
    """Return the answer to a question; raises PolicyError where it cannot be read or decided."""
    request = Request.from_record(question.request)
    facts = [Facts.from_record(record) for record in question.facts]
    if any(number >= len(facts) for number in question.items):
        raise RecordError("An item names facts that are not there.", code="record-unreadable")
    decided = service.decide(PolicyVersion(question.version), request, facts)
    numbers: dict[Verdict, int] = {}
    named = [numbers.setdefault(verdict, len(numbers)) for verdict in decided]
    return Answer(
        version=question.version,
        verdicts=[verdict.as_record() for verdict in numbers],
        items=[named[number] for number in question.items],
    )


def _problem(status: int, title: str, code: str) -> JSONResponse:
    body = Problem(title=title, status=status, code=code).model_dump()
    return JSONResponse(body, status, media_type="application/problem+json")


async def _cannot_decide(_: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, PolicyError)  # noqa: S101 - it is registered for this
    status = _STATUS.get(error.code, 503) if isinstance(error, DecisionUnavailableError) else 422
    return _problem(status, error.message, error.code)


async def _unreadable(_: HttpRequest, __: Exception) -> JSONResponse:
    return _problem(422, "The question is not in the documented form.", "question-unreadable")


async def _no_such_door(_: HttpRequest, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 400:
        return await _unreadable(_, error)
    return _problem(status, "There is nothing here.", "no-such-door")


_HANDLERS: dict[type[Exception], Callable[[HttpRequest, Exception], Awaitable[JSONResponse]]] = {
    PolicyError: _cannot_decide,
    RequestValidationError: _unreadable,
    HTTPException: _no_such_door,
}


def _release() -> str:
    try:
        return release_of("mash-hub")
    except PackageNotFoundError:
        return "not installed"
