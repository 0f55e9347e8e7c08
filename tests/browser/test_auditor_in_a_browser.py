"""The auditor's story in a real browser: find a decision, take it again, see who knew what; all checked for access."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from hub.application.verifying import verify_log
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, told

pytestmark = pytest.mark.browser
WHY = "Quarterly check of the MASH"
RULE = """@id("draft-nothing") @authority("A draft") @reason("The MASH would see nothing.") @facets("all")
forbid (principal, action, resource) when { context.purpose == Purpose::"s47" };"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_auditor_takes_a_decision_again(
    shared_hub: HubUnderTest,
    opened: Callable[..., Page],
    looked_at: Callable[[Page, str], None],
    scripts: bool,
) -> None:
    child = shared_hub.hears("police", told(f"A-{scripts}", words="Heard shouting."))
    shared_hub.chronology(child, HOUSING)
    shared_hub.chronology(child, ANALYST)

    def look(page: Page, name: str) -> None:
        if scripts:
            looked_at(page, name)

    auditor = opened(AUDITOR, scripts=scripts)
    auditor.goto("/")
    auditor.get_by_role("link", name="Audit", exact=True).click()
    auditor.get_by_role("button", name="List decisions").click()
    expect(auditor.get_by_role("alert")).to_contain_text("why you look")
    look(auditor, "audit-errors")
    auditor.get_by_label("Why do you look?").fill(WHY)
    auditor.get_by_label("Asked by the user").fill(ANALYST)
    auditor.get_by_role("button", name="List decisions").click()
    expect(auditor.get_by_role("rowheader").first).to_be_visible()
    look(auditor, "audit")
    auditor.get_by_role("button", name="Open decision").first.click()
    expect(auditor.get_by_text("Hash of the answer")).to_be_visible()
    look(auditor, "decision")
    auditor.get_by_role("button", name="Continue").click()
    expect(auditor.get_by_text("The same to the byte")).to_be_visible()
    look(auditor, "decision-again")
    auditor.get_by_role("button", name="Who knew what of this child").click()
    expect(auditor.get_by_role("heading", name="Had asked and not been told").first).to_be_visible()
    look(auditor, "who-knew")


def test_the_pages_over_the_whole_hub_are_whole_at_every_width(
    shared_hub: HubUnderTest, opened: Callable[..., Page], looked_at: Callable[[Page, str], None]
) -> None:
    child = shared_hub.hears("police", told("A-WHOLE"))
    shared_hub.chronology(child, ANALYST)
    shared_hub.clock.advance(timedelta(days=40))
    shared_hub.hub.tree.grow()
    shared_hub.hub.tree.checkpoint()
    shared_hub.hub.verifications.record(verify_log(shared_hub.hub.tree), by="operator")
    auditor = opened(AUDITOR)
    auditor.goto("/audit")
    auditor.get_by_role("link", name="How the log stands").click()
    expect(auditor.get_by_text("Nothing wrong was found.")).to_be_visible()
    looked_at(auditor, "log-health")
    auditor.goto("/audit/misuse")
    auditor.get_by_role("button", name="List alerts").click()
    expect(auditor.get_by_role("alert")).to_contain_text("why you look")
    auditor.get_by_label("Why do you look?").fill(WHY)
    auditor.get_by_role("button", name="List alerts").click()
    expect(auditor.get_by_role("button", name="Uphold").first).to_be_visible()
    looked_at(auditor, "misuse")
    auditor.goto("/audit/report")
    auditor.get_by_label("Why do you look?").fill(WHY)
    auditor.get_by_role("button", name="Show the report").click()
    expect(auditor.get_by_text("Records by kind of question")).to_be_visible()
    looked_at(auditor, "report")
    auditor.goto("/audit/impact")
    auditor.get_by_label("Why do you look?").fill(WHY)
    auditor.get_by_label("With one more rule").fill(RULE)
    auditor.get_by_role("button", name="Try it").click()
    expect(auditor.get_by_role("heading", name="What came of it")).to_be_visible()
    looked_at(auditor, "impact")
