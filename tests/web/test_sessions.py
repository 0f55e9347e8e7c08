"""One session's pages: begun anew at sign-in, over at sign-out; each form taken once, each window on its own child."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from hub.events.sign_in import PersonSignedOut
from tests.hub_under_test import ANALYST, NURSE, TEACHER, HubUnderTest, new_nhs_number, told
from tests.pages import Serving, Visitor, browsing, serving_pages
from tests.reviews import OWNER, ask, confided, waiting
from tests.sign_in import Browser

pytestmark = pytest.mark.postgres
CHILD = r"/work/[\w-]+/child/[\w-]+"
SESSION = "mash-session"


@pytest.fixture(scope="module")
def serving(shared_hub: HubUnderTest) -> Iterator[Serving]:
    with serving_pages(shared_hub) as made:
        yield made


def client_of(serving: Serving, cookies: dict[str, str] | None = None) -> TestClient:
    address = serving.sign_in.settings.public_url
    return TestClient(serving.app, base_url=address, cookies=cookies or {}, follow_redirects=True)


def test_a_session_that_was_there_before_the_sign_in_is_not_the_one_after(serving: Serving) -> None:
    planted = serving.session(NURSE)
    with client_of(serving, planted) as attacker, client_of(serving) as machine:
        machine.cookies.set(SESSION, planted[SESSION], domain="127.0.0.1")
        before = serving.sign_in.sessions.find(planted[SESSION])
        episode = Visitor(attacker).begins(reason="Of the one who planted it")
        Browser(machine).signs_in(ANALYST)
        secret = machine.cookies.get(SESSION, domain="127.0.0.1")
        assert secret is not None
        after = serving.sign_in.sessions.find(secret)
        assert before is not None
        assert after is not None
        assert secret != planted[SESSION]
        assert after.session != before.session
        assert serving.sign_in.sessions.find(planted[SESSION]) is None
        assert machine.get(episode).status_code == 404
        # Who has signed in again has the episodes of before, under a secret that nobody had before.
        own = Visitor(machine).begins(reason="My own")
        Browser(machine).signs_in(ANALYST, again=True)
        assert machine.cookies.get(SESSION, domain="127.0.0.1") != secret
        assert serving.sign_in.sessions.find(secret) is None
        assert machine.get(own).status_code == 200


def test_a_form_that_is_sent_twice_at_once_is_taken_once(serving: Serving, shared_hub: HubUnderTest) -> None:
    child = confided(shared_hub)
    ask(shared_hub, child)
    cookies = serving.session(OWNER)
    task = f"/tasks/{waiting(shared_hub, OWNER)[0]['id']}"
    before = shared_hub.events("ReviewAnswered")
    with client_of(serving, cookies) as first, client_of(serving, cookies) as second:
        page = Visitor(first)
        page.get(task)
        form = {"form_token": page.token, "answer": "released", "reason": "She is at risk", "facets": ["what", "when"]}
        answers = at_once(first, second, task, form)
        assert shared_hub.events("ReviewAnswered") == before + 1
        assert sorted(each.status_code for each in answers)[0] == 303
        assert max(each.status_code for each in answers) in {404, 409}
        page.get("/work")
        begun = {"form_token": page.token, "purpose": "s47", "risk": "amber", "reason": "Strategy discussion"}
        assert len({each.headers["location"] for each in at_once(first, second, "/work", begun)}) == 1


def at_once(first: TestClient, second: TestClient, address: str, form: dict[str, Any]) -> list[Any]:
    """Send one form from two windows at the same moment."""
    together, answers = threading.Barrier(2), []

    def send(client: TestClient) -> None:
        together.wait(60)
        answers.append(client.post(address, data=form, follow_redirects=False))

    senders = [threading.Thread(target=send, args=(each,)) for each in (first, second)]
    for each in senders:
        each.start()
    for each in senders:
        each.join(60)
    assert len(answers) == 2
    return answers


def test_the_back_button_finds_nothing_after_signing_out(serving: Serving, shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("BACK-1", nhs=nhs, words="Shouting heard"))
    with client_of(serving, serving.session(ANALYST)) as client:
        analyst = Visitor(client)
        analyst.finds(analyst.begins(), identifier=nhs)
        seen = [analyst.at]
        assert "Shouting heard" in analyst.opens(CHILD)
        seen += [analyst.at, "/", "/tasks"]
        old_form = analyst.token
        for page in seen:
            analyst.get(page)
            assert "no-store" in analyst.headers["cache-control"]
        left = client.post("/sign-out", data={"form_token": analyst.token}, follow_redirects=False)
        assert left.headers["clear-site-data"] == '"cache", "storage"'
        for page in seen:
            back = client.get(page, follow_redirects=False)
            assert (back.status_code, back.headers["location"], back.content) == (303, f"/sign-in?next={page}", b"")
        sent = analyst.post(seen[1], token=old_form, order="oldest")
        assert analyst.status == 403
        assert "Shouting" not in sent
        Browser(client).signs_in(ANALYST)
        assert {client.get(page).status_code for page in seen[:2]} == {404}
        analyst.get("/")
        analyst.post("/work", token=old_form, purpose="s47", reason="Again", risk="red")
        assert analyst.status == 403


def test_two_windows_with_two_children_never_mix(shared_hub: HubUnderTest) -> None:
    numbers = {"Ottilie": new_nhs_number(), "Peregrine": new_nhs_number()}
    for given, born in (("Ottilie", "2012-02-03"), ("Peregrine", "2014-05-06")):
        data = told(
            f"TAB-{given}", given=given, family=f"Of-{given}", born=born, nhs=numbers[given], words=f"About {given}"
        )
        shared_hub.hears("police", data)
    with browsing(shared_hub, ANALYST) as window:
        at: dict[str, str] = {}
        tokens: dict[str, str] = {}
        for given, nhs in numbers.items():
            window.finds(window.begins(reason=f"Reason for {given}"), identifier=nhs)
            window.opens(CHILD)
            at[given], tokens[given] = window.at, window.token
        for given, other in (("Ottilie", "Peregrine"), ("Peregrine", "Ottilie")):
            window.get(at[given])
            assert f"Reason for {given}" in window.text
            # A filter is sent in one window between two looks in the other, and its page's form from the other's page.
            filtered = window.post(at[given], token=tokens[other], order="oldest", type="police-incident")
            assert f"About {given}" in filtered or "Left out by the filters" in filtered
            for page in (window.get(at[given]), filtered, window.opens(rf"{CHILD}/records")):
                assert f"Of-{given}" in page or f"TAB-{given}" in page
                assert other not in page
        episode, mine = at["Ottilie"].rsplit("/child/", 1)[0], at["Peregrine"].rsplit("/", 1)[1]
        window.get(f"{episode}/child/{mine}")
        assert window.status == 404


def test_a_form_whose_proof_is_too_old_leads_to_the_issuer_by_a_link_and_gives_back_what_was_typed(
    shared_hub: HubUnderTest,
) -> None:
    told_reason = "She is on the roof <b>now</b>"
    with browsing(shared_hub, "duty.worker") as worker:
        worker.get("/emergency")
        shared_hub.clock.advance(timedelta(minutes=13))
        worker.get("/")
        shared_hub.clock.advance(timedelta(minutes=13))
        before = shared_hub.events()
        page = worker.post("/emergency", reason=told_reason, understood="yes")
        assert (worker.status, worker.at) == (403, "/emergency")
        assert 'href="/sign-in?next=/emergency&amp;again=1"' in page
        assert "She is on the roof &lt;b&gt;now&lt;/b&gt;" in page
        assert "form-action 'self'" in worker.headers["content-security-policy"]
        assert shared_hub.events() == before
    with browsing(shared_hub, TEACHER) as teacher:
        teacher.get("/work")
        token = teacher.token
        teacher.client.cookies.clear()
        page = teacher.post("/work", token=token, reason=told_reason)
        assert teacher.status == 403
        assert 'href="/sign-in?next=/"' in page
        assert "You have to type it again." in page
        assert "roof" not in page  # Nobody has shown that it was typed here.


def test_an_administrator_ends_the_sessions_of_somebody_and_no_other(
    serving: Serving, shared_hub: HubUnderTest
) -> None:
    theirs, others = [serving.session(NURSE), serving.session(NURSE)], serving.session(TEACHER)
    with browsing(shared_hub, "administrator") as administrator:
        administrator.get("/administration/users")
        assert "End their sessions" in administrator.text
        assert "user" in administrator.post("/administration/users", do="sign-out", user="nobody.known")
        assert administrator.status == 400
        administrator.post("/administration/users", do="sign-out", user=NURSE)
        assert (administrator.status, administrator.at) == (200, "/administration/users")
        assert [serving.sign_in.sessions.find(each[SESSION]) for each in theirs] == [None, None]
        assert serving.sign_in.sessions.find(others[SESSION]) is not None
        recorded = next(iter(serving.sign_in.log.newest(1)))[1]
        assert recorded == PersonSignedOut(user=NURSE, everywhere=True, by="administrator")
        assert "You are signed out" in administrator.post("/administration/users", do="sign-out", user="administrator")
        assert (administrator.status, administrator.at) == (200, "/signed-out")


def test_an_administrator_changes_roles_and_keys_only_after_a_new_proof_of_who_they_are(
    shared_hub: HubUnderTest,
) -> None:
    directory = shared_hub.hub.directory
    (key,) = directory.load().keys_of("refuge")
    with browsing(shared_hub, "administrator", timedelta(minutes=6)) as administrator:
        administrator.get("/administration/users")
        form = {"do": "move", "user": "administrator", "agency": "childrens-social-care", "roles": ["mash-analyst"]}
        led = administrator.post("/administration/users", **form)  # type: ignore[arg-type]
        assert 'href="/sign-in?next=/administration/users&amp;again=1"' in led
        administrator.get("/administration/agencies/refuge")
        led = administrator.post("/administration/agencies/refuge", key=key.id, reason="A laptop was lost")
        assert re.search(r"readonly[^>]*>\s*A laptop was lost", led)
        for path, body in (
            ("directory/users/move", {name: form[name] for name in ("user", "agency", "roles")}),
            ("keys/revoke", {"agency": "refuge", "key": key.id, "reason": "Lost"}),
        ):
            headers = {"Idempotency-Key": "0123456789abcdef"}
            refused = administrator.client.post(f"/v1/{path}", json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "sign-in-again")
    assert directory.load().user("administrator").roles == {"administrator"}
    assert directory.load().keys[key.id].revoked_at is None
