"""The files of a backup: what each holds is in `manifest.json`, which is written last and read first.

The log and the keys are two backups in two folders, that are kept apart: whoever has one of them reads nothing. A
folder without its manifest was not finished; a file that is not as it was written is named.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hub.contract.canonical import canonical
from hub.errors import HubError, UsageError
from hub.proof.files import write_whole

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup: `tables` counts rows, `files` gives each file's SHA-256, `tree` the log's size and root."""

    part: str
    taken_at: str
    migrations: dict[str, str]
    tables: dict[str, int]
    position: int
    tree_size: int = 0
    tree_root: str = ""
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def new_folder(path: Path) -> None:
    """Make the folder of a backup; raises `UsageError` where there is something already."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise UsageError("A backup needs an empty folder of its own.", code="folder-in-use", place=str(path))
    path.chmod(0o700)


def refuse_together(one: Path, other: Path) -> None:
    """Raise `UsageError` where one folder is the other, or is in it."""
    first, second = one.resolve(), other.resolve()
    if first.is_relative_to(second) or second.is_relative_to(first):
        raise UsageError("The keys belong in a folder apart from the log: keep the two apart.", code="keys-not-apart")


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a folder's files, which makes it a backup."""
    files = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    body = {**asdict(manifest), "files": files}
    content = {"backup": body, "sha256": sha256(canonical(body)).hexdigest()}
    write_whole(folder / MANIFEST, json.dumps(content, indent=1).encode())


def read_manifest(folder: Path, part: str) -> Manifest:
    """Return the manifest of a folder whose files are as they were written; raises `HubError`."""
    try:
        manifest = Manifest(**_checked(json.loads((folder / MANIFEST).read_bytes())))
    except FileNotFoundError as error:
        raise UsageError(
            "There is no backup here, or it was not finished.", code="no-backup", place=str(folder)
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(MANIFEST, folder) from error
    if manifest.part != part:
        raise UsageError(f"This is the backup of the {manifest.part}, not of the {part}.", code="other-backup")
    for name, digest in manifest.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file() or _digest(path) != digest:
            raise _damaged(name, folder)
    return manifest


def _checked(held: Any) -> Mapping[str, Any]:
    """Return what a manifest says, if it is as it was written; raises ValueError."""
    body = held["backup"]
    if sha256(canonical(body)).hexdigest() != held["sha256"]:
        raise ValueError("the manifest is another")
    wanted = {
        "part": str, "taken_at": str, "migrations": dict, "tables": dict, "position": int, "tree_size": int,
        "tree_root": str, "files": dict, "format": int,
    }  # fmt: skip
    if any(not isinstance(body[name], kind) for name, kind in wanted.items()):
        raise ValueError("this is no manifest")
    if body["format"] != FORMAT:
        raise HubError("The backup is of a newer program: use that one.", code="newer-backup")
    return {name: body[name] for name in wanted}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _damaged(name: str, folder: Path) -> HubError:
    return HubError(f"The backup's {name} is not as it was written.", code="backup-damaged", place=str(folder / name))
