"""Publish the files that are put into a folder, once each, then move them to `done` or `rejected`.

A file with anything rejected goes to `rejected`, a report beside it; what could be read of it is published. A crash
between publishing and moving publishes the file again, which changes nothing at the hub. Never takes a file that is
still written to, or whose name begins with a dot or ends in `.part`, `.tmp` or `.new`.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from hub.errors import RetryableError, UsageError
from producers.adapters.port import Record, Reject
from producers.files import read_records
from producers.publisher import Published, Publisher

DONE: Final = "done"
REJECTED: Final = "rejected"
SETTLE_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 2.0
_UNFINISHED: Final = (".part", ".tmp", ".new")


class _StoppedError(Exception):
    """The watcher was told to stop in the middle of a file, which stays where it is and is published again."""


class _UnreadableError(Exception):
    """The file is of no kind that an adapter reads; the cause says why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: where it is now, its records, and why it could not be read at all."""

    file: Path
    result: Published
    unreadable: UsageError | None = None

    @property
    def rejected(self) -> bool:
        """Say whether anything of it was rejected."""
        return self.unreadable is not None or self.result.rejected > 0

    def report(self) -> dict[str, Any]:
        """Return what is written beside a rejected file."""
        error = self.unreadable
        rejects = [
            {"place": each.place, "code": each.code.value, "reason": each.reason} for each in self.result.rejects
        ]
        return {
            "published": self.result.published,
            "rejected": self.result.rejected,
            "error": {"code": error.code, "message": error.message} if error is not None else None,
            "rejects": rejects,
        }


@dataclass(slots=True)
class Watcher:
    """Watches one folder for one publisher, until `stop` is set."""

    folder: Path
    publisher: Publisher
    stop: threading.Event
    on_file: Callable[[Taken], None] = lambda _: None
    on_wait: Callable[[RetryableError], None] = lambda _: None
    settle: float = SETTLE_SECONDS
    _seen: dict[str, tuple[tuple[int, int, int], float]] = field(default_factory=dict)

    def run(self) -> None:
        """Take files until told to stop; raises `UsageError` and `RefusedError` where Kafka refuses the agency."""
        for name in (DONE, REJECTED):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        with suppress(_StoppedError):
            while not self.stop.wait(_LOOK_SECONDS):
                for file in self._finished():
                    self._take(file)

    def _take(self, file: Path) -> None:
        result, unreadable = Published(), None
        try:
            self.publisher.publish_records(self._records(file), result, on_full=self._wait)
        except _UnreadableError as error:
            unreadable = error.__cause__
        self._seen.pop(file.name, None)
        taken = Taken(file, result, unreadable if isinstance(unreadable, UsageError) else None)
        self.on_file(replace(taken, file=_moved(taken)))

    def _records(self, file: Path) -> Iterator[Record | Reject]:
        try:
            for record in read_records(file):
                if self.stop.is_set():
                    raise _StoppedError
                yield record
        except UsageError as error:
            raise _UnreadableError from error

    def _wait(self, error: RetryableError) -> bool:
        self.on_wait(error)
        if self.stop.wait(_PAUSE_SECONDS):
            raise _StoppedError
        return True

    def _finished(self) -> list[Path]:
        """Return the files, oldest first, that nobody writes to and that have not changed for a while."""
        found = [(entry.name, _stat(entry)) for entry in os.scandir(self.folder) if _may_be_taken(entry)]
        there = sorted((stat.st_mtime_ns, name, stat) for name, stat in found if stat is not None)
        files = [self.folder / name for _, name, stat in there if self._settled(name, stat)]
        return [file for file in files if not _being_written(file)]

    def _settled(self, name: str, found: os.stat_result) -> bool:
        state = (found.st_ino, found.st_size, found.st_mtime_ns)
        before, since = self._seen.get(name, (None, 0.0))
        now = time.monotonic()
        if before != state:
            self._seen[name] = (state, now)
            return False
        return now - since >= self.settle


def _may_be_taken(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return entry.is_file(follow_symlinks=False) and not name.startswith(".") and not name.endswith(_UNFINISHED)


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return what the system says of a file, None where it was renamed or removed since it was listed."""
    try:
        return entry.stat()
    except FileNotFoundError:
        return None


def _being_written(file: Path) -> bool:
    """Say whether a process has the file open for writing, where the system can tell: a read lease is refused then."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False  # Another's file, or a network's: there, that it no longer changes must do.
    finally:
        os.close(descriptor)
    return False


def _moved(taken: Taken) -> Path:
    """Move a file to where it belongs, under a name that is free there, its report first; return where it is."""
    folder = taken.file.parent / (REJECTED if taken.rejected else DONE)
    names = chain([taken.file.name], (f"{taken.file.name}.{number}" for number in count(2)))
    target = next(folder / name for name in names if not (folder / name).exists())
    if taken.rejected:
        report = target.with_name(f"{target.name}.report.json")
        report.write_text(json.dumps(taken.report(), ensure_ascii=False, indent=1) + "\n")
    taken.file.rename(target)
    return target
