"""`mash log` and `mash witness`: an outsider checks what they print, and two hubs from one backup are told apart."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from consumers.identity import grow, identifying
from hub.application.witnessing import WitnessDesk, pad
from hub.errors import HubError
from hub.proof.checkpoint import read_checkpoint, read_leaf_proof
from hub.proof.hashing import leaf_hash
from hub.proof.note import COSIGNED, SigningKey, read_note, read_verifier_key
from hub.proof.witness import Witness
from hub.proof.witness_http import LOOPBACK, witness_server
from tests.hub_under_test import AUDITOR, HubUnderTest, Mash, told
from tests.pages import browsing
from tests.tlog_go import GoTlog, b64


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub that knows a child."""
    new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    return new_hub


@pytest.fixture
def urls(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> Iterator[list[str]]:
    """Three witnesses that run and that the hub knows."""
    log, servers = read_verifier_key(mash("log", "key").out), []
    for number in range(3):
        witness = Witness.make(tmp_path / f"witness-{number}", f"w{number}.example")
        witness.trust(log)
        server = witness_server(witness, LOOPBACK, 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        url = f"http://{LOOPBACK}:{server.server_address[1]}"
        assert mash("log", "witness", "add", str(witness.key), url).status == 0
    yield [f"http://{LOOPBACK}:{server.server_address[1]}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def some_event(hub: HubUnderTest) -> str:
    with psycopg.connect(hub.urls.superuser) as connection:
        row = connection.execute(
            "select tag from public.dcb_events_tt_tag where tag like 'event:%' order by main_id offset 9 limit 1"
        ).fetchone()
    assert row is not None
    return str(row[0]).removeprefix("event:")


def test_go_believes_the_key_the_checkpoint_the_proof_and_the_tiles(
    hub: HubUnderTest, mash: Mash, tmp_path: Path, go_tlog: GoTlog
) -> None:
    key, note = mash("log", "key").out.strip(), mash("log", "checkpoint").out
    signed = read_checkpoint(read_note(note))
    assert signed.size == hub.events()

    mash("log", "prove", some_event(hub), "-o", str(tmp_path / "proof"), "--leaf", str(tmp_path / "leaf"))
    mash("log", "export", str(tmp_path / "static"))

    leaf, proof = (tmp_path / "leaf").read_bytes(), read_leaf_proof((tmp_path / "proof").read_text())
    proof.verify(leaf_hash(leaf), read_verifier_key(key))
    root = b64(signed.root)
    hashes = [b64(each) for each in proof.hashes]
    assert (tmp_path / "static" / "checkpoint").read_text() == note
    go_tlog.accepts([
        {"op": "note", "key": key, "note": note},
        {"op": "tiles", "folder": str(tmp_path / "static"), "size": signed.size, "root": root},
        {
            "op": "inclusion", "index": proof.index, "size": signed.size, "root": root, "leaf": b64(leaf),
            "proof": hashes,
        },
    ])  # fmt: skip


def test_consuming_grows_the_tree(hub: HubUnderTest, mash: Mash) -> None:
    hub.publishes("police", hub.message("police", told("P-2")))
    assert mash("status", "--json").json["behind"]["tree"] > 0
    mash("consume", "--once")
    assert mash("status", "--json").json["behind"]["tree"] == 0
    recorded = hub.events()
    assert mash("log", "verify", "--json").json["good"] == recorded
    assert hub.events("LogVerified") == 1


def test_two_checkpoints_are_shown_to_be_one_log(hub: HubUnderTest, mash: Mash, go_tlog: GoTlog) -> None:
    mash("log", "checkpoint")
    found = mash("log", "consistency", "5", "12", "--json").json
    go_tlog.accepts([{
        "op": "consistency", "from": 5, "old": found["old"]["root"], "size": 12, "root": found["new"]["root"],
        "proof": found["proof"],
    }])  # fmt: skip
    assert mash("log", "consistency", "5", "12").out.split() == found["proof"]


def test_the_key_is_in_a_file_of_its_own_and_nowhere_else(hub: HubUnderTest, mash: Mash) -> None:
    assert hub.settings.log_key.stat().st_mode & 0o777 == 0o600
    mash("log", "checkpoint")
    hub.settings.log_key.unlink()
    ran = mash("log", "checkpoint", "--json")
    assert (ran.status, ran.error["code"]) == (2, "signing-key-missing")


def test_a_row_that_a_superuser_edits_is_named(hub: HubUnderTest, mash: Mash) -> None:
    mash("log", "checkpoint")
    assert mash("log", "verify").status == 0
    with psycopg.connect(hub.urls.superuser, autocommit=True) as connection:
        connection.execute("alter table public.dcb_events_tt_main disable trigger only_added_to")
        connection.execute("update public.dcb_events_tt_main set data = set_byte(data, 200, 1) where id = 10")
        connection.execute("alter table public.dcb_events_tt_main enable always trigger only_added_to")
    recorded = hub.events()
    ran = mash("log", "verify", "--json")
    assert (ran.status, ran.json["faults"]) == (1, [{"position": 10, "kind": "altered", "event": some_event(hub)}])
    assert ran.json["good"] + ran.json["not_in_tree"] == recorded - 1
    assert f"The first bad event is event {some_event(hub)} at position 10: altered." in mash("log", "verify").out
    assert mash("log", "prove", some_event(hub), "-o", "/dev/null", "--leaf", "/dev/null").status == 1


def test_a_log_that_was_rewritten_stops_no_concern(hub: HubUnderTest, mash: Mash) -> None:
    mash("log", "checkpoint")
    with psycopg.connect(hub.urls.superuser, autocommit=True) as connection:
        connection.execute("alter table public.dcb_events_tt_main disable trigger only_added_to")
        connection.execute(
            "update public.dcb_events_tt_main set data = set_byte(data, 4, 99)"
            " where id = (select max(id) from public.dcb_events_tt_main)"
        )
        connection.execute("alter table public.dcb_events_tt_main enable always trigger only_added_to")
        connection.execute("update hub.follower set position = (select max(id) from public.dcb_events_tt_main)")
    with pytest.raises(HubError, match="is not what was recorded"):
        hub.hub.tree.grow()
    said: list[str] = []
    grow(hub.hub, lambda: False, lambda error, _: said.append(error.code))
    assert said == ["log-changed"]


@pytest.mark.parametrize(
    "work",
    ["hub.application.proving.LogTree.grow", "hub.application.identifying.Identifier.catch_up"],
)
def test_a_fault_in_the_log_is_said_once_and_stops_no_intake(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    stop, looked, said = threading.Event(), list[int](), list[str]()

    def fail(*_: object, **__: object) -> None:
        looked.append(1)
        if len(looked) == 3:
            stop.set()
        raise HubError("A row of the log is damaged.", code="row-damaged")

    monkeypatch.setattr(work, fail)
    with identifying(hub.settings, stop, lambda error, _: said.append(error.code)):
        assert stop.wait(30)
    assert (len(looked), said) == (3, ["row-damaged"])


def test_a_quorum_makes_a_checkpoint_witnessed(hub: HubUnderTest, mash: Mash, urls: list[str], tmp_path: Path) -> None:
    mash("log", "witness", "quorum", "2")
    shutil.rmtree(tmp_path / "witness-0")
    ran = mash("log", "witness", "run", "--json")
    assert (ran.status, ran.json["witnessed"], ran.json["size"] % 256) == (0, True, 0)
    witnessed = read_note((hub.settings.log_folder / "witnessed").read_text())
    for number in (1, 2):
        witnessed.verify(Witness(tmp_path / f"witness-{number}").key)
    assert mash("log", "verify", "--json").json["witnessed"] == ran.json["size"]

    mash("log", "witness", "quorum", "3")
    missed = mash("log", "witness", "run", "--json")
    assert (missed.status, missed.json["witnessed"], missed.json["forked"]) == (1, False, False)
    assert mash("log", "verify", "--json").json["witnessed"] == ran.json["size"]


def test_a_witnessed_checkpoint_that_no_witness_signed_is_not_believed(
    hub: HubUnderTest, mash: Mash, urls: list[str]
) -> None:
    mash("log", "witness", "run")
    assert mash("log", "verify", "--json").json["cosigned_by"] == ["w0.example", "w1.example", "w2.example"]
    shutil.copy(hub.settings.log_folder / "checkpoint", hub.settings.log_folder / "witnessed")
    ran = mash("log", "verify", "--json")
    assert (ran.status, [each["code"] for each in ran.json["about"]]) == (1, ["not-witnessed"])


def test_what_a_witness_saw_is_held_against_the_log(
    hub: HubUnderTest, mash: Mash, urls: list[str], tmp_path: Path
) -> None:
    mash("log", "witness", "run")
    seen = mash("witness", "seen", "--folder", str(tmp_path / "witness-0"))
    (tmp_path / "seen").write_text(seen.out)
    assert mash("log", "verify", "--against", str(tmp_path / "seen")).status == 0
    (tmp_path / "seen").write_text(seen.out.replace("256", "257"))
    assert mash("log", "verify", "--against", str(tmp_path / "seen"), "--json").error["code"] == "wrong-signature"
    assert mash("log", "verify", "--against", str(tmp_path / "none"), "--json").error["code"] == "system"


def test_a_missed_quorum_does_not_end_the_rounds(
    hub: HubUnderTest, mash: Mash, urls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(BaseException):
        pass

    rounds: list[float] = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            raise Enough

    monkeypatch.setattr("hub.command_line.witnessing.time.sleep", sleep)
    mash("log", "witness", "quorum", "3")
    shutil.rmtree(tmp_path / "witness-0")
    with pytest.raises(Enough):
        mash("log", "witness", "run", "--every", "60")
    assert rounds == [60.0, 60.0]


def test_the_auditors_page_tells_which_witnesses_cosigned_and_that_a_checkpoint_is_damaged(
    hub: HubUnderTest, mash: Mash, urls: list[str], tmp_path: Path
) -> None:
    mash("log", "witness", "quorum", "2")
    shutil.rmtree(tmp_path / "witness-0")
    mash("log", "witness", "run")

    with browsing(hub, AUDITOR) as auditor:
        stands = auditor.get("/audit/log")
        page = " ".join(re.sub(r"<[^>]*>", " ", stands).split())
        assert "Enough cosigned it yes" in page
        told = dict(re.findall(r"(w\d\.example) Cosigned the latest (yes|no)", page))
        assert told == {"w0.example": "no", "w1.example": "yes", "w2.example": "yes"}

        kept = hub.settings.log_folder / "checkpoint"
        kept.write_text(kept.read_text().replace("\n", "\n9", 1))
        damaged = auditor.get("/audit/log")

    assert auditor.status == 200
    assert "signature" in damaged
    assert "Enough cosigned it" not in damaged


def test_a_witness_that_is_added_during_a_round_stays(
    hub: HubUnderTest, urls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, asked = WitnessDesk(hub.hub.tree), list[int]()
    other = SigningKey.new("late.example", COSIGNED)

    def add(*_: object) -> str:
        desk.add(str(other.verifier), "http://late.example")
        asked.append(1)
        raise HubError("The witness refused.", code="witness-refused")

    monkeypatch.setattr(desk, "_cosignature", add)
    pad(hub.hub.log, hub.clock)
    hub.hub.tree.grow()
    desk.run()
    assert asked
    assert "late.example" in [each.name for each in desk.load().known]


def test_the_size_that_witnesses_see_does_not_tell_how_much_was_recorded(
    hub: HubUnderTest, mash: Mash, urls: list[str]
) -> None:
    sizes = []
    for events in (0, 1, 3):
        for number in range(events):
            hub.hears("police", told(f"P-{events}-{number}"))
        sizes.append(mash("log", "witness", "run", "--json").json["size"])
    assert sizes == [256, 512, 768]


def test_two_hubs_from_one_backup_are_told_apart(
    hub: HubUnderTest, mash: Mash, urls: list[str], tmp_path: Path
) -> None:
    mash("log", "witness", "run")
    shutil.copytree(hub.settings.log_folder, tmp_path / "backup")
    hub.hears("police", told("P-2"))
    assert mash("log", "witness", "run").status == 0
    with psycopg.connect(hub.urls.superuser, autocommit=True) as connection:
        for table, column in (("dcb_events_tt_main", "id"), ("dcb_events_tt_tag", "main_id")):
            connection.execute(f"alter table public.{table} disable trigger only_added_to")
            connection.execute(
                f"delete from public.{table} where {column} > (select max(id) from public.dcb_events_tt_main"
                " where type = 'tree-padded' and id < (select max(id) from public.dcb_events_tt_main))"
            )
            connection.execute(f"alter table public.{table} enable always trigger only_added_to")
        connection.execute("delete from hub.follower")
    shutil.rmtree(hub.settings.log_folder)
    shutil.copytree(tmp_path / "backup", hub.settings.log_folder)

    ran = mash("log", "witness", "run", "--json")

    assert (ran.status, ran.json["forked"], ran.json["witnessed"]) == (1, True, False)
    assert all((tmp_path / f"witness-{number}" / "refused").is_dir() for number in range(3))
