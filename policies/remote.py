"""Asks a policy service elsewhere, and gives its whole answer by a deadline or one error; nothing in part.

The service is told nothing that no rule may read: not about whom it is asked, nor the reason in a person's words.
"""

import json
import ssl
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import urlsplit

from policies.errors import BASIS_FAULT, DecisionUnavailableError, PolicyError, RequestError
from policies.model import Facts, PersonRef, Position, Request, Verdict
from policies.ruleset import PolicyVersion

DEADLINE_SECONDS = 5.0
_MOST_BYTES = 64_000_000
_REASON_GIVEN = "A reason was given."


class RemoteService:
    """A policy service at a URL, such as `http://127.0.0.1:8181`."""

    def __init__(self, url: str, deadline: float = DEADLINE_SECONDS, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port)
        self._context = (context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._deadline = deadline

    def decide(self, version: PolicyVersion, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order; raises RequestError or DecisionUnavailableError."""
        distinct = {item: number for number, item in enumerate(dict.fromkeys(facts))}
        question = {
            "version": version,
            "request": without_people(request).as_record(),
            "facts": [item.as_record() for item in distinct],
            "items": [distinct[item] for item in facts],
        }
        try:
            answer = self._answer(json.dumps(question).encode())
            return _verdicts(answer, version, len(facts))
        except (OSError, HTTPException, ValueError, LookupError, TypeError, PolicyError) as error:
            if isinstance(error, DecisionUnavailableError | RequestError):
                raise
            raise _unavailable("policy-service-unreachable") from error

    def _answer(self, question: bytes) -> Mapping[str, Any]:
        """Return what the service says; raises OSError at the deadline, whatever there is to wait for."""
        connection, said, late = self._connection(), Future[tuple[int, bytes]](), threading.Event()
        threading.Thread(target=_ask, args=(connection, question, said, late), daemon=True).start()
        try:
            status, body = said.result(self._deadline)
        finally:
            late.set()
            _cut(connection)
        answer: Mapping[str, Any] = json.loads(body)
        if status != 200 and answer["code"] == BASIS_FAULT:
            raise RequestError(str(answer["title"])[:500], code=BASIS_FAULT)
        if status != 200:
            raise _unavailable(str(answer["code"])[:60])
        return answer

    def _connection(self) -> HTTPConnection:
        host, port = self._address
        if self._context is None:
            return HTTPConnection(host, port, timeout=self._deadline)
        return HTTPSConnection(host, port, timeout=self._deadline, context=self._context)


def _ask(connection: HTTPConnection, question: bytes, said: "Future[tuple[int, bytes]]", late: threading.Event) -> None:
    """Ask on a thread of its own: a name's look-up, a handshake and slow letters have no common time limit else."""
    try:
        with closing(connection):
            connection.connect()
            if not late.is_set():
                connection.request("POST", "/v1/decide", question, {"Content-Type": "application/json"})
                response = connection.getresponse()
                said.set_result((response.status, response.read(_MOST_BYTES)))
    except Exception as error:
        said.set_exception(error)


def without_people(request: Request) -> Request:
    """Return a request of the same class that says neither about whom nor in whose words, nor when in the log."""
    reason = _REASON_GIVEN if request.class_key().reasoned else ""
    return replace(request, reason=reason, person=PersonRef("-"), as_of=Position(0), decided_at=Position(0))


def _cut(connection: HTTPConnection) -> None:
    if (taken := connection.sock) is not None:
        with suppress(OSError):
            taken.shutdown(SHUT_RDWR)


def _verdicts(answer: Mapping[str, Any], version: PolicyVersion, count: int) -> list[Verdict]:
    """Return the verdicts of an answer that is whole; raises what shows that it is not."""
    verdicts, items = [Verdict.from_record(each) for each in answer["verdicts"]], answer["items"]
    if answer["version"] != version or len(items) != count or any(number < 0 for number in items):
        raise ValueError("the answer is to another question")
    return [verdicts[number] for number in items]


def _unavailable(code: str) -> DecisionUnavailableError:
    return DecisionUnavailableError("The policy service gives no answer.", code=code)
