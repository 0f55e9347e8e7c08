"""What is told of a child leaves in the answer to whoever may see it: in no log, count, error or address."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.serving.logs import configure_logs
from hub.serving.operations import METRICS, credential
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, told
from tests.serving import Served, served_on

pytestmark = pytest.mark.postgres
MARK = "Quuxmarker"
FAMILY, GIVEN, BORN, UPN, REFERENCE = f"{MARK}fam", f"{MARK}giv", "2011-11-11", "A123456789012", f"{MARK}-ref"
WORDS, REASON = f"{MARK} seen with a {MARK}", f"{MARK} told me on the telephone"
PLANTED = (MARK, MARK.lower(), BORN, "20111111", UPN)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the server logs, as it does in earnest."""
    before, stream = list(logging.getLogger().handlers), io.StringIO()
    configure_logs(stream)
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers = before


def test_markers_in_every_field_are_in_no_log_count_error_or_address(
    new_hub: HubUnderTest, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = new_hub.hears("police", told(REFERENCE, family=FAMILY, given=GIVEN, born=BORN, upn=UPN, words=WORDS))
    with served_on(new_hub) as served:
        why = {"purpose": "s47", "reason": REASON}
        found = served.post(ANALYST, "/v1/children/find", {**why, "family": FAMILY, "given": GIVEN, "born": BORN})
        read = served.post(ANALYST, "/v1/chronology", {**why, "person": str(person)})
        assert MARK in read.text
        assert found.json()["children"]
        errors = [each for each in _provoked(served, str(person)) if each.status_code >= 400]
        monkeypatch.setattr(type(new_hub.hub.chronologies), "read", _broken)
        errors.append(served.post(ANALYST, "/v1/chronology", {**why, "person": str(person)}))
        token = {"Authorization": f"Bearer {credential(new_hub.settings.home, METRICS)}"}
        counts = served.get(None, "/metrics", headers=token).text
    assert {each.status_code for each in errors} >= {400, 401, 404, 415, 422, 500}
    kept = [logged.getvalue(), counts, *(each.text + str(each.headers) for each in errors)]
    for text in (*kept, str(read.headers), str(read.request.url)):
        for mark in (*PLANTED, str(person)):
            assert mark not in text
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert {"answered", "failed"} <= {line["event"] for line in lines}
    assert all(ANALYST not in str(line) for line in lines)


def _broken(*_: Any, **told_of: Any) -> None:
    raise ValueError(f"{FAMILY} {told_of}")


def _provoked(served: Served, person: str) -> list[Any]:
    """Return the answers to what is wrong in every way, with markers wherever a client can put them."""
    why = {"purpose": "s47", "reason": REASON}
    marked = dict.fromkeys(("purpose", "reason", "risk", "identifier", "family", "given", "born", "x"), MARK)
    return [
        served.post(ANALYST, "/v1/children/find", marked),
        served.post(ANALYST, "/v1/children/find", {**why, "family": FAMILY}),
        served.post(ANALYST, "/v1/children/find", {**why, "identifier": MARK, "stated": {MARK: MARK}}),
        served.post(ANALYST, "/v1/children/find", {**why, "identifier": MARK, "bases": [MARK]}),
        served.post(ANALYST, "/v1/children/find", {**why, "identifier": MARK, "risk": MARK}),
        served.post(ANALYST, f"/v1/{FAMILY}?given={GIVEN}", why),
        served.post(None, "/v1/chronology", {**why, "person": person}),
        served.post(HOUSING, "/v1/identity/link", {**why, "record": f"police/{REFERENCE}", "person": person},
                    headers={"Idempotency-Key": f"{MARK}{MARK}"}),
        served.post(AUDITOR, "/v1/decisions/search", {"reason": REASON, "agency": MARK, "cursor": MARK}),
        served.post(AUDITOR, f"/v1/decisions/{person}", {"reason": REASON}),
        served.post(AUDITOR, "/v1/audit/impact", {"reason": REASON, "rule": f"forbid ({MARK});"}),
        served.client.post("/v1/chronology", content=f'{{"{MARK}', headers={"Content-Type": "application/json"}),
        served.client.post("/v1/chronology", content=WORDS, headers={"Content-Type": f"text/{MARK}"}),
        served.client.get("/v1/tasks", headers={"Cookie": f"mash-session={MARK}", "Authorization": f"Bearer {MARK}"}),
    ]  # fmt: skip
