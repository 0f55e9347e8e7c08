"""The master key's file: its owner's alone, whole at every moment, each version kept as long as it is needed."""

import os
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from hub.errors import ConflictError, HubError, UsageError
from hub.store.master_key import FileMasterKey, MasterKeyVersion

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "master-key.json"


@pytest.fixture
def master(path: Path) -> FileMasterKey:
    return FileMasterKey.create(path, AT)


def code(caught: pytest.ExceptionInfo[HubError]) -> str:
    return caught.value.code


class TestTheFile:
    def test_is_made_for_its_owner_alone(self, master: FileMasterKey) -> None:
        assert master.path.stat().st_mode & 0o777 == 0o600
        assert master.path.parent.stat().st_mode & 0o777 == 0o700
        assert master.versions() == [1]

    def test_leaves_nothing_beside_it(self, master: FileMasterKey) -> None:
        master.add_version(AT)
        assert [entry.name for entry in master.path.parent.iterdir()] == ["master-key.json"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o666])
    def test_is_refused_when_others_may_open_it(self, master: FileMasterKey, mode: int) -> None:
        master.path.chmod(mode)
        with pytest.raises(UsageError, match=f"chmod 600 {master.path}") as caught:
            FileMasterKey(master.path)
        assert code(caught) == "loose-permissions"

    def test_is_refused_when_missing(self, path: Path) -> None:
        with pytest.raises(UsageError, match="No such file") as caught:
            FileMasterKey(path)
        assert caught.value.place == str(path)

    def test_is_refused_when_it_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="Is a directory"):
            FileMasterKey(tmp_path)
        os.mkfifo(tmp_path / "pipe", 0o600)
        with pytest.raises(UsageError, match="is not a file"):
            FileMasterKey(tmp_path / "pipe")

    def test_is_never_made_twice(self, master: FileMasterKey) -> None:
        before = master.path.read_bytes()
        with pytest.raises(ConflictError):
            FileMasterKey.create(master.path, AT)
        assert master.path.read_bytes() == before
        assert len(list(master.path.parent.iterdir())) == 1

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{", b'{"versions": []}', b'{"versions": [{"version": 1}]}', b'{"versions": {"1": 2}}']
    )
    def test_is_refused_when_damaged(self, master: FileMasterKey, content: bytes) -> None:
        master.path.write_bytes(content)
        with pytest.raises(HubError) as caught:
            FileMasterKey(master.path)
        assert code(caught) == "master-key-damaged"

    @pytest.mark.parametrize(("field", "value"), [("key", "AAAA"), ("check", "00" * 8), ("version", 2)])
    def test_is_refused_when_a_key_does_not_fit_its_check_value(
        self, master: FileMasterKey, field: str, value: object
    ) -> None:
        content = orjson.loads(master.path.read_bytes())
        content["versions"][0][field] = value
        master.path.write_bytes(orjson.dumps(content))
        with pytest.raises(HubError) as caught:
            FileMasterKey(master.path)
        assert code(caught) == "master-key-damaged"

    def test_is_whole_when_a_write_is_cut_off(self, master: FileMasterKey, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        before = master.path.read_bytes()
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UsageError, match="No space left on device"):
            master.add_version(AT)
        assert master.path.read_bytes() == before
        assert len(list(master.path.parent.iterdir())) == 1


class TestWrapping:
    def test_a_key_comes_back_at_its_place(self, master: FileMasterKey) -> None:
        wrapped = master.wrap(1, KEY, b"here")
        assert master.unwrap(1, wrapped, b"here") == KEY
        assert KEY not in wrapped
        assert wrapped != master.wrap(1, KEY, b"here")

    def test_a_key_that_was_moved_does_not_unwrap(self, master: FileMasterKey) -> None:
        wrapped = master.wrap(1, KEY, b"here")
        with pytest.raises(HubError) as caught:
            master.unwrap(1, wrapped, b"there")
        assert code(caught) == "key-damaged"

    def test_any_altered_or_missing_byte_is_noticed(self, master: FileMasterKey) -> None:
        wrapped = master.wrap(1, KEY, b"here")
        altered = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in range(len(wrapped))]
        for each in [*altered, *(wrapped[:length] for length in range(len(wrapped))), wrapped + b"\x00"]:
            with pytest.raises(HubError) as caught:
                master.unwrap(1, each, b"here")
            assert code(caught) == "key-damaged"

    def test_a_version_that_is_not_there_is_named(self, master: FileMasterKey) -> None:
        with pytest.raises(HubError, match="version 7 is missing") as caught:
            master.unwrap(7, master.wrap(1, KEY, b"here"), b"here")
        assert code(caught) == "master-key-missing"

    def test_check_values_differ_and_tell_nothing(self, master: FileMasterKey) -> None:
        master.add_version(AT)
        assert len({master.check_value(1), master.check_value(2)}) == 2
        assert master.check_value(1) not in master.version(1).key


class TestVersions:
    def test_both_versions_unwrap_while_rotating(self, master: FileMasterKey) -> None:
        old = master.wrap(1, KEY, b"here")
        assert master.add_version(AT) == 2
        assert master.newest() == 2
        assert master.unwrap(1, old, b"here") == master.unwrap(2, master.wrap(2, KEY, b"here"), b"here") == KEY

    def test_a_dropped_version_is_gone_from_file_and_memory(self, master: FileMasterKey) -> None:
        old = master.wrap(1, KEY, b"here")
        master.add_version(AT)
        master.keep_only(2)
        for each in (master, FileMasterKey(master.path)):
            assert each.versions() == [2]
            with pytest.raises(HubError):
                each.unwrap(1, old, b"here")

    def test_another_process_finds_a_new_version_by_itself(self, master: FileMasterKey) -> None:
        other = FileMasterKey(master.path)
        master.add_version(AT)
        assert other.unwrap(2, master.wrap(2, KEY, b"here"), b"here") == KEY

    def test_a_key_is_not_in_what_python_prints(self, master: FileMasterKey) -> None:
        version = master.version(1)
        assert version.key.hex() not in repr(version)
        assert repr(version.key) not in repr(version)


class TestRestoring:
    def test_makes_a_file_that_others_may_not_open(self, path: Path) -> None:
        restored = FileMasterKey.restore(path, MasterKeyVersion(3, KEY, AT))
        assert restored.version(3).key == KEY
        assert path.stat().st_mode & 0o777 == 0o600

    def test_adds_an_older_version_beside_the_present_one(self, master: FileMasterKey) -> None:
        first = master.version(1)
        master.add_version(AT)
        master.keep_only(2)
        assert FileMasterKey.restore(master.path, first).versions() == [1, 2]

    def test_never_replaces_another_key(self, master: FileMasterKey) -> None:
        before = master.path.read_bytes()
        with pytest.raises(ConflictError) as caught:
            FileMasterKey.restore(master.path, MasterKeyVersion(1, os.urandom(32), AT))
        assert code(caught) == "master-key-differs"
        assert master.path.read_bytes() == before

    def test_changes_nothing_when_the_key_is_there(self, master: FileMasterKey) -> None:
        before = master.path.read_bytes()
        FileMasterKey.restore(master.path, master.version(1))
        assert master.path.read_bytes() == before
