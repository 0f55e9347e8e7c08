"""People sign in by a real Keycloak, with the realm that the compose file gives it; about two minutes."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hub.clock import SystemClock
from hub.sign_in.service import open_sign_in
from hub.sign_in_settings import IssuerSettings, SignInSettings
from tests.hub_under_test import ANALYST, NURSE, HubUnderTest
from tests.keycloak import CLIENT, Keycloak, keycloak
from tests.sign_in import Browser, browser_on, led_to

HUB_URL = "http://127.0.0.1:8000"
STRANGER = "somebody.else"
_FORM = re.compile(r'action="([^"]*login-actions[^"]*)"')


@pytest.fixture(scope="module")
def server() -> Iterator[Keycloak]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with keycloak(port, HUB_URL, [ANALYST, NURSE, STRANGER]) as started:
        yield started


@dataclass(frozen=True, slots=True)
class Person:
    """A browser that keeps Keycloak's cookies beside the hub's."""

    hub: Browser
    elsewhere: httpx.Client
    password: str

    def goes(self, user: str, next_page: str = "/", *, again: bool = False) -> tuple[Any, bool]:
        """Sign in; return what the hub answers in the end, and whether Keycloak asked for the password."""
        sent = self.hub.get("/sign-in", params={"next": next_page, **({"again": "1"} if again else {})})
        answer = self._kept(self.elsewhere.get(led_to(sent)))
        form = _FORM.search(answer.text)
        if form is not None:
            told = {"username": user, "password": self.password}
            answer = self._kept(self.elsewhere.post(unescape(form[1]), data=told))
        assert answer.status_code in {302, 303}, answer.text
        return self.hub.get(answer.headers["location"]), form is not None

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        """Send Keycloak's cookies back without TLS too, as browsers do on loopback."""
        for cookie in self.elsewhere.cookies.jar:
            cookie.secure = False
        return answer


@pytest.fixture
def new_person(shared_hub: HubUnderTest, server: Keycloak) -> Iterator[Any]:
    with ExitStack() as stack:
        issuer = IssuerSettings(server.issuer, CLIENT, server.client_secret)
        settings = replace(shared_hub.settings, sign_in=SignInSettings(public_url=HUB_URL, issuer=issuer))
        sign_in = stack.enter_context(open_sign_in(replace(shared_hub.hub, settings=settings, clock=SystemClock())))

        def new() -> Person:
            elsewhere = stack.enter_context(httpx.Client())
            return Person(stack.enter_context(browser_on(sign_in)), elsewhere, server.password)

        yield new


def test_people_sign_in_prove_themselves_again_and_go_on_without_it(new_person: Any, server: Keycloak) -> None:
    analyst, nurse = new_person(), new_person()

    answer, asked = analyst.goes(ANALYST, "/tasks")

    assert asked
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")
    assert analyst.hub.whoami()["user"] == ANALYST
    assert analyst.hub.get("/grave").status_code == 200
    session = analyst.hub.whoami()["session"]

    answer, asked = analyst.goes(ANALYST, "/tasks")
    assert (answer.status_code, asked) == (303, False)
    assert analyst.hub.whoami()["session"] != session
    session = analyst.hub.whoami()["session"]

    answer, asked = analyst.goes(ANALYST, "/grave", again=True)
    assert asked
    assert answer.headers["location"] == "/grave"
    assert analyst.hub.whoami()["session"] == session

    nurse.goes(NURSE)
    assert nurse.hub.whoami()["user"] == NURSE

    refused, asked = new_person().goes(STRANGER)
    assert (refused.status_code, asked) == (403, True)
    assert "not in this partnership" in refused.text

    signed_out = nurse.hub.post("/sign-out", {"form_token": nurse.hub.whoami()["token"]})
    assert signed_out.headers["location"] == "/signed-out"
    assert f"{server.issuer}/protocol/openid-connect/logout" in nurse.hub.get("/signed-out").text

    server.stop()

    late = new_person().hub
    state = parse_qs(urlsplit(led_to(late.get("/sign-in"))).query)["state"][0]
    refused = late.get("/sign-in/callback", params={"state": state, "code": "any"})
    assert refused.status_code == 503
    assert "does not answer" in refused.text
    assert analyst.hub.whoami()["user"] == ANALYST
