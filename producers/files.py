"""Open one file of an agency's records with the adapter that is named, or that recognises it."""

from collections.abc import Iterator
from pathlib import Path

from hub.errors import UsageError
from producers.adapters import by_name, choose
from producers.adapters.port import Record, Reject

_HEAD_BYTES = 4096


def read_records(path: Path, adapter: str | None = None) -> Iterator[Record | Reject]:
    """Yield every record of a file or its reject; raises `UsageError` for no file, an empty or unknown one."""
    if path.is_dir():
        raise UsageError("This is a folder: name the files in it.", code="not-a-file", place=str(path))
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            if not head:
                raise UsageError("The file is empty.", code="empty-file", place=str(path))
            chosen = by_name(adapter) if adapter else choose(head, path.name)
            stream.seek(0)
            yield from chosen.read(stream)
    except OSError as error:
        raise UsageError(
            f"The file cannot be read: {error.strerror}.", code="unreadable-file", place=str(path)
        ) from error
