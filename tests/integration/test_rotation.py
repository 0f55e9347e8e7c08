"""Rotating the master key: no key is ever lost, whatever is interrupted and whoever writes meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.clock import FixedClock
from hub.errors import HubError, RetryableError
from hub.store import rotation, secret_file
from hub.store.escrow import join_shares, restore_master_key, split_master_key
from hub.store.master_key import FileMasterKey
from hub.store.postgres_server import ServerUrls
from hub.store.postgres_vault import PostgresVault
from hub.store.rotation import Rotated, rotate_master

AT = datetime(2026, 3, 1, tzinfo=UTC)
CLOCK = FixedClock(AT)

Keys = dict[UUID, bytes | None]


class Crash(BaseException):
    """The process is gone: nothing in the code may catch it."""


@pytest.fixture
def master(tmp_path: Path) -> FileMasterKey:
    return FileMasterKey.create(tmp_path / "master-key.json", AT)


@contextmanager
def fresh_vault(urls: ServerUrls, master: FileMasterKey) -> Iterator[PostgresVault]:
    """A vault as a process that starts now would open it."""
    with closing(PostgresVault(urls.keys, FileMasterKey(master.path), CLOCK)) as vault:
        yield vault


def filled(urls: ServerUrls, master: FileMasterKey, count: int = 5) -> tuple[Keys, bytes]:
    with fresh_vault(urls, master) as vault:
        subjects = [uuid4() for _ in range(count)]
        vault.make(subjects)
        vault.destroy(subjects[:1])
        return vault.keys(subjects), vault.purpose_key("lookup")


def held(urls: ServerUrls, master: FileMasterKey, keys: Keys) -> tuple[Keys, bytes]:
    with fresh_vault(urls, master) as vault:
        return vault.keys(list(keys)), vault.purpose_key("lookup")


def rotate(urls: ServerUrls, master: FileMasterKey) -> Rotated:
    return rotate_master(urls.keys, FileMasterKey(master.path), CLOCK)


def test_every_key_comes_under_the_new_version(
    new_database: ServerUrls, master: FileMasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    before = filled(new_database, master, count=6)
    progress: list[int] = []
    done = rotate_master(new_database.keys, master, CLOCK, progress.append)
    assert done == Rotated(version=2, rewrapped=6, resumed=False)
    assert progress == [3, 5, 6]
    assert master.versions() == [2]
    assert held(new_database, master, before[0]) == before
    with fresh_vault(new_database, master) as vault:
        assert (vault.status().master_version, vault.status().behind) == (2, 0)


def test_what_was_wrapped_before_is_worthless_after(new_database: ServerUrls, master: FileMasterKey) -> None:
    """An old copy of the key table opens with the old version only, which is nowhere but in its shares."""
    filled(new_database, master)
    with psycopg.connect(new_database.keys) as connection:
        row = connection.execute("select wrapped, subject from keys.subject_key where wrapped is not null").fetchone()
    assert row is not None
    rotate(new_database, master)
    with pytest.raises(HubError) as caught:
        FileMasterKey(master.path).unwrap(1, row[0], b"subject" + row[1].bytes)
    assert caught.value.code == "master-key-missing"


def test_a_process_that_runs_meanwhile_goes_on(new_database: ServerUrls, master: FileMasterKey) -> None:
    before, _ = filled(new_database, master)
    with fresh_vault(new_database, master) as vault:
        vault.keys(list(before)[:2])
        rotate(new_database, master)
        assert vault.keys(list(before)) == before
        new = uuid4()
        vault.make([new])
        assert held(new_database, master, {new: None})[0] == vault.keys([new])


def test_rotating_again_begins_a_third_version(new_database: ServerUrls, master: FileMasterKey) -> None:
    before = filled(new_database, master)
    assert [rotate(new_database, master).version for _ in range(2)] == [2, 3]
    assert held(new_database, master, before[0]) == before


@contextmanager
def crashing_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Let the process die at the n-th statement or file step, before it is done; tells how many steps were taken."""
    taken = 0

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == step:
                raise Crash
            return original(*args, **kwargs)

        return run

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Connection, "execute", counted(psycopg.Connection.execute))
        patched.setattr(Path, "replace", counted(Path.replace))
        patched.setattr(secret_file, "_sync_folder", counted(secret_file._sync_folder))
        yield lambda: taken


def test_a_crash_at_any_step_loses_nothing_and_is_finished_later(
    new_database: ServerUrls, master: FileMasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    before = filled(new_database, master, count=4)
    for step in range(1, 100):
        version = FileMasterKey(master.path).newest()
        with crashing_at(step, monkeypatch) as taken, suppress(Crash):
            rotate(new_database, master)
        if taken() < step:
            break
        assert held(new_database, master, before[0]) == before, step
        with fresh_vault(new_database, master) as vault:
            new = uuid4()
            vault.make([new])
            before[0].update(vault.keys([new]))
        finished = rotate(new_database, master)
        assert finished.version in {version + 1, version + 2}
        assert held(new_database, master, before[0]) == before, step
        assert FileMasterKey(master.path).versions() == [finished.version]
        with fresh_vault(new_database, master) as vault:
            vault.destroy([new])
            before[0][new] = None
    assert 15 < step < 100


def test_nobody_who_writes_meanwhile_is_missed(
    new_database: ServerUrls, master: FileMasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 20)
    before, _ = filled(new_database, master, count=200)
    made: list[Keys] = []
    stop = threading.Event()

    def write() -> None:
        with fresh_vault(new_database, master) as vault:
            while not stop.is_set():
                subject = uuid4()
                vault.make([subject])
                made.append(vault.keys([subject]))

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        rotate(new_database, master)
    stop.set()
    for writer in writers:
        writer.join()
    for keys in made:
        before |= keys
    assert len(made) > 3
    assert held(new_database, master, before)[0] == before


def test_a_vault_that_is_open_goes_on_under_the_new_version(new_database: ServerUrls, master: FileMasterKey) -> None:
    with fresh_vault(new_database, master) as vault:
        for version in (1, 2, 3):
            made = vault.made([("police", f"P-{version}")])["police", f"P-{version}"]
            assert (vault.status().master_version, vault.status().behind) == (version, 0)
            rotate(new_database, master)
            assert held(new_database, master, {made.subject: made.key})[0] == {made.subject: made.key}


def test_only_one_process_rotates(new_database: ServerUrls, master: FileMasterKey) -> None:
    filled(new_database, master)

    def meanwhile(done: int) -> None:
        with pytest.raises(RetryableError) as caught:
            rotate(new_database, master)
        assert caught.value.code == "rotation-running"

    rotate_master(new_database.keys, master, CLOCK, meanwhile)


def test_a_key_that_does_not_unwrap_stops_the_rotation_before_anything_is_dropped(
    new_database: ServerUrls, master: FileMasterKey
) -> None:
    before, _ = filled(new_database, master)
    damaged = max(subject for subject, key in before.items() if key is not None)
    with psycopg.connect(new_database.keys) as connection:
        connection.execute("update keys.subject_key set wrapped = 'x' where subject = %s", [damaged])
    with pytest.raises(HubError) as caught:
        rotate(new_database, master)
    assert caught.value.code == "key-damaged"
    assert FileMasterKey(master.path).versions() == [1, 2]
    intact = {subject: key for subject, key in before.items() if subject != damaged}
    assert held(new_database, master, intact)[0] == intact


def test_the_old_version_is_kept_as_long_as_one_key_needs_it(
    new_database: ServerUrls, master: FileMasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled(new_database, master)
    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_rewrap_subjects", lambda *_: iter(()))
        with pytest.raises(HubError) as caught:
            rotate(new_database, master)
    assert caught.value.code == "rotation-unfinished"
    assert held(new_database, master, before[0]) == before
    assert rotate(new_database, master) == Rotated(version=2, rewrapped=4, resumed=True)


def test_a_file_that_lacks_the_tables_version_rotates_nothing(
    new_database: ServerUrls, master: FileMasterKey, tmp_path: Path
) -> None:
    filled(new_database, master)
    old = master.path.read_bytes()
    rotate(new_database, master)
    stale = tmp_path / "stale.json"
    stale.touch(0o600)
    stale.write_bytes(old)
    with pytest.raises(HubError) as caught:
        rotate_master(new_database.keys, FileMasterKey(stale), CLOCK)
    assert caught.value.code == "master-key-missing"
    assert FileMasterKey(stale).versions() == [1]


def test_the_drill_after_a_rotation(new_database: ServerUrls, master: FileMasterKey) -> None:
    """The file is lost; the shares of the present version bring every key back, those of the old one do not."""
    before = filled(new_database, master)
    old_shares = split_master_key(master.version(1), 2, 3)
    version = rotate(new_database, master).version
    shares = split_master_key(FileMasterKey(master.path).version(version), 2, 3)
    master.path.unlink()
    restore_master_key(old_shares[:2], master.path, AT)
    with fresh_vault(new_database, master) as vault, pytest.raises(HubError) as caught:
        vault.keys(list(before[0]))
    assert caught.value.code == "master-key-missing"
    assert join_shares(shares[1:], AT).version == version
    restore_master_key(shares[1:], master.path, AT)
    assert held(new_database, master, before[0]) == before
