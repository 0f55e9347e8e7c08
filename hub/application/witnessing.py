"""Have the log's checkpoints witnessed: which witnesses there are, how many must cosign, and the round of asking them.

A checkpoint for witnesses is padded to a multiple of 256 leaves by an event of its own, so that how a tree grows does
not tell how much is being read. A witness that has seen another history is an alarm, whatever the others say.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from hub.application.partnership_facts import PART, PARTNERSHIP
from hub.application.proving import LogTree
from hub.clock import Clock
from hub.contract.canonical import canonical
from hub.errors import ConflictError, HubError, UsageError
from hub.proof.checkpoint import read_checkpoint, read_size
from hub.proof.files import write_whole
from hub.proof.leaf import PADDED_TYPE
from hub.proof.note import Note, read_signature_lines
from hub.proof.witness import SIZE, Reply, Request, cosigner
from hub.proof.witness_http import ask, refuse_bad_url
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart

PADDED_TAG: Final = "tree"


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness: its verifier key, where it listens, and the size that it cosigned last."""

    key: str
    url: str
    seen: int = 0

    @property
    def name(self) -> str:
        """Its key's name."""
        return cosigner(self.key).name


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The witnesses of a log, and how many of them must cosign before a checkpoint counts as witnessed."""

    quorum: int = 1
    known: tuple[KnownWitness, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one witness said: `cosigned`, or the error."""

    name: str
    error: HubError | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What came of asking all witnesses for one checkpoint."""

    size: int
    quorum: int
    asked: list[Asked]

    @property
    def cosigned(self) -> int:
        """How many cosigned."""
        return sum(each.error is None for each in self.asked)

    @property
    def witnessed(self) -> bool:
        """Say whether the checkpoint counts as witnessed."""
        return self.cosigned >= self.quorum

    @property
    def forked(self) -> bool:
        """Say whether a witness has seen another history."""
        return any(each.error is not None and each.error.code == "log-forked" for each in self.asked)


class WitnessDesk:
    """Keeps a log's witnesses in a file beside its tree, and asks them."""

    def __init__(self, tree: LogTree) -> None:
        self._tree = tree

    def load(self) -> Witnesses:
        """Return the witnesses; raises `HubError` where the file is damaged."""
        path = self._path
        if not path.exists():
            return Witnesses()
        try:
            held = json.loads(path.read_bytes())
            return Witnesses(int(held["quorum"]), tuple(KnownWitness(**each) for each in held["known"]))
        except (ValueError, KeyError, TypeError) as error:
            raise HubError(
                "The file of the witnesses is damaged.", code="witnesses-damaged", place=str(path)
            ) from error

    def add(self, key: str, url: str) -> KnownWitness:
        """Add a witness; raises `UsageError`, or `ConflictError` for one whose name is known with another key."""
        refuse_bad_url(url)
        made = KnownWitness(str(cosigner(key)), url)
        with self._alone():
            held = self.load()
            others = tuple(each for each in held.known if each.key != made.key)
            if any(each.name == made.name for each in others):
                raise ConflictError(f"There is another witness {made.name} already.", code="witness-exists")
            self._save(replace(held, known=(*others, made)))
        return made

    def set_quorum(self, quorum: int) -> None:
        """Set how many witnesses must cosign."""
        if quorum < 1:
            raise UsageError("A quorum is at least 1.", code="bad-quorum")
        with self._alone():
            self._save(replace(self.load(), quorum=quorum))

    def require(self) -> Witnesses:
        """Return the witnesses; raises `UsageError` where there is none."""
        held = self.load()
        if not held.known:
            raise UsageError("There is no witness yet: mash log witness add.", code="no-witness")
        return held

    def run(self) -> Round:
        """Have the tree up to its last multiple of 256 leaves cosigned, and keep the checkpoint if enough do so.

        Raises `UsageError` where there is no witness; what single witnesses refuse is in the answer.
        """
        held = self.require()
        note = self._tree.checkpoint(padded=True)
        size, lines, asked = read_checkpoint(note).size, list(note.lines), []
        for witness in held.known:
            try:
                lines.append(self._cosignature(witness, note))
                asked.append(Asked(witness.name))
            except HubError as error:
                asked.append(Asked(witness.name, error))
        self._note_seen({each.name for each in asked if each.error is None}, size)
        found = Round(size, held.quorum, asked)
        if found.witnessed:
            self._tree.keep_witnessed(Note(note.text, tuple(lines)))
        return found

    def _note_seen(self, names: set[str], size: int) -> None:
        """Keep what they cosigned; a witness that was added meanwhile stays."""
        with self._alone():
            held = self.load()
            known = tuple(replace(each, seen=size) if each.name in names else each for each in held.known)
            self._save(replace(held, known=known))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _cosignature(self, witness: KnownWitness, note: Note) -> str:
        size = read_checkpoint(note).size
        reply = self._asked(witness.url, witness.seen if witness.seen <= size else 0, note)
        if reply.status == 409 and reply.content_type == SIZE:
            theirs = read_size(reply.body.strip())
            if theirs > size:
                raise forked(f"The witness {witness.name} has seen {theirs} leaves, and there are {size}")
            reply = self._asked(witness.url, theirs, note)
        if reply.status in {409, 422}:
            raise forked(f"The witness {witness.name} has seen another history of this log")
        if reply.status != 200:
            raise HubError(f"The witness {witness.name} refused: {reply.status}.", code="witness-refused")
        key = cosigner(witness.key)
        line = Note(note.text, read_signature_lines(reply.body)).line_of(key)
        if line is None:
            raise HubError(f"The witness {witness.name} signed with another key.", code="not-signed")
        return line

    def _asked(self, url: str, old: int, note: Note) -> Reply:
        proof = self._tree.tree.consistency(old, read_checkpoint(note).size)
        return ask(url, Request(old, tuple(proof), note))

    @property
    def _path(self) -> Path:
        return self._tree.folder / "witnesses.json"

    def _save(self, witnesses: Witnesses) -> None:
        write_whole(self._path, json.dumps(asdict(witnesses), indent=1).encode())


def pad(log: EventLog, clock: Clock) -> None:
    """Record that the tree is filled up to a multiple of 256 leaves here."""
    part = DraftPart(PART, PARTNERSHIP, {"body": canonical({})})
    log.append([DraftEvent(uuid4(), PADDED_TYPE, (PADDED_TAG,), (part,))], at=clock.now())


def forked(why: str) -> HubError:
    """Return the alarm."""
    return HubError(
        f"{why}: the log was rewritten, or restored from an old copy. Stop, and run mash log verify.", code="log-forked"
    )
