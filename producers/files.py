"""Open one file of an agency's records with the adapter that is named, or that recognises it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import UsageError
from producers.adapters import by_name, choose
from producers.adapters.port import Adapter, Record, Reject

_HEAD_BYTES = 4096


def adapter_of(path: Path, name: str | None = None) -> Adapter:
    """Return the adapter for a file; raises `UsageError` for no file, an empty one, or one that nobody reads."""
    if path.is_dir():
        raise UsageError("This is a folder: name the files in it.", code="not-a-file", place=str(path))
    with _unreadable(path), path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise UsageError("The file is empty.", code="empty-file", place=str(path))
    return by_name(name) if name else choose(head, path.name)


def read_records(path: Path, adapter: str | None = None) -> Iterator[Record | Reject]:
    """Yield every record of a file or its reject; raises as `adapter_of`."""
    chosen = adapter_of(path, adapter)
    with _unreadable(path), path.open("rb") as stream:
        yield from chosen.read(stream)


@contextmanager
def _unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"The file cannot be read: {error.strerror}.", code="unreadable-file", place=str(path)
        ) from error
