"""The analyst's and the auditor's story by keyboard alone: Tab to each thing, keys to use it, and no pointer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.hub_under_test import ANALYST, AUDITOR, HubUnderTest, new_nhs_number, told

pytestmark = pytest.mark.browser
Opened = Callable[..., Page]
# More than any of these pages has to stop at.
_MOST_STOPS = 120


def reach(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; fails where no number of presses leads there."""
    expect(target).to_be_visible()
    page.wait_for_load_state()
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            expect(target).to_be_in_viewport()
            return
    raise AssertionError(f"Tab does not lead to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach something and press a key on it."""
    reach(page, target)
    page.keyboard.press(key)


def write(page: Page, label: str, text: str) -> None:
    """Reach a field and type into it."""
    reach(page, page.get_by_label(label))
    page.keyboard.type(text)


def test_an_analyst_finds_reads_and_asks(shared_hub: HubUnderTest, opened: Opened) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("hospital-trust", told("KEY-1", "health-encounter", nhs=nhs, labels=["sexual-health"]))
    page = opened(ANALYST)
    page.goto("/")
    press(page, page.get_by_role("link", name="Find a child"))
    reach(page, page.get_by_label("What is the information for?"))
    page.keyboard.type("Enquiry into")
    reach(page, page.get_by_role("radio").first)
    for _ in range(10):
        if page.get_by_label("Amber").is_checked():
            break
        page.keyboard.press("ArrowDown")
    write(page, "Why do you need to know?", "Strategy discussion on Monday")
    press(page, page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Find a child")
    write(page, "NHS number, UPN", nhs)
    page.keyboard.press("Enter")
    press(page, page.get_by_role("link", name="Ada Example", exact=True))
    press(page, page.locator(".app-picture a").first)
    expect(page.locator("tr:target")).to_have_count(1)
    press(page, page.locator("tr:target summary").first)
    press(page, page.get_by_role("link", name="On a page of its own").first)
    write(page, "What do you ask for", "Please ring me about the visit")
    press(page, page.get_by_role("button", name="Ask", exact=True), "Space")
    expect(page.get_by_text("It has not answered yet.")).to_be_visible()
    press(page, page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_an_auditor_proves_a_decision(shared_hub: HubUnderTest, opened: Opened) -> None:
    shared_hub.chronology(shared_hub.hears("police", told("KEY-2")), ANALYST)
    page = opened(AUDITOR)
    page.goto("/")
    press(page, page.get_by_role("link", name="Audit", exact=True))
    press(page, page.get_by_role("button", name="List decisions"))
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    press(page, page.get_by_role("alert").get_by_role("link").first)
    expect(page.get_by_label("Why do you look?")).to_be_focused()
    page.keyboard.type("A complaint by the family")
    write(page, "Asked by the user", ANALYST)
    press(page, page.get_by_role("button", name="List decisions"))
    press(page, page.get_by_role("button", name="Open decision").first)
    expect(page.get_by_text("Hash of the answer")).to_be_visible()
    press(page, page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("The same to the byte")).to_be_visible()
    press(page, page.get_by_role("button", name="Who knew what of this child"))
    expect(page.get_by_role("heading", name="Had asked and not been told").first).to_be_visible()
