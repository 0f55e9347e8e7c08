"""Checkpoints (c2sp.org/tlog-checkpoint) and proofs that can be kept (c2sp.org/tlog-proof), as text. No I/O."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.errors import HubError
from hub.proof.hashing import HASH_BYTES, verify_inclusion
from hub.proof.note import Note, VerifierKey, damaged, from_base64, read_note

_PROOF = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LEAST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and the root of a log's tree, and whose log it is."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode_hash(self.root)}\n"


@dataclass(frozen=True, slots=True)
class LeafProof:
    """That a leaf is in the tree of a checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """Return the proof as a file of its own."""
        return f"{_PROOF}\nindex {self.index}\n{hash_lines(self.hashes)}\n{self.note}"

    def verify(self, leaf: bytes, key: VerifierKey) -> Checkpoint:
        """Return the checkpoint whose tree holds the leaf with this hash, signed by a key; raises `HubError`."""
        self.note.verify(key)
        checkpoint = read_checkpoint(self.note)
        if checkpoint.origin != key.name:
            raise HubError("The checkpoint is of another log.", code="other-log")
        verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def read_checkpoint(note: Note) -> Checkpoint:
    """Read what a note says; raises `note-damaged`. Extension lines are passed over."""
    lines = note.text.split("\n")[:-1]
    if len(lines) < _LEAST_LINES or not all(lines):
        raise damaged("it is no checkpoint")
    return Checkpoint(lines[0], read_size(lines[1]), decode_hash(lines[2]))


def read_leaf_proof(content: str) -> LeafProof:
    """Read a proof without believing it; raises `note-damaged`."""
    head, found, note = content.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    if not found or len(lines) < 2 or lines[0] != _PROOF or not lines[1].startswith("index "):
        raise damaged("it is no proof of a leaf")
    index = read_size(lines[1].removeprefix("index "))
    return LeafProof(index, tuple(map(decode_hash, lines[2:])), read_note(note))


def encode_hash(value: bytes) -> str:
    """Return a hash as base64."""
    return base64.b64encode(value).decode()


def decode_hash(text: str) -> bytes:
    """Read a hash; raises `note-damaged`."""
    try:
        found = from_base64(text)
    except ValueError as error:
        raise damaged("a hash is not base64") from error
    if len(found) != HASH_BYTES:
        raise damaged("a hash is not 32 bytes")
    return found


def read_size(text: str) -> int:
    """Read a number of leaves; raises `note-damaged`."""
    if not _NUMBER.fullmatch(text):
        raise damaged("a size is no number")
    return int(text)


def hash_lines(hashes: Iterable[bytes]) -> str:
    """Return hashes, one a line."""
    return "".join(f"{encode_hash(each)}\n" for each in hashes)
