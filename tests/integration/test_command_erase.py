"""`mash erase` and `mash hold`: every step from the request to the deed, and what is typed wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from hub.application.directory import ERASURE_WAITING_DAYS
from tests.hub_under_test import HubUnderTest, Mash, told

WHY = ("--reason", "Stored unlawfully", "--json")
LAW = ("--authority", "UK GDPR article 17(1)(d)")
AUDIT = ("--as", "auditor", "--reason", "Yearly check", "--json")


@pytest.fixture
def child(new_hub: HubUnderTest, mash: Mash) -> str:
    """A child of a hub in which two agencies have a Caldicott guardian."""
    for user, agency in (("g.police", "police"), ("g.other", "police"), ("g.health", "hospital-trust")):
        added = mash("user", "add", user, "--name", "G", "--agency", agency, "--role", "caldicott-guardian")
        assert added.status == 0
    return str(new_hub.hears("police", told("P-1", words="On the stairs")))


def test_a_child_is_erased_from_request_to_deed(new_hub: HubUnderTest, mash: Mash, child: str) -> None:
    asked = mash("erase", "request", child, "--as", "g.police", *LAW, *WHY)
    erasure = asked.json["erasure"]
    same = mash("erase", "approve", erasure, "--as", "g.other", *WHY)
    approved = mash("erase", "approve", erasure[:8], "--as", "g.health", *WHY)
    early = mash("erase", "carry-out", "--json")

    assert (asked.status, same.status, same.error["code"]) == (0, 1, "same-agency")
    due = datetime.fromisoformat(approved.json["due"])
    assert timedelta(days=ERASURE_WAITING_DAYS - 1) < due - datetime.now(UTC) <= timedelta(days=ERASURE_WAITING_DAYS)
    assert (early.status, early.json) == (0, {"erasures": []})
    (listed,) = mash("erase", "list", *AUDIT).json["erasures"]
    assert (listed["state"], listed["records"], listed["person"], listed["held"]) == ("waiting", 1, child, False)
    assert (listed["requested"]["agency"], listed["approved"]["agency"]) == ("police", "hospital-trust")

    new_hub.clock.at = due
    assert [each.records for each in new_hub.hub.carrying_out().carry_out(by="tester")] == [1]

    (listed,) = mash("erase", "list", *AUDIT).json["erasures"]
    assert listed["state"] == "carried-out"
    assert mash("log", "verify").status == 0


def test_a_hold_from_adding_to_ending(mash: Mash, child: str) -> None:
    held = mash("hold", "add", "--record", "police/P-1", "--until", "2099-12-31", "--as", "g.health", *WHY)
    refused = mash("erase", "request", child, "--as", "g.police", *LAW, *WHY)
    (listed,) = mash("hold", "list", *AUDIT).json["holds"]
    others = mash("hold", "end", held.json["hold"], "--as", "g.police", *WHY)
    ended = mash("hold", "end", held.json["hold"], "--as", "g.health", *WHY)

    assert (refused.status, refused.error["code"]) == (1, "legal-hold")
    assert (listed["stands"], listed["owner"], listed["until"]) == (True, "g.health", "2099-12-31")
    assert (others.error["code"], ended.status) == ("others-hold", 0)
    asked = mash("erase", "request", child, "--as", "g.police", *LAW, *WHY)
    assert mash("erase", "refuse", asked.json["erasure"], "--as", "g.health", *WHY).status == 0
    assert "refused" in mash("erase", "list", "--as", "auditor", "--reason", "Yearly check").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("erase", "request", "--as", "g.police", *LAW), "which-records"),
        (("erase", "request", "x", "--as", "g.police", *LAW), "bad-person"),
        (("erase", "request", "--record", "police", "--as", "g.police", *LAW), "bad-record"),
        (("erase", "request", "--record", "police/P-0", "--as", "g.police", *LAW), "unknown-record"),
        (("erase", "approve", "0000", "--as", "g.police"), "unknown-erasure"),
        (("erase", "approve", "", "--as", "g.police"), "id-too-short"),
        (("hold", "add", "--record", "police/P-1", "--until", "soon", "--as", "g.police"), "bad-date"),
        (("hold", "end", "0000", "--as", "g.police"), "unknown-hold"),
    ],
)
@pytest.mark.usefixtures("child")
def test_what_is_typed_wrong_is_said(mash: Mash, arguments: tuple[str, ...], code: str) -> None:
    ran = mash(*arguments, *WHY)
    assert (ran.status, ran.error["code"]) == (2, code)


def test_the_waiting_time_is_the_partnerships(mash: Mash, child: str, tmp_path: Path) -> None:
    file = tmp_path / "partnership.yaml"
    agencies = [{"id": "police", "kind": "police", "name": "Ridgemoor Police"}]
    file.write_text(yaml.safe_dump({"name": "Ridgemoor", "agencies": agencies, "erasure_waiting_days": 30}))
    assert mash("init", str(file)).status == 0
    erasure = mash("erase", "request", child, "--as", "g.police", *LAW, *WHY).json["erasure"]
    due = datetime.fromisoformat(mash("erase", "approve", erasure, "--as", "g.health", *WHY).json["due"])
    assert (due - datetime.now(UTC)).days == 29


def keeps(mash: Mash, folder: Path, *rules: dict[str, object]) -> int:
    """Give the partnership a table of retention."""
    agencies = [{"id": "police", "kind": "police", "name": "Ridgemoor Police"}]
    file = folder / "table.yaml"
    file.write_text(yaml.safe_dump({"name": "Ridgemoor", "agencies": agencies, "retention": list(rules)}))
    return mash("init", str(file), "--json").status


def rule(*types: str, years: int = 0, counted_from: str = "known") -> dict[str, object]:
    return {"types": [*types], "years": years, "counted_from": counted_from, "authority": "Schedule 4.2 of Ridgemoor"}


def test_what_was_kept_for_long_enough_is_asked_for_by_the_table(
    new_hub: HubUnderTest, mash: Mash, child: str, tmp_path: Path
) -> None:
    for reference, kind in (("P-mixed", "police-incident"), ("P-mixed", "referral"), ("P-held", "police-incident")):
        new_hub.hears("police", told(reference, kind, family=reference[2:], born="2015-01-01"))
    new_hub.hears("housing", told("HO-1", "police-incident", family="Elsewhere", born=None))
    due = ("erase", "due", "--as", "g.police", *WHY)
    assert mash(*due).json["due"] == []
    assert keeps(mash, tmp_path, rule("police-incident")) == 0
    assert [each["agency"] for each in mash(*due).json["due"]] == ["police", "housing"]
    assert (
        mash("hold", "add", "--record", "police/P-held", "--until", "2099-12-31", "--as", "g.health", *WHY).status == 0
    )
    listed = mash(*due).json["due"]
    assert [(each["agency"], each["events"], each["authority"]) for each in listed] == [
        ("housing", 1, "Schedule 4.2 of Ridgemoor")
    ]  # fmt: skip

    asked = mash("erase", "request-due", "--as", "g.police", *WHY).json["erasures"]
    assert len(asked) == 1
    assert mash(*due).json["due"] == []
    assert mash("erase", "approve-all", "retention", "--as", "g.other", *WHY).json["erasures"] == []
    assert mash("erase", "approve-all", "purge", "--as", "g.health", *WHY).json["erasures"] == []
    assert mash("erase", "approve-all", "retention", "--as", "g.health", *WHY).json["erasures"] == asked
    assert mash("erase", "approve-all", "decision", "--as", "g.health", *WHY).error["code"] == "which-erasures"
    new_hub.clock.at = datetime.now(UTC) + timedelta(days=ERASURE_WAITING_DAYS + 1)
    assert len(new_hub.hub.carrying_out().carry_out(by="tester")) == 1
    assert {each["cause"] for each in mash("erase", "list", *AUDIT).json["erasures"]} == {"retention"}
    assert len(new_hub.items(UUID(child))) == 1


@pytest.mark.parametrize("fault", [rule("police-incident", "no-such"), rule("police-incident", years=-1)])
def test_a_table_that_cannot_be_kept_is_refused(mash: Mash, tmp_path: Path, fault: dict[str, object]) -> None:
    assert keeps(mash, tmp_path, fault) == 2
    assert keeps(mash, tmp_path, rule("referral"), rule("referral", years=3)) == 2
