"""The files of a spool: segments by number, the cursor, the last error, and what was found damaged.

Reads them, for the one process that owns the spool and for any that asks what waits; changes nothing by itself.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hub.errors import UsageError
from producers.spool_segment import Piece, first_record, message_of, pieces

LOCK: Final = "lock"
_CURSOR: Final = "cursor.json"
_LAST_ERROR: Final = "last-error.json"
_DAMAGED: Final = "damaged"
_SUFFIX: Final = ".segment"
_SIGNED_AT: Final = "mash-signed-at"


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """What waits in a spool: how much, since when (RFC 3339), and why; `damaged` counts the pieces kept aside."""

    count: int
    bytes: int
    oldest_unsent: str | None
    last_error: str | None
    last_error_at: str | None
    damaged: int

    def as_json(self) -> dict[str, Any]:
        """Return the documented shape of `mash publish --status --json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one segment holds from its first unsent record on."""

    number: int
    start: int
    size: int
    found: list[Piece]

    @property
    def count(self) -> int:
        """How many records wait in it."""
        return sum(piece.body is not None for piece in self.found)


@dataclass(frozen=True, slots=True)
class SpoolFolder:
    """A spool's files in one folder."""

    path: Path

    def segment(self, number: int) -> Path:
        """Return the file of a segment."""
        return self.path / f"{number:012d}{_SUFFIX}"

    def numbers(self) -> list[int]:
        """Return the numbers of the segments, oldest first."""
        return sorted(int(each.stem) for each in self.path.glob(f"*{_SUFFIX}") if each.stem.isdecimal())

    def cursor(self) -> tuple[int, int]:
        """Return the segment and the offset from which nothing is sent yet; the beginning, where that is not known."""
        body = _read(self.path / _CURSOR)
        segment, offset = body.get("segment"), body.get("offset")
        return (segment, offset) if isinstance(segment, int) and isinstance(offset, int) else (0, 0)

    def save_cursor(self, segment: int, offset: int) -> None:
        """Keep from where nothing is sent yet."""
        _replace(self.path / _CURSOR, {"segment": segment, "offset": offset})

    def scan(self, topic: str | None = None) -> Iterator[Scanned]:
        """Yield what waits, segment by segment; raises `UsageError` for the spool of another topic."""
        cursor, offset = self.cursor()
        for number in self.numbers():
            if number >= cursor:
                data = self.segment(number).read_bytes()
                start = first_record(data, topic)
                if number == cursor and start <= offset <= len(data):
                    start = offset
                yield Scanned(number, start, len(data), list(pieces(data, start)))

    def put_aside(self, number: int, piece: Piece) -> None:
        """Keep a copy of bytes that are no record."""
        kind = "torn" if piece.torn else "bytes"
        copy = self.path / _DAMAGED / f"{number:012d}-{piece.start}.{kind}"
        if not copy.exists():
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            with self.segment(number).open("rb") as file:
                _write(copy, os.pread(file.fileno(), piece.end - piece.start, piece.start))

    def save_error(self, error: Mapping[str, str] | None) -> None:
        """Keep why sending failed last, or that it works again; a full disk only loses this note."""
        path = self.path / _LAST_ERROR
        with suppress(OSError):
            if error is not None:
                _replace(path, error)
            else:
                path.unlink(missing_ok=True)

    def status_of(self, count: int, size: int, oldest: bytes | None) -> SpoolStatus:
        """Return the status of a spool that holds so much, its oldest record this one."""
        error = _read(self.path / _LAST_ERROR)
        return SpoolStatus(
            count=count,
            bytes=size,
            oldest_unsent=_signed_at(oldest),
            last_error=error.get("error"),
            last_error_at=error.get("at"),
            damaged=sum(1 for _ in (self.path / _DAMAGED).glob("*.bytes")),
        )


def read_status(folder: Path) -> SpoolStatus:
    """Return what waits in a spool, whether or not a publisher has it open; raises `UsageError` where there is none."""
    spool, count, size, oldest = SpoolFolder(folder), 0, 0, None
    if not (folder / LOCK).exists():
        raise UsageError("There is no spool here.", code="no-spool", place=str(folder))
    # A segment that goes while it is looked for was sent meanwhile.
    with suppress(FileNotFoundError):
        for scanned in spool.scan():
            bodies = [piece.body for piece in scanned.found if piece.body is not None]
            oldest = oldest or next(iter(bodies), None)
            count, size = count + len(bodies), size + scanned.size - scanned.start
    return spool.status_of(count, size, oldest)


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _signed_at(body: bytes | None) -> str | None:
    headers = dict(message_of(body).headers) if body is not None else {}
    return headers[_SIGNED_AT].decode() if _SIGNED_AT in headers else None


def _read(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _replace(path: Path, body: Mapping[str, object]) -> None:
    _write(path, json.dumps(body).encode())


def _write(path: Path, body: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
