"""The auditor's pages: find a decision, see why, take it again, take its evidence away, and who knew what."""

import io
import re
import zipfile

from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, STEWARD, TEACHER, HubUnderTest, asks, told
from tests.pages import browsing
from tests.web.test_hostile_pages import HOSTILE, assert_tame

WHY = "Quarterly check"


def test_an_auditor_finds_a_decision_takes_it_again_and_takes_its_evidence_away(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("schools-trust", told("AUD-1", family=HOSTILE, words=HOSTILE))
    shared_hub.chronology(child, ANALYST)
    shared_hub.chronology(child, HOUSING)
    decision = shared_hub.hub.decisions.about(child)[0]
    with browsing(shared_hub, AUDITOR) as auditor:
        auditor.get("/")
        auditor.opens("/audit")
        assert "Say in words why you look" in auditor.post("/audit", reason=" ", since="yesterday")
        assert "Write a day as" in auditor.text
        assert auditor.status == 400
        listed = auditor.post("/audit", reason=WHY, user=ANALYST, until="2099-01-01")
        assert f"/audit/decisions/{decision.id}" in listed
        page = f"/audit/decisions/{decision.id}"
        shown = auditor.post(page, reason=WHY, do="show")
        assert_tame(shown)
        rule = decision.outcomes[0].rules[0]
        assert f"{rule}: " in shown
        assert "Nobody else was shown any of these records" in shown
        shared_hub.hub.chronologies.read(child, asks(TEACHER, purpose="own-service"))
        assert re.search(r"Who else was shown.*school\.dsl, ", auditor.post(page, reason=WHY), re.DOTALL)
        assert "Hash of the answer" in shown
        before = shared_hub.events("DisclosureDecided")
        assert "The same to the byte" in auditor.post(page, reason=WHY, do="replay")
        assert shared_hub.events("DisclosureDecided") == before + 2
        assert "Say in words why" in auditor.post(page, reason="", do="replay")
        knew = auditor.post("/audit/child", reason=WHY, person=str(child))
        assert_tame(knew)
        assert re.search(r"Had asked and not been told.*1 not shown", knew, re.DOTALL)
        assert "Open the page from a decision" in auditor.post("/audit/child", reason=WHY, person=HOSTILE)
        auditor.get(page)
        token = auditor.token
        answer = auditor.client.post(page, data={"form_token": token, "reason": WHY, "do": "bundle"})
        assert "evidence-bundle.zip" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


def test_older_decisions_are_a_page_further(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("AUD-2"))
    for _ in range(27):
        shared_hub.chronology(child, STEWARD)
    with browsing(shared_hub, AUDITOR) as auditor:
        auditor.get("/audit")
        first = auditor.post("/audit", reason=WHY, user=STEWARD)
        before = re.search(r'name="before" value="(\d+)"', first)
        assert before is not None
        second = auditor.post("/audit", reason=WHY, user=STEWARD, before=before[1])
        pages = [re.findall(r"/audit/decisions/([0-9a-f-]{36})", each) for each in (first, second)]
        assert len(pages[0]) == 25
        assert len(pages[1]) >= 2
        assert not set(pages[0]) & set(pages[1])


def test_emergencies_stand_first_however_old(new_hub: HubUnderTest) -> None:
    child = new_hub.hears("police", told("AUD-3"))
    pressing = asks(ANALYST, purpose="emergency")
    urgent = [new_hub.hub.chronologies.read(child, pressing)["decision"] for _ in range(26)]
    later = [new_hub.chronology(child)["decision"] for _ in range(3)]
    with browsing(new_hub, AUDITOR) as auditor:
        auditor.get("/audit")
        first = auditor.post("/audit", reason=WHY)
        before = re.search(r'name="before" value="(\d+)"', first)
        assert before is not None
        second = auditor.post("/audit", reason=WHY, before=before[1])
    listed = [re.findall(r"/audit/decisions/([0-9a-f-]{36})", each) for each in (first, second)]
    assert listed[0] == urgent[:0:-1]
    assert listed[1][0] == urgent[0]
    assert [each for each in listed[1] if each in later] == later[::-1]
