"""Policies in a folder, for a service that has no log: a file `<version>.json` each, as `mash policy export` writes it.

A file that changes while the service runs is read again, and refused unless its text still has the hash of its name.
"""

import json
from collections.abc import Hashable, Sequence
from pathlib import Path

from policies.errors import PolicyLoadError
from policies.ruleset import PolicyText, PolicyVersion

_MOST_BYTES = 10_000_000


class FolderTexts:
    """The texts of the policies in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def held(self) -> Sequence[PolicyVersion]:
        """Return the versions whose files are there, by name."""
        return sorted(PolicyVersion(file.stem) for file in self._folder.glob("*.json"))

    def stamp(self, version: PolicyVersion) -> Hashable:
        """Return when the file was changed, and its size; None where it is not there."""
        try:
            found = self._file(version).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def text(self, version: PolicyVersion) -> PolicyText | None:
        """Return the text of a version; raises PolicyError where its file cannot be read."""
        file = self._file(version)
        try:
            if not file.exists():
                return None
            with file.open("rb") as opened:
                content = opened.read(_MOST_BYTES)
            return PolicyText.from_record(json.loads(content))
        except (OSError, ValueError, RecursionError) as error:
            raise PolicyLoadError("The file of a policy cannot be read.", code="policy-unreadable") from error

    def _file(self, version: PolicyVersion) -> Path:
        return self._folder / f"{version}.json"
