"""Keep the master key: how many keys it wraps, a new version of it, shares of it for escrow, and its restoration.

Key material goes into files of mode 0600, never anywhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Clock
from hub.errors import UsageError
from hub.store.escrow import restore_master_key, split_master_key
from hub.store.master_key import FileMasterKey
from hub.store.rotation import Rotated, rotate_master
from hub.store.secret_file import create_secret


@dataclass(frozen=True, slots=True)
class Shares:
    """The files that hold shares of one version of the master key, and how many of them restore it."""

    files: list[Path]
    needed: int
    version: int


def rotate(keys_url: str, master_key: Path, clock: Clock, on_progress: Callable[[int], None]) -> Rotated:
    """Bring all keys under a new version of the master key, or finish a rotation that was interrupted."""
    return rotate_master(keys_url, FileMasterKey(master_key), clock, on_progress)


def write_shares(master_key: Path, folder: Path, *, count: int, needed: int) -> Shares:
    """Split the newest version of the master key into shares, one file each."""
    master = FileMasterKey(master_key)
    version = master.newest()
    made = split_master_key(master.version(version), needed, count)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [folder / f"master-key-{version}-share-{number}-of-{count}.txt" for number in range(1, count + 1)]
    for file, share in zip(files, made, strict=True):
        create_secret(file, f"{share}\n".encode())
    return Shares(files, needed, version)


def restore(files: Sequence[Path], master_key: Path, clock: Clock) -> list[int]:
    """Write the master key that shares give into its file; return the versions that this holds now."""
    try:
        texts = [file.read_text() for file in files]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("A share's file cannot be read.", code="unreadable-share") from error
    master_key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return restore_master_key(texts, master_key, clock.now()).versions()
