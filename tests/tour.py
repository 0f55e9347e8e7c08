"""Walk the running demonstration as docs/tour.md leads, by the pages alone, and leave its pictures."""

import sys
import time
from pathlib import Path
from typing import Final

import typer
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

PICTURES: Final = Path(__file__).resolve().parents[1] / "docs" / "tour"
CHROMIUM: Final = "/usr/bin/chromium"
ADDRESS: Final = "http://127.0.0.1:8000"
_WINDOW: Final[ViewportSize] = {"width": 1100, "height": 800}
_REASON: Final = "Strategy discussion this afternoon: a bruise behind the ear"


def walk(browser: Browser, address: str) -> None:
    """Read a chronology as the analyst, see what the steward decides, and prove a decision as the auditor."""
    decision = _analyst(_signed_in(browser, address, "Asha Example"))
    _steward(_signed_in(browser, address, "Devi Fictional"))
    _auditor(_signed_in(browser, address, "Ali Imaginary"), decision)


def _signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(base_url=address, viewport=_WINDOW).new_page()
    page.goto("/")
    if name == "Asha Example":
        _shoot(page, "1-sign-in")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Start")
    return page


def _analyst(page: Page) -> str:
    """Find the child, look why something waits, ask; return the decision that the chronology left."""
    page.get_by_role("button", name="Find a child").click()
    page.get_by_label("What is the information for?").select_option("strategy-discussion")
    page.get_by_label("Red").check()
    page.get_by_label("Why do you need to know?").fill(_REASON)
    _shoot(page, "2-purpose")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Given name").fill("carys")
    page.get_by_label("Family name").fill("llyr sample")
    for field, value in (("Day", "14"), ("Month", "3"), ("Year", "2020")):
        page.get_by_label(field).fill(value)
    page.get_by_role("button", name="Find").click()
    _shoot(page, "3-possible-matches")
    page.get_by_role("link", name="Carys Llŷr-Sample", exact=True).click()
    _shoot(page, "4-chronology")
    page.locator("tr", has_text="A&E attendance").last.scroll_into_view_if_needed()
    _shoot(page, "5-corrected")
    decision = page.get_by_text("Recorded as decision").inner_text().split("decision ")[1].rstrip(".")
    page.get_by_text("this is not shown").first.locator("xpath=ancestor::summary").click()
    page.get_by_role("link", name="On a page of its own").first.click()
    page.get_by_label("What do you ask for").fill("We meet at four today. Please ring me on the MASH's number.")
    _shoot(page, "6-ask")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("It has not answered yet.")).to_be_visible()
    return decision


def _steward(page: Page) -> None:
    """Look at two records side by side that may be one child."""
    page.get_by_role("link", name="Records to put right").click()
    page.locator("a[href^='/steward/reviews/']", has_text="Llŷr-Sample").first.click()
    _shoot(page, "7-one-child")


def _auditor(page: Page, decision: str) -> None:
    """Open the analyst's decision, take it again, and look how the log stands."""
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("Why do you look?").fill("A complaint about the strategy discussion")
    page.get_by_label("Asked by the user").fill("mash.analyst")
    page.get_by_role("button", name="List decisions").click()
    page.locator("tr", has_text=decision[:8]).get_by_role("button", name="Open decision").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("The same to the byte")).to_be_visible()
    page.get_by_text("The same to the byte").scroll_into_view_if_needed()
    _shoot(page, "8-the-same")
    page.get_by_role("button", name="Who knew what of this child").click()
    expect(page.get_by_role("heading", name="Had asked and not been told").first).to_be_visible()
    _shoot(page, "9-who-knew")
    page.goto("/audit/log")
    _shoot(page, "10-log")


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    """Walk, and say how long the pages took."""
    PICTURES.mkdir(exist_ok=True)
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        walk(browser, sys.argv[1] if len(sys.argv) > 1 else ADDRESS)
        browser.close()
    typer.echo(f"Walked in {time.monotonic() - began:.0f} s, without the reading.")


if __name__ == "__main__":
    main()
