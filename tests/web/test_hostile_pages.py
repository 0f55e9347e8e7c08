"""What agencies and people write is shown as it was written and never taken for a page's own."""

import re
from pathlib import Path
from typing import Final

import pytest
from jinja2 import Environment

from hub.application.asking import PURPOSES, RISKS, STATEMENTS
from hub.partnership import registered_user
from hub.web import words
from policies.model import ALL_FACETS
from tests.hostile_events import hostile_events
from tests.hub_under_test import ANALYST, TEACHER, HubUnderTest, new_nhs_number, told
from tests.pages import browsing

HOSTILE: Final = "\"'><script>alert(1)</script>{{1234*5678}}%(x)s<img src=x onerror=alert(2)>"
TEMPLATES: Final = Path(words.__file__).parent / "templates"
CHILD = r"/work/[\w-]+/child/[\w-]+"


def assert_tame(page: str) -> None:
    """Pass if nothing hostile became part of a page."""
    own = re.sub(r'value="[^"]*"|decision [0-9a-f-]+|/(?:work|steward)/[\w/-]+|/static/[\w.]+', "", page)
    for never in ("<script>alert", "<img src=x", 'onerror=alert(2)">', "7006652"):
        assert never not in own, never


def test_hostile_names_and_narratives_are_words_on_every_page(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    data = told(
        "X<b>1", nhs=nhs, family=HOSTILE, given=HOSTILE, words=HOSTILE, voice={"words": HOSTILE},
        detail={"raised_by": HOSTILE[:60]},
    )  # fmt: skip
    shared_hub.hears("schools-trust", data)
    with browsing(shared_hub, ANALYST) as analyst:
        episode = analyst.begins(reason=HOSTILE)
        assert_tame(analyst.text)
        assert "&lt;script&gt;alert(1)" in analyst.text
        assert_tame(analyst.finds(episode, given=HOSTILE, family="", born_day="31", born_month="2", born_year=HOSTILE))
        assert analyst.status == 400
        assert_tame(analyst.finds(episode, identifier=nhs))
        assert "X&lt;b&gt;1" in analyst.text
        assert not re.search(r"<title>[^<]*(Ada|script)", analyst.text)
        page = analyst.opens(CHILD)
        child = analyst.at
        assert_tame(page)
        assert page.count("&lt;script&gt;alert(1)") >= 4
        assert_tame(analyst.opens(rf"{CHILD}/why/[0-9a-f]+"))
        assert "The rules that decided this" in analyst.text
        missing = analyst.get(f"{child}/why/{'0' * 32}")
        assert analyst.status == 404
        assert missing == analyst.get("/work/x")
        analyst.get(child)
        assert_tame(analyst.opens(rf"{CHILD}/records"))
        analyst.get(child)
        assert_tame(analyst.post(child, agency=HOSTILE, type=HOSTILE, level=HOSTILE, start=HOSTILE, as_at=HOSTILE))
        assert analyst.status == 400
        assert_tame(analyst.get(f"/work/{HOSTILE}"))
        assert_tame(analyst.post("/work", purpose=HOSTILE, risk=HOSTILE, reason=""))


def test_what_is_hostile_in_every_field_of_every_type_is_words_in_each_line_and_in_each_why(
    shared_hub: HubUnderTest,
) -> None:
    nhs, events = new_nhs_number(), []
    person = told("H-1", nhs=nhs, family=HOSTILE, given=HOSTILE)["subject"]["person"]
    for data in hostile_events(HOSTILE, {"kind": "child", "reference": "H-1", "person": person}):
        data["sharing"].pop("sensitivity", None)
        data["sharing"].pop("handling", None)
        events.append(shared_hub.message("schools-trust", data))
    assert len(events) > 30
    assert not shared_hub.at_door("schools-trust", *events).quarantined
    shared_hub.hub.identify()
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        assert_tame(analyst.text)
        page = analyst.opens(CHILD)
        child = analyst.at
        assert_tame(page)
        assert page.count('<tr id="line-') > 30
        assert page.count("&lt;script&gt;alert(1)") > 10 * len(events)
        assert not re.search(r"<title>[^<]*script", page)
        for why in sorted(set(re.findall(rf"{CHILD}/why/[0-9a-f]+", page)))[::9]:
            assert_tame(analyst.get(why))
            assert analyst.status == 200
        assert_tame(analyst.get(f"{child}/records"))


def test_what_is_hostile_in_tasks_alerts_and_names_is_words_there_too(shared_hub: HubUnderTest) -> None:
    nhs, hidden, reference = new_nhs_number(), new_nhs_number(), "<img src=x onerror=alert(2)>"
    shared_hub.hears("police", told(reference, "police-incident", nhs=nhs, family=HOSTILE, words=HOSTILE))
    shared_hub.hears("schools-trust", told(reference, "school-exclusion", nhs=nhs, family=HOSTILE))
    shared_hub.hears(
        "refuge", told(reference, nhs=hidden, labels=["refuge"], born="2016-07-08", family=HOSTILE, words=HOSTILE)
    )
    directory = shared_hub.hub.directory
    directory.register_user(
        registered_user(
            {"id": "hostile.owner", "name": HOSTILE, "agency": "police", "roles": ["information-owner"]}, by="tester"
        )
    )
    with (
        browsing(shared_hub, TEACHER) as teacher,
        browsing(shared_hub, "duty.worker") as duty,
        browsing(shared_hub, "hostile.owner") as owner,
        browsing(shared_hub, "refuge.lead") as lead,
        browsing(shared_hub, "community.guardian") as guardian,
        browsing(shared_hub, None) as nobody,
    ):
        teacher.finds(teacher.begins(reason=HOSTILE), identifier=nhs)
        teacher.opens(CHILD)
        teacher.finds(teacher.begins(reason=HOSTILE), identifier=hidden)
        duty.get("/emergency")
        duty.post("/emergency", reason=HOSTILE, understood="yes")
        assert_tame(duty.text)
        duty.finds(duty.at, identifier=nhs)
        assert_tame(duty.opens(CHILD))
        for somebody, page in (
            (owner, "/"),
            (owner, "/tasks"),
            (lead, "/alerts"),
            (guardian, "/"),
            (guardian, "/tasks"),
        ):
            assert_tame(somebody.get(page))
        assert "&lt;img src=x" in lead.get("/alerts")
        assert "&lt;script&gt;alert(1)" in owner.get("/tasks")
        for somebody in (owner, guardian):
            somebody.get("/tasks")
            assert_tame(somebody.opens(r"/tasks/[0-9a-f-]{36}"))
            assert "&lt;script&gt;alert(1)" in somebody.text
            assert_tame(somebody.post(somebody.at, answer=HOSTILE, reason=HOSTILE, until=HOSTILE, facets=[HOSTILE]))
            assert somebody.status == 400
        assert_tame(nobody.get("/sign-in"))
        assert "&lt;script&gt;alert(1)" in nobody.text
        for hostile in ("%0d%0aSet-Cookie:%20a=b", "%22%3E%3Cscript%3Ealert(1)", "%E2%80%AE"):
            sent = nobody.client.get(f"/work/{hostile}", follow_redirects=False)
            assert sent.status_code == 303
            assert re.fullmatch(r"/sign-in\?next=[\w%/():=-]+", sent.headers["location"])
            assert "set-cookie" not in sent.headers
            assert_tame(nobody.get(f"/sign-in/callback?state={hostile}&error={hostile}&code={hostile}"))
            assert_tame(nobody.get(f"/issuer/authorize?state={hostile}&client_id={hostile}"))


def test_what_is_withheld_is_said_with_whom_to_ask_and_what_is_suspected_false_is_marked(
    shared_hub: HubUnderTest,
) -> None:
    nhs = new_nhs_number()
    doubtful = {"handling": {"source": "2", "information": "E", "code": "C", "conditions": []}}
    shared_hub.hears("refuge", told("Y-1", nhs=nhs, labels=["refuge"], words="Came with her mother"))
    shared_hub.hears("police", told("Y-2", "police-incident", nhs=nhs, words="Carries a knife", sharing=doubtful))
    with browsing(shared_hub, ANALYST) as analyst, browsing(shared_hub, "police.officer") as officer:
        analyst.finds(analyst.begins(), identifier=nhs)
        assert "Withheld from you</strong> places and addresses. Ask Safe Harbour Refuge." in analyst.opens(CHILD)
        assert "Carries a knife" not in analyst.text
        officer.finds(officer.begins(purpose="own-service"), identifier=nhs)
        page = officer.opens(CHILD)
        assert "Carries a knife" in page
        assert "Suspected to be false: never pass this on as fact." in page
        assert "app-picture__mark--doubtful" in page


def test_the_past_is_said_to_be_the_past(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("Z-1", nhs=nhs, words="Heard today"))
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        analyst.opens(CHILD)
        child = analyst.at
        page = analyst.post(child, as_at="2023-12-31")
        assert "You are looking at the past." in page
        assert "Heard today" not in page
        assert "31 December 2023" in page
        assert "to come cannot be asked" in analyst.post(analyst.at, as_at="2031-01-01")


def test_the_words_of_the_pages_cover_every_code() -> None:
    assert words.PURPOSE_WORDS.keys() == set(PURPOSES)
    assert words.RISK_WORDS.keys() == set(RISKS)
    assert words.STATEMENT_WORDS.keys() == set(STATEMENTS)
    assert words.FACET_WORDS.keys() == {facet.value for facet in ALL_FACETS}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_no_text_outside_the_catalogue_nor_style_nor_script_of_its_own(path: Path) -> None:
    source = path.read_text()
    text = "".join(value for _, kind, value in Environment(autoescape=True).lex(source) if kind == "data")
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|\|\s*safe", source)
    assert not re.search(r"<script(?! src=)", source)
    outside = " ".join(re.findall(r">([^<]*)<", text))
    assert re.findall(r"[A-Za-z]{2,}", outside) == []
