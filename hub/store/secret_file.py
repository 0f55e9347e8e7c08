"""Files that hold a secret: for their owner alone, replaced whole or not at all, on the disk before anyone goes on.

Looks at the opened file, never at its name twice, so nobody can swap it in between.
"""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from hub.errors import ConflictError, UsageError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_secret(path: Path) -> bytes:
    """Return the bytes of a secret file; raises `UsageError` for one that is missing or that others may open."""
    try:
        with open(path, "rb", opener=_not_waiting) as file:
            _refuse_loose(os.fstat(file.fileno()).st_mode, path)
            return file.read()
    except OSError as error:
        raise _failed("read", path, error) from error


def create_secret(path: Path, content: bytes) -> None:
    """Write a new secret file; raises `ConflictError` where there is one already, which stays as it was."""
    written = _written_beside(path, content)
    try:
        os.link(written, path)
    except FileExistsError as error:
        raise ConflictError("There is such a secret file already.", code="secret-exists", place=str(path)) from error
    finally:
        written.unlink()
    _sync_folder(path.parent)


def replace_secret(path: Path, content: bytes) -> None:
    """Put new bytes in the place of a secret file, which is whole at every moment."""
    _written_beside(path, content).replace(path)
    _sync_folder(path.parent)


def _written_beside(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise _failed("written", path, error) from error
    return beside


def _refuse_loose(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise UsageError("The secret file is not a file.", code="secret-file", place=str(path))
    if mode & _OTHERS:
        raise UsageError(
            f"Others may open the secret file: chmod 600 {path}", code="loose-permissions", place=str(path)
        )


def _not_waiting(path: str, flags: int) -> int:
    """Open a pipe without waiting for whoever writes to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _failed(what: str, path: Path, error: OSError) -> UsageError:
    return UsageError(f"The secret file cannot be {what}: {error.strerror}.", code="secret-file", place=str(path))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
