"""What people see when a part is away, when the hub fails, and when what they send is no form: a page, no more."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from hub.application.policy_in_force import PolicyInForce
from hub.errors import HubError, RetryableError
from hub.problems import MEDIA_TYPE
from hub.serving.app import Limits, create_app
from hub.store.log import EventLog
from hub.store.sessions import SessionTable
from hub.web.routes import HubPages
from policies.client import DecisionUnavailableError
from tests import loops
from tests.hub_under_test import ANALYST, HubUnderTest, new_nhs_number, told
from tests.pages import Serving, Visitor, browsing, serving_pages

pytestmark = pytest.mark.postgres
CHILD = r"/work/[\w-]+/child/[\w-]+"
SECRET = "10.0.0.7"
AWAY = [
    (EventLog, "head", RetryableError(f"The database at {SECRET} is away.", code="database-away"), 503),
    (PolicyInForce, "decide", DecisionUnavailableError(f"No answer from {SECRET}.", code="policy-unreachable"), 503),
    (SessionTable, "find", RetryableError(f"The database at {SECRET} is away.", code="database-away"), 503),
    (EventLog, "head", HubError(f"A row at {SECRET} does not open.", code="row-unreadable"), 500),
    (EventLog, "head", ValueError(f"Shouting heard at {SECRET}"), 500),
    (HubPages, "problem", ValueError(f"Shouting heard at {SECRET}"), 500),
]


@pytest.fixture(scope="module")
def serving(shared_hub: HubUnderTest) -> Iterator[Serving]:
    with serving_pages(shared_hub) as made:
        yield made


def test_while_a_part_is_away_a_plain_page_says_so_and_shows_nothing(
    shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("DOWN-1", nhs=nhs, words="Shouting heard"))
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        shown = analyst.opens(CHILD)
        assert "Shouting heard" in shown
        child = analyst.at
        for part, name, error, status in AWAY:
            with monkeypatch.context() as patched:
                patched.setattr(part, name, failing(error))
                if part is HubPages:
                    patched.setattr(EventLog, "head", failing(error))
                answer = analyst.client.get(child)
                assert answer.status_code == status, (part, answer.text)
                assert "Nothing was shown" in answer.text
                for never in ("Shouting", "DOWN-1", SECRET, "Traceback", "row-unreadable"):
                    assert never not in answer.text, (part, never)
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers.get("retry-after") == ("5" if status == 503 else None)
                page = answer.headers["content-type"].startswith("text/html")
                assert page is (part is not HubPages)
                if page:
                    assert "ring the MASH" in answer.text
            assert "Shouting heard" in analyst.get(child)


def failing(error: Exception) -> Any:
    def away(*_: Any, **__: Any) -> None:
        raise error

    return away


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
BODIES: list[tuple[str, bytes]] = [
    ("application/json", json.dumps({"reason": "Why"}).encode()),
    ("application/json", b"[" * 100_000),
    ("text/plain", b"reason=Why"),
    ("", b"\xff\xfe\x00"),
    (FORM, b"%ZZ=%&&&==&form_token=%00%ff"),
    (FORM, b"reason=" + b"%F0%9F%92%A9%ED%A0%80" * 1000),
    (FORM, b"&".join(b"f%d=x" % n for n in range(2000))),
    (PARTS, b"no boundary"),
    (f"{PARTS}; boundary=x", b"--x\r\nContent-Disposition: form-data; name"),
    (f"{PARTS}; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nb\r\n--x--'),
    (f"{PARTS}; boundary={'x' * 5000}", b"x"),
]


def test_what_is_no_form_is_refused_by_a_page_and_does_nothing(serving: Serving, shared_hub: HubUnderTest) -> None:
    cookies = serving.session(ANALYST)
    events = shared_hub.events()
    with TestClient(serving.app, base_url=serving.sign_in.settings.public_url, cookies=cookies) as client:
        for kind, body in BODIES:
            for address in ("/work", "/sign-out"):
                answer = client.post(address, content=body, headers={"Content-Type": kind} if kind else {})
                assert answer.status_code in {400, 403, 422}, (kind, body[:40])
                assert answer.headers["content-type"].startswith("text/html"), kind
        assert shared_hub.events() == events
        for address in ("/work/%00", "/work/%ff%fe", "/work/" + "x" * 20_000, "/tasks/%0d%0aX:%20y", "/%2e%2e/etc"):
            answer = client.get(address)
            assert answer.status_code == 404, address
            assert "x" not in answer.headers
        forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJhZ2VuY3kiOiJwb2xpY2UifQ.", "Cookie": ""}
        for address in (f"/v1/events/{uuid4()}", "/v1/tasks"):
            answer = client.get(address, headers=forged)
            assert (answer.status_code, answer.headers["content-type"]) == (401, MEDIA_TYPE)
        assert client.get("/tasks", headers=forged, follow_redirects=False).status_code == 303


def test_too_much_too_slow_and_too_often_are_pages_too(shared_hub: HubUnderTest, serving: Serving) -> None:
    tight = Limits(most_bytes=1000, body_seconds=0.05, at_once=3, a_second=0.01)
    app = create_app(shared_hub.hub, serving.sign_in, HubPages(shared_hub.hub, serving.sign_in), tight)
    address = serving.sign_in.settings.public_url
    with TestClient(app, base_url=address, cookies=serving.session(ANALYST), follow_redirects=True) as client:
        visitor = Visitor(client)
        visitor.get("/work")
        assert "cannot be done" in visitor.post("/work", reason="x" * 2000)
        assert visitor.status == 413
        statuses = [client.get("/work").status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        assert "Too many requests" in visitor.get("/work")
        assert int(visitor.headers["retry-after"]) >= 1
        assert client.get("/v1/tasks").headers["content-type"] == MEDIA_TYPE
    for path, kind in (("/work", b"text/html; charset=utf-8"), ("/v1/chronology", MEDIA_TYPE.encode())):
        start = loops.run(answer_to_a_body_that_never_ends(app, path))
        assert start["status"] == 408
        assert dict(start["headers"])[b"content-type"] == kind
        assert dict(start["headers"])[b"connection"] == b"close"
    app.state.doors.close()


async def answer_to_a_body_that_never_ends(app: Any, path: str) -> Message:
    """Return how a request begins to be answered whose body begins and does not go on."""
    sent: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "body": b"reason=", "more_body": True}]

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.Event().wait()
        raise AssertionError("nothing more comes")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", FORM.encode())]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": headers,
             "query_string": b"", "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1)}  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 60)
    return sent[0]
