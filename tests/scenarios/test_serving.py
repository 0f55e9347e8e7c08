"""The server: its guards, its health, its counts, and how it starts and stops."""

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from hub.application.policy_in_force import PolicyInForce
from hub.errors import RetryableError
from hub.problems import MEDIA_TYPE
from hub.serving.app import Limits
from hub.serving.operations import METRICS, credential
from hub.store.log import EventLog
from hub.store.sessions import SessionTable
from policies.client import DecisionUnavailableError
from tests.hub_under_test import HubUnderTest, environment_of, mash_process
from tests.serving import Served, free_port, served_on, until_ready

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def served(shared_hub: HubUnderTest) -> Iterator[Served]:
    with served_on(shared_hub) as made:
        yield made


def test_every_answer_has_an_id_and_the_headers_that_keep_it_private(served: Served) -> None:
    for path in ("/health/live", "/no/such/page", "/v1/nothing"):
        headers = served.get(None, path).headers
        assert len(headers["x-request-id"]) == 36
        assert headers["cache-control"] == "no-store"
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")


def test_what_is_not_there_is_a_problem(served: Served) -> None:
    found = served.get(None, "/v1/nothing")
    assert (found.status_code, found.headers["content-type"]) == (404, MEDIA_TYPE)
    assert found.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
        "code": "not-found",
    }
    assert served.post(None, "/health/live").status_code == 405


def test_another_host_name_gets_nothing(served: Served) -> None:
    found = served.get(None, "/health/live", headers={"Host": "evil.example"})
    assert (found.status_code, found.json()["code"]) == (421, "wrong-host")


def test_a_body_that_is_too_large_is_refused_before_it_is_held(served: Served) -> None:
    sent = served.client.post("/v1/token", content=iter([b"x" * 1_000_000] * 2))
    assert (sent.status_code, sent.json()["code"]) == (413, "too-large")


def test_a_client_that_asks_too_often_waits_and_no_other_does(shared_hub: HubUnderTest) -> None:
    with served_on(shared_hub, Limits(at_once=3, a_second=0.5)) as served:
        one, other = served.session("mash.analyst"), served.session("auditor")
        asked = [served.client.get("/v1/nothing", headers=one) for _ in range(5)]
        assert [each.status_code for each in asked] == [404, 404, 404, 429, 429]
        assert asked[-1].headers["retry-after"] == "2"
        assert served.client.get("/v1/nothing", headers=other).status_code == 404
        assert served.client.get("/health/live").status_code == 200


def test_the_counts_are_for_whoever_holds_their_credential(shared_hub: HubUnderTest, served: Served) -> None:
    served.get(None, "/health/live")
    assert served.get(None, "/metrics").status_code == 404
    assert served.get(None, "/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    token = credential(shared_hub.settings.home, METRICS)
    counts = served.get(None, "/metrics", headers={"Authorization": f"Bearer {token}"}).text
    assert 'mash_http_requests_total{method="GET",route="live",status="200"}' in counts
    assert "mash_follower_behind" in counts


AWAY = [
    (EventLog, "head", RetryableError("The database at 10.0.0.7 cannot be reached.", code="database-away")),
    (PolicyInForce, "decide", DecisionUnavailableError("No answer from 10.0.0.8.", code="policy-service-unreachable")),
    (SessionTable, "find", RetryableError("The database at 10.0.0.7 cannot be reached.", code="database-away")),
]


@pytest.mark.parametrize(("part", "name", "error"), AWAY)
def test_while_a_part_is_away_nothing_is_shown_and_no_repair_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch, part: type[Any], name: str, error: Exception
) -> None:
    session = served.session("mash.analyst")

    def away(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(part, name, away)
    asked = {"purpose": "s47", "reason": "Strategy discussion on Monday", "person": str(uuid4())}
    found = served.client.post("/v1/chronology", json=asked, headers=session)
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")
    assert found.json()["detail"] == "The hub cannot answer now. Nothing was shown: try again."
    assert found.json()["code"] in {"database-away", "decision-unavailable"}
    assert served.client.get("/health/live").status_code == 200
    assert served.client.get("/health/ready").status_code == (200 if part is SessionTable else 503)


def test_mash_serve_answers_until_it_is_told_to_stop(shared_hub: HubUnderTest) -> None:
    port = free_port()
    environment = {**environment_of(shared_hub.settings), "MASH_PORT": str(port)}
    with mash_process(environment, "serve") as process:
        ready = until_ready(port, process)
        assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127")
            assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        kept = http.client.HTTPConnection("127.0.0.1", port)
        kept.request("GET", "/health/live")
        kept.getresponse().read()
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        kept.close()
    assert process.returncode == 0, err
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    answered = [line for line in lines if line["event"] == "answered"]
    assert {line["route"] for line in answered} == {"ready", "live"}
    assert all(line["request"] for line in answered)
    assert "Traceback" not in err


def test_mash_serve_says_that_its_port_is_taken_and_opens_no_door_without_tls(shared_hub: HubUnderTest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with mash_process({**environment_of(shared_hub.settings), "MASH_PORT": str(port)}, "serve") as process:
            _, err = process.communicate(timeout=60)
    assert (process.returncode, "port-in-use" in err, "Traceback" in err) == (2, True, False)
