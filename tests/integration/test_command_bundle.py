"""`mash audit bundle`: what was shown of a child, proved to somebody without a hub; every changed byte is found."""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from hub.application.decisions import AUDIT_PART, BASIS_PART, DECISION_SECTION, DECISIONS_TAG, SHOWN_PART, VERSION
from hub.contract.canonical import canonical
from hub.contract.ids import event_id
from hub.errors import HubError
from hub.events.decisions import SHOWN_FIELDS, DisclosureDecided
from hub.events.directory import AgreementMade
from hub.proof import verify_bundle as carried
from hub.proof.archive import pack, unpack
from hub.proof.bundle import verify_bundle
from hub.proof.files import read_key
from hub.proof.note import SIGNED, Note, SigningKey, read_verifier_key
from hub.proof.witness import Witness
from hub.proof.witness_http import LOOPBACK, witness_server
from hub.store.mapper import DraftEvent, DraftPart
from tests.bundles import fault
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    HOUSING,
    TEACHER,
    HubUnderTest,
    Mash,
    asks,
    day,
    new_nhs_number,
    told,
)

AS = ("--as", AUDITOR, "--reason", "Practice review 3")
WORDS = "Seen on the <b>stairs</b>"


@dataclass(frozen=True)
class Made:
    """A bundle, the log's key, and the decision that it is of."""

    raw: bytes
    key: SigningKey
    decision: str
    child: UUID


def bundle_of(mash: Mash, decision: str, file: Path) -> bytes:
    ran = mash("audit", "bundle", decision, "-o", str(file), *AS, "--json")
    assert ran.status == 0, ran.err
    assert ran.json == {"file": str(file), "bytes": file.stat().st_size}
    return file.read_bytes()


@pytest.fixture
def made(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> Made:
    """The bundle of an analyst's look at a child of whom the police wrote twice, once naming the mother."""
    child = new_hub.hears(
        "police",
        told("P-1", words=WORDS, others=[{"kind": "parent-or-carer", "reference": "P-2"}]),
    )
    new_hub.hears("police", told("P-1", on="2023-12-24", detail={"type": "safeguarding-concern"}))
    decision = new_hub.chronology(child)["decision"]
    raw = bundle_of(mash, decision, tmp_path / "made.zip")
    return Made(raw, read_key(new_hub.settings.log_key), decision, child)


def signed_again(made: Made, members: Mapping[str, bytes], key: SigningKey) -> bytes:
    """Return a bundle of other members with a manifest that fits them, as only the log's keeper can sign it."""
    rest = {name: content for name, content in members.items() if name != "manifest"}
    lines = [f"{hashlib.sha256(content).hexdigest()} {name}\n" for name, content in rest.items()]
    text = f"mash-hub evidence bundle v1\ndecision {made.decision}\n{''.join(lines)}"
    return pack({"manifest": str(Note(text, (key.line(text),))).encode(), **rest})


def test_both_verifiers_believe_it(made: Made, mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "made.zip"
    ours = mash("audit", "verify-bundle", str(file), "--log-key", str(made.key.verifier), "--json").json
    theirs = carried.verify(made.raw, str(made.key.verifier))

    assert (ours["decision"], ours["items"], ours["log"]) == (made.decision, 2, made.key.name)
    assert theirs[0].startswith(f"Decision {made.decision}: 2 items")
    assert mash("audit", "verify-bundle", str(file)).status == 0


def test_it_holds_what_was_shown_and_the_page_is_escaped(made: Made) -> None:
    members = unpack(made.raw)
    items = [json.loads(content) for name, content in members.items() if name.startswith("items/")]
    openings = json.loads(members["bundle.json"])["openings"]
    page = members["index.html"].decode()

    assert WORDS in [item["facets"]["narrative"] for item in items]
    assert WORDS in [json.loads(each["value"]).get("text") for each in openings if each["section"] == "narrative"]
    assert "Seen on the &lt;b&gt;stairs&lt;/b&gt;" in page
    assert WORDS not in page
    assert {"shown", "audit", "fact", "child"} <= {each["part"] for each in openings}
    assert not {"subject", "origin", "sharing"} & {each["section"] for each in openings}
    opened = {(each["part"], each["section"]) for each in openings}
    assert {("audit", "asked"), ("basis", "asked")} <= opened
    assert not {("audit", "decision"), ("basis", "decision")} & opened
    assert "Strategy discussion on Monday" in page


def test_it_runs_bare_in_another_folder(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "expert"
    folder.mkdir()
    (folder / "verify_bundle.py").write_bytes(unpack(made.raw)["verify_bundle.py"])
    (folder / "bundle.zip").write_bytes(made.raw)
    (folder / "other.zip").write_bytes(made.raw.replace(b"Decision", b"decision", 1))
    bare = {"PATH": os.environ["PATH"]}

    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify_bundle.py", *arguments]
        return subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False)

    assert ran("bundle.zip", str(made.key.verifier)).stdout.startswith("PROVED.")
    assert ran("bundle.zip").returncode == 0
    assert (ran("other.zip").returncode, ran("nowhere.zip").returncode, ran().returncode) == (1, 1, 2)
    assert "import hub" not in (folder / "verify_bundle.py").read_text()
    assert len((folder / "verify_bundle.py").read_text().splitlines()) < 300


def test_a_changed_byte_of_any_member_is_found_by_its_name(made: Made) -> None:
    members, chance = unpack(made.raw), random.Random(6)
    for name, content in members.items():
        for at in {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(6))}:
            changed = content[:at] + bytes((content[at] ^ 1 << chance.randrange(8),)) + content[at + 1 :]
            ours, theirs = fault(pack({**members, name: changed}), made.key)
            assert name in ours, (name, at)
            assert name in theirs, (name, at)


def test_a_changed_byte_of_the_archive_is_found(made: Made) -> None:
    chance = random.Random(7)
    ends = range(len(made.raw) - 400, len(made.raw))
    for at in {*range(40), *ends, *(chance.randrange(len(made.raw)) for _ in range(400))}:
        fault(made.raw[:at] + bytes((made.raw[at] ^ 1 << chance.randrange(8),)) + made.raw[at + 1 :], made.key)
    for other in (made.raw[:-1], made.raw + b"\0", b"", made.raw[: len(made.raw) // 2]):
        fault(other, made.key)


@pytest.mark.parametrize("name", ["items/0001.json", "law.json", "policy/hub.cedarschema", "checkpoint"])
def test_what_the_logs_keeper_signs_anew_is_held_against_the_log(made: Made, name: str) -> None:
    members = unpack(made.raw)
    changed = members[name].replace(b"a", b"e", 1)
    forged = signed_again(made, {**members, name: changed}, made.key)
    with pytest.raises(HubError):
        verify_bundle(forged, made.key.verifier)
    with pytest.raises((carried.WrongError, ValueError)):
        carried.verify(forged, str(made.key.verifier))


def test_a_value_that_the_log_does_not_commit_to_is_found(made: Made) -> None:
    members = unpack(made.raw)
    bundle = members["bundle.json"].replace(b"stairs", b"chairs", 1)
    assert bundle != members["bundle.json"]
    ours, theirs = fault(signed_again(made, {**members, "bundle.json": bundle}, made.key), made.key)
    assert "does not commit" in ours
    assert "does not commit" in theirs


def test_a_member_removed_or_added_is_found(made: Made) -> None:
    members = unpack(made.raw)
    for name in members:
        others = {each: content for each, content in members.items() if each != name}
        assert name in fault(pack(others), made.key)[0]
    assert "more" in fault(pack({**members, "more": b"1"}), made.key)[1]


def test_another_logs_key_is_told(made: Made, mash: Mash, tmp_path: Path) -> None:
    other = SigningKey.new("mash-hub/other", SIGNED)
    ran = mash(
        "audit", "verify-bundle", str(tmp_path / "made.zip"), "--log-key", str(other.verifier), "--json"
    )  # fmt: skip
    assert (ran.status, ran.error["code"]) == (1, "bundle-damaged")
    fault(made.raw, other)


def test_the_same_decision_gives_the_same_bytes(made: Made, mash: Mash, tmp_path: Path) -> None:
    assert bundle_of(mash, made.decision, tmp_path / "again.zip") == made.raw


def test_what_was_denied_is_neither_in_it_nor_counted(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    child = new_hub.hears("police", told("P-1", words=WORDS))
    decision = new_hub.chronology(child, HOUSING)
    members = unpack(bundle_of(mash, decision["decision"], tmp_path / "housing.zip"))
    whole = b"".join(members.values())

    assert decision["items"] == []
    assert not [name for name in members if name.startswith("items/")]
    assert b"stairs" not in whole
    assert len([name for name in members if name.endswith(".leaf")]) == 2
    for event in new_hub.hub.decisions.one(decision["decision"]).decided:
        assert str(event.event).encode() not in whole
    verify_bundle((tmp_path / "housing.zip").read_bytes())


def test_of_what_was_shown_in_part_the_rest_stays_sealed(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    nhs = new_nhs_number()
    child = new_hub.hears("police", told("P-red", "police-incident", nhs=nhs, words=WORDS, level=1))
    new_hub.hears("schools-trust", told("S-red", "school-attendance", nhs=nhs))
    made = AgreementMade(
        id="red-checks", owner="police", recipient="schools-trust", purpose="lateral-check", types=["police-incident"],
        reason="Red checks", authority="Children Act 2004 s11", lead="school.dsl", valid_from=day("2023-01-01"), by="x",
    )  # fmt: skip
    new_hub.hub.directory.make_agreements([made])
    answer = new_hub.hub.chronologies.read(child, asks(TEACHER, purpose="lateral-check", risk="red"))
    raw = bundle_of(mash, answer["decision"], tmp_path / "part.zip")
    members = unpack(raw)
    tags = b"\n".join(content for name, content in members.items() if name.endswith(".leaf"))

    assert {"what", "when"} in [set(item["facets"]) for item in answer["items"]]
    assert b"agency:schools-trust" in tags
    assert b"agency:police" not in tags
    assert b"stairs" not in b"".join(members.values())
    assert verify_bundle(raw).items == len(answer["items"])
    carried.verify(raw, None)


def test_what_was_corrected_and_withdrawn_is_proved_by_the_answer(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    child = new_hub.hears("police", told("P-1", words=WORDS), ce_id="one")
    new_hub.hears("police", told("P-1", words="Seen in the hall", corrects=str(event_id("police", "one"))), ce_id="two")
    new_hub.hears("police", told("P-1", words="Another child"), ce_id="three")
    new_hub.chronology(child)
    withdrawn = str(event_id("police", "three"))
    new_hub.hears("police", told("P-1", "retraction", detail={"reason": "Not hers"}, retracts=withdrawn))
    answer = new_hub.chronology(child)
    raw = bundle_of(mash, answer["decision"], tmp_path / "corrected.zip")
    openings = json.loads(unpack(raw)["bundle.json"])["openings"]

    assert {item["facets"]["what"]["status"] for item in answer["items"]} == {"corrected", "retracted"}
    assert [each["value"] for each in openings if each["section"] == "narrative"] == ['{"text":"Seen in the hall"}']
    assert verify_bundle(raw).items == 2
    carried.verify(raw, None)


def drafted_before_what_was_asked_stood_apart(decision: DisclosureDecided, tags: Sequence[str]) -> DraftEvent:
    """Return the draft of a decision as releases up to this one wrote it."""
    body = decision.model_dump(mode="json")
    audit = {name: value for name, value in body.items() if name not in SHOWN_FIELDS}
    shown = {name: value for name, value in body.items() if name in SHOWN_FIELDS}
    parts = (
        DraftPart(AUDIT_PART, decision.id, {DECISION_SECTION: canonical(audit)}),
        DraftPart(BASIS_PART, decision.id, {DECISION_SECTION: canonical({})}),
        DraftPart(SHOWN_PART, decision.id, {DECISION_SECTION: canonical(shown)}),
    )
    own = (DECISIONS_TAG, f"decision:{decision.id}")
    return DraftEvent(decision.id, DisclosureDecided.__name__, (*own, *tags), parts, VERSION)


def test_an_older_record_is_proved_without_what_was_asked(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = new_hub.hears("police", told("P-1", words=WORDS))
    with monkeypatch.context() as older:
        older.setattr("hub.application.decisions._draft", drafted_before_what_was_asked_stood_apart)
        decision = new_hub.chronology(child)["decision"]
    raw = bundle_of(mash, decision, tmp_path / "older.zip")

    assert new_hub.hub.decisions.one(decision).reason == "Strategy discussion on Monday"
    assert "not opened" in unpack(raw)["index.html"].decode()
    assert "audit" not in {each["part"] for each in json.loads(unpack(raw)["bundle.json"])["openings"]}
    assert b"Strategy discussion" not in raw
    assert verify_bundle(raw).items == 1
    carried.verify(raw, None)


def test_witnesses_are_named(made: Made, new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    witness = Witness.make(tmp_path / "witness", "w.example")
    witness.trust(made.key.verifier)
    server = witness_server(witness, LOOPBACK, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        mash("log", "witness", "add", str(witness.key), f"http://{LOOPBACK}:{server.server_address[1]}")
        assert mash("log", "witness", "run", "--json").json["witnessed"]
    finally:
        server.shutdown()
        server.server_close()
    raw = bundle_of(mash, made.decision, tmp_path / "witnessed.zip")

    assert verify_bundle(raw).cosigned_by == ("w.example",)
    assert "Cosigned by w.example" in carried.verify(raw, None)[-1]
    members = unpack(raw)
    note = members["checkpoint"]
    assert note.count(b"\n") > unpack(made.raw)["checkpoint"].count(b"\n")


def test_who_may_and_what_of(made: Made, new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "refused.zip"

    def code(decision: str, viewer: str = AUDITOR, to: Path = file) -> str:
        ran = mash("audit", "bundle", decision, "-o", str(to), "--as", viewer, "--reason", "Curious", "--json")
        assert ran.status != 0
        return str(ran.error["code"])

    look = new_hub.hub.decisions.newest(1)[0]
    assert code(made.decision, ANALYST) == "not-an-auditor"
    assert new_hub.hub.decisions.newest(1)[0].refusal == "not-an-auditor"
    assert code(str(look.id)) == "not-a-chronology"
    assert new_hub.hub.decisions.newest(1)[0].refusal == "not-a-chronology"
    assert code("ffff") == "unknown-decision"
    assert code(made.decision, to=tmp_path / "made.zip") == "file-exists"
    assert not file.exists()


def test_the_key_of_a_bundle_reads_back(made: Made) -> None:
    keys = json.loads(unpack(made.raw)["keys.json"])
    assert read_verifier_key(keys["log"]) == made.key.verifier
