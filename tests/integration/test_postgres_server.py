"""The embedded server: made once, shared, never open without a password, repaired after a cut-off first start."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest

from hub.errors import HubError
from hub.store import postgres_server
from hub.store.postgres_cluster import Cluster
from hub.store.postgres_server import ServerUrls, start, status, stop

pytestmark = pytest.mark.postgres

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that is not there yet, whose server is stopped afterwards."""
    with _short_directory() as parent:
        yield parent / "home"
        stop(parent / "home")


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    """A home that the tests of this module share."""
    with _short_directory() as home:
        yield home
        stop(home)


@contextmanager
def _short_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="mash-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def running(shared_home: Path) -> tuple[Path, ServerUrls]:
    """A server that is running, whatever the test before did with it."""
    return shared_home, start(shared_home)


def start_apart(home: Path) -> str:
    """Start the server from a process of its own, and return the application's URL."""
    code = (
        f"from pathlib import Path; from hub.store import postgres_server as s; print(s.start(Path({str(home)!r})).app)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY).stdout


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def setting(url: str, name: str) -> object:
    return answer(url, f"SHOW {name}")


class TestARunningServer:
    def test_each_url_is_of_its_role(self, running: tuple[Path, ServerUrls]) -> None:
        _, urls = running
        users = {each.name: answer(getattr(urls, each.name), "SELECT current_user") for each in fields(urls)}
        assert users == {
            "superuser": "postgres",
            "owner": "mash_owner",
            "app": "mash_app",
            "reader": "mash_reader",
            "keys": "mash_keys",
        }

    def test_urls_are_not_printed(self, running: tuple[Path, ServerUrls]) -> None:
        assert "postgresql" not in repr(running[1])

    def test_it_is_not_on_the_network(self, running: tuple[Path, ServerUrls]) -> None:
        assert setting(running[1].superuser, "listen_addresses") == ""

    @pytest.mark.parametrize("role", [each.name for each in fields(ServerUrls)])
    def test_a_wrong_password_does_not_get_in(self, running: tuple[Path, ServerUrls], role: str) -> None:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(getattr(running[1], role), password="wrong")

    def test_no_password_does_not_get_in(
        self, running: tuple[Path, ServerUrls], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPASSFILE", os.devnull)
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(running[1].superuser, password="")

    @pytest.mark.parametrize(("name", "value"), [("fsync", "on"), ("synchronous_commit", "on"), ("jit", "off")])
    def test_what_is_committed_stays(self, running: tuple[Path, ServerUrls], name: str, value: str) -> None:
        assert setting(running[1].app, name) == value

    def test_its_secrets_are_private(self, running: tuple[Path, ServerUrls]) -> None:
        secrets = running[0] / "secrets"
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
        assert stat.S_IMODE((secrets / "postgres.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((running[0] / "postgres").stat().st_mode) == 0o700

    def test_another_database_is_reached_by_the_same_roles(self, running: tuple[Path, ServerUrls]) -> None:
        assert answer(running[1].of("postgres").of("template1").superuser, "SELECT current_database()") == "template1"

    def test_the_application_reaches_no_other_database(self, running: tuple[Path, ServerUrls]) -> None:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(running[1].of("postgres").app)

    def test_status_says_so(self, running: tuple[Path, ServerUrls]) -> None:
        found = status(running[0])
        assert (found.state, found.urls) == ("running", running[1])


class TestStartingAndStopping:
    def test_starting_again_keeps_passwords_and_process(self, running: tuple[Path, ServerUrls]) -> None:
        home, urls = running
        before = status(home)
        assert (start(home), status(home)) == (urls, before)

    def test_it_survives_the_process_that_started_it(self, home: Path) -> None:
        start_apart(home)
        assert status(home).state == "running"

    def test_stopping_says_whether_it_ran(self, running: tuple[Path, ServerUrls]) -> None:
        home, _ = running
        assert stop(home)
        assert not stop(home)
        assert status(home).state == "stopped"

    def test_what_was_written_is_there_after_a_restart(self, running: tuple[Path, ServerUrls]) -> None:
        home, urls = running
        with psycopg.connect(urls.superuser) as connection:
            connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        stop(home)
        assert answer(start(home).superuser, "SELECT n FROM kept") == 7

    def test_a_home_that_is_not_there_has_no_server(self, home: Path) -> None:
        assert status(home).state == "absent"
        assert not stop(home)
        assert not home.exists()

    def test_two_processes_that_start_at_once_both_succeed(self, home: Path) -> None:
        with ThreadPoolExecutor(3) as threads:
            assert len({*threads.map(lambda _: start_apart(home), range(3))}) == 1

    def test_a_home_with_a_long_and_odd_name_works(self, home: Path) -> None:
        long = home / ("a name with spaces, an é and a ? mark " * 2) / ("x" * 100)
        urls = start(long)
        try:
            assert answer(urls.app, "SELECT 1") == 1
        finally:
            stop(long)

    def test_another_account_is_told_whose_home_it_is(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(*_: object) -> None:
            raise PermissionError(13, "Permission denied", str(home / ".postgres.lock"))

        monkeypatch.setattr("os.open", denied)
        with pytest.raises(HubError, match="another account") as caught:
            start(home)
        assert caught.value.code == "home-permission"

    def test_exposed_passwords_are_refused(self, running: tuple[Path, ServerUrls]) -> None:
        passwords = running[0] / "secrets" / "postgres.json"
        passwords.chmod(0o644)
        with pytest.raises(HubError) as caught:
            start(running[0])
        passwords.chmod(0o600)
        assert caught.value.code == "passwords-exposed"

    def test_lost_passwords_are_not_made_anew(self, running: tuple[Path, ServerUrls]) -> None:
        passwords = running[0] / "secrets" / "postgres.json"
        elsewhere = passwords.rename(passwords.with_name("elsewhere"))
        with pytest.raises(HubError) as caught:
            start(running[0])
        assert not passwords.exists()
        elsewhere.rename(passwords)
        assert caught.value.code == "passwords-missing"

    def test_files_of_another_version_are_refused(self, home: Path) -> None:
        data = home / "postgres" / "data"
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("16\n")
        with pytest.raises(HubError, match=r"PostgreSQL 16.*PostgreSQL 18") as caught:
            start(home)
        assert caught.value.code == "postgres-version"
        shutil.rmtree(home)

    def test_a_server_that_cannot_start_says_why(self, running: tuple[Path, ServerUrls]) -> None:
        home, _ = running
        stop(home)
        settings = home / "postgres" / "data" / "postgresql.conf"
        good = settings.read_text()
        settings.write_text(good + "max_connections = 'many'\n")
        with pytest.raises(HubError, match=r"postgresql\.conf") as caught:
            start(home)
        settings.write_text(good)
        assert caught.value.code == "postgres-start"


class TestAfterACrash:
    @pytest.mark.parametrize("step", ["make", "start", "_make_database", "set_up_roles", "_prove_passwords_are_asked"])
    def test_a_first_start_cut_off_at_any_step_is_completed(
        self, home: Path, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = Cluster if step in ("make", "start") else postgres_server
        real = getattr(place, step)

        def cut_off(*args: object, **kwargs: object) -> None:
            real(*args, **kwargs)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(place, step, cut_off)
            with pytest.raises(KeyboardInterrupt):
                start(home)
        assert status(home).state == "unfinished"
        assert answer(start(home).app, "SELECT current_user") == "mash_app"
        assert status(home).state == "running"

    def test_a_data_directory_that_was_half_made_is_made_anew(self, home: Path) -> None:
        (home / "postgres" / "data.unfinished" / "base").mkdir(parents=True)
        assert answer(start(home).app, "SELECT 1") == 1

    def test_a_killed_server_is_started_again(self, running: tuple[Path, ServerUrls]) -> None:
        home, urls = running
        process = Cluster(home / "postgres").process()
        assert process is not None
        process.kill()
        process.wait()
        assert start(home) == urls
        assert answer(urls.app, "SELECT 1") == 1

    def test_the_recorded_process_may_be_another_by_now(self, running: tuple[Path, ServerUrls]) -> None:
        home, _ = running
        stop(home)
        record = home / "postgres" / "data" / "postmaster.pid"
        lines = [str(os.getpid()), str(record.parent), "1", "5432", str(home / "postgres"), "", "1 1", "ready"]
        record.write_text("\n".join(lines) + "\n")
        assert status(home).state == "stopped"
        assert not stop(home)
        assert answer(start(home).app, "SELECT 1") == 1

    def test_a_socket_directory_that_another_made_is_refused(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        long = home / ("x" * 120)
        elsewhere = home / "tmp"
        elsewhere.mkdir(parents=True)
        monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
        start(long)
        (place,) = elsewhere.iterdir()
        stop(long)
        assert not place.exists()
        place.mkdir()
        place.chmod(0o777)
        with pytest.raises(HubError) as caught:
            start(long)
        assert caught.value.code == "socket-directory"


def test_the_password_file_of_the_first_start_is_gone(running: tuple[Path, ServerUrls]) -> None:
    passwords = json.loads((running[0] / "secrets" / "postgres.json").read_text())
    assert not (running[0] / "postgres" / "password").exists()
    log = "".join(path.read_text() for path in (running[0] / "postgres" / "log").iterdir())
    assert not any(password in log for password in passwords.values())
