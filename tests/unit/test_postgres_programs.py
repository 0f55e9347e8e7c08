"""Running the programs of the wheel: under whose account, and what that account is let at."""

import pwd
import stat
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.errors import HubError
from hub.store import postgres_programs
from hub.store.postgres_programs import SERVER_ACCOUNT, account, hand_over, make_programs_reachable, run

SERVER = pwd.struct_passwd((SERVER_ACCOUNT, "x", 4321, 4321, "", "/", "/usr/sbin/nologin"))


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Be root beside an account for the server; the list is of what was given to it."""
    given: list[Path] = []
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", lambda name: SERVER)
    monkeypatch.setattr("os.chown", lambda path, user, group: given.append(path))
    return given


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_ordinary_user_runs_the_server_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert account() is None


class TestTheAccountOfTheServer:
    @pytest.fixture
    def missing(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        """Be root without an account for the server; the function returned makes it."""
        accounts: list[pwd.struct_passwd] = []

        def find(name: str) -> pwd.struct_passwd:
            if not accounts:
                raise KeyError(name)
            return accounts[0]

        monkeypatch.setattr("os.geteuid", lambda: 0)
        monkeypatch.setattr("pwd.getpwnam", find)
        return lambda: accounts.append(SERVER)

    def test_is_made_when_it_is_missing(self, missing: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
        def useradd(command: list[str], **_: object) -> None:
            assert command[0] == "useradd"
            missing()

        monkeypatch.setattr("subprocess.run", useradd)
        assert account() == SERVER

    def test_is_made_once_by_two_that_both_miss_it(
        self, missing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find, both = pwd.getpwnam, threading.Barrier(2)
        made: list[str] = []
        seen = threading.local()

        def find_after_both_looked(name: str) -> pwd.struct_passwd:
            if not hasattr(seen, "once"):
                seen.once = True
                both.wait(timeout=60)
                raise KeyError(name)
            return find(name)

        def useradd(command: list[str], **_: object) -> None:
            made.append(command[0])
            missing()

        monkeypatch.setattr("pwd.getpwnam", find_after_both_looked)
        monkeypatch.setattr("subprocess.run", useradd)
        with ThreadPoolExecutor(2) as both_of_them:
            accounts = [future.result() for future in [both_of_them.submit(account) for _ in range(2)]]
        assert (accounts, made) == ([SERVER, SERVER], ["useradd"])

    @pytest.mark.parametrize("error", [FileNotFoundError(), subprocess.CalledProcessError(1, "useradd")])
    def test_that_cannot_be_made_is_asked_for(
        self, missing: Callable[[], None], error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def useradd(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("subprocess.run", useradd)
        with pytest.raises(HubError, match=SERVER_ACCOUNT) as caught:
            account()
        assert caught.value.code == "server-account"


class TestWhatTheServerIsLetAt:
    def test_its_directory_is_its_own_and_private(self, tmp_path: Path, as_root: list[Path]) -> None:
        directory = tmp_path / "postgres"
        directory.mkdir()
        hand_over(directory)
        assert (mode(directory), as_root) == (0o700, [directory])

    def test_parents_may_be_passed_through_not_read_and_what_is_beside_stays_private(
        self, tmp_path: Path, as_root: list[Path]
    ) -> None:
        home = tmp_path / "home"
        for folder in (home, home / "secrets", home / "postgres"):
            folder.mkdir(mode=0o700)
        hand_over(home / "postgres")
        assert mode(home) == 0o701
        assert mode(home / "secrets") == 0o700

    def test_programs_installed_under_a_strict_umask_can_be_run(
        self, tmp_path: Path, as_root: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_programs, "_directory", lambda: tmp_path)
        programs = tmp_path / "bin"
        programs.mkdir(mode=0o700)
        modes = {"postgres": 0o700, "read.me": 0o600}
        for name, own in modes.items():
            (programs / name).touch(mode=own)
        make_programs_reachable()
        assert {name: mode(programs / name) for name in modes} == {"postgres": 0o705, "read.me": 0o604}
        assert mode(programs) == 0o705

    def test_an_ordinary_user_changes_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        monkeypatch.setattr(postgres_programs, "_directory", lambda: tmp_path)
        tmp_path.chmod(0o700)
        make_programs_reachable()
        assert mode(tmp_path) == 0o700


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(HubError, match=r"pg_ctl failed: .*--help") as caught:
        run("pg_ctl", "--no-such-option")
    assert caught.value.code == "postgres-failed"


def test_a_wheel_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_programs, "find_spec", lambda name: None)
    with pytest.raises(HubError, match="MASH_DATABASE_URL") as caught:
        run("postgres", "--version")
    assert caught.value.code == "postgres-missing"
