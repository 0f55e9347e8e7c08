"""The administrator's and the data steward's pages in a real browser, narrow and wide; each is checked for access."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub.contract.canonical import canonical
from tests.hub_under_test import STEWARD, HubUnderTest, told

pytestmark = pytest.mark.browser


def assert_nothing_is_behind_the_back_button(page: Page) -> None:
    """Pass if a browser asks the server again for what it showed before its user signed out."""
    page.goto("/administration/users")
    expect(page.get_by_text("Asha Example").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.route("**/administration/users", lambda route: route.fulfill(body="The server was asked."))
    page.go_back()
    expect(page.get_by_text("The server was asked.")).to_be_visible()
    expect(page.get_by_text("Asha Example")).to_have_count(0)


def test_the_desks_are_whole_at_every_width(
    shared_hub: HubUnderTest,
    opened: Callable[..., Page],
    looked_at: Callable[[Page, str], None],
) -> None:
    shared_hub.at_door("police", shared_hub.made("police", canonical(told("D-1", level=7, words="Heard shouting."))))
    for agency, reference in (("police", "D-2"), ("housing", "D-3")):
        shared_hub.hears(agency, told(reference, given="Gwenllian", family="Of-Desks", born="2013-10-21"))

    administrator = opened("administrator")
    administrator.goto("/")
    administrator.get_by_role("link", name="Administration").click()
    looked_at(administrator, "administration")
    administrator.get_by_role("link", name="Ridgemoor Police").click()
    administrator.get_by_role("button", name="Revoke this key").click()
    expect(administrator.get_by_role("alert")).to_contain_text("Choose a key")
    looked_at(administrator, "keys-errors")
    administrator.goto("/administration/users")
    administrator.get_by_role("button", name="Add").click()
    expect(administrator.get_by_role("alert")).to_contain_text("Give the user name")
    looked_at(administrator, "users-errors")
    shared_hub.clock.advance(shared_hub.settings.sign_in.again * 1.2)
    administrator.get_by_label("Why").fill("Has left the service")
    administrator.get_by_role("button", name="Remove").click()
    expect(administrator.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    expect(administrator.get_by_label("What you typed").last).to_have_value("Has left the service")
    expect(administrator.get_by_role("button", name="Sign in")).to_have_attribute(
        "href", "/sign-in?next=/administration/users&again=1"
    )
    looked_at(administrator, "sign-in-first")
    assert_nothing_is_behind_the_back_button(administrator)
    steward = opened(STEWARD, scripts=False)
    steward.goto("/")
    steward.get_by_role("link", name="Records to put right").click()
    scripted = opened(STEWARD)
    scripted.goto("/steward")
    looked_at(scripted, "steward")
    scripted.get_by_role("row").nth(1).get_by_role("link").click()
    scripted.get_by_label("See what it says").check()
    scripted.get_by_label("Why", exact=True).fill("The police ask")
    scripted.get_by_role("button", name="Continue").click()
    expect(scripted.get_by_label("The event, as JSON")).to_have_value(re.compile("Heard shouting"))
    looked_at(scripted, "kept")
    steward.get_by_role("link", name="Gwenllian").first.click()
    expect(steward.get_by_role("row")).to_have_count(4)
    scripted.goto(steward.url)
    looked_at(scripted, "identity-review")
    steward.get_by_label("Keep apart").check()
    steward.get_by_label("Why do you decide so?").fill("Two children of one name")
    steward.get_by_role("button", name="Record my decision").click()
    expect(steward.get_by_role("link", name="Gwenllian")).to_have_count(0)


def test_the_pages_of_the_policy_are_whole_at_every_width(
    opened: Callable[..., Page], looked_at: Callable[[Page, str], None]
) -> None:
    partner = opened("police.partner")
    partner.goto("/")
    partner.get_by_role("link", name="Policy", exact=True).click()
    looked_at(partner, "policy")
    partner.get_by_role("rowheader").first.get_by_role("link").click()
    looked_at(partner, "policy-version")
    version = partner.url
    partner.get_by_role("link", name="MASH analyst").click()
    expect(partner.get_by_role("heading", name="Who sees what: MASH analyst")).to_be_visible()
    looked_at(partner, "policy-seen")
    partner.goto(f"{version}/since/{version.rsplit('/', 1)[1]}")
    looked_at(partner, "policy-changes")
