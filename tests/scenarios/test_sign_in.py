"""People sign in, work, prove again who they are, and leave; and those who try to be somebody else do not get in.

The issuer is the demonstration's own, asked by the hub as it asks any.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from hub.events.sign_in import PersonSignedIn, PersonSignedOut, SignInRefused
from hub.sign_in.id_tokens import SignInRefusedError
from hub.sign_in.service import SignIn, open_sign_in
from hub.store.schema import check_schema
from tests.hub_under_test import ANALYST, AUDITOR, NURSE, HubUnderTest
from tests.sign_in import Browser, browser_on

NewBrowser = Callable[[], Browser]
SESSION = "mash-session"


@pytest.fixture(scope="module")
def sign_in(shared_hub: HubUnderTest) -> Iterator[SignIn]:
    with open_sign_in(shared_hub.hub) as opened:
        yield opened


@pytest.fixture
def new_browser(sign_in: SignIn) -> Iterator[NewBrowser]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(browser_on(sign_in))


@pytest.fixture
def browser(new_browser: NewBrowser) -> Browser:
    return new_browser()


def code_of(response: httpx.Response) -> Any:
    return response.json()["code"]


class TestIn:
    def test_a_user_signs_in_and_is_known_by_the_directory_alone(
        self, browser: Browser, sign_in: SignIn, shared_hub: HubUnderTest
    ) -> None:
        assert code_of(browser.get("/whoami")) == "not-signed-in"

        answer = browser.signs_in(ANALYST, "/children/episode-1?page=2")

        assert (answer.status_code, answer.headers["location"]) == (303, "/children/episode-1?page=2")
        assert answer.headers["cache-control"] == "no-store"
        assert browser.whoami()["user"] == ANALYST
        [cookie] = [each for each in browser.client.cookies.jar if each.name == SESSION]
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "lax"
        assert {each.name for each in browser.client.cookies.jar} == {SESSION}
        with psycopg.connect(shared_hub.urls.app) as connection:
            rows = str(connection.execute("select * from sign_in.session").fetchall())
        assert str(cookie.value) not in rows
        assert next(iter(sign_in.log.newest(1)))[1] == PersonSignedIn(user=ANALYST)

    def test_the_issuers_page_names_each_user_with_role_and_agency_in_words(self, browser: Browser) -> None:
        page = browser.get(browser.get("/sign-in").headers["location"]).text
        assert "Asha Example: MASH analyst, Ridgemoor Council children&#x27;s social care" in page
        assert "<script" not in page

    def test_whom_the_directory_does_not_know_is_refused_and_that_is_recorded(
        self, browser: Browser, sign_in: SignIn
    ) -> None:
        answer = browser.signs_in("nobody.known")
        assert answer.status_code == 403
        assert "not in this partnership" in answer.text
        assert "nobody.known" not in answer.text
        assert code_of(browser.get("/whoami")) == "not-signed-in"
        assert next(iter(sign_in.log.newest(1)))[1] == SignInRefused(reason="unknown-user")

    @pytest.mark.parametrize(
        "elsewhere",
        ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "",
         "/\t/evil.example", "/%0d%0aSet-Cookie:a=b\r\nX: y", "/sign-in?next=/", "/sign-out", "/é"],
    )  # fmt: skip
    def test_no_link_leads_elsewhere(self, browser: Browser, elsewhere: str) -> None:
        assert browser.signs_in(ANALYST, elsewhere).headers["location"] == "/"

    def test_each_of_a_users_sessions_is_its_own(self, new_browser: NewBrowser) -> None:
        first, second, other = new_browser(), new_browser(), new_browser()
        for each, user in ((first, ANALYST), (second, ANALYST), (other, NURSE)):
            each.signs_in(user)
        assert first.whoami()["session"] != second.whoami()["session"]

        assert first.post("/sign-out", {"form_token": first.whoami()["token"]}).headers["location"] == "/signed-out"

        assert code_of(first.get("/whoami")) == "not-signed-in"
        assert second.whoami()["user"] == ANALYST
        first.signs_in(ANALYST)
        second.post("/sign-out/everywhere", {"form_token": second.whoami()["token"]})
        assert code_of(first.get("/whoami")) == "session-ended"
        assert other.whoami()["user"] == NURSE

    def test_what_needs_nobody_is_not_asked_for(self, browser: Browser) -> None:
        browser.signs_in(ANALYST)
        assert code_of(browser.get("/static/whoami")) == "not-signed-in"


class TestOut:
    def test_signing_out_needs_the_sessions_own_form_and_is_recorded(
        self, new_browser: NewBrowser, sign_in: SignIn
    ) -> None:
        browser, other = new_browser(), new_browser()
        browser.signs_in(AUDITOR)
        other.signs_in(NURSE)
        stolen = browser.client.cookies[SESSION]
        for token in ("", "x" * 88, "é", other.whoami()["token"]):
            assert browser.post("/sign-out", {"form_token": token}).status_code == 403
        assert browser.get("/sign-out").status_code == 405
        assert browser.whoami()["user"] == AUDITOR

        left = browser.post("/sign-out", {"form_token": browser.whoami()["token"]})

        assert left.headers["clear-site-data"] == '"cache", "storage"'
        assert next(iter(sign_in.log.newest(1)))[1] == PersonSignedOut(user=AUDITOR)
        other.client.cookies.set(SESSION, stolen)
        assert code_of(other.get("/whoami")) == "session-ended"
        assert "You are signed out" in browser.get("/signed-out").text

    def test_a_session_ends_when_nobody_uses_it_and_after_a_day_of_work(
        self, browser: Browser, shared_hub: HubUnderTest
    ) -> None:
        browser.signs_in(ANALYST)
        shared_hub.clock.advance(timedelta(minutes=14))
        assert browser.whoami()["user"] == ANALYST
        shared_hub.clock.advance(timedelta(minutes=14))
        assert browser.whoami()["user"] == ANALYST
        shared_hub.clock.advance(timedelta(minutes=15, seconds=1))
        assert code_of(browser.get("/whoami")) == "session-ended"

        browser.signs_in(ANALYST)
        for _ in range(60):
            shared_hub.clock.advance(timedelta(minutes=10))
            assert browser.whoami()["user"] == ANALYST
        shared_hub.clock.advance(timedelta(seconds=1))
        assert code_of(browser.get("/whoami")) == "session-ended"

    def test_whoever_is_another_in_the_directory_is_out_at_once(
        self, new_browser: NewBrowser, shared_hub: HubUnderTest
    ) -> None:
        directory = shared_hub.hub.directory
        browser, user = new_browser(), "housing.officer"
        for agency, role in (("housing", "information-owner"), ("police", "information-owner")):
            browser.signs_in(user)
            directory.record_training(user, shared_hub.clock.now().date(), by="tester")
            assert browser.whoami()["user"] == user
            directory.move_user(user, agency, [role], by="tester")
            assert code_of(browser.get("/whoami")) == "session-ended"
            directory.move_user(user, "housing", ["practitioner"], by="tester")
            assert code_of(browser.get("/whoami")) == "session-ended"
        browser.signs_in(user)
        directory.user_leaves(user, reason="Has left", by="tester")
        assert code_of(browser.get("/whoami")) == "session-ended"
        assert browser.signs_in(user).status_code == 403


class TestDatabaseAway:
    def test_nobody_is_taken_for_signed_out_and_nobody_comes_in(
        self, browser: Browser, shared_hub: HubUnderTest
    ) -> None:
        browser.signs_in(ANALYST)
        away: ConnectionPool[Any] = ConnectionPool("port=1", open=False)
        with open_sign_in(replace(shared_hub.hub, pool=away)) as cut_off, browser_on(cut_off) as other:
            other.client.cookies = browser.client.cookies
            answer = other.get("/whoami")
            assert (answer.status_code, code_of(answer)) == (503, "database-away")
            assert other.post("/sign-out").status_code == 503
            assert other.get(other.picks(other.begins(), NURSE)).status_code == 503
        assert browser.whoami()["user"] == ANALYST


class TestAgain:
    def test_a_grave_act_needs_somebody_who_has_just_proved_who_they_are(
        self, browser: Browser, shared_hub: HubUnderTest
    ) -> None:
        browser.signs_in(ANALYST)
        assert browser.get("/grave").json() == {"done": "yes"}
        shared_hub.clock.advance(timedelta(minutes=6))
        assert code_of(browser.get("/grave")) == "sign-in-again"
        before, stolen = browser.whoami(), browser.client.cookies[SESSION]

        answer = browser.signs_in(ANALYST, "/grave", again=True)

        assert answer.headers["location"] == "/grave"
        assert browser.get("/grave").json() == {"done": "yes"}
        assert browser.whoami()["session"] == before["session"]
        renewed = browser.client.cookies[SESSION]
        assert renewed != stolen
        browser.client.cookies.set(SESSION, stolen, domain="127.0.0.1")
        assert {each.value for each in browser.client.cookies.jar} == {stolen}
        assert code_of(browser.get("/whoami")) == "session-ended"

    def test_somebody_else_who_proves_who_they_are_does_not_go_on_where_the_first_was(self, browser: Browser) -> None:
        browser.signs_in(ANALYST)
        before = browser.client.cookies[SESSION]
        assert browser.signs_in(NURSE, "/children/episode-1", again=True).headers["location"] == "/"
        assert browser.whoami()["user"] == NURSE
        browser.client.cookies.set(SESSION, before, domain="127.0.0.1")
        assert code_of(browser.get("/whoami")) == "session-ended"


class TestForms:
    def test_a_form_is_taken_once_and_of_its_own_session_only(self, new_browser: NewBrowser) -> None:
        browser, other = new_browser(), new_browser()
        browser.signs_in(ANALYST)
        other.signs_in(ANALYST)
        first, second = browser.whoami()["token"], browser.whoami()["token"]
        assert first != second
        assert browser.post("/once", {"form_token": first}).json() == {"done": "yes"}
        assert code_of(browser.post("/once", {"form_token": first})) == "form-sent"
        assert code_of(other.post("/once", {"form_token": second})) == "wrong-form"
        assert browser.post("/once", {"form_token": second}).json() == {"done": "yes"}
        kept = browser.whoami()["token"]
        browser.signs_in(ANALYST)
        assert code_of(browser.post("/once", {"form_token": kept})) == "wrong-form"


class TestAttacks:
    def test_a_session_that_was_planted_is_not_the_one_that_signs_in(self, new_browser: NewBrowser) -> None:
        attacker, victim = new_browser(), new_browser()
        attacker.signs_in(NURSE)
        planted = attacker.client.cookies[SESSION]
        victim.client.cookies.set(SESSION, planted, domain="127.0.0.1")
        victim.signs_in(ANALYST)
        assert victim.whoami()["user"] == ANALYST
        assert code_of(attacker.get("/whoami")) == "session-ended"
        attacker.client.cookies.clear()
        attacker.client.cookies.set(SESSION, "chosen-by-me")
        attacker.signs_in(NURSE)
        assert attacker.client.cookies.get(SESSION, domain="127.0.0.1") != "chosen-by-me"

    def test_a_way_back_works_once_and_in_its_own_browser(
        self, new_browser: NewBrowser, shared_hub: HubUnderTest
    ) -> None:
        browser, other = new_browser(), new_browser()
        back = browser.picks(browser.begins(), ANALYST)
        assert other.get(back).status_code == 403
        cookies = list(browser.client.cookies.jar)
        assert browser.get(back).status_code == 303
        for each in cookies:
            browser.client.cookies.jar.set_cookie(each)
        assert browser.get(back).status_code == 403
        late = browser.picks(browser.begins(), ANALYST)
        shared_hub.clock.advance(timedelta(minutes=2))
        assert browser.get(late).status_code == 403

    def test_a_code_of_another_sign_in_or_another_issuer_lets_nobody_in(self, new_browser: NewBrowser) -> None:
        attacker, victim = new_browser(), new_browser()
        stolen = parse_qs(urlsplit(victim.picks(victim.begins(), ANALYST)).query)
        own = attacker.begins()
        for query in (
            {"state": own["state"], "code": stolen["code"][0]},
            {"state": attacker.begins()["state"], "code": "x", "iss": "https://evil.example"},
            {"state": attacker.begins()["state"], "error": "access_denied"},
            {"state": "é\x00", "code": "x"},
            {},
        ):
            answer = attacker.get(f"/sign-in/callback?{urlencode(query)}")
            assert answer.status_code == 403
            assert "access_denied" not in answer.text
        assert code_of(attacker.get("/whoami")) == "not-signed-in"

    def test_a_code_of_the_demonstration_is_taken_once_in_a_minute_and_with_its_verifier(
        self, browser: Browser, sign_in: SignIn, shared_hub: HubUnderTest
    ) -> None:
        attempt = sign_in.begin("/", again=False)
        asked = dict(parse_qsl(urlsplit(sign_in.issuer.address(attempt)).query))
        with open_sign_in(shared_hub.hub) as other_process:
            for_each = [other_process.local, sign_in.local]
            codes = [dict(parse_qsl(urlsplit(each.chosen(asked, ANALYST)).query))["code"] for each in for_each if each]
        stolen, late = codes
        with pytest.raises(SignInRefusedError):
            sign_in.proved(stolen, replace(attempt, verifier="another"))
        assert sign_in.proved(stolen, attempt).user.id == ANALYST
        with pytest.raises(SignInRefusedError):
            sign_in.proved(stolen, attempt)
        shared_hub.clock.advance(timedelta(seconds=61))
        with pytest.raises(SignInRefusedError):
            sign_in.proved(late, attempt)

    def test_two_pages_of_one_browser_sign_in_side_by_side(self, browser: Browser) -> None:
        first, second = browser.begins("/one"), browser.begins("/two")
        assert browser.get(browser.picks(first, ANALYST)).headers["location"] == "/one"
        assert browser.get(browser.picks(second, ANALYST)).headers["location"] == "/two"

    def test_the_local_issuer_answers_no_other_client(self, browser: Browser) -> None:
        hidden = browser.begins()
        for wrong in ({"client_id": "x"}, {"redirect_uri": "https://evil.example/"}, {"code_challenge_method": "plain"},
                      {"code_challenge": ""}, {"response_type": "token"}):  # fmt: skip
            assert browser.get("/issuer/authorize", params={**hidden, **wrong}).status_code == 403
            assert browser.post("/issuer/authorize", {**hidden, **wrong, "user": ANALYST}).status_code == 403

    def test_odd_cookies_are_nobodys(self, browser: Browser) -> None:
        for odd in ("", "x" * 5000, "%00", "a.b.c", '"quoted"'):
            assert browser.get("/whoami", headers={"cookie": f"{SESSION}={odd}"}).status_code == 401


def test_the_applications_role_changes_neither_whose_a_session_is_nor_its_beginning(shared_hub: HubUnderTest) -> None:
    with psycopg.connect(shared_hub.urls.app) as connection:
        check_schema(connection)
        for column in ('"user"', "standing", "began_at", "id"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"update sign_in.session set {column} = {column}".encode())
    with psycopg.connect(shared_hub.urls.superuser) as connection:
        connection.execute('grant update ("user") on sign_in.session to mash_app')
        with pytest.raises(Exception, match="changed by hand"):
            check_schema(connection)
        connection.execute('revoke update ("user") on sign_in.session from mash_app')
