"""The policy service as its own process on loopback: the same answers as in process, or one error."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.application.policy_files import write_policy
from hub.settings import read_settings
from policies.client import DecisionUnavailableError, InProcessService, PolicyVersion, Shelf
from policies.model import Facts, LawfulBasis, Purpose, Request, RequestError, Verdict
from policies.remote import RemoteService, without_people
from tests.hub_under_test import HubUnderTest, Mash, clean_environment, environment_of, mash_process, told
from tests.policies_examples import HeldTexts, all_facts, all_requests, item, request, shipped

ROOT = Path(__file__).resolve().parents[2]
HERE = InProcessService(Shelf(HeldTexts(shipped().text)))
RIGHT = [verdict.as_record() for verdict in HERE.decide(shipped().version, request(), [item()])]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def waited_for(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/v1/health", timeout=5):  # noqa: S310 - a URL of ours
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(process.communicate(timeout=5)[1] if process.poll() is not None else "it does not answer")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "policies.service", str(folder), "--port", str(port)],
        cwd=ROOT, env=clean_environment({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            waited_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("policies")
    write_policy(made, shipped().version, shipped().text)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with running(folder) as found:
        yield found


def posted(url: str, body: bytes) -> tuple[int, Any]:
    asked = urllib.request.Request(f"{url}/v1/decide", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - a URL of ours
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def question(**changes: Any) -> bytes:
    usual = {
        "version": shipped().version,
        "request": request().as_record(),
        "facts": [item().as_record()],
        "items": [0, 0],
    }
    return json.dumps({**usual, **changes}).encode()


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(DecisionUnavailableError) as refused:
        ask()
    return refused.value.code


class TestTheSameAnswers:
    @settings(max_examples=40)
    @given(all_requests(), st.lists(all_facts(), max_size=20))
    def test_any_request_gets_the_answer_that_it_gets_in_process(
        self, url: str, asked: Request, facts: list[Facts]
    ) -> None:
        answers: list[tuple[list[Verdict], str]] = []
        for service in (HERE, RemoteService(url, deadline=30)):
            try:
                answers.append((service.decide(shipped().version, asked, facts), ""))
            except RequestError as error:
                answers.append(([], error.message))
        assert answers[0] == answers[1]

    @given(all_requests())
    def test_what_no_rule_may_read_is_not_sent_and_changes_nothing(self, asked: Request) -> None:
        sent = without_people(asked)
        assert sent.class_key() == asked.class_key()
        assert asked.reason not in sent.as_record().values() or not asked.reason
        assert asked.person not in sent.as_record().values()

    def test_a_basis_that_cannot_carry_the_purpose_is_one_refusal_on_both(self, url: str) -> None:
        asked = replace(request(), purpose=Purpose.S47, bases=frozenset({LawfulBasis.CONSENT}))
        said = []
        for service in (HERE, RemoteService(url)):
            with pytest.raises(RequestError, match="UKGDPR-6-1-a cannot carry") as refused:
                service.decide(shipped().version, asked, [item()])
            said.append((refused.value.code, refused.value.message))
        assert said[0] == said[1]

    def test_ten_thousand_items_in_one_question(self, url: str) -> None:
        facts = [item(level=level) for level in ("1", "2", "3", "4")] * 2_500
        there = RemoteService(url, deadline=30).decide(shipped().version, request(), facts)
        assert there == HERE.decide(shipped().version, request(), facts)


class TestTheDoor:
    def test_health_and_version(self, url: str) -> None:
        with urllib.request.urlopen(f"{url}/v1/health") as answer:  # noqa: S310 - a URL of ours
            assert json.load(answer) == {"status": "ok"}
        with urllib.request.urlopen(f"{url}/v1/version") as answer:  # noqa: S310 - a URL of ours
            assert json.load(answer)["versions"] == [shipped().version]

    def test_alike_items_are_answered_once_and_named_by_number(self, url: str) -> None:
        status, answer = posted(url, question())
        assert (status, answer["version"], answer["items"]) == (200, shipped().version, [0, 0])
        assert [verdict["verdict"] for verdict in answer["verdicts"]] == ["PERMIT"]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"{", 422, "question-unreadable"),
            (b"[" * 200_000, 422, "question-unreadable"),
            (question(more=1), 422, "question-unreadable"),
            (question(items=["0"]), 422, "question-unreadable"),
            (question(items=[-1]), 422, "question-unreadable"),
            (question(version="ABC"), 422, "question-unreadable"),
            (question(items=[1]), 422, "record-unreadable"),
            (question(request={}), 422, "record-unreadable"),
            (question(request={**request().as_record(), "extra": "x"}), 422, "record-unreadable"),
            (question(request={**request().as_record(), "reason": "r" * 5_000}), 422, "reason-too-long"),
            (question(facts=[{"owner": "police"}]), 422, "record-unreadable"),
            (question(version="a" * 64), 409, "policy-version-unknown"),
            (b" " * 33_000_000, 413, "question-too-large"),
        ],
    )
    def test_what_cannot_be_taken_is_refused_with_a_code(self, url: str, body: bytes, status: int, code: str) -> None:
        found, problem = posted(url, body)
        assert (found, problem["code"], problem["status"]) == (status, code, status)

    def test_a_refusal_never_repeats_what_was_sent(self, url: str) -> None:
        _, problem = posted(url, question(request={**request().as_record(), "Ada Example": "x"}))
        assert "Ada" not in json.dumps(problem)


class TestFailingClosed:
    def test_a_file_changed_while_it_runs_decides_nothing_any_more(self, tmp_path: Path) -> None:
        file = write_policy(tmp_path, shipped().version, shipped().text)
        with running(tmp_path) as url:
            there = RemoteService(url)
            assert there.decide(shipped().version, request(), [item()])
            record = json.loads(file.read_text())
            record["rules"]["mash.cedar"] += " "
            file.write_text(json.dumps(record))
            code = refusal(lambda: there.decide(shipped().version, request(), [item()]))
            assert code == "policy-version-altered"
            with pytest.raises(urllib.error.HTTPError, match="503"):
                urllib.request.urlopen(f"{url}/v1/health")  # noqa: S310 - a URL of ours

    def test_a_service_without_any_policy_does_not_start(self, tmp_path: Path) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "policies.service", str(tmp_path)],
            cwd=ROOT, env=clean_environment({}), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
        assert "no-policy-held" in ran.stderr

    def test_a_port_that_is_taken_is_one_line(self, folder: Path, url: str) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "policies.service", str(folder), "--port", url.rsplit(":", 1)[1]],
            cwd=ROOT, env=clean_environment({}), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
        assert "in use" in ran.stderr

    def test_off_loopback_it_does_not_start_without_a_certificate(self, folder: Path) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "policies.service", str(folder), "--host", "0.0.0.0"],  # noqa: S104 - refused
            cwd=ROOT, env=clean_environment({}), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ran.returncode, "needs-certificate" in ran.stderr) == (1, True)

    @pytest.mark.parametrize("facts", [[], [item()]])
    def test_nobody_there_is_one_error_even_where_there_is_nothing_to_decide(self, facts: list[Facts]) -> None:
        there = RemoteService(f"http://127.0.0.1:{free_port()}")
        assert refusal(lambda: there.decide(shipped().version, request(), facts)) == "policy-service-unreachable"

    @pytest.mark.parametrize("says", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{"])
    def test_a_service_that_dawdles_is_given_up_at_the_deadline(self, says: bytes) -> None:
        with peer(says, dawdles=True) as url:
            began = time.monotonic()
            code = refusal(lambda: RemoteService(url, deadline=1).decide(shipped().version, request(), [item()]))
        assert code == "policy-service-unreachable"
        assert time.monotonic() - began < 60

    def test_a_name_that_is_not_found_in_time_is_given_up_at_the_deadline(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(120) and [])
        began = time.monotonic()
        code = refusal(
            lambda: RemoteService("http://localhost:1", deadline=0.5).decide(shipped().version, request(), [])
        )
        over.set()
        assert (code, time.monotonic() - began < 60) == ("policy-service-unreachable", True)

    @pytest.mark.parametrize(
        "answer",
        [
            {"version": shipped().version, "verdicts": [], "items": []},
            {"version": shipped().version, "verdicts": [{}], "items": [0]},
            {"version": "b" * 64, "verdicts": RIGHT, "items": [0]},
            {"version": shipped().version, "verdicts": RIGHT, "items": [-1]},
            {"version": shipped().version, "verdicts": RIGHT, "items": [1]},
            {"items": None},
            [],
        ],
    )  # fmt: skip
    def test_an_answer_that_is_not_whole_is_no_answer(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        with peer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) as url:
            code = refusal(lambda: RemoteService(url).decide(shipped().version, request(), [item()]))
        assert code == "policy-service-unreachable"

    def test_a_certificate_that_nobody_vouches_for_is_refused(self) -> None:
        with peer(b"not TLS at all\r\n") as url:
            there = RemoteService(url.replace("http", "https"))
            assert refusal(lambda: there.decide(shipped().version, request(), [])) == "policy-service-unreachable"


@contextmanager
def peer(says: bytes, *, dawdles: bool = False) -> Iterator[str]:
    """Yield the URL of a peer that says the same to everybody, and then a letter a while."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def talk() -> None:
        with listening, listening.accept()[0] as told:
            told.settimeout(5)
            told.recv(65_536)
            try:
                told.sendall(says)
                while dawdles and not over.wait(0.2):
                    told.sendall(b" ")
            except OSError:
                return

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        talking.join(timeout=10)


class TestAHubThatAsksAService:
    def test_it_reads_through_the_service_and_without_it_shows_nothing(
        self, new_hub: HubUnderTest, mash: Mash, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new_hub.hears("police", told("P-1", words="Seen on the stairs"))
        child = str(new_hub.person("police", "P-1"))
        asked = ("chronology", child, "--as", "mash.analyst", "--purpose", "s47", "--reason", "Discussion", "--json")
        in_process, port = mash(*asked), free_port()
        environment = {**environment_of(new_hub.settings), "PYTHONUNBUFFERED": "1"}
        with mash_process(environment, "policy", "serve", "--port", str(port)) as service:
            try:
                waited_for(f"http://127.0.0.1:{port}", service)
                monkeypatch.setenv("MASH_POLICY_URL", f"http://127.0.0.1:{port}")
                through = mash(*asked)
                assert through.json["items"] == in_process.json["items"] != []
            finally:
                os.kill(service.pid, signal.SIGTERM)
                out, err = service.communicate(timeout=30)
        assert (service.returncode, "Traceback" in err, out) == (0, False, "")
        away = mash(*asked)
        assert (away.status, away.out, away.error["code"]) == (1, "", "decision-unavailable")
        assert away.error["place"] == "policy-service-unreachable"

    @pytest.mark.parametrize(
        "url",
        [
            "http://policy.example:8181", "ftp://localhost", "localhost:8181", "https://user:x@policy.example",
            "https://policy.example/path", "https://policy.example?x=1", "http://127.0.0.1:99999999", "http://[::1",
        ],
    )  # fmt: skip
    def test_a_url_that_proves_nothing_is_refused(self, url: str) -> None:
        with pytest.raises(Exception, match="MASH_POLICY_URL"):
            read_settings({"MASH_POLICY_URL": url})

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:8181", "http://localhost:1/", "http://[::1]:8181", "https://p.example"]
    )
    def test_loopback_and_https_are_taken(self, url: str) -> None:
        assert read_settings({"MASH_POLICY_URL": url}).policy_url == url.rstrip("/")


def test_an_unknown_version_is_refused_by_the_service_itself(url: str) -> None:
    there = RemoteService(url)
    assert refusal(lambda: there.decide(PolicyVersion("a" * 64), request(), [])) == "policy-version-unknown"
