"""The analyst's pages over HTTP, without scripts: what they show, what they keep apart, what they refuse."""

import html
import re
from datetime import timedelta

from hub.events.directory import FeedPromise, FeedsPromised
from hub.sign_in.form_tokens import form_token
from tests.hub_under_test import ANALYST, HOUSING, TEACHER, HubUnderTest, new_nhs_number, told
from tests.pages import browsing

CHILD = r"/work/[\w-]+/child/[\w-]+"


def test_an_analyst_finds_a_child_and_reads_the_chronology(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    voice = {"words": "I was scared"}
    shared_hub.hears(
        "police", told("A-1", "police-incident", nhs=nhs, words="Shouting heard", on="2023-10-02", voice=voice)
    )
    shared_hub.hears(
        "hospital-trust", told("A-2", "ae-attendance", nhs=nhs, words="Bruise on the arm", on="2023-11-02")
    )
    with browsing(shared_hub, ANALYST) as analyst:
        assert "Asha Example" in analyst.get("/")
        episode = analyst.begins(reason="Bruise seen at school")
        assert "Bruise seen at school" in analyst.text
        found = analyst.finds(episode, identifier=nhs)
        assert "Possible matches" in found
        assert "A-1" in found
        assert nhs not in analyst.at
        assert analyst.headers["cache-control"] == "no-store"
        page = analyst.opens(CHILD)
        for seen in (
            "Ada Example", "Police incident", "Shouting heard", "Bruise on the arm", "2 October 2023", "I was scared",
            "Bruise seen at school", "Absence is not a nil return", "Ridgemoor Police", "<svg",
        ):  # fmt: skip
            assert seen in page, seen
        assert page.index("Bruise on the arm") < page.index("Shouting heard")
        analyst.post(analyst.at, order="oldest", agency="police")
        assert "Shouting heard" in analyst.text
        assert "Bruise on the arm" not in analyst.text
        assert "Left out by the filters: 1." in analyst.text
        child = analyst.at
        assert "A-2" in analyst.opens(rf"{CHILD}/records")
        analyst.get(child)
        shown = analyst.opens(rf"{CHILD}/shown")
        assert re.search(r"Police incident.*social care, 1 January 2024", shown, re.DOTALL)
        assert "A-2" not in shown


def test_start_tells_what_changed_for_the_children_of_this_session(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("W-1", nhs=nhs))
    with browsing(shared_hub, ANALYST) as analyst, browsing(shared_hub, ANALYST) as another:
        analyst.finds(analyst.begins(), identifier=nhs)
        analyst.opens(CHILD)
        assert "Ada Example" in analyst.get("/")
        shared_hub.hears("police", told("W-1", on="2024-01-05"))
        assert "new: 1" in analyst.opens("/changes")
        assert "Nothing that you may see has changed" in analyst.get("/changes")
        assert "Ada Example" in analyst.opens(CHILD)
        assert "Ada Example" not in another.get("/")
        assert "You have asked about nobody" in another.get("/changes")


def test_the_mash_is_told_of_silence_and_others_are_not(new_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    new_hub.hears("hospital-trust", told("S-1", "health-encounter", nhs=nhs, labels=["sexual-health"]))
    new_hub.hears("hospital-trust", told("S-1", nhs=nhs, on="2024-01-02"))
    with browsing(new_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(purpose="mash-screening"), identifier=nhs)
        analyst.opens(CHILD)
    new_hub.clock.advance(timedelta(hours=6))
    with browsing(new_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(purpose="mash-screening"), identifier=nhs)
        page = analyst.opens(CHILD)
        assert "No answer yet." in page
        assert "6 hours ago" in page
    with browsing(new_hub, "social.worker") as worker:
        worker.finds(worker.begins(purpose="s47"), identifier=nhs)
        page = worker.opens(CHILD)
        assert "Waits for a decision" in page
        assert "No answer yet." not in page


def test_feeds_are_told_of_and_one_that_is_overdue_is_warned_of(new_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    new_hub.hears("police", told("F-1", nhs=nhs))
    promised = [FeedPromise(agency="police", within_days=1), FeedPromise(agency="housing", within_days=14)]
    new_hub.hub.directory.record([FeedsPromised(feeds=promised, by="tester")])
    with browsing(new_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        page = analyst.opens(CHILD)
        assert "Ridgemoor Police: within the last day, as promised" in page
        assert "Ridgemoor Homes (never)" in page
        assert "Refuge" not in page
    new_hub.clock.advance(timedelta(days=1))
    with browsing(new_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        analyst.opens(CHILD)
        analyst.post(analyst.at, order="oldest", as_at="2024-01-01")
        assert "feed last delivered" not in analyst.get(analyst.at)


def test_whoever_holds_a_record_is_asked_about_it(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("Q-1", nhs=nhs))
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        analyst.opens(CHILD)
        analyst.opens(rf"{CHILD}/why/\w+")
        why = analyst.at
        assert "Say in words what you ask for" in analyst.post(why, words=" ")
        analyst.post(why, words="Please <b>ring</b> me")
        assert "It has not answered yet." in analyst.text
        assert analyst.at == why
    with browsing(shared_hub, "police.owner") as owner:
        owner.get("/tasks")
        task = owner.opens(r"/tasks/[0-9a-f-]+")
        assert "Please &lt;b&gt;ring&lt;/b&gt; me" in task
        assert ANALYST in task
        owner.post(owner.at, answer="seen", reason="I shall ring")


def test_family_whom_the_records_name_stand_below_them(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    brother = {"kind": "child", "relationship": "SIB", "person": {"names": [{"given": "Ben", "family": "Example"}]}}
    worker = {"kind": "worker", "person": {"names": [{"given": "Wyn", "family": "Works"}]}}
    shared_hub.hears("schools-trust", told("H-1", "school-attendance", nhs=nhs, others=[brother, worker]))
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        page = analyst.opens(CHILD)
        family = page[page.index("Family and others") :]
        assert re.search(r"<strong>Ben Example</strong>: Child, .*Ridgemoor Schools Trust", family)
        assert "Wyn Works" not in family
    with browsing(shared_hub, HOUSING) as housing:
        housing.finds(housing.begins(), identifier=nhs)
        assert "Ben Example" not in housing.text


def test_a_sister_whom_a_record_names_with_her_birthday_is_looked_for_by_one_button(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("G-2", given="Bea", family="Sisterly", born="2016-06-07"))
    named = {"names": [{"given": "Bea", "family": "Sisterly"}], "born": {"date": "2016-06-07", "accuracy": "AAA"}}
    vague = {"names": [{"given": "Bo", "family": "Sisterly"}], "born": {"date": "2016-06-01", "accuracy": "UAA"}}
    sisters = [{"kind": "child", "relationship": "SIB", "person": each} for each in (named, vague)]
    shared_hub.hears("schools-trust", told("G-1", "school-attendance", nhs=nhs, others=sisters))
    with browsing(shared_hub, ANALYST) as analyst:
        episode = analyst.begins()
        analyst.finds(episode, identifier=nhs)
        page = analyst.opens(CHILD)
        (form,) = re.findall(rf'<form[^>]*action="{episode}/find".*?</form>', page, re.DOTALL)
        fields = dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', form))
        assert "Look for them" in form
        found = analyst.post(f"{episode}/find", token=html.unescape(fields.pop("form_token")), **fields)
        assert "Possible matches" in found
        assert "G-2" in found
        assert "Sisterly" not in analyst.at


def test_who_may_see_nothing_and_who_looks_for_nobody_get_the_same_page(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("hospital-trust", told("N-1", nhs=nhs, words="Bruise"))
    with browsing(shared_hub, HOUSING) as housing:
        episode = housing.begins()
        pages = []
        for identifier in (nhs, new_nhs_number()):
            page = housing.finds(episode, identifier=identifier)
            assert "Nothing to show you" in page
            pages.append(re.sub(r'decision [0-9a-f-]{36}|value="[^"]+"', "", page))
    assert pages[0] == pages[1]


def test_two_sessions_never_share_an_episode_nor_two_episodes_a_child(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("T-1", nhs=nhs))
    with browsing(shared_hub, ANALYST) as first, browsing(shared_hub, ANALYST) as second:
        one, other = first.begins(reason="About one child"), first.begins(reason="About another")
        assert one != other
        first.finds(one, identifier=nhs)
        first.opens(CHILD)
        child = first.at
        missing = first.get("/work/AAAAAAAAAAAAAAAAAAAAAA")
        assert first.status == 404
        for address in (
            child.replace(one, other),
            f"{other}/found/{child[-22:]}",
            f"{one}/child/{one[-22:]}",
            "/work/x",
        ):
            assert first.get(address) == missing, address
            assert first.status == 404
        for address in (one, child, f"{child}/records"):
            assert second.get(address) == missing
        assert second.status == 404


def test_what_waits_is_released_by_its_owner_and_then_seen(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("W-1", "police-incident", nhs=nhs, words="Shouting heard"))
    shared_hub.hears("schools-trust", told("W-2", "school-exclusion", nhs=nhs, words="Late again"))
    with browsing(shared_hub, TEACHER) as teacher, browsing(shared_hub, "police.owner") as owner:
        episode = teacher.begins(reason="Worried after the weekend")
        teacher.finds(episode, identifier=nhs)
        teacher.opens(CHILD)
        child = teacher.at
        assert "A person decides whether this may be shown to you" in teacher.text
        assert "Shouting heard" not in teacher.text
        owner.get("/tasks")
        owner.opens(r"/tasks/[0-9a-f-]{36}")
        task = owner.at
        assert "Shouting heard" in owner.text
        assert "Worried after the weekend" not in owner.text
        assert "Choose an answer" in owner.post(task, reason="Yes")
        assert "names the facets" in owner.post(task, answer="released", reason="The school needs it")
        before = shared_hub.events("ReviewAnswered")
        answer = {"answer": "released", "reason": "The school needs it", "facets": ["what", "when", "narrative"]}
        token = owner.token
        assert "Your answer is recorded" in owner.post(task, token=token, **answer)  # type: ignore[arg-type]
        owner.post(task, token=token, **answer)  # type: ignore[arg-type]
        assert owner.status == 404
        assert shared_hub.events("ReviewAnswered") == before + 1
        assert "Shouting heard" in teacher.get(child)
        assert teacher.get(task) == teacher.get("/tasks/none")


def test_an_emergency_needs_a_fresh_sign_in_and_shows_its_banner_everywhere(shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, "duty.worker", timedelta(hours=2)) as worker:
        sent = worker.client.get("/emergency", follow_redirects=False)
        assert sent.headers["location"] == "/sign-in?next=/emergency&again=1"
    with browsing(shared_hub, "duty.worker") as worker:
        worker.get("/emergency")
        assert "second person" in worker.post("/emergency", reason="On the roof")
        assert worker.status == 400
        page = worker.post("/emergency", reason="On the roof", understood="yes")
        assert "app-emergency" in page
        assert "On the roof" in page


def test_a_form_of_another_session_does_nothing(shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, ANALYST) as analyst:
        page = analyst.post("/work", token=form_token(b"somebody"), purpose="s47", reason="Why", risk="red")
        assert analyst.status == 403
        assert "no longer valid" in page
