"""`mash audit report`: counts of a period for people and spreadsheets."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from hub.application.audit_report import _rounded
from hub.application.reads import Period
from hub.application.report_cells import csv_of
from hub.application.review_desk import Answering
from hub.command_line.report_files import page_of_report
from hub.errors import RefusedError
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, Mash, asks, told
from tests.reviews import DUTY, GUARDIAN, ask, on_monday, waiting

AS = ("--as", AUDITOR, "--reason", "Yearly report")


def test_a_period_is_counted_and_written(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    child = new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    new_hub.chronology(child)
    new_hub.chronology(child, HOUSING)
    new_hub.hub.chronologies.read(child, asks(ANALYST, purpose="emergency"))
    with pytest.raises(RefusedError):
        new_hub.hub.chronologies.read(child, asks(ANALYST, purpose="Ada Example"))
    assert mash("log", "verify").status == 0
    page, table = tmp_path / "report.html", tmp_path / "report.csv"
    told_of = mash("audit", "report", *AS, "--html", str(page), "--csv", str(table), "--json").json["tables"]

    assert told_of["kinds"] == {"chronology": 4}
    assert told_of["purposes"] == {"emergency": 1, "not a purpose": 1, "s47": 2}
    assert told_of["refusals"] == {"unknown-purpose": 1}
    assert told_of["agencies"] == {"childrens-social-care": 3, "housing": 1}
    assert told_of["emergencies"] == {"childrens-social-care": 1}
    assert told_of["policy_changes"]["PolicyVersionActivated"] == 1
    assert told_of["erasures"] == {}
    assert told_of["verifications"] == {"nothing wrong": 1}
    assert ["kinds", "chronology", "4"] in list(csv.reader(table.read_text().splitlines()))
    assert "housing" in page.read_text()
    assert "stairs" not in page.read_text() + table.read_text()
    assert mash("audit", "report", *AS).status == 0


def test_how_soon_people_answered_is_told(new_hub: HubUnderTest) -> None:
    on_monday(new_hub)
    child = new_hub.hears("police", told("P-2"))
    for hours, answer in ((2, "justified"), (50, "not-justified")):
        ask(new_hub, child, DUTY, "emergency")
        new_hub.clock.advance(timedelta(hours=hours))
        (second,) = [each for each in waiting(new_hub, GUARDIAN) if each["kind"] == "second-look"]
        asked = asks(GUARDIAN, purpose="own-service")
        new_hub.hub.review_desk.answer(second["id"], Answering(answer), asked)
    tables = new_hub.hub.audit_report.report(asks(AUDITOR, purpose="audit"), Period())["tables"]

    assert tables["emergency_reviews"] == {"justified": 1, "not-justified": 1}
    assert tables["response_times"]["4 hours or less"] == 1
    assert tables["response_times"]["3 days or less"] == 1
    assert tables["response_times"]["not answered yet, and overdue"] >= 1


def test_small_numbers_do_not_leave_the_hub(new_hub: HubUnderTest, mash: Mash) -> None:
    child = new_hub.hears("police", told("P-1"))
    new_hub.chronology(child)
    outside = mash("audit", "report", *AS, "--external", "--json").json

    assert outside["tables"]["kinds"] == {"chronology": None}
    assert [_rounded(count) for count in (1, 9, 10, 12, 13, 100)] == [None, None, 10, 10, 15, 100]


def test_a_name_is_never_a_formula_nor_markup() -> None:
    report = {"since": None, "until": None, "tables": {"refusals": {"=1+1": 1, "<b>": None}}}
    assert "'=1+1" in csv_of(report)
    assert "&lt;b&gt;<td>fewer than 10" in page_of_report(report)


@pytest.mark.parametrize("viewer", [ANALYST, HOUSING])
def test_nobody_but_an_auditor_may_have_it(new_hub: HubUnderTest, mash: Mash, viewer: str) -> None:
    refused = mash("audit", "report", "--as", viewer, "--reason", "Curious", "--json")
    assert (refused.status, refused.error["code"]) == (1, "not-an-auditor")
    assert new_hub.hub.decisions.newest(1)[0].refusal == "not-an-auditor"
