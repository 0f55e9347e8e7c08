"""The ids of what was erased, in a file outside the database: so that no restored backup brings any of it back.

It holds random ids of keys and nothing else. What is missing in it is added again from the log.
"""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from hub.errors import HubError
from hub.store.secret_file import replace_secret


class ErasedRegister:
    """The file, an id a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> set[UUID]:
        """Return the ids; none where there is no file. Raises `HubError` ("erased-register-damaged")."""
        try:
            return {UUID(line) for line in self._path.read_text(encoding="ascii").split()}
        except FileNotFoundError:
            return set()
        except ValueError as error:
            raise HubError(
                "The register of what was erased is damaged: restore the file, or move it away and run mash erase"
                " carry-out, which makes it anew from the log.",
                code="erased-register-damaged",
                place=str(self._path),
            ) from error

    def add(self, ids: Collection[UUID]) -> None:
        """Add ids, on the disk on return; one that is there already stays as it is."""
        held = self.read()
        if not held.issuperset(ids):
            replace_secret(self._path, "".join(f"{each}\n" for each in sorted({*held, *ids})).encode())
