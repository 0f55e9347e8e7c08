"""The auditor's pages over the whole hub: how the log stands, what looks like misuse, and a report in counts."""

import csv
import io
import re
from datetime import timedelta

from hub.application.verifying import verify_log
from tests.hub_under_test import ANALYST, AUDITOR, HubUnderTest, asks, told
from tests.pages import browsing

WHY = "Quarterly check"


def test_an_auditor_judges_an_alert_takes_a_report_away_and_sees_how_the_log_stands(new_hub: HubUnderTest) -> None:
    child = new_hub.hears("police", told("OVER-1"))
    new_hub.chronology(child, ANALYST)
    new_hub.hub.chronologies.read(child, asks(ANALYST, reason="Looked in the evening"))
    new_hub.clock.advance(timedelta(days=40))
    with browsing(new_hub, AUDITOR) as auditor:
        auditor.get("/audit")
        assert "not verified yet" in auditor.opens("/audit/log")
        new_hub.hub.tree.grow()
        new_hub.hub.tree.checkpoint()
        new_hub.hub.verifications.record(verify_log(new_hub.hub.tree), by="operator")
        stands = auditor.get("/audit/log")
        assert "Nothing wrong was found." in stands
        assert "by operator" in stands
        assert str(new_hub.hub.tree.key.verifier).split("+")[0] in stands
        assert "No witness cosigns this log" in stands
        auditor.get("/audit/misuse")
        assert "Say in words why you look" in auditor.post("/audit/misuse", reason="", until="soon")
        assert "Write a day as" in auditor.text
        at_length = "Asked by the board, " * 20 + "again."
        assert f'name="reason" value="{at_length}"' in auditor.post("/audit/misuse", reason=at_length)
        listed = auditor.post("/audit/misuse", reason=WHY)
        assert "nothing recorded within four weeks" in listed
        found = re.search(r'name="alert" value="([0-9a-f-]{36})"', listed)
        assert found is not None
        for fields in ({"alert": found[1]}, {"alert": "x", "upheld": "yes"}):
            auditor.post("/audit/misuse/judge", reason=WHY, **fields)
            assert auditor.status == 400
        assert new_hub.events("MisuseAlertJudged") == 0
        judged = auditor.post("/audit/misuse/judge", reason="She was on leave", alert=found[1], upheld="yes")
        assert "not upheld" not in judged
        assert new_hub.events("MisuseAlertJudged") == 1
        assert "judged already" in auditor.post("/audit/misuse/judge", reason=WHY, alert=found[1], upheld="no")
        auditor.get("/audit/report")
        inside = auditor.post("/audit/report", reason=WHY)
        assert "Records by kind of question" in inside
        for words in ("Enquiry into significant harm", "Ridgemoor Council", "Alert judged", "Policy version activated"):
            assert words in inside
        outside = auditor.post("/audit/report", reason=WHY, external="yes", since="2020-01-01")
        assert "fewer than 10" in outside
        auditor.post("/audit/report", reason=WHY, do="csv")
        assert auditor.headers["content-disposition"] == 'attachment; filename="audit-report.csv"'
        assert auditor.headers["cache-control"] == "no-store"
        rows = list(csv.reader(io.StringIO(auditor.text)))
        assert rows[0] == ["table", "what", "count"]
        assert ["kinds", "chronology", "2"] in rows
        assert auditor.post("/audit/report", reason=" ", do="csv").startswith("<!DOCTYPE")


RULE = """@id("draft-nothing-for-the-mash")
@authority("A draft")
@reason("The MASH would see nothing.")
@facets("all")
forbid (principal, action, resource) when { context.purpose == Purpose::"s47" };
"""


def test_an_auditor_tries_another_policy_on_what_was_decided(new_hub: HubUnderTest) -> None:
    child = new_hub.hears("police", told("TRY-1", words="On the stairs"))
    answer = new_hub.chronology(child, ANALYST)
    (version,) = new_hub.hub.policy_versions.as_json()
    before = new_hub.events("DisclosureDecided")
    with browsing(new_hub, AUDITOR) as auditor:
        assert "/audit/impact" in auditor.get("/audit")
        assert version["version"][:12] in auditor.get("/audit/impact")
        assert "Say in words why you look" in auditor.post("/audit/impact", reason="", law="soon")
        assert "The rule is not in order" in auditor.post("/audit/impact", reason=WHY, rule="permit everything")
        assert "policy versions start so" in auditor.post("/audit/impact", reason=WHY, version="0" * 64)
        assert "No verdict changes." in auditor.post("/audit/impact", reason=WHY, version=version["version"])
        assert new_hub.events("DisclosureDecided") == before + 1
        tried = auditor.post("/audit/impact", reason=WHY, rule=RULE, since="2020-01-01")
        assert "The MASH would see nothing." in tried
        assert f"/audit/decisions/{answer['decision']}" in tried
        assert "TRY-1" not in tried
        assert "stairs" not in tried
        assert re.search(r"Children</th>.*?Less </span><svg[^>]*>.*?</svg> 1</td>", tried, re.DOTALL)
