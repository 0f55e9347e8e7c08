"""The API as its clients meet it: agencies' systems, analysts, auditors, administrators, and those it is not for."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from hub.api.shared import DOCUMENTED, PROBLEM_SCHEMA
from hub.application.erasure_ledger import ledger_of
from hub.proof.files import tiles
from hub.serving.operations import WITNESSES, credential
from hub.sign_in.person import CallingAgency
from tests.hub_under_test import ANALYST, AUDITOR, ROOT, STEWARD, HubUnderTest, told
from tests.reviews import MONDAY, OWNER, ask, confided, waiting
from tests.serving import Served, served_on

pytestmark = pytest.mark.postgres
ADMINISTRATOR = "administrator"
WHY = {"purpose": "s47", "reason": "Strategy discussion on Monday"}
NOT_THERE = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is nothing here.",
    "code": "not-found",
}


@pytest.fixture(scope="module")
def served(shared_hub: HubUnderTest) -> Iterator[Served]:
    shared_hub.clock.advance(MONDAY - shared_hub.clock.now())
    with served_on(shared_hub) as made:
        yield made


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def test_an_analyst_finds_a_child_and_reads_what_the_use_case_answers(served: Served, shared_hub: HubUnderTest) -> None:
    named: dict[str, Any] = {"given": "Beatrix", "family": "Analyst", "born": "2015-04-03"}
    person = shared_hub.hears("police", told("A-1", words="Seen at the station", **named))
    found = served.post(ANALYST, "/v1/children/find", {**WHY, **named})
    assert [child["person"] for child in found.json()["children"]] == [str(person)]
    read = served.post(ANALYST, "/v1/chronology", {**WHY, "person": str(person)})
    assert (read.status_code, read.json()["items"]) == (200, shared_hub.items(person))
    decided = shared_hub.hub.decisions.one(read.json()["decision"])
    assert (decided.viewer, decided.operator, decided.person) == (ANALYST, ANALYST, person)
    assert served.post(ANALYST, "/v1/children/identity", {**WHY, "person": str(person)}).json()["children"]


def test_a_child_who_is_not_there_and_one_who_is_not_shown_give_one_answer(
    served: Served, shared_hub: HubUnderTest
) -> None:
    hidden = shared_hub.hears("refuge", told("A-2", labels=["refuge"], words="Moved here in the night"))
    asked = {"purpose": "own-service", "reason": "Repairs to the flat"}
    answers = [
        served.post("housing.officer", "/v1/chronology", {**asked, "person": str(each)}) for each in (hidden, uuid4())
    ]
    bodies = [{**each.json(), "person": "-", "decision": "-"} for each in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["items"] == []
    ours = {"x-request-id"}
    headers = [{name: value for name, value in each.headers.items() if name not in ours} for each in answers]
    assert headers[0] == headers[1]


def test_a_task_is_answered_once_however_often_it_is_sent(served: Served, shared_hub: HubUnderTest) -> None:
    person = confided(shared_hub)
    served.post(
        ANALYST, "/v1/chronology", {"purpose": "mash-screening", "reason": "Her sister wrote", "person": str(person)}
    )
    task = next(each for each in served.get(OWNER, "/v1/tasks").json()["reviews"] if each["person"] == str(person))
    answer = {"task": task["id"], "outcome": "released", "facets": ["what", "when"], "reason": "It bears on her safety"}
    once = key()
    first, again = (served.post(OWNER, "/v1/tasks/answer", answer, headers=once) for _ in range(2))
    assert (first.status_code, again.json()) == (200, first.json())
    assert [each["id"] for each in waiting(shared_hub, OWNER)].count(task["id"]) == 0
    other = served.post(OWNER, "/v1/tasks/answer", {**answer, "reason": "For another reason"}, headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    stranger = served.post("police.officer", "/v1/tasks/answer", answer, headers=key())
    assert (stranger.status_code, stranger.json()) == (404, NOT_THERE)


def test_tasks_come_in_pages_whose_cursors_are_one_users(
    served: Served, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.api.analysts._TASKS_AT_ONCE", 2)
    for _ in range(3):
        ask(shared_hub, confided(shared_hub))
    wanted = [each["id"] for each in waiting(shared_hub, OWNER)]

    page = first = served.get(OWNER, "/v1/tasks").json()
    found = [each["id"] for each in page["reviews"]]
    while page["next"]:
        page = served.get(OWNER, f"/v1/tasks?cursor={page['next']}").json()
        found += [each["id"] for each in page["reviews"]]

    assert (first["waiting"], len(first["reviews"])) == (len(wanted), 2)
    assert found == wanted
    stolen = served.get("police.officer", f"/v1/tasks?cursor={first['next']}")
    assert (stolen.status_code, stolen.json()["code"]) == (422, "bad-cursor")


def test_emergency_access_needs_a_new_proof_of_who_asks(served: Served, shared_hub: HubUnderTest) -> None:
    person = shared_hub.hears("police", told("A-3"))
    session = served.session(ANALYST)
    asked = {**WHY, "person": str(person), "emergency": True}
    assert served.client.post("/v1/chronology", json=asked, headers=session).status_code == 200
    shared_hub.clock.advance(shared_hub.settings.sign_in.again * 1.5)
    stale = served.client.post("/v1/chronology", json=asked, headers=session)
    assert (stale.status_code, stale.json()["code"]) == (401, "sign-in-again")


def test_an_auditor_pages_replays_bundles_and_proves(served: Served, shared_hub: HubUnderTest) -> None:
    person = shared_hub.hears("police", told("A-4"))
    shared_hub.clock.advance(timedelta(minutes=1))
    since = shared_hub.clock.now().isoformat()
    reads = [
        served.post(ANALYST, "/v1/chronology", {**WHY, "person": str(person)}).json()["decision"] for _ in range(4)
    ]
    look: dict[str, Any] = {"reason": "Quarterly audit", "user": ANALYST, "since": since, "limit": 1}
    seen, cursor = [], None
    for _ in range(3):
        page = served.post(AUDITOR, "/v1/decisions/search", {**look, **({"cursor": cursor} if cursor else {})}).json()
        seen += [each["id"] for each in page["reads"]]
        cursor = page["next"]
    assert seen == reads[:0:-1]
    for wrong in ({**look, "limit": 2, "user": OWNER}, {**look, "reason": "Other", "agency": "police"}):
        refused = served.post(AUDITOR, "/v1/decisions/search", {**wrong, "cursor": cursor})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad-cursor")
    why = {"reason": "Quarterly audit"}
    assert served.post(AUDITOR, f"/v1/decisions/{reads[0]}", why).json()["reason"] == WHY["reason"]
    assert served.post(AUDITOR, f"/v1/decisions/{reads[0]}/replay", why).json()["same"] == 1
    assert served.post(AUDITOR, f"/v1/decisions/{reads[0]}/bundle", why).content.startswith(b"PK")
    knew = served.post(AUDITOR, "/v1/audit/child", {**why, "person": str(person)}).json()
    assert {each["agency"] for each in knew["agencies"]} >= {"police", "childrens-social-care"}
    assert served.post(AUDITOR, "/v1/audit/impact", {**why, "since": "2024-01-08T00:00:00Z"}).json()["decisions"] >= 3
    for path in ("report", "misuse"):
        assert served.post(AUDITOR, f"/v1/audit/{path}", why).status_code == 200
    assert served.post(AUDITOR, "/v1/audit/sample", {**why, "number": 1}, headers=key()).json()["drawn"]
    latest = served.get(AUDITOR, "/v1/log/checkpoint")
    checkpoint = latest.text
    assert checkpoint == str(shared_hub.hub.tree.kept())
    assert latest.headers["cache-control"] == "private, no-cache"
    held = {"If-None-Match": latest.headers["etag"]}
    assert served.get(AUDITOR, "/v1/log/checkpoint", headers=held).status_code == 304
    assert served.get(ANALYST, "/v1/log/checkpoint", headers=held).json() == NOT_THERE
    size = int(checkpoint.splitlines()[1])
    for path, hashes in tiles(shared_hub.hub.tree.tree, size):
        assert served.get(AUDITOR, f"/v1/log/{path}").content == hashes
    assert served.get(AUDITOR, "/v1/log/tile/0/999").json() == NOT_THERE
    witness = {"Authorization": f"Bearer {credential(shared_hub.settings.home, WITNESSES)}"}
    assert served.get(None, "/v1/log/checkpoint", headers=witness).status_code == 200
    assert served.get(AUDITOR, f"/v1/log/proof/{reads[0]}").json()["leaf"]


def test_an_administrator_keeps_the_directory_and_sees_no_child(served: Served, shared_hub: HubUnderTest) -> None:
    person = shared_hub.hears("police", told("A-5"))
    for path in ("directory/agencies", "directory/users", "agreements", "policy/versions", "feeds", "keys/hub"):
        assert served.get(ADMINISTRATOR, f"/v1/{path}").status_code == 200, path
    new = {"id": "new.nurse", "name": "Nia New", "agency": "hospital-trust", "roles": ["practitioner"]}
    assert served.post(ADMINISTRATOR, "/v1/directory/users", new, headers=key()).json() == {"user": "new.nurse"}
    taken = served.post(ADMINISTRATOR, "/v1/directory/users", new, headers=key())
    assert (taken.status_code, taken.json()["code"]) == (409, "user-exists")
    moved = {"user": "new.nurse", "agency": "community-health", "roles": ["practitioner"]}
    nurse = served.session("new.nurse")
    assert served.client.get("/v1/tasks", headers=nurse).status_code == 200
    assert served.post(ADMINISTRATOR, "/v1/directory/users/move", moved, headers=key()).status_code == 200
    assert served.client.get("/v1/tasks", headers=nurse).status_code == 401
    gone_user = {"user": "new.nurse", "reason": "Left the trust"}
    assert served.post(ADMINISTRATOR, "/v1/directory/users/remove", gone_user, headers=key()).status_code == 200
    agency = {"id": "new-agency", "name": "New", "kind": "health", "signing_key": "ab" * 32, "opening_key": "cd" * 32}
    made = served.post(ADMINISTRATOR, "/v1/directory/agencies", agency, headers=key()).json()
    for path, told_key in (("signing", "12" * 32), ("opening", "34" * 32)):
        body = {"agency": "new-agency", "public_key": told_key}
        assert served.post(ADMINISTRATOR, f"/v1/keys/{path}", body, headers=key()).status_code == 200
    gone = {"agency": "new-agency", "key": made["key"], "reason": "Lost"}
    assert served.post(ADMINISTRATOR, "/v1/keys/revoke", gone, headers=key()).json()["revoked"] == made["key"]
    ended = {"agreement": "encompass-schools", "reason": "Ended by both"}
    assert served.post(ADMINISTRATOR, "/v1/agreements/end", ended, headers=key()).status_code == 200
    assert served.post(ADMINISTRATOR, "/v1/chronology", {**WHY, "person": str(person)}).json()["items"] == []


def test_an_agency_sends_the_message_of_kafka_and_gets_a_receipt(
    served: Served, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = shared_hub.message("police", told("A-6"))
    headers = {name.replace("_", "-"): value.decode() for name, value in message.headers}
    headers["mash-message-key"] = message.key.hex()
    assert served.client.post("/v1/events", content=message.value, headers=headers).status_code == 401
    agency = CallingAgency("police", "key")
    monkeypatch.setattr(type(served.sign_in.agencies), "caller", lambda _self, _token: agency)
    as_police = {**headers, "Authorization": "Bearer any"}
    sent = [served.client.post("/v1/events", content=message.value, headers=as_police) for _ in range(2)]
    assert [each.status_code for each in sent] == [202, 202]
    receipt = sent[0].json()["receipt"]
    asked = {"Authorization": "Bearer any"}
    assert served.client.get(f"/v1/events/{receipt}", headers=asked).json() == NOT_THERE
    taken = shared_hub.takes_in()
    assert (taken.stored.total(), taken.duplicates.total(), taken.quarantined.total()) == (1, 1, 0)
    assert served.client.get(f"/v1/events/{receipt}", headers=asked).json()["state"] == "recorded"
    wish = {"references": ["A-6", "A-none"], "authority": "UK GDPR article 17(1)(d)", "reason": "Deleted at its source"}
    purged = [served.client.post("/v1/records/purge", json=wish, headers=asked) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in purged] == [(202, {"state": "taken"})] * 2
    names = {**wish, "reason": "Delete A-6"}
    assert served.client.post("/v1/records/purge", json=names, headers=asked).json()["code"] == "names"
    (waiting,) = ledger_of(shared_hub.hub.log).erasures.values()
    assert (waiting.requested.cause, waiting.requested.agency, waiting.requested.user) == ("purge", "police", None)
    assert waiting.subjects == {shared_hub.hub.vault.find_subject("police", "A-6")}
    foreign = {**as_police, "ce-source": "housing"}
    lacking = {name: value for name, value in as_police.items() if name != "mash-signature"}
    for wrong, status, code in (
        (foreign, 403, "wrong-agency"),
        (lacking, 400, "not-an-event"),
        ({**as_police, "content-type": "application/json"}, 415, "wrong-content-type"),
        ({**as_police, "mash-message-key": "no"}, 400, "not-an-event"),
    ):
        found = served.client.post("/v1/events", content=message.value, headers=wrong)
        assert (found.status_code, found.json()["code"]) == (status, code)
    agency = CallingAgency("housing", "key")
    assert served.client.get(f"/v1/events/{receipt}", headers=asked).json() == NOT_THERE


def _operations(served: Served) -> list[tuple[str, str, dict[str, Any]]]:
    described = served.client.get("/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    return [
        (method, path, operation)
        for path, methods in described["paths"].items()
        if path.startswith("/v1/")
        for method, operation in methods.items()
    ]


OF_ROLE = {"auditors": AUDITOR, "administrators": ADMINISTRATOR, "proofs": AUDITOR}


def test_what_is_for_one_role_is_not_there_for_any_other_and_nobody_gets_anything(served: Served) -> None:
    everybody = (ANALYST, STEWARD, AUDITOR, ADMINISTRATOR, OWNER)
    bodies: dict[str, dict[str, Any]] = {
        "show_decision": {}, "replay_decision": {}, "make_bundle": {}, "search_decisions": {}, "report_on_use": {},
        "list_misuse": {}, "try_policy": {}, "draw_sample": {}, "audit_child": {"person": str(uuid4())},
        "judge_misuse": {"alert": str(uuid4()), "upheld": True},
        "register_user": {"id": "x", "name": "x", "agency": "police", "roles": ["practitioner"]},
        "move_user": {"user": "x", "agency": "police", "roles": ["practitioner"]}, "remove_user": {"user": "x"},
        "register_agency": {"id": "ex", "name": "x", "kind": "health", "signing_key": "ee" * 32},
        "register_signing_key": {"agency": "police", "public_key": "ff" * 32},
        "register_opening_key": {"agency": "police", "public_key": "ff" * 32},
        "revoke_signing_key": {"agency": "police", "key": "ffff"},
        "end_agreement": {"agreement": "none"},
    }  # fmt: skip
    without_reason = {"move_user", "register_user", "register_agency", "register_signing_key", "register_opening_key"}
    for method, path, operation in _operations(served):
        role = OF_ROLE.get(operation["tags"][0])
        address = path.format(decision=uuid4(), receipt=uuid4(), event=uuid4(), level=0, number="000")
        name = operation["operationId"]
        body = {**bodies.get(name, {}), **({} if name in without_reason else {"reason": "To try"})}
        options: dict[str, Any] = {} if method == "get" else {"json": body}
        nobody = served.client.request(method, address, headers=key(), **options)
        assert nobody.status_code in {401, 404, 415, 422}, (name, nobody.text)
        for user in everybody:
            if role not in {None, user}:
                found = served.client.request(method, address, headers={**served.session(user), **key()}, **options)
                assert (found.status_code, found.json()) == (404, NOT_THERE), (name, user)


def test_bad_input_is_refused_without_a_word_of_it(served: Served) -> None:
    session = served.session(ANALYST)
    marker = "Zephyrine-Quux"
    form = {**WHY, "given": "A", "family": "B", "born": "2015-04-03"}
    deep = "[" * 100_000
    tried: list[tuple[dict[str, Any], int]] = [
        ({"json": {**form, marker: marker}}, 422),
        ({"json": {**form, "born": marker}}, 422),
        ({"json": {**form, "born": 0}}, 422),
        ({"json": {**form, "purpose": marker}}, 422),
        ({"json": {**form, "reason": "12345"}}, 422),
        ({"json": {**form, "identifier": "\ud800"}}, 422),
        ({"content": b'{"purpose": "' + marker.encode()}, 400),
        ({"content": deep.encode()}, 400),
        ({"content": b"\xff\xfe"}, 400),
        ({"data": {"purpose": marker}}, 415),
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"json": form, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ]
    for options, status in tried:
        headers = {**session, "Content-Type": "application/json", **options.pop("headers", {})}
        if "data" in options:
            del headers["Content-Type"]
        if "json" in options:
            options["content"] = json.dumps(options.pop("json")).encode()
        found = served.client.post("/v1/children/find", headers=headers, **options)
        assert found.status_code == status, (options, found.text)
        assert marker not in found.text
        assert found.headers["content-type"] == "application/problem+json"


EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}


@pytest.mark.parametrize("user", [ANALYST, AUDITOR, ADMINISTRATOR])
def test_answers_are_as_described_whatever_is_sent(served: Served, user: str) -> None:
    session = served.session(user)
    schema = schemathesis.openapi.from_dict(served.client.get("/v1/openapi.json").json())
    whose = {"analysts": ANALYST, "administrators": ADMINISTRATOR, "agencies": ANALYST}
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        if whose.get(next(iter(operation.tags or ()), ""), AUDITOR) == user:
            for mode, examples in EXAMPLES.items():
                _try(served, operation, mode, examples, session)


def _try(served: Served, operation: Any, mode: GenerationMode, examples: int, session: dict[str, str]) -> None:
    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(mode))
    def holds(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=str(served.client.base_url))
        body = sent.get("data") if isinstance(sent.get("data"), bytes) else None
        found = served.client.request(
            sent["method"], sent["url"], headers={**sent["headers"], **session}, params=sent.get("params"),
            json=sent.get("json"), content=body,
        )  # fmt: skip
        _verify_described(operation, found)

    try:
        holds()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # Of what takes anything, nothing is wrong.


def _verify_described(operation: Any, found: Any) -> None:
    """Pass if the status, the kind and the form of an answer are those of the description, and it is no failure."""
    documented = operation.definition.raw["responses"].get(str(found.status_code))
    assert documented is not None, (operation.label, found.status_code, found.text)
    assert found.status_code < 500, (operation.label, found.text)
    kind = found.headers["content-type"].partition(";")[0]
    assert kind in documented["content"], (operation.label, kind)
    if found.status_code >= 400:
        assert found.json().keys() == PROBLEM_SCHEMA["properties"].keys()


def test_every_status_is_documented_with_an_example(served: Served) -> None:
    for _, path, operation in _operations(served):
        assert set(operation["responses"]) >= {str(status) for status in DOCUMENTED}, path
        good = operation["responses"].get("200") or operation["responses"]["202"]
        assert all("example" in each or "schema" in each for each in good["content"].values()), path


def test_every_operation_is_in_the_documentation(served: Served) -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    assert [path for _, path, _ in _operations(served) if f"{path}`" not in text] == []
