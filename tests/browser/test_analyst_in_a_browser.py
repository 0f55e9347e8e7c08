"""An analyst's story in a real browser, with and without scripts, wide and narrow; every page is checked for access."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser_pictures import SHOTS, refuse_unless_whole
from tests.hub_under_test import ANALYST, TEACHER, HubUnderTest, new_nhs_number, told
from tests.reviews import OWNER, ask, confided

pytestmark = pytest.mark.browser
NARROW = 320
# The pages whose parts change places where it is narrow.
CHECKED_NARROW = ("start", "chronology", "chronology-open")
Opened = Callable[..., Page]
Faults = Callable[[Page], list[Any]]
Shoot = Callable[[Page, str], None]


def story(hub: HubUnderTest) -> str:
    """Tell of one child to whom much happened; return the NHS number."""
    nhs, n = new_nhs_number(), uuid4().hex[:6]
    doubtful = {"handling": {"source": "2", "information": "E", "code": "C", "conditions": []}}
    events = [
        ("schools-trust", told(f"S1-{n}", "school-exclusion", nhs=nhs, on="2019-03-04", words="Excluded.")),
        ("police", told(f"P1-{n}", "police-incident", nhs=nhs, on="2022-10-02", words="Neighbours heard shouting.",
                        voice={"words": "I was scared and hid upstairs."})),
        ("police", told(f"P2-{n}", "police-incident", nhs=nhs, on="2023-02-11", words="Said to carry a knife.",
                        sharing=doubtful)),
        ("hospital-trust", told(f"H1-{n}", "ae-attendance", nhs=nhs, on="2023-11-02", words="Bruise on the arm.")),
        ("hospital-trust", told(f"H2-{n}", nhs=nhs, on="2023-11-03", words="Bruise does not fit the account given.")),
        ("refuge", told(f"R1-{n}", nhs=nhs, on="2023-12-02", labels=["refuge"], words="Came with her mother.")),
        ("schools-trust", told(f"S2-{n}", nhs=nhs, on="2023-12-12", words="Tired and hungry on three days.")),
    ]  # fmt: skip
    for agency, data in events:
        hub.hears(agency, data)
    return nhs


def begin(page: Page, reason: str = "Strategy discussion on Monday") -> None:
    """Say for what and why somebody works."""
    page.goto("/work")
    page.get_by_label("What is the information for?").select_option("s47")
    page.get_by_label("Amber").check()
    page.get_by_label("Why do you need to know?").fill(reason)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Find a child")).to_be_visible()


def look_for(page: Page, nhs: str) -> None:
    """Look for a child by a number."""
    page.get_by_label("NHS number, UPN").fill(nhs)
    page.get_by_role("button", name="Find").click()


@pytest.mark.parametrize(
    ("scripts", "width"), [(True, 1200), (True, NARROW), (False, NARROW)], ids=["wide", "narrow", "no-scripts"]
)
def test_an_analyst_reads_a_chronology(
    shared_hub: HubUnderTest, opened: Opened, faults_of: Faults, shoot: Shoot, scripts: bool, width: int
) -> None:
    nhs = story(shared_hub)
    page = opened(ANALYST, scripts=scripts, width=width)

    def looked_at(name: str) -> None:
        shoot(page, f"{name}-{width}{'' if scripts else '-no-scripts'}")
        refuse_unless_whole(page, name)
        if scripts and (width > NARROW or name in CHECKED_NARROW):
            assert faults_of(page) == [], name

    page.goto("/")
    looked_at("start")
    page.goto("/work")
    looked_at("work")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what the information is for")
    looked_at("work-errors")
    begin(page)
    looked_at("find")
    look_for(page, nhs)
    looked_at("found")
    page.get_by_role("link", name="Ada Example", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(8)
    looked_at("chronology")
    for each in page.get_by_text("Why", exact=False).locator("xpath=ancestor::summary").all()[:3]:
        each.click()
    page.get_by_text("Filter, order and look at the past").click()
    looked_at("chronology-open")
    page.get_by_label("As at the end of").fill("2023-12-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("You are looking at the past.")).to_be_visible()
    looked_at("chronology-past")
    page.get_by_role("link", name="Which records are taken").click()
    looked_at("records")
    page.get_by_role("link", name="Back to the chronology").click()
    page.get_by_role("link", name="Which agencies have been shown").click()
    looked_at("shown")
    page.goto("/")
    looked_at("start-with-children")
    page.get_by_role("link", name="See what changed for them").click()
    expect(page.get_by_text("Nothing that you may see has changed")).to_be_visible()
    looked_at("changes")
    page.get_by_role("link", name="Ada Example", exact=True).click()
    page.get_by_role("link", name="Ask here").first.click()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Say in words what you ask for")
    looked_at("ask-errors")
    page.get_by_label("What do you ask for").fill("Please ring me about the visit")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("It has not answered yet.")).to_be_visible()
    looked_at("asked")
    page.goto("/work/AAAAAAAAAAAAAAAAAAAAAA")
    looked_at("not-there")


@pytest.mark.parametrize("width", [1200, NARROW])
def test_nothing_moves_by_itself_once_it_is_drawn(shared_hub: HubUnderTest, opened: Opened, width: int) -> None:
    nhs = story(shared_hub)
    page = opened(ANALYST, width=width)

    def refuse_moved(name: str) -> None:
        page.wait_for_load_state()
        assert page.evaluate("shifted") == 0, name

    for address in ("/", "/work", "/tasks"):
        page.goto(address)
        refuse_moved(address)
    begin(page)
    refuse_moved("find")
    look_for(page, nhs)
    refuse_moved("found")
    page.get_by_role("link", name="Ada Example", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(8)
    refuse_moved("chronology")


def test_many_tasks_are_turned_over_page_by_page(shared_hub: HubUnderTest, opened: Opened, looked_at: Shoot) -> None:
    for _ in range(27):
        ask(shared_hub, confided(shared_hub))
    page = opened(OWNER)
    page.goto("/")
    looked_at(page, "start-many-tasks")
    page.get_by_role("link", name="See all tasks").click()
    looked_at(page, "tasks-first-page")
    page.get_by_role("link", name="Next page").click()
    expect(page).to_have_title(re.compile(r"page 2 of"))
    looked_at(page, "tasks-second-page")
    expect(page.get_by_role("link", name="Previous page")).to_be_visible()


def test_an_owner_decides_and_an_emergency_is_marked(
    shared_hub: HubUnderTest, opened: Opened, faults_of: Faults, shoot: Shoot
) -> None:
    nhs = story(shared_hub)

    def looked_at(page: Page, name: str) -> None:
        shoot(page, name)
        assert faults_of(page) == [], name

    teacher = opened(TEACHER)
    begin(teacher)
    look_for(teacher, nhs)
    teacher.get_by_role("link", name="Ada Example", exact=True).click()
    looked_at(teacher, "chronology-in-part")
    teacher.get_by_text("Why", exact=False).locator("xpath=ancestor::summary").first.click()
    teacher.get_by_role("link", name="On a page of its own").first.click()
    teacher.set_viewport_size({"width": NARROW, "height": 900})
    looked_at(teacher, "why-320")
    refuse_unless_whole(teacher, "why")
    owner = opened("police.owner")
    owner.goto("/")
    owner.get_by_role("link", name="May these facets be shown").first.click()
    looked_at(owner, "task")
    owner.get_by_label("Do not release it").check()
    owner.get_by_label("Why do you decide so?").fill("A trial is under way")
    owner.get_by_role("button", name="Record my answer").click()
    expect(owner.get_by_role("alert")).to_contain_text("says until when")
    looked_at(owner, "task-errors")
    owner.get_by_label("Last day").fill("2024-02-01")
    owner.get_by_role("button", name="Record my answer").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your answer is recorded")
    officer = opened("police.officer")
    begin(officer, "Called to the address")
    look_for(officer, nhs)
    officer.get_by_role("link", name="Ada Example", exact=True).click()
    expect(officer.get_by_text("Suspected to be false: never")).to_be_visible()
    looked_at(officer, "chronology-doubtful")
    duty = opened("duty.worker")
    duty.goto("/emergency")
    duty.get_by_label("What is the danger").fill("Out on the roof")
    duty.get_by_label("I know that a second person").check()
    looked_at(duty, "emergency")
    duty.get_by_role("button", name="Begin emergency access").click()
    looked_at(duty, "emergency-banner")


def test_by_keyboard_alone_and_on_paper(shared_hub: HubUnderTest, opened: Opened) -> None:
    nhs = story(shared_hub)
    page = opened(ANALYST)
    begin(page, "Paper for the strategy discussion")
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(nhs)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ada Example", exact=True).focus()
    page.keyboard.press("Enter")
    mark = page.locator(".app-picture a").first
    page.wait_for_load_state()
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr:target")).to_have_count(1)
    paper = SHOTS / "chronology.pdf"
    paper.write_bytes(page.pdf(format="A4"))
    page.emulate_media(media="print")
    expect(page.locator(".app-print-footer")).to_contain_text("Paper for the strategy discussion")
    expect(page.locator(".app-print-footer")).to_contain_text("mash.analyst")
