"""Every route of the application, found in it and not listed here, tried as every role and as nobody.

A route whose first step is in no table, or that takes a value which no table has, fails: somebody says who it is for.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from hub.application.directory import User
from hub.problems import MEDIA_TYPE
from hub.web.assets import LICENCES
from hub.web.desk import GOVERNORS
from tests.hub_under_test import ANALYST, HOUSING, STEWARD, HubUnderTest, asks, new_nhs_number, told
from tests.pages import Serving, Visitor, serving_pages
from tests.reviews import OWNER, confided, waiting
from tests.web.test_desks import kept_aside

pytestmark = pytest.mark.postgres

# By the first step of an address: what nobody need sign in for, and for which roles the pages are.
OPEN: Final = frozenset({"sign-in", "sign-out", "signed-out", "issuer", "static", "health", "metrics"})
ALL: Final[frozenset[str]] = frozenset()
FOR: Final[Mapping[str, frozenset[str]]] = {
    "": ALL,
    "work": ALL,
    "emergency": ALL,
    "tasks": ALL,
    "done": ALL,
    "changes": ALL,
    "alerts": frozenset({"information-owner", "designated-safeguarding-lead"}),
    "audit": frozenset({"auditor"}),
    "policy": GOVERNORS,
    "administration": frozenset({"administrator"}),
    "steward": frozenset({"data-steward", "mash-manager"}),
}
# What opens in one session only, and what waits for one user only; the others are there for all of the role.
IN_HAND: Final = frozenset({"name", "child", "search", "item"})
WHOSE: Final[Mapping[str, str]] = {"task": OWNER, "review": STEWARD}
OPEN_API: Final = frozenset({"/v1/openapi.json", "/v1/token"})
MAY_BE_KEPT: Final = ("/static/", "/v1/openapi.json", "/v1/log/")
FORM_API: Final = frozenset({"/v1/events", "/v1/token"})


@dataclass(frozen=True, slots=True)
class Found:
    """A route of the application."""

    path: str
    methods: frozenset[str]

    @property
    def step(self) -> str:
        return self.path.split("/")[1]

    def at(self, values: Mapping[str, str]) -> str:
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values[found[1]], self.path)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(re.findall(r"\{(\w+)", self.path))

    def is_for(self, user: User) -> bool:
        return not FOR[self.step] or not FOR[self.step].isdisjoint(user.roles)

    def is_open_to(self, user: User) -> bool:
        whose = {WHOSE[name] for name in self.names & WHOSE.keys()}
        return self.is_for(user) and self.names.isdisjoint(IN_HAND) and whose <= {user.id}


def routes_of(app: FastAPI) -> list[Found]:
    return [Found(each.path or "", frozenset(each.methods or ())) for each in iter_route_contexts(app.routes)]


@dataclass(frozen=True, slots=True)
class Place:
    """An application with something behind every address, and whoever asks."""

    serving: Serving
    client: TestClient
    there: Mapping[str, str]
    in_hand: Mapping[str, str]

    def asks(self, method: str, address: str, cookies: Mapping[str, str], **options: Any) -> Any:
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"Cookie": sent, **options.pop("headers", {})}
        answer = self.client.request(method, address, headers=headers, follow_redirects=False, **options)
        assert_private(address, answer.headers)
        return answer


def assert_private(address: str, headers: Mapping[str, str]) -> None:
    """Pass if a browser is told to keep nothing of an answer, to tell nobody and to take nothing from elsewhere."""
    kept = headers["cache-control"]
    assert kept == "no-store" or address.startswith(MAY_BE_KEPT), (address, kept)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; object-src 'none'; script-src 'self'; "), address
    assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy, address
    assert "unsafe" not in policy
    for name, value in (
        ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
    ):  # fmt: skip
        assert headers[name] == value, (address, name)
    assert not headers.keys() & {"server", "access-control-allow-origin", "refresh"}


NO_ID: Final = "6c9b1c7e-58a4-4b0e-8f3f-2f1d9a6e4c11"
NOT_THERE: Final = {
    "name": "A" * 22, "child": "A" * 22, "search": "A" * 22, "item": "0" * 32, "agency": "none",
    "number": "999", "level": "0", "kind": "99",
    **dict.fromkeys(("version", "before"), "0" * 64),
    **dict.fromkeys(("task", "record", "review", "decision", "event", "receipt"), NO_ID),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(shared_hub: HubUnderTest) -> Iterator[Place]:
    with serving_pages(shared_hub) as serving:
        address = serving.sign_in.settings.public_url
        with TestClient(serving.app, base_url=address) as client:
            yield Place(serving, client, *told_story(shared_hub, serving))


def told_story(hub: HubUnderTest, serving: Serving) -> tuple[dict[str, str], dict[str, str]]:
    """Put something behind every address; return what to fill in, and the session that has the child in hand."""
    nhs = new_nhs_number()
    hub.hears("police", told("ROUTE-1", nhs=nhs, words="Shouting heard"))
    cookies = serving.session(ANALYST)
    with opened(serving, cookies) as analyst:
        name = analyst.begins().rsplit("/", 1)[1]
        analyst.finds(f"/work/{name}", identifier=nhs)
        search = analyst.at.rsplit("/", 1)[1]
        analyst.opens(rf"/work/{name}/child/[\w-]+")
        child = analyst.at.rsplit("/", 1)[1]
        found = re.search(r"/why/([0-9a-f]+)", analyst.text)
        assert found is not None
    confided_to = confided(hub)
    hub.hub.chronologies.read(confided_to, asks(ANALYST, purpose="mash-screening", reason="Her sister wrote"))
    for agency, reference in (("police", "ROUTE-2"), ("housing", "ROUTE-3")):
        hub.hears(agency, told(reference, given="Iorwerth", family="Routemore", born="2009-08-17"))
    version = str(hub.hub.policy_versions.in_force())
    there = {
        "name": name, "search": search, "child": child, "item": found[1], "agency": "police", "level": "0",
        "task": waiting(hub, OWNER)[0]["id"], "record": str(kept_aside(hub, "ROUTE-4", "Bruise")),
        "review": hub.hub.reviews.open(asks(STEWARD))[0]["id"], "number": "000",
        "version": version, "before": version, "kind": "0",
        "decision": str(hub.hub.decisions.about(confided_to)[0].id), "event": str(uuid4()), "receipt": str(uuid4()),
    }  # fmt: skip
    return there, cookies


@contextmanager
def opened(serving: Serving, cookies: dict[str, str]) -> Iterator[Visitor]:
    address = serving.sign_in.settings.public_url
    with TestClient(serving.app, base_url=address, cookies=cookies, follow_redirects=True) as client:
        yield Visitor(client)


def pages(place: Place) -> list[Found]:
    """Return the routes of pages that somebody signs in for; each is in the table."""
    return [each for each in routes_of(place.serving.app) if each.step not in {*OPEN, "v1"}]


def test_every_route_is_for_somebody_and_every_entry_of_the_table_has_a_route(place: Place) -> None:
    assert {each.step for each in pages(place)} == FOR.keys()
    assert {each.step for each in routes_of(place.serving.app)} >= OPEN
    assert [each.path for each in pages(place) if each.methods - {"GET", "POST"}] == []
    for method in ("TRACE", "PUT", "DELETE", "OPTIONS"):
        for address in ("/work", "/static/x", "/v1/tasks", "/health/live"):
            assert place.asks(method, address, {}).status_code == 405, (method, address)


def test_nobody_is_led_to_the_sign_in_and_what_is_open_shows_nothing_of_anybody(place: Place) -> None:
    for route in routes_of(place.serving.app):
        for method in sorted(route.methods - {"HEAD"}):
            if route.step in OPEN:
                values = {"name": LICENCES}
                answer = place.asks(method, route.at(values), {})
                assert answer.status_code in {200, 303, 403, 404}, route
            elif route.step == "v1":
                answer = place.asks(method, route.at(place.there), {}, headers={"Content-Type": "application/json"})
                if route.path not in OPEN_API:
                    assert answer.status_code in {401, 404}, (route, answer.text)
                    assert answer.headers["content-type"] == MEDIA_TYPE
            else:
                answers = [place.asks(method, route.at(each), {}) for each in (place.there, NOT_THERE)]
                assert {each.status_code for each in answers} == {303 if method == "GET" else 403}, route
                assert all(re.search('^/sign-in\\?next=/|href="/sign-in\\?next=/"', led(each)) for each in answers), (
                    route
                )


def led(answer: Any) -> str:
    """Return where an answer leads; a form's by a link, since a browser follows no form to another site's issuer."""
    return str(answer.headers.get("location", answer.text))


def test_a_page_is_there_for_its_role_and_in_its_own_session_and_for_all_others_as_if_it_were_not(place: Place) -> None:
    users = place.serving.sign_in.hub.directory.load().users
    one_of_each_role = {frozenset(each.roles): each for each in users.values()}
    missing = place.asks("GET", "/no/such/page", {}).text
    for user in (*one_of_each_role.values(), users[HOUSING], users["police.owner"]):
        session = place.serving.session(user.id)
        form = {"form_token": token_of(place, session), "reason": "To try"}
        named = set(re.findall(r'href="/(\w*)', place.asks("GET", "/", session).text))
        assert not {step for step, roles in FOR.items() if roles and roles.isdisjoint(user.roles)} & named
        for route in pages(place):
            # What is in hand depends on no role: another session of the same user has it no more than a stranger's.
            if not route.names.isdisjoint(IN_HAND) and user.id not in {ANALYST, HOUSING}:
                continue
            for values in (place.there, NOT_THERE) if route.names else (place.there,):
                there = route.is_open_to(user) and values is place.there
                if "GET" in route.methods:
                    answer = place.asks("GET", route.at(values), session)
                    # A decision's page asks why somebody looks before it says whether there is one.
                    asks_first = "decision" in route.names and route.is_for(user)
                    expected = (200, answer.text) if there or asks_first else (404, missing)
                    assert (answer.status_code, answer.text) == expected, (route, user.id)
            if "POST" in route.methods and not route.is_open_to(user):  # What it does else, its own tests say.
                answer = place.asks("POST", route.at(place.there), session, data=form)
                assert (answer.status_code, answer.text) == (404, missing), (route, user.id)


def token_of(place: Place, session: dict[str, str]) -> str:
    person = place.serving.sign_in.sessions.find(next(iter(session.values())))
    assert person is not None
    return person.form_token


def test_what_somebody_has_in_hand_opens_in_their_own_session(place: Place) -> None:
    for route in pages(place):
        if "GET" in route.methods and not route.names.isdisjoint(IN_HAND):
            answer = place.asks("GET", route.at(place.there), place.in_hand)
            assert answer.status_code == 200, route
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_changes_anything_needs_a_form_of_this_session_and_no_other_site(
    place: Place, shared_hub: HubUnderTest
) -> None:
    users = {"tasks": OWNER, "audit": "auditor", "administration": "administrator", "steward": STEWARD}
    events = shared_hub.events()
    for route in routes_of(place.serving.app):
        if "POST" not in route.methods or route.step == "issuer":
            continue
        session = place.in_hand if route.step == "work" else place.serving.session(users.get(route.step, ANALYST))
        if route.step == "v1":
            told_by = {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}
            crossing = place.asks("POST", route.at(place.there), session, headers=told_by)
            assert (crossing.status_code, crossing.json()["code"]) == (403, "cross-site"), route
            if route.path not in FORM_API:
                form = place.asks("POST", route.at(place.there), session, data={"reason": "Why"})
                assert form.status_code == 415, route
        else:
            for token in ({}, {"form_token": ""}, {"form_token": "A" * 88}):
                answer = place.asks("POST", route.at(place.there), session, data={**token, "reason": "Why"})
                assert answer.status_code == 403, (route, answer.text)
    assert shared_hub.events() == events
