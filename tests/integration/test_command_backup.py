"""`mash backup` and `mash restore`: nothing is lost, keys and log are apart, and what is not as it was is said."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.application.backup import finish, read_manifest
from hub.application.linking import Held
from hub.application.verifying import verify_log
from hub.bootstrap import open_hub
from hub.clock import FixedClock
from hub.events.directory import UserRegistered
from hub.settings import Settings
from hub.store import dumping, postgres_server
from hub.store.dumping import LOG, Moment, Part
from hub.store.master_key import FileMasterKey
from hub.store.postgres_programs import program
from hub.store.postgres_server import ServerUrls
from hub.store.schema import migrations
from tests.hub_under_test import BEGAN, HubUnderTest, Mash, asks, home_of_its_own, mash_on, told


@dataclass(frozen=True)
class Copies:
    """The two backups of a hub, and a machine with an empty database on which they may be restored."""

    log: Path
    keys: Path
    elsewhere: Settings
    run_on: Callable[[Settings], Mash]

    def restored(self) -> Any:
        """Restore them there, and return how the command ended."""
        return self.run_on(self.elsewhere)("restore", str(self.log), "--keys", str(self.keys), "--json")


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub that knows a child and keeps a message aside, with a checkpoint."""
    new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    new_hub.at_door("police", replace(new_hub.message("police", told("P-9")), value=b"rubbish"))
    new_hub.hub.tree.grow()
    new_hub.hub.tree.checkpoint()
    return new_hub


@pytest.fixture
def backed_up(
    hub: HubUnderTest,
    empty_database: ServerUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Copies]:
    """Backs the hub up, and brings its secrets to the other machine."""

    def run_on(settings: Settings) -> Mash:
        return mash_on(settings, monkeypatch, capsys)

    def back_up(name: str = "1") -> Copies:
        log, keys = tmp_path / f"log-{name}", tmp_path / f"keys-{name}"
        ran = run_on(hub.settings)("backup", "--to", str(log), "--keys-to", str(keys), "--json")
        assert (ran.status, ran.json["position"], ran.json["whole"]) == (0, hub.hub.log.head(), True)
        home = tmp_path / "elsewhere"
        shutil.copytree(hub.settings.home / "secrets", home / "secrets", dirs_exist_ok=True)
        elsewhere = Settings(home, empty_database.app, empty_database.owner, empty_database.keys)
        return Copies(log, keys, elsewhere, run_on)

    return back_up


def everything(url: str) -> dict[str, list[Any]]:
    """Return all rows of all the hub's tables, but for how far the tree has come, which follows from its files."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename from pg_tables"
            " where schemaname in ('public', 'hub', 'broker', 'keys')"
        ).fetchall()
        return {
            name: sorted(
                connection.execute(f"select t::text from {name} t where t::text not like '(tree,%'").fetchall()
            )
            for (name,) in tables
            if name != "hub.migration"
        }


def test_what_is_restored_is_what_was_backed_up(
    hub: HubUnderTest, backed_up: Callable[..., Copies], empty_database: ServerUrls
) -> None:
    answered = hub.items(hub.person("police", "P-1"))
    before = everything(hub.urls.superuser)
    copies = backed_up()
    ran = copies.restored()
    counted = [len(before[name]) for name in ("public.dcb_events_tt_main", "keys.subject_key", "hub.quarantine")]
    assert (ran.status, ran.json["events"], ran.json["subjects"], all(counted)) == (0, *counted[:2], True)
    assert everything(empty_database.superuser) == before
    with open_hub(copies.elsewhere, FixedClock(BEGAN)) as again:
        other = HubUnderTest(copies.elsewhere, empty_database, FixedClock(BEGAN), again)
        shutil.copytree(hub.settings.home / "agencies", copies.elsewhere.home / "agencies")
        assert verify_log(again.tree).whole
        hub.hub.tree.tree.refresh()
        assert again.tree.tree.root() == hub.hub.tree.tree.root()
        assert other.items(other.person("police", "P-1")) == answered
        other.hears("police", told("P-2"))
        again.tree.grow()
        again.tree.checkpoint()
        assert verify_log(again.tree).whole


def test_the_keys_are_in_a_backup_of_their_own(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    with psycopg.connect(hub.urls.superuser) as connection:
        wrapped = connection.execute("select encode(wrapped, 'hex') from keys.subject_key").fetchall()

    def text_of(file: Path) -> str:
        listed = [str(program("pg_restore")), "--file=-", str(file)]
        return str(subprocess.run(listed, capture_output=True, text=True, check=True).stdout)

    log = "".join(text_of(copies.log / name) for name in ("log.dump", "work.dump"))
    keys = text_of(copies.keys / "keys.dump")
    assert all(key in keys and key not in log for (key,) in wrapped)
    assert "dcb_events_tt_main" in log
    assert "dcb_events_tt_main" not in keys
    secret = hub.settings.master_key.read_bytes()
    for path in (*copies.log.iterdir(), *copies.keys.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600
        assert secret not in path.read_bytes()


def test_no_password_stands_on_a_command_line(
    hub: HubUnderTest, backed_up: Callable[..., Copies], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, lines = subprocess.run, list[str]()

    def run(command: list[str], **options: Any) -> Any:
        lines.extend(map(str, command))
        return ran(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    copies = backed_up()
    assert copies.restored().status == 0
    assert sum("pg_" in line for line in lines) >= 6
    for url in (hub.urls.owner, copies.elsewhere.owner_url):
        assert str(psycopg.conninfo.conninfo_to_dict(str(url))["password"]) not in "".join(lines)


def test_keys_that_are_older_than_the_log_are_refused(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    hub.hears("police", told("P-2"))
    ran = replace(copies, log=backed_up("2").log).restored()
    assert (ran.status, ran.error["code"]) == (1, "keys-older-than-log")


def test_keys_that_are_newer_than_the_log_stay_destroyed(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    subject = hub.hub.vault.find_subject("police", "P-1")
    assert subject is not None
    hub.hub.vault.destroy([subject])
    ran = replace(copies, keys=backed_up("2").keys).restored()
    assert (ran.status, ran.json["destroyed"]) == (0, 1)


def erased(hub: HubUnderTest) -> UUID:
    """Erase a record in the fifteen days to come, and return whose key went."""
    subject = approved(hub)
    hub.clock.advance(timedelta(days=15))
    hub.hub.carrying_out().carry_out(by="tester")
    return subject


def approved(hub: HubUnderTest) -> UUID:
    """Let two people agree on erasing the hub's record, and return its subject."""
    for user, agency in (("one", "police"), ("other", "housing")):
        registered = UserRegistered(id=user, name="Eve", agency=agency, roles=["caldicott-guardian"], by="tester")
        hub.hub.directory.register_user(registered)
    erasure = hub.hub.erasing.request(Held("police", "P-1"), asks("one"), authority="UK GDPR article 17")
    hub.hub.erasing.approve(str(erasure), asks("other"))
    subject = hub.hub.vault.find_subject("police", "P-1")
    assert subject is not None
    return subject


def test_what_was_erased_after_the_keys_were_backed_up_is_erased_again(
    hub: HubUnderTest, backed_up: Callable[..., Copies]
) -> None:
    subject = approved(hub)
    copies = backed_up()
    hub.clock.advance(timedelta(days=15))
    hub.hub.carrying_out().carry_out(by="tester")
    ran = replace(copies, log=backed_up("2").log).restored()
    assert (ran.status, ran.json["destroyed"]) == (0, 1)
    with open_hub(copies.elsewhere) as again:
        assert again.vault.keys([subject]) == {subject: None}
        assert again.identity_index.get([subject]) == {}


def test_what_neither_backup_knows_as_erased_is_erased_again_by_the_register(
    hub: HubUnderTest, backed_up: Callable[..., Copies]
) -> None:
    copies = backed_up()
    subject = erased(hub)
    shutil.copy(hub.settings.erased_register, copies.elsewhere.erased_register)
    ran = copies.restored()
    assert (ran.status, ran.json["destroyed"]) == (0, 1)
    with open_hub(copies.elsewhere) as again:
        assert again.vault.keys([subject]) == {subject: None}
        assert again.identity_index.get([subject]) == {}
        assert again.blind_index.find("reference", "P-1") == []


def test_a_damaged_register_is_said(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    erased(hub)
    copies.elsewhere.erased_register.write_text("rubbish\n")
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (1, "erased-register-damaged")
    copies.elsewhere.erased_register.unlink()
    assert copies.restored().status == 0


def test_a_log_from_before_an_erasure_finds_nobody_by_its_indexes(
    hub: HubUnderTest, backed_up: Callable[..., Copies]
) -> None:
    copies = backed_up()
    subject = hub.hub.vault.find_subject("police", "P-1")
    assert subject is not None
    hub.hub.vault.destroy([subject])
    assert replace(copies, keys=backed_up("2").keys).restored().status == 0
    with open_hub(copies.elsewhere) as again:
        assert again.identity_index.get([subject]) == {}
        assert again.blind_index.find("reference", "P-1") == []


def test_any_byte_of_any_file_is_watched(backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    for path in (*copies.log.iterdir(), *copies.keys.iterdir()):
        content = path.read_bytes()
        for at in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:at] + bytes((content[at] ^ 0x40,)) + content[at + 1 :])
            ran = copies.restored()
            assert (ran.status, ran.error["code"]) in {(1, "backup-damaged"), (2, "other-backup")}, (path, at)
        path.unlink()
        assert copies.restored().error["code"] in {"backup-damaged", "no-backup"}
        path.write_bytes(content)
    assert copies.restored().status == 0


@pytest.mark.parametrize(
    ("name", "value"), [("tree_root", "x"), ("tree_size", 1), ("tables", {"public.dcb_events_tt_main": 1})]
)
def test_what_does_not_fit_its_manifest_is_said(backed_up: Callable[..., Copies], name: str, value: Any) -> None:
    copies = backed_up()
    manifest = read_manifest(copies.log, "log")
    value = {**manifest.tables, **value} if isinstance(value, dict) else value
    finish(copies.log, replace(manifest, **{name: value}))
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (1, "restored-otherwise")


def test_a_log_that_is_not_what_was_signed_is_said(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    """A backup whose rows and manifest agree, under a checkpoint of another history."""
    copies = backed_up()
    manifest = read_manifest(copies.log, "log")
    hub.hears("police", told("P-2"))
    hub.hub.tree.grow()
    note = str(hub.hub.tree.checkpoint())
    (copies.log / "checkpoint").write_text(note)
    finish(copies.log, manifest)
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (1, "log-forked")


def test_nothing_is_restored_over_a_hub(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    before = everything(hub.urls.superuser)
    ran = replace(copies, elsewhere=hub.settings).restored()
    assert (ran.status, ran.error["code"]) == (2, "hub-in-use")
    assert everything(hub.urls.superuser) == before
    assert copies.restored().status == 0
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (2, "hub-in-use")


def test_a_tree_that_knows_more_is_not_overwritten(hub: HubUnderTest, backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    shutil.copytree(hub.settings.log_folder, copies.elsewhere.log_folder)
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (2, "log-folder-in-use")


@pytest.mark.parametrize("name", ["master-key.json", "hub-key.json", "hub-signing-key.json", "log-key"])
def test_the_secrets_come_first(backed_up: Callable[..., Copies], name: str) -> None:
    copies = backed_up()
    path = copies.elsewhere.home / "secrets" / name
    content = path.read_bytes()
    path.unlink()
    ran = copies.restored()
    assert (ran.status, ran.error["code"], ran.error["place"]) == (2, "secret-missing", str(path))
    path.write_bytes(content)
    path.chmod(0o600)
    assert copies.restored().status == 0


def test_another_master_key_is_found(backed_up: Callable[..., Copies]) -> None:
    copies = backed_up()
    copies.elsewhere.master_key.unlink()
    FileMasterKey.create(copies.elsewhere.master_key, BEGAN)
    ran = copies.restored()
    assert ran.status == 1
    assert "master" in ran.error["code"]


def test_one_that_was_interrupted_is_run_again(
    hub: HubUnderTest,
    backed_up: Callable[..., Copies],
    empty_database: ServerUrls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Crash(BaseException):
        pass

    def load(url: str, part: Part, file: Path) -> dict[str, int]:
        if part is LOG:
            raise Crash
        return dumping.load(url, part, file)

    copies = backed_up()
    with monkeypatch.context() as patch:
        patch.setattr("hub.restoring.load", load)
        with pytest.raises(Crash):
            copies.restored()
    assert copies.restored().status == 0
    assert everything(empty_database.superuser) == everything(hub.urls.superuser)


def test_a_log_that_is_not_whole_is_backed_up_and_said(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    with psycopg.connect(hub.urls.superuser, autocommit=True) as connection:
        connection.execute("alter table public.dcb_events_tt_main disable trigger only_added_to")
        connection.execute("update public.dcb_events_tt_main set data = set_byte(data, 200, 1) where id = 10")
        connection.execute("alter table public.dcb_events_tt_main enable always trigger only_added_to")
    ran = mash("backup", "--to", str(tmp_path / "log"), "--keys-to", str(tmp_path / "keys"), "--json")
    assert (ran.status, ran.json["whole"], ran.error["code"]) == (1, False, "log-changed")
    assert (tmp_path / "log" / "manifest.json").exists()


def test_the_two_are_never_in_one_place(hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    for to, keys_to in (("a", "a"), ("a", "a/keys"), ("a/log", "a")):
        ran = mash("backup", "--to", str(tmp_path / to), "--keys-to", str(tmp_path / keys_to), "--json")
        assert (ran.status, ran.error["code"]) == (2, "keys-not-apart")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other").touch()
    ran = mash("backup", "--to", str(tmp_path / "full"), "--keys-to", str(tmp_path / "keys"), "--json")
    assert (ran.status, ran.error["code"]) == (2, "folder-in-use")


def test_events_that_come_meanwhile_are_in_or_not_but_whole(
    hub: HubUnderTest, backed_up: Callable[..., Copies], monkeypatch: pytest.MonkeyPatch
) -> None:
    dumped = Moment.dump

    def dump(now: Any, part: Part, file: Path) -> None:
        hub.hears("police", told(f"M-{part.name}"))
        dumped(now, part, file)

    monkeypatch.setattr("hub.store.dumping.Moment.dump", dump)
    head = hub.hub.log.head()
    monkeypatch.setattr(type(hub.hub.log), "head", lambda _: head)
    copies = backed_up()
    ran = copies.restored()
    assert (ran.status, ran.json["position"]) == (0, head)


def test_a_new_machine_starts_from_the_backups_and_the_secrets(
    hub: HubUnderTest, backed_up: Callable[..., Copies]
) -> None:
    before, copies = everything(hub.urls.superuser), backed_up()
    with home_of_its_own() as home:
        shutil.copytree(hub.settings.home / "secrets", home / "secrets")
        ran = replace(copies, elsewhere=Settings(home)).restored()
        assert (ran.status, ran.json["position"]) == (0, hub.hub.log.head())
        urls = postgres_server.status(home).urls
        assert urls is not None
        assert everything(urls.superuser) == before
        assert copies.run_on(Settings(home))("log", "verify").status == 0


def test_a_backup_of_an_older_schema_is_brought_forward(
    hub: HubUnderTest, backed_up: Callable[..., Copies], empty_database: ServerUrls
) -> None:
    before, copies = everything(hub.urls.superuser), backed_up()
    older = {each.name: each.checksum for each in migrations()[:6]}
    for part, folder in (("log", copies.log), ("keys", copies.keys)):
        finish(folder, replace(read_manifest(folder, part), migrations=older))
    assert copies.restored().status == 0
    assert everything(empty_database.superuser) == before


def test_a_backup_of_a_schema_that_nobody_knows_is_refused(
    backed_up: Callable[..., Copies], empty_database: ServerUrls
) -> None:
    copies = backed_up()
    manifest = read_manifest(copies.log, "log")
    finish(copies.log, replace(manifest, migrations={**manifest.migrations, "9999_later": "0"}))
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (1, "newer-schema")
    finish(copies.log, replace(manifest, migrations=dict(list(manifest.migrations.items())[:6])))
    ran = copies.restored()
    assert (ran.status, ran.error["code"]) == (2, "other-backup")
    assert everything(empty_database.superuser) == {}


def test_every_table_of_the_hub_is_in_a_part(hub: HubUnderTest) -> None:
    with psycopg.connect(hub.urls.superuser) as connection:
        found = connection.execute(
            "select distinct schemaname, tableowner from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
    parts = (dumping.LOG, dumping.WORK, dumping.KEYS)
    kept = {(schema, part.role) for part in parts for schema in part.schemas}
    assert set(found) == kept | {(schema, "mash_owner") for schema in dumping.IN_NO_PART}
