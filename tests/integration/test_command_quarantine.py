"""`mash quarantine`: records needing correction are fixed, sent again or discarded, and all of that stays on record."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.broker.port import Message
from hub.contract.canonical import canonical
from hub.signing.credentials import new_credentials
from hub.signing.message import MessageWriter
from tests.hub_under_test import ANALYST, STEWARD, HubUnderTest, Mash, event_of, told

KEYS = {"id", "received_at", "agency", "topic", "partition", "offset", "reason", "sentence", "place", "state"}
GOOD = told("P-1", words="As corrected")


def off_the_scale(hub: HubUnderTest) -> Message:
    data = canonical(told("P-1", level=7, words="ZZMARKERZZ"))
    writer = MessageWriter(hub.hub.credentials("police"))
    return writer.write_data(
        data, "safeguarding-concern", "P-1", now=hub.clock.now(), recorded_at=hub.clock.now(), ce_id="off-1"
    )


def kept(hub: HubUnderTest, mash: Mash, message: Message) -> str:
    """Publish a message, take it in, and return the id under which it is kept aside."""
    hub.publishes("police", message)
    hub.takes_in()
    (only,) = mash("quarantine", "list", "--json").json["quarantine"]
    return str(only["id"])


def corrected(tmp_path: Path, data: Any = GOOD) -> str:
    file = tmp_path / "corrected.json"
    file.write_text(json.dumps(data))
    return str(file)


def listed(mash: Mash, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mash("quarantine", "list", "--json", *arguments).json["quarantine"]
    return found


def test_what_was_kept_aside_is_listed_with_its_reason_and_without_its_content(
    new_hub: HubUnderTest, mash: Mash
) -> None:
    kept(new_hub, mash, off_the_scale(new_hub))

    ((only,), shown) = listed(mash), mash("quarantine", "list")

    assert set(only) == KEYS
    assert (only["reason"], only["place"], only["state"]) == ("breaks-contract", "data.level", "open")
    assert (only["agency"], only["topic"]) == ("police", "mash.concerns.police")
    assert "A field is missing, unknown or not as the contract demands." in shown.out
    assert "ZZMARKERZZ" not in str(only) + shown.out


def test_fixed_and_sent_again_it_is_stored_under_its_own_id_and_its_history_stays(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))

    fixed = mash("quarantine", "fix", record, corrected(tmp_path), "--reason", "Level misread", "--json")
    resent = mash("quarantine", "resend", record[:8], "--reason", "Corrected with the officer", "--json")
    taken = new_hub.consumes()

    assert (fixed.json["state"], resent.json["state"]) == ("fixed", "resent")
    assert sum(taken.stored.values()) == 1
    assert [item["facets"]["narrative"] for item in new_hub.items(new_hub.person("police", "P-1"))] == ["As corrected"]
    assert listed(mash) == []
    shown = mash("quarantine", "show", record, "--json").json
    assert set(shown) == KEYS | {"steps"}
    assert [(step["step"], step["reason"]) for step in shown["steps"]] == [
        ("fixed", "Level misread"),
        ("resent", "Corrected with the officer"),
    ]
    assert [each["state"] for each in listed(mash, "--all")] == ["resent"]
    assert "Level misread" in mash("quarantine", "show", record).out


def test_sent_again_twice_is_refused_and_sent_by_both_is_stored_once(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))
    mash("quarantine", "fix", record, corrected(tmp_path), "--reason", "Level misread")

    first = mash("quarantine", "resend", record, "--reason", "Sent again")
    again = mash("quarantine", "resend", record, "--reason", "Sent again", "--json")

    assert first.status == 0
    assert (again.status, again.error["code"]) == (1, "record-closed")
    assert sum(new_hub.takes_in().stored.values()) == 1


def test_a_fix_that_breaks_the_contract_is_refused_and_not_kept(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))

    for data, code in ((told("P-1", level=9), "breaks-contract"), ([1], "breaks-contract")):
        ran = mash("quarantine", "fix", record, corrected(tmp_path, data), "--reason", "Try", "--json")
        assert (ran.status, ran.error["code"]) == (1, code)
    (tmp_path / "torn.json").write_text('{"occurred"')
    torn = mash("quarantine", "fix", record, str(tmp_path / "torn.json"), "--reason", "Try", "--json")
    assert (torn.status, torn.error["code"]) == (1, "not-json")
    assert mash("quarantine", "show", record, "--json").json["steps"] == []


def test_a_key_registered_late_makes_the_same_message_good(new_hub: HubUnderTest, mash: Mash) -> None:
    own = new_credentials("police", new_hub.hub.credentials("police").hub)
    message = MessageWriter(own).write(
        event_of(told("P-late")), now=new_hub.clock.now(), recorded_at=new_hub.clock.now(), ce_id="late-key"
    )
    record = kept(new_hub, mash, message)
    new_hub.hub.directory.register_key("police", own.key_id, own.public, by="tester")

    mash("quarantine", "resend", record, "--reason", "The key is registered now")

    assert sum(new_hub.takes_in().stored.values()) == 1


def test_a_conflict_that_is_fixed_becomes_a_record_of_its_own(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    new_hub.at_door("police", new_hub.message("police", told("P-1", words="First"), ce_id="same"))
    record = kept(new_hub, mash, new_hub.message("police", told("P-1", words="Other"), ce_id="same"))

    mash("quarantine", "fix", record, corrected(tmp_path), "--reason", "A second incident after all")
    mash("quarantine", "resend", record, "--reason", "Sent again")
    taken = new_hub.consumes()

    assert sum(taken.stored.values()) == 1
    words = sorted(item["facets"]["narrative"] for item in new_hub.items(new_hub.person("police", "P-1")))
    assert words == ["As corrected", "First"]


def test_a_forgery_sent_again_as_it_came_is_kept_aside_again(new_hub: HubUnderTest, mash: Mash) -> None:
    forged = replace(off_the_scale(new_hub), value=b"x" * 64)
    record = kept(new_hub, mash, forged)

    mash("quarantine", "resend", record, "--reason", "Try")
    new_hub.takes_in()

    assert [each["reason"] for each in listed(mash, "--all")] == ["wrong-signature", "wrong-signature"]
    assert new_hub.events("safeguarding-concern") == 0


def test_discarding_needs_a_reason_and_stays_on_record(new_hub: HubUnderTest, mash: Mash) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))

    without = mash("quarantine", "discard", record, "--reason", " 1 ", "--json")
    missing = mash("quarantine", "discard", record, "--json")
    discarded = mash("quarantine", "discard", record, "--reason", "A test of theirs", "--json")

    assert (without.status, without.error["code"]) == (2, "no-reason")
    assert (missing.status, missing.error["code"]) == (2, "usage")
    assert discarded.json == {"id": record, "state": "discarded"}
    (only,) = listed(mash, "--all")
    assert only["state"] == "discarded"
    steps = mash("quarantine", "show", record, "--json").json["steps"]
    assert [(step["step"], step["reason"]) for step in steps] == [("discarded", "A test of theirs")]


@pytest.mark.parametrize("step", ["fix", "resend", "discard"])
def test_what_is_closed_stays_closed(new_hub: HubUnderTest, mash: Mash, tmp_path: Path, step: str) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))
    mash("quarantine", "discard", record, "--reason", "A test of theirs")

    file = [corrected(tmp_path)] if step == "fix" else []
    ran = mash("quarantine", step, record, *file, "--reason", "After all", "--json")

    assert (ran.status, ran.error["code"]) == (1, "record-closed")


def test_nothing_is_sent_without_a_reason(new_hub: HubUnderTest, mash: Mash) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))

    ran = mash("quarantine", "resend", record, "--reason", "", "--json")

    assert (ran.status, ran.error["code"]) == (2, "no-reason")
    assert sum(new_hub.takes_in().quarantined.values()) == 0
    assert [each["state"] for each in listed(mash)] == ["open"]


@pytest.mark.parametrize(("start", "code"), [("", "id-too-short"), ("ab", "id-too-short"), ("zzzz", "unknown-record")])
def test_an_empty_word_never_stands_for_the_only_record(
    new_hub: HubUnderTest, mash: Mash, start: str, code: str
) -> None:
    kept(new_hub, mash, off_the_scale(new_hub))

    ran = mash("quarantine", "discard", start, "--reason", "Gone", "--json")

    assert (ran.status, ran.error["code"]) == (2, code)
    assert [each["state"] for each in listed(mash)] == ["open"]


def test_its_content_is_for_a_steward_with_a_reason(new_hub: HubUnderTest, mash: Mash) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))
    look = ("quarantine", "show", record, "--content", "--json")

    assert mash(*look).error["code"] == "usage"
    assert mash(*look, "--as", STEWARD).error["code"] == "no-reason"
    assert mash(*look, "--as", ANALYST, "--reason", "Curious").error["code"] == "not-a-steward"
    shown = mash(*look, "--as", STEWARD, "--reason", "To correct it")
    assert shown.json["content"]["data"]["narrative"] == "ZZMARKERZZ"


def test_content_that_cannot_be_opened_says_so(new_hub: HubUnderTest, mash: Mash) -> None:
    record = kept(new_hub, mash, replace(off_the_scale(new_hub), value=b"x" * 64))

    ran = mash("quarantine", "show", record, "--content", "--as", STEWARD, "--reason", "To correct it", "--json")

    assert (ran.status, ran.out, ran.error["code"]) == (1, "", "wrong-signature")


def test_a_fix_keeps_when_the_agency_recorded_it(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    record = kept(new_hub, mash, off_the_scale(new_hub))
    mash("quarantine", "fix", record, corrected(tmp_path), "--reason", "Level misread")
    mash("quarantine", "resend", record, "--reason", "Sent again")
    new_hub.consumes()

    (stored,) = [event for event in new_hub.hub.log.after(0, 1000) if event.type == "safeguarding-concern"]
    child = stored.parts["child"]
    assert child is not None
    assert child["when"]["recorded"] == new_hub.clock.now().isoformat()
    assert child["origin"]["ce_id"] == "off-1"
