"""The files of a log's proofs: its signing key, small files replaced whole, and the static export (tlog-tiles).

Knows no database. A key's file is for its owner alone; it is never in the database nor in its backups.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hub.errors import HubError, UsageError
from hub.proof.checkpoint import read_checkpoint
from hub.proof.note import SigningKey, read_note, read_signing_key
from hub.proof.tree import HEIGHT, TILE, Tree


def write_whole(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write a file that is whole at every moment and on the disk on return, for its owner alone.

    With `new`, raises FileExistsError where there is one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            os.link(beside, path)
        else:
            beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    _sync_folder(path.parent)


def make_key(path: Path, name: str, kind: int) -> SigningKey:
    """Make a key where there is none, and return the one that is there."""
    with suppress(FileExistsError):
        if not path.exists():
            write_whole(path, SigningKey.new(name, kind).encoded().encode() + b"\n", new=True)
    return read_key(path)


def read_key(path: Path) -> SigningKey:
    """Read a key; raises `UsageError` where it is missing, damaged or readable by others."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    f"Others may open the secret file: chmod 600 {path}", code="loose-permissions", place=str(path)
                )
            return read_signing_key(file.read().decode("utf-8", "replace"))
    except FileNotFoundError as error:
        raise UsageError("There is no such key.", code="signing-key-missing", place=str(path)) from error


def tile_path(level: int, number: int, width: int = TILE) -> str:
    """Return where a tile is served: its number in groups of three digits, its width where it is not full."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == TILE else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tiles(tree: Tree, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield every tile of the tree of a size, with where it is served."""
    level = 0
    while count := size >> (level * HEIGHT):
        for start in range(0, count, TILE):
            end = min(start + TILE, count)
            yield tile_path(level, start // TILE, end - start), tree.hashes(level, start, end)
        level += 1


def tile_hashes(tree: Tree, size: int, level: int, path: str) -> bytes | None:
    """Return the hashes of the tile that is served at a path under its level; None where the tree has none such."""
    name, _, width = path.partition(".p/")
    number = int(name.replace("x", "").replace("/", ""))
    start, count = number * TILE, size >> (level * HEIGHT)
    end = start + (int(width) if width else TILE)
    if end > count or end == start or tile_path(level, number, end - start) != f"tile/{level}/{path}":
        return None
    return tree.hashes(level, start, end)


def export(tree: Tree, checkpoint: str, size: int, folder: Path) -> int:
    """Write a checkpoint and the tiles of its tree as static files; return how many tiles were written.

    What is there already stays, each file is whole at every moment, and the checkpoint comes last, so that it never
    promises what is missing. Raises `export-refused` where it would take back what was exported.
    """
    _refuse_to_take_back(checkpoint, folder)
    written = 0
    for name, content in tiles(tree, size):
        path = folder / name
        if not path.exists():
            _publish(path, content)
            written += 1
        elif path.read_bytes() != content:
            raise HubError(f"The tile {name} there is another: nothing was overwritten.", code="export-refused")
    _publish(folder / "checkpoint", checkpoint.encode())
    return written


def _refuse_to_take_back(checkpoint: str, folder: Path) -> None:
    path = folder / "checkpoint"
    if not path.exists():
        return
    before, now = (read_checkpoint(read_note(each)) for each in (path.read_text(encoding="utf-8"), checkpoint))
    if before.origin != now.origin or before.size > now.size:
        raise HubError("There is a later checkpoint, or one of another log: take a new folder.", code="export-refused")


def _publish(path: Path, content: bytes) -> None:
    """Write a file that whoever serves the folder may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
