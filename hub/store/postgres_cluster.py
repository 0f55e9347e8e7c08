"""One PostgreSQL data directory under `$MASH_HOME/postgres`: make it, start it, stop it, say whether it runs.

Never listens on a network, never trusts a connection without a password, and never signals a process that is not
the server of this very directory. Callers hold the lock of `postgres_server`.
"""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from hub.errors import HubError
from hub.store.postgres_programs import MAJOR_VERSION, account, hand_over, make_programs_reachable, run

SUPERUSER = "postgres"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 120

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "pglz",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "server-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_timezone": "UTC",
    # Neither rows nor statements in the log: they may hold what people wrote.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data directory, its log and its socket."""

    directory: Path

    @property
    def data(self) -> Path:
        """Where PostgreSQL keeps its files."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """Where PostgreSQL writes its log, one file a weekday."""
        return self.directory / "log"

    def exists(self) -> bool:
        """Say whether the data directory was made; raises HubError if another PostgreSQL version made it."""
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return False
        if found != str(MAJOR_VERSION):
            raise HubError(
                f"The database files are of PostgreSQL {found}, this program brings PostgreSQL {MAJOR_VERSION}.",
                code="postgres-version",
                place=str(self.data),
            )
        return True

    def make(self, superuser_password: str) -> None:
        """Make the data directory, whole or not at all, with password sign-in from its first moment."""
        self.directory.mkdir(exist_ok=True)
        hand_over(self.directory)
        self.log.mkdir(exist_ok=True)
        hand_over(self.log)
        make_programs_reachable()
        unfinished = self.directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.directory / "password"
        try:
            _write_private(password, superuser_password)
            _initdb(unfinished, password)
        finally:
            password.unlink(missing_ok=True)
        (unfinished / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        with (unfinished / "postgresql.conf").open("a") as settings:
            settings.write("\ninclude 'mash.conf'\n")
        unfinished.rename(self.data)

    def process(self) -> psutil.Process | None:
        """Return the server's process; None when no process is the server of this directory."""
        lines = self._pid_lines()
        if not lines:
            return None
        try:
            process = psutil.Process(int(lines[0]))
            return process if _serves(process, self.data) else None
        except (psutil.Error, ValueError):
            return None

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def socket_directory(self) -> Path | None:
        """Return where the running server is to be reached; None when it is not ready for connections."""
        lines = self._pid_lines()
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return Path(lines[4]) if ready and self.process() else None

    def start(self) -> Path:
        """Start the server unless it runs, wait until it is ready, and return its socket directory."""
        deadline = time.monotonic() + _START_SECONDS
        while self.process() and time.monotonic() < deadline:
            if directory := self.socket_directory():
                return directory
            time.sleep(0.05)
        self._forget_dead_server()
        self._configure()
        make_programs_reachable()
        try:
            run(
                "pg_ctl",
                "start",
                "-w",
                "-t",
                str(_START_SECONDS),
                "-D",
                str(self.data),
                "-l",
                str(self.log / "start.log"),
            )
        except HubError as error:
            raise HubError(f"The database did not start: {self._complaint()}.", code="postgres-start") from error
        directory = self.socket_directory()
        if directory is None:
            raise HubError("The database stopped as soon as it started.", code="postgres-start", place=str(self.log))
        return directory

    def stop(self) -> bool:
        """Stop the server, letting nothing that was committed go; say whether it ran."""
        if self.process() is None:
            return False
        socket_directory = self.socket_directory()
        run("pg_ctl", "stop", "-w", "-t", "120", "-m", "fast", "-D", str(self.data))
        if socket_directory and socket_directory != self.directory:
            shutil.rmtree(socket_directory, ignore_errors=True)
        return True

    def _forget_dead_server(self) -> None:
        # After a crash in a container the recorded id often belongs to another process of the same account,
        # and PostgreSQL then refuses to start.
        if not self._pid_lines() or any(_serves(process, self.data) for process in psutil.process_iter()):
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _configure(self) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": str(self._place_for_socket())}
        lines = (f"{name} = '{value}'\n" for name, value in settings.items())
        path = self.data / "mash.conf"
        path.write_text("".join(lines))
        _give(path)

    def _place_for_socket(self) -> Path:
        if len(os.fsencode(self.directory / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            return self.directory
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        place = Path(tempfile.gettempdir()) / f"mash-{digest}"
        try:
            place.mkdir(mode=stat.S_IRWXU)
        except FileExistsError:
            _refuse_if_not_ours(place)
        else:
            hand_over(place)
        return place

    def _complaint(self) -> str:
        texts = [path.read_text(errors="replace") for path in sorted(self.log.glob("*.log"), key=os.path.getmtime)]
        fatal = [line for line in "\n".join(texts).splitlines() if "FATAL:" in line or "PANIC:" in line]
        return f"{fatal[-1].split(': ', 1)[1].strip() if fatal else 'no reason given'} (see {self.log})"


def _initdb(directory: Path, password: Path) -> None:
    run(
        "initdb",
        f"--pgdata={directory}",
        f"--username={SUPERUSER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == data
    except psutil.Error:
        return False


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    _give(path)


def _give(path: Path) -> None:
    path.chmod(0o600)
    owner = account()
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _refuse_if_not_ours(place: Path) -> None:
    found = place.lstat()
    owner = account()
    ours = owner.pw_uid if owner else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != ours or stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
        raise HubError(
            f"{place} is there already and not ours: remove it, or choose a shorter MASH_HOME.", code="socket-directory"
        )
