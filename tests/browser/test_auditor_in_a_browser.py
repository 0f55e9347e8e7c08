"""The auditor's story in a real browser: find a decision, take it again, see who knew what; all checked for access."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, told

pytestmark = pytest.mark.browser
WIDE, NARROW = 1200, 320
WHY = "Quarterly check of the MASH"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_auditor_takes_a_decision_again(
    shared_hub: HubUnderTest,
    opened: Callable[..., Page],
    faults_of: Callable[[Page], list[Any]],
    shoot: Callable[[Page, str], None],
    scripts: bool,
) -> None:
    child = shared_hub.hears("police", told(f"A-{scripts}", words="Heard shouting."))
    shared_hub.chronology(child, HOUSING)
    shared_hub.chronology(child, ANALYST)

    def looked_at(page: Page, name: str) -> None:
        for width in (NARROW, WIDE) if scripts else ():
            page.set_viewport_size({"width": width, "height": 900})
            shoot(page, f"{name}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert width > NARROW or faults_of(page) == [], name

    auditor = opened(AUDITOR, scripts=scripts)
    auditor.goto("/")
    auditor.get_by_role("link", name="Audit", exact=True).click()
    auditor.get_by_role("button", name="List decisions").click()
    expect(auditor.get_by_role("alert")).to_contain_text("why you look")
    looked_at(auditor, "audit-errors")
    auditor.get_by_label("Why do you look?").fill(WHY)
    auditor.get_by_label("Asked by the user").fill(ANALYST)
    auditor.get_by_role("button", name="List decisions").click()
    expect(auditor.get_by_role("rowheader").first).to_be_visible()
    looked_at(auditor, "audit")
    auditor.get_by_role("button", name="Open decision").first.click()
    expect(auditor.get_by_text("Hash of the answer")).to_be_visible()
    looked_at(auditor, "decision")
    auditor.get_by_role("button", name="Continue").click()
    expect(auditor.get_by_text("The same to the byte")).to_be_visible()
    looked_at(auditor, "decision-again")
    auditor.get_by_role("button", name="Who knew what of this child").click()
    expect(auditor.get_by_role("heading", name="Had asked and not been told").first).to_be_visible()
    looked_at(auditor, "who-knew")
