"""`mash keys`, and what a hub does at its start about keys or a schema that do not fit: says so and writes nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.application.keeping import write_shares
from hub.clock import SystemClock
from hub.store.master_key import FileMasterKey
from hub.store.schema import Migration, migrate, migrations
from tests.hub_under_test import HubTemplate, HubUnderTest, Mash, mash_on, told

COMMANDS: dict[str, tuple[str, ...]] = {
    "consume": ("consume", "--once"),
    "agency add": ("agency", "add", "new-one", "--name", "New", "--kind", "police"),
    "chronology": (
        "chronology", "00000000-0000-0000-0000-000000000000",
        "--as", "mash.analyst", "--purpose", "s47", "--reason", "Strategy discussion",
    ),
    "init": ("init",),
}  # fmt: skip


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub that knows a child."""
    new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    return new_hub


def shares(mash: Mash, folder: Path, *, count: int = 5, needed: int = 3) -> list[str]:
    ran = mash("keys", "escrow", "--to", str(folder), "--shares", str(count), "--needed", str(needed), "--json")
    return list(ran.json["files"])


def test_status_counts_the_keys(hub: HubUnderTest, mash: Mash) -> None:
    status = mash("keys", "status", "--json").json

    assert set(status) == {"master_key_file", "master_version", "subjects", "destroyed", "references", "behind"}
    assert (status["master_version"], status["references"], status["destroyed"], status["behind"]) == (1, 1, 0, 0)


def test_after_a_rotation_all_keys_are_under_the_new_version_and_all_still_opens(hub: HubUnderTest, mash: Mash) -> None:
    rotated = mash("keys", "rotate-master", "--json").json

    assert rotated["version"] == 2
    assert mash("keys", "status", "--json").json["behind"] == 0
    question = ("--as", "mash.analyst", "--purpose", "s47", "--reason", "Strategy discussion", "--json")
    items = mash("chronology", str(hub.person("police", "P-1")), *question).json["items"]
    assert [item["facets"]["narrative"] for item in items] == ["Seen on the stairs"]


def test_any_three_of_five_shares_restore_a_lost_master_key(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    files = shares(mash, tmp_path / "shares")
    hub.settings.master_key.unlink()
    lost = mash("keys", "status", "--json")

    restored = mash("keys", "restore", files[4], files[0], files[2], "--json")

    assert lost.status != 0
    assert (restored.status, restored.json["versions"]) == (0, [1])
    assert hub.settings.master_key.stat().st_mode & 0o777 == 0o600
    assert mash("keys", "status", "--json").json["references"] == 1
    question = ("--as", "mash.analyst", "--purpose", "s47", "--reason", "Strategy discussion", "--json")
    assert mash("chronology", str(hub.person("police", "P-1")), *question).json["items"]


def test_shares_are_files_for_their_owner_alone_and_are_never_overwritten(
    hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    files = shares(mash, tmp_path / "shares")

    assert {Path(file).stat().st_mode & 0o777 for file in files} == {0o600}
    again = mash("keys", "escrow", "--to", str(tmp_path / "shares"), "--json")
    assert (again.status, again.error["code"]) == (1, "secret-exists")


def test_the_master_key_is_in_no_output(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    secrets = re.findall(r"[A-Za-z0-9+/=]{40,}", hub.settings.master_key.read_text())
    outputs = [
        mash("keys", "status"), mash("keys", "status", "--json"), mash("doctor", "--json"),
        mash("keys", "escrow", "--to", str(tmp_path / "s")), mash("keys", "rotate-master"),
    ]  # fmt: skip

    assert secrets
    assert not [secret for secret in secrets for ran in outputs if secret in ran.out + ran.err]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda texts: texts[:2], "shares-too-few"),
        (lambda texts: [texts[0], texts[0], texts[0]], "shares-too-few"),
        (lambda texts: [*texts[:2], texts[2][:-3] + "AAA"], "share-mistyped"),
        (lambda texts: [*texts[:2], "not a share"], "share-mistyped"),
        (lambda texts: [*texts[:2], ""], "share-mistyped"),
    ],
    ids=["two", "one thrice", "mistyped", "another text", "empty"],
)
def test_wrong_shares_restore_nothing(hub: HubUnderTest, mash: Mash, tmp_path: Path, spoil: Any, code: str) -> None:
    texts = [Path(file).read_text().strip() for file in shares(mash, tmp_path / "shares")]
    files = []
    for number, text in enumerate(spoil(texts)):
        files.append(tmp_path / f"given-{number}")
        files[-1].write_text(text)
    hub.settings.master_key.unlink()

    ran = mash("keys", "restore", *map(str, files), "--json")

    assert (ran.status, ran.error["code"]) == (1, code)
    assert not hub.settings.master_key.exists()


def test_shares_of_another_hub_do_not_open_this_one(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    other = FileMasterKey.create(tmp_path / "other.json", SystemClock().now())
    files = write_shares(other.path, tmp_path / "others", count=3, needed=2).files
    hub.settings.master_key.unlink()

    mash("keys", "restore", *map(str, files[:2]))
    ran = mash("keys", "status", "--json")

    assert ran.status == 1
    assert "key" in ran.error["message"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_master_key_that_others_may_read_is_refused(shared_hub: HubUnderTest, mash_here: Mash, mode: int) -> None:
    shared_hub.settings.master_key.chmod(mode)
    try:
        ran = mash_here("keys", "status", "--json")
    finally:
        shared_hub.settings.master_key.chmod(0o600)

    assert ran.status == 2
    assert ran.error["code"] == "loose-permissions"


@pytest.mark.parametrize("arguments", [("--shares", "3", "--needed", "4"), ("--shares", "1"), ("--needed", "1")])
def test_shares_that_make_no_sense_are_refused(
    shared_hub: HubUnderTest, mash_here: Mash, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ran = mash_here("keys", "escrow", "--to", str(tmp_path / "shares"), *arguments, "--json")

    assert ran.status == 2
    assert not (tmp_path / "shares").exists()


@pytest.fixture(scope="module")
def older_keys(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose key table was restored from a copy of the day before."""
    with hub_template.copied(tmp_path_factory.mktemp("older") / "home") as made:
        made.hears("police", told("P-1"))
        restored_to = made.clock.now()
        made.clock.advance(timedelta(days=1))
        made.hears("police", told("P-2"))
        with psycopg.connect(made.urls.superuser) as connection:
            connection.execute(
                "delete from keys.lookup using keys.subject_key s where s.subject = lookup.subject "
                "and s.created_at > %s",
                [restored_to],
            )
            connection.execute("delete from keys.subject_key where created_at > %s", [restored_to])
        yield made


@pytest.fixture(scope="module")
def newer_schema(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose database a later program has been at."""
    with hub_template.copied(tmp_path_factory.mktemp("newer") / "home") as made:
        later = Migration(9999, "9999_later", b"create table hub.later (id integer)")
        migrate(made.urls.owner, [*migrations(), later])
        yield made


@pytest.mark.parametrize("command", COMMANDS)
def test_a_key_table_older_than_the_log_is_named_and_nothing_is_written(
    older_keys: HubUnderTest,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused_at_start(older_keys, COMMANDS[command], "keys-older-than-log", monkeypatch, capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_of_a_newer_schema_is_named_and_nothing_is_written(
    newer_schema: HubUnderTest,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused_at_start(newer_schema, COMMANDS[command], "newer-schema", monkeypatch, capsys)


def test_doctor_names_it_and_how_to_repair_it(
    older_keys: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = mash_on(older_keys.settings, monkeypatch, capsys)("doctor", "--json")

    assert (ran.status, ran.json["ok"]) == (1, False)
    (wrong,) = [check for check in ran.json["checks"] if not check["ok"]]
    assert "older than the event log" in wrong["detail"]
    assert wrong["repair"]


def test_a_key_table_without_its_master_key_is_never_given_a_new_one(new_hub: HubUnderTest, mash: Mash) -> None:
    new_hub.hears("police", told("P-1"))
    new_hub.settings.master_key.unlink()

    ran = mash("init", "--json")

    assert ran.error["code"] == "master-key-missing"
    assert not new_hub.settings.master_key.exists()


def refused_at_start(
    hub: HubUnderTest,
    command: tuple[str, ...],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = hub.events()

    ran = mash_on(hub.settings, monkeypatch, capsys)(*command, "--json")

    assert (ran.status, ran.out, ran.error["code"]) == (1, "", code)
    assert hub.events() == before
