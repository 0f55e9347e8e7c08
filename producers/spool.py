"""Keeps sealed messages on disk, in order, until the broker has them. Durable, bounded, owned by one process at a time.

What `append` returned from is on the disk. A record that a crash tore off was never accepted and is cut off at opening.
Where the cursor is lost, some is sent again, which changes nothing at the hub. Bytes that are damaged are copied into
`damaged/` and counted; what stands behind them goes out.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from hub.broker.port import Message
from hub.errors import ConflictError, RetryableError, UsageError
from producers.spool_folder import LOCK, Scanned, SpoolFolder, SpoolStatus, sync_folder
from producers.spool_segment import Piece, first_line, message_of, pieces, record_of

SEGMENT_BYTES: Final = 8 * 1_048_576
MAX_BYTES: Final = 20 * 1_073_741_824


@dataclass(slots=True)
class _Segment:
    """A file of records: all below `start` is sent, all below `size` is accepted."""

    number: int
    start: int
    size: int
    count: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages that wait longest, and where they end."""

    messages: list[Message]
    number: int
    end: int


class Spool:
    """The messages of one topic that wait for the broker; any thread may append while one sends."""

    def __init__(
        self, folder: Path, topic: str, *, segment_bytes: int = SEGMENT_BYTES, max_bytes: int = MAX_BYTES
    ) -> None:
        """Open the spool; raises `ConflictError` ("spool-in-use"), and `UsageError` for one of another topic."""
        self._files = SpoolFolder(folder)
        self._first_line = first_line(topic)
        self._segment_bytes = segment_bytes
        self._max_bytes = max_bytes
        self._mutex = Lock()
        self._writing: int | None = None
        with _disk("The spool cannot be opened"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock: int | None = _locked(folder)
            try:
                self._segments = deque(self._opened(topic))
            except BaseException:
                os.close(self._lock)
                raise
        self._next = max(self._files.cursor()[0], *(each.number + 1 for each in self._segments), 1)
        self._count = sum(each.count for each in self._segments)

    def __len__(self) -> int:
        return self._count

    def append(self, messages: Sequence[Message]) -> None:
        """Keep the messages behind all others; raises `RetryableError` ("spool-full") with none of them accepted."""
        records = b"".join(map(record_of, messages))
        with self._mutex:
            self._check_open()
            if self._bytes() + len(records) > self._max_bytes:
                raise RetryableError("The spool is full until the broker is back.", code="spool-full")
            with _disk("The spool cannot take more"):
                self._write(records)
            self._segments[-1].size += len(records)
            self._segments[-1].count += len(messages)
            self._count += len(messages)

    def first(self, limit: int) -> Batch | None:
        """Return up to `limit` of the messages that wait longest; None where none waits."""
        with self._mutex, _disk("The spool cannot be read"):
            self._check_open()
            while self._segments:
                segment = self._segments[0]
                messages, end = self._read(segment, limit)
                if messages:
                    return Batch(messages, segment.number, end)
                self._forget(segment)
            return None

    def sent(self, batch: Batch) -> None:
        """Let go of the messages of a batch: the broker has them."""
        with self._mutex, _disk("The spool's cursor cannot be written"):
            self._check_open()
            segment = self._segments[0]
            segment.start = batch.end
            segment.count -= len(batch.messages)
            self._count -= len(batch.messages)
            if segment.start < segment.size:
                self._files.save_cursor(segment.number, segment.start)
            else:
                self._forget(segment)

    def note(self, error: str | None, at: str) -> None:
        """Keep for the operator why sending failed last; None says that it works again."""
        self._files.save_error({"error": error, "at": at} if error is not None else None)

    def status(self) -> SpoolStatus:
        """Return what waits."""
        with self._mutex:
            oldest = next((body for each in self._segments for body in self._bodies(each)), None)
            return self._files.status_of(self._count, self._bytes(), oldest)

    def close(self) -> None:
        """Let another process have the spool."""
        with self._mutex:
            self._stop_writing()
            if self._lock is not None:
                os.close(self._lock)
            self._lock = None

    def _check_open(self) -> None:
        if self._lock is None:
            raise UsageError("The spool is closed.", code="spool-closed")

    def _bytes(self) -> int:
        return sum(each.size - each.start for each in self._segments)

    def _opened(self, topic: str) -> Iterator[_Segment]:
        cursor, _ = self._files.cursor()
        for number in self._files.numbers():
            if number < cursor:
                self._files.segment(number).unlink()
        for scanned in self._files.scan(topic):
            self._put_aside(scanned.number, scanned.found)
            yield _Segment(scanned.number, scanned.start, self._sound_size(scanned), scanned.count)

    def _sound_size(self, scanned: Scanned) -> int:
        """Return a segment's size, after cutting off the record that a crash tore."""
        last = scanned.found[-1] if scanned.found else None
        if last is None or not last.torn:
            return scanned.size
        with self._files.segment(scanned.number).open("r+b") as file:
            file.truncate(last.start)
            os.fsync(file.fileno())
        return last.start

    def _read(self, segment: _Segment, limit: int) -> tuple[list[Message], int]:
        messages: list[Message] = []
        end = segment.start
        for piece in self._pieces(segment):
            if len(messages) == limit:
                break
            if piece.body is not None:
                messages.append(message_of(piece.body))
            else:
                self._put_aside(segment.number, [piece])
            end = piece.end
        return messages, end

    def _pieces(self, segment: _Segment) -> Iterator[Piece]:
        with self._files.segment(segment.number).open("rb") as file:
            data = os.pread(file.fileno(), segment.size - segment.start, segment.start)
        for piece in pieces(data, 0):
            yield Piece(segment.start + piece.start, segment.start + piece.end, piece.body, piece.torn)

    def _bodies(self, segment: _Segment) -> Iterator[bytes]:
        return (piece.body for piece in self._pieces(segment) if piece.body is not None)

    def _put_aside(self, number: int, found: Sequence[Piece]) -> None:
        for piece in found:
            if piece.body is None:
                self._files.put_aside(number, piece)

    def _forget(self, segment: _Segment) -> None:
        """Remove a segment of which nothing waits; the cursor stands behind it first."""
        if self._segments[-1] is segment:
            self._stop_writing()
        self._files.save_cursor(segment.number + 1, 0)
        self._count -= segment.count  # What became unreadable since it was counted.
        self._segments.popleft()
        self._files.segment(segment.number).unlink()

    def _write(self, records: bytes) -> None:
        if self._writing is None or self._segments[-1].size >= self._segment_bytes:
            self._begin()
        descriptor, size = self._writing, self._segments[-1].size
        assert descriptor is not None  # noqa: S101 - `_begin` has just opened it
        try:
            _write_all(descriptor, records, size)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            self._stop_writing()
            raise

    def _begin(self) -> None:
        """Open a new segment to write to."""
        self._stop_writing()
        number = self._next
        path = self._files.segment(number)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write_all(descriptor, self._first_line, 0)
            sync_folder(path.parent)
        except BaseException:
            os.close(descriptor)
            path.unlink()
            raise
        self._next, self._writing = number + 1, descriptor
        self._segments.append(_Segment(number, len(self._first_line), len(self._first_line), 0))

    def _stop_writing(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
        self._writing = None


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
    os.fsync(descriptor)


def _locked(folder: Path) -> int:
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConflictError("Another process publishes from this spool.", code="spool-in-use") from error
    return descriptor


@contextmanager
def _disk(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RetryableError(f"{what}: {error.strerror}.", code="spool-full") from error
