"""A witness of logs (c2sp.org/tlog-witness): cosigns a checkpoint that continues the last one it cosigned, no other.

Keeps its key, the logs it knows, and of each log the note that it cosigned last, on the disk before it signs. Holds no
personal data: sizes and hashes. Where it refuses a fork, both notes that show it are kept in `refused/`.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from hub.errors import HubError, UsageError
from hub.proof.checkpoint import Checkpoint, decode_hash, hash_lines, read_checkpoint, read_size
from hub.proof.files import make_key, read_key, write_whole
from hub.proof.hashing import EMPTY_ROOT, verify_consistency
from hub.proof.note import COSIGNED, SIGNED, Note, VerifierKey, read_note, read_verifier_key

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"
MAX_PROOF: Final = 63
_MAX_REFUSED = 100


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks of a witness: to cosign a checkpoint that continues the one of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """Return the request's body."""
        return f"old {self.old}\n{hash_lines(self.proof)}\n{self.note}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answers; `alarm` says what the log was caught at."""

    status: int
    body: str
    content_type: str = TEXT
    alarm: str | None = None


class Witness:
    """A witness in a folder of its own; one process at a time decides."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = read_key(folder / "key")

    @classmethod
    def make(cls, folder: Path, name: str) -> "Witness":
        """Make a witness with a new key where there is none; raises `UsageError` where it has another name.

        A key without its state is never given a new one: it would sign what it has refused.
        """
        if not (folder / "key").exists():
            _keep(folder, {})
        made = make_key(folder / "key", name, COSIGNED)
        if made.name != name:
            raise UsageError(f"The witness in this folder is called {made.name}.", code="witness-exists")
        return cls(folder)

    @property
    def key(self) -> VerifierKey:
        """The key by which its cosignatures are verified."""
        return self._key.verifier

    def trust(self, log: VerifierKey) -> None:
        """Cosign this log's checkpoints from now on; a log that is known by the name may get another key beside."""
        if log.kind != SIGNED:
            raise UsageError("This is no log's key: mash log key prints it.", code="bad-verifier-key")
        with self._alone():
            known = self.logs()
            if log not in known:
                text = "".join(f"{each}\n" for each in [*known, log])
                write_whole(self._folder / "logs", text.encode())

    def logs(self) -> list[VerifierKey]:
        """Return the logs it knows."""
        path = self._folder / "logs"
        return [read_verifier_key(line) for line in path.read_text().splitlines()] if path.exists() else []

    def seen(self) -> dict[str, Note]:
        """Return the note of each log's checkpoint that it cosigned last; raises `state-damaged`."""
        path = self._folder / "state.json"
        try:
            notes = {origin: read_note(content) for origin, content in json.loads(path.read_bytes()).items()}
            if any(read_checkpoint(note).origin != origin for origin, note in notes.items()):
                raise ValueError("a note is of another log")
        except FileNotFoundError as error:
            raise _no_state("missing", path) from error
        except (ValueError, TypeError, AttributeError, HubError) as error:
            raise _no_state("damaged", path) from error
        return notes

    def add_checkpoint(self, body: str, now: Callable[[], int]) -> Reply:
        """Decide on a request, in the order that the protocol gives, and keep what is seen before it signs."""
        try:
            request = read_request(body)
            checkpoint = read_checkpoint(request.note)
        except HubError as error:
            return Reply(400, f"{error.message}\n")
        keys = [each for each in self.logs() if each.name == checkpoint.origin]
        if not keys:
            return Reply(404, "This witness does not know the log.\n")
        if not any(_signs(each, request.note) for each in keys):
            return Reply(403, "The checkpoint is not signed by the log.\n")
        with self._alone():
            return self._decided(request, checkpoint, now)

    def _decided(self, request: Request, checkpoint: Checkpoint, now: Callable[[], int]) -> Reply:
        seen, origin = self.seen(), checkpoint.origin
        before = read_checkpoint(seen[origin]) if origin in seen else Checkpoint(origin, 0, EMPTY_ROOT)
        notes = [request.note, *([seen[origin]] if origin in seen else [])]
        if request.old > checkpoint.size:
            return Reply(400, "The old size is larger than the checkpoint.\n")
        if checkpoint.size == before.size and checkpoint.root != before.root:
            told = (TEXT, "two trees of one size\n") if request.old == before.size else (SIZE, f"{before.size}\n")
            return self._refused(Reply(409, told[1], told[0], f"{origin}: two trees of {before.size} leaves"), *notes)
        if request.old != before.size:
            return Reply(409, f"{before.size}\n", SIZE)
        try:
            verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, request.proof)
        except HubError:
            why = f"no proof from {before.size} to {checkpoint.size} leaves"
            return self._refused(Reply(422, f"{why}\n", TEXT, f"{origin}: {why}"), *notes)
        _keep(self._folder, {**seen, origin: request.note})
        return Reply(200, self._key.line(request.note.text, now()))

    def _refused(self, reply: Reply, *notes: Note) -> Reply:
        """Keep the signed note that is refused beside the one that was cosigned: together they may show a fork."""
        folder = self._folder / "refused"
        if not folder.exists() or sum(1 for _ in folder.iterdir()) < _MAX_REFUSED:
            for note in notes:
                content = str(note).encode()
                write_whole(folder / f"{sha256(content).hexdigest()[:16]}.note", content)
        return reply

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _keep(folder: Path, seen: dict[str, Note]) -> None:
    held = {origin: str(note) for origin, note in sorted(seen.items())}
    write_whole(folder / "state.json", json.dumps(held, indent=1).encode())


def _no_state(how: str, path: Path) -> HubError:
    return HubError(
        f"The witness's state is {how}: put its file back, or it might cosign a fork.",
        code="state-damaged",
        place=str(path),
    )


def read_request(body: str) -> Request:
    """Read a request's body; raises `HubError`."""
    head, found, note = body.partition("\n\n")
    first, *rest = head.split("\n")
    if not found or not first.startswith("old ") or len(rest) > MAX_PROOF:
        raise HubError("The request is none of tlog-witness.", code="bad-request")
    return Request(read_size(first.removeprefix("old ")), tuple(map(decode_hash, rest)), read_note(note))


def cosigner(text: str) -> VerifierKey:
    """Read a witness's key; raises `UsageError`."""
    key = read_verifier_key(text)
    if key.kind != COSIGNED:
        raise UsageError("This is no witness's key: mash witness key prints it.", code="bad-verifier-key")
    return key


def _signs(key: VerifierKey, note: Note) -> bool:
    try:
        return note.line_of(key) is not None
    except HubError:
        return False
