"""A chronology of 500 items as a page and as JSON, and a search among a million people, asked of the application.

It answers in this process, without a network and without waiting for the answer's boundary. Beside it a bare FastAPI
gives the same items, as Python's own and as bytes.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from fastapi import FastAPI, Response
from starlette.testclient import TestClient

from hub.application.asking import Asked
from hub.application.episodes import Stated
from hub.application.leaving import AT_ONCE
from hub.bootstrap import Hub, open_hub
from hub.identity.keys import KeyKind, Query, query_keys
from hub.memory import collected_seldom
from hub.serving.app import create_app
from hub.sign_in.service import open_sign_in
from hub.web.routes import HubPages
from tests.benchmarks.cores import CORES, together
from tests.benchmarks.filling import (
    AGENCIES,
    BORN,
    CHILD,
    FAMILY,
    GIVEN,
    ITEMS,
    ORDINARY,
    child_subjects,
    filling,
    link_child,
    shares,
)
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench
from tests.serving import AMPLE

EVENTS, PEOPLE, READS = 100_000, 1_000_000, 200
USER = "mash.analyst"
STATED = Stated("mash-screening", "A benchmark asks what a MASH screening would ask.")
NAMES = {"names": [f"{GIVEN} {FAMILY}"], "born": [BORN.isoformat()]}
_WARMING = 10
_ASKED = Asked(USER, USER, STATED.purpose, STATED.reason)
_PAGE, _JSON, _WITHIN = "the page", "JSON", "the answer alone"
_FIND, _FIND_LARGE = "find a child of some 20 records, by a number", "find the child of the 500 records, by name"
_DICTS, _BYTES = "bare FastAPI, the same as dicts", "bare FastAPI, the same as bytes"


def measure(scale: float) -> Outcome:
    """Build a log and the search tables, then ask for each thing in turn."""
    events, people = max(10_000, int(EVENTS * scale)), max(10_000, int(PEOPLE * scale))
    with workbench() as bench, ExitStack() as stack:
        settings = bench.copy_of(bench.settings)
        together(filling, [(settings, share) for share in shares(events, CORES)])
        hub = stack.enter_context(open_hub(settings, leaving=AT_ONCE))
        _add_people(bench.superuser(settings), people)
        person = link_child(hub)
        _index(hub, person, CHILD, Query(family=FAMILY, given=GIVEN, born=BORN))
        _index(hub, link_child(hub, ORDINARY), ORDINARY, Query(identifier=ORDINARY, agencies=AGENCIES))
        ways = stack.enter_context(_ways(hub, person))
        bench.settle()
        took = _taken(ways)
    p95 = {name: percentile(each, 0.95) for name, each in took.items()}
    layer = middle(took[_JSON]) - middle(took[_WITHIN]) - middle(took[_BYTES])
    return Outcome(
        f"Pages and JSON: {ITEMS} items in a log of {events:,} events, a search among {people:,} people, {READS} times",
        [
            Goal("chronology as a page, p95", p95[_PAGE], "ms", 60.0, at_most=True),
            Goal("chronology as JSON, p95", p95[_JSON], "ms", 30.0, at_most=True),
            Goal("what our web layer adds to the answer and to bare FastAPI, median", layer, "ms", 1.0, at_most=True),
            Goal("find a child, p95", p95[_FIND], "ms", 30.0, at_most=True),
        ],
        {f"{name}, ms": {"p50": round(middle(each), 2), "p95": round(p95[name], 2)} for name, each in took.items()},
    )


def _taken(ways: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    with collected_seldom():
        for way in ways.values():
            for _ in range(_WARMING):
                way()
        rounds = [{name: seconds(way) * 1000 for name, way in ways.items()} for _ in range(READS)]
    return {name: [each[name] for each in rounds] for name in ways}


@contextmanager
def _ways(hub: Hub, person: UUID) -> Iterator[dict[str, Callable[[], object]]]:
    """Yield what is timed: the application as a user asks it, its use cases, and the bare framework."""
    items = hub.chronologies.read(person, _ASKED)["items"]
    with open_sign_in(hub) as sign_in:
        app = create_app(hub, sign_in, HubPages(hub, sign_in), AMPLE)
        secret = sign_in.sessions.begin(hub.directory.load().user(USER), sign_in.clock.now(), replacing=None)
        signed_in = sign_in.sessions.find(secret)
        if signed_in is None:
            raise RuntimeError("the session does not stand")
        episode = hub.episodes.begin(signed_in.session, "benchmark", STATED, sign_in.clock.now())
        (child,) = hub.episodes.keep(episode, [{"person": str(person), **NAMES}], sign_in.clock.now())
        cookies = {sign_in.cookies.session: secret}
        with (
            TestClient(app, base_url=sign_in.settings.public_url, cookies=cookies) as client,
            TestClient(_bare(items)) as bare,
        ):
            question = {"purpose": STATED.purpose, "reason": STATED.reason}
            body = {**question, "person": str(person)}
            sought = {**question, "family": FAMILY, "given": GIVEN, "born": BORN.isoformat()}
            yield {
                _PAGE: partial(_asked, client.get, f"/work/{episode.name}/child/{child}"),
                _WITHIN: lambda: orjson.dumps(hub.chronologies.read(person, _ASKED)),
                _JSON: partial(_asked, client.post, "/v1/chronology", json=body),
                _DICTS: partial(_asked, bare.get, "/dicts"),
                _BYTES: partial(_asked, bare.get, "/bytes"),
                _FIND: partial(_asked, client.post, "/v1/children/find", json={**question, "identifier": ORDINARY}),
                _FIND_LARGE: partial(_asked, client.post, "/v1/children/find", json=sought),
            }
        app.state.doors.close()


def _asked(ask: Callable[..., Any], address: str, **options: Any) -> None:
    answer = ask(address, **options)
    if answer.status_code != 200 or answer.content.startswith(b'{"children":[]'):
        raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:200]}")


def _bare(items: list[dict[str, Any]]) -> FastAPI:
    app = FastAPI()

    @app.get("/dicts")
    def dicts() -> list[dict[str, Any]]:
        return items

    @app.get("/bytes")
    def as_bytes() -> Response:
        return Response(orjson.dumps(items), media_type="application/json")

    return app


def _index(hub: Hub, person: UUID, child: str, query: Query) -> None:
    """Put a child into the search tables, to be found by what a query names."""
    keys = query_keys(query)
    for subject in child_subjects(hub, child):
        hub.blind_index.put((subject, kind, value) for kind, value in keys)
        hub.identity_index.moved(subject, person)


def _add_people(superuser: str, people: int) -> None:
    """Add so many others to the search tables, each with the keys of somebody with a name, a birthday and numbers."""
    kinds = [kind.value for kind in KeyKind if kind not in {KeyKind.SHARED_NUMBER, KeyKind.LOCAL_NUMBER}]
    with psycopg.connect(superuser) as connection:
        connection.execute(_KEYS, [kinds, people])
        connection.execute(_PERSONS, [people])
        connection.execute("analyze hub.blind_index, hub.identity")


_KEYS: Final = """
insert into hub.blind_index (kind, token, subject)
select kind, decode(md5(kind || number), 'hex'), md5('subject' || number)::uuid
from unnest(%s::text[]) kind, generate_series(1, %s) number"""
_PERSONS: Final = """
insert into hub.identity (subject, person, seen)
select md5('subject' || number)::uuid, md5('person' || number)::uuid, '' from generate_series(1, %s) number"""
