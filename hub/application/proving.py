"""The log's tree in use: grown from the log's rows as a follower, signed as checkpoints, asked for proofs.

The rows are the truth and the tree follows from them; a crash between the two heals at the next growing. It never signs
a tree that does not continue the one it signed before, nor grows over a last row that is no longer what it was.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from hub.errors import HubError
from hub.events.decisions import CheckpointSeen
from hub.proof.checkpoint import Checkpoint, LeafProof, read_checkpoint
from hub.proof.files import make_key, read_key, write_whole
from hub.proof.hashing import leaf_hash
from hub.proof.leaf import PADDED_TO, PADDED_TYPE, Row, leaves_of, padding, row_leaf
from hub.proof.note import SIGNED, Note, SigningKey, read_note
from hub.proof.tree import Leaf, Tree
from hub.store.bare_rows import row_at, rows_after
from hub.store.database_errors import database_errors
from hub.store.follower import advance, stored_position, turn

TREE = "tree"
BATCH = 2000


def make_log_key(path: Path) -> SigningKey:
    """Make the key that signs checkpoints where there is none; its name is the log's, and tells nothing of anybody."""
    return make_key(path, f"mash-hub/{secrets.token_hex(8)}", SIGNED)


@dataclass(frozen=True, slots=True)
class Grown:
    """What one growing came to."""

    added: int
    size: int


class LogTree:
    """The tree of one log: its rows in a database, its hashes and checkpoints in a folder, its key in a file.

    Of several threads, one at a time reads its rows or signs.
    """

    def __init__(self, url: str, folder: Path, key: Path) -> None:
        self._url = url
        self._key = key
        self.folder = folder
        self.tree = Tree(folder)
        self._connection: psycopg.Connection[Any] | None = None
        self._turn = threading.RLock()

    def close(self) -> None:
        """Close the tree's files and the connection."""
        self.tree.close()
        if self._connection is not None:
            self._connection.close()

    @property
    def key(self) -> SigningKey:
        """The key that signs checkpoints, made at its first use; raises `signing-key-missing` if it was lost."""
        return read_key(self._key) if self._file("checkpoint").exists() else make_log_key(self._key)

    @contextmanager
    def rows(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield the connection to the log's rows, a new one where it was lost; raises RetryableError."""
        with self._turn, database_errors():
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._url, autocommit=True)
            yield self._connection

    def grow(self, stopping: Callable[[], bool] = lambda: False) -> Grown:
        """Append what is recorded and not in the tree yet; raises `log-changed` where the last row is another now."""
        added = 0
        with self.rows() as connection:
            while not stopping() and (more := self._grow_once(connection, stopping)):
                added += more
        self.tree.refresh()
        return Grown(added, self.tree.size)

    def checkpoint(self, *, padded: bool = False) -> Note:
        """Sign the tree as it is, keep the note as the latest and return it; raises `log-forked` sooner than that.

        With `padded`, only up to the last multiple of 256 leaves.
        """
        with self._turn, self.tree.growing():
            key = self.key
            size = self.tree.size // PADDED_TO * PADDED_TO if padded else self.tree.size
            before = [self.continued(name) for name in ("checkpoint", "witnessed")]
            text = Checkpoint(key.name, size, self.tree.root(size)).text
            note = Note(text, (key.line(text),))
            if size >= before[0]:
                write_whole(self._file("checkpoint"), str(note).encode())
            return note

    def kept(self, name: str = "checkpoint") -> Note | None:
        """Return the latest checkpoint that was kept, or the latest `witnessed` one; None where there is none."""
        try:
            content = self._file(name).read_bytes()
        except FileNotFoundError:
            return None
        note = read_note(content.decode("utf-8", "replace"))
        note.verify(self.key.verifier)
        return note

    def kept_at(self, name: str = "checkpoint") -> datetime | None:
        """Return when the latest such checkpoint was written; None where there is none."""
        try:
            return datetime.fromtimestamp(self._file(name).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def latest(self) -> CheckpointSeen | None:
        """Return what the latest checkpoint that was kept says, unverified; None where there is none to be read."""
        try:
            said = read_checkpoint(read_note(self._file("checkpoint").read_text("utf-8")))
        except (OSError, UnicodeDecodeError, HubError):
            return None
        return CheckpointSeen(said.size, said.root.hex())

    def continued(self, name: str) -> int:
        """Return the size of a kept checkpoint that the tree continues, 0 if none is kept; raises `log-forked`."""
        note = self.kept(name)
        return self.continues(note, name) if note is not None else 0

    def continues(self, note: Note, name: str) -> int:
        """Return the size of a checkpoint of this log that the tree continues; raises `log-forked`."""
        before = read_checkpoint(note)
        if before.size > self.tree.size or self.tree.root(before.size) != before.root:
            raise HubError(
                f"The tree does not continue the {name} of {before.size} leaves: run mash log verify.",
                code="log-forked",
            )
        return before.size

    def keep_witnessed(self, note: Note) -> None:
        """Keep a checkpoint as the latest that counts as witnessed."""
        write_whole(self._file("witnessed"), str(note).encode())

    def prove(self, event: UUID, position: int) -> tuple[LeafProof, bytes]:
        """Return the proof of the event at a position and its leaf's bytes; raises `log-changed` if it is another now.

        In the latest witnessed checkpoint if that holds the event, else in the latest checkpoint.
        """
        return self._prove(event, position, self._covering(position))

    def prove_all(self, positions: Mapping[UUID, int]) -> tuple[Note, dict[UUID, tuple[LeafProof, bytes]]]:
        """Return one checkpoint that holds some events, with each one's proof and leaf; raises as `prove`.

        Where no kept checkpoint holds them all yet, the tree is brought up to the log and signed.
        """
        last = max(positions.values())
        try:
            note = self._covering(last)
        except HubError as error:
            if error.code != "not-in-tree":
                raise
            self.grow()
            note = self.checkpoint()
        return note, {event: self._prove(event, position, note) for event, position in positions.items()}

    def _prove(self, event: UUID, position: int, note: Note) -> tuple[LeafProof, bytes]:
        index = self._leaf_index(position)
        with self.rows() as connection:
            row = self._row_as_recorded(connection, index)
        if row.event != str(event):
            raise changed(position)
        leaf, size = row_leaf(row), read_checkpoint(note).size
        proof = LeafProof(index, tuple(self.tree.inclusion(index, size)), note)
        proof.verify(leaf_hash(leaf), self.key.verifier)
        return proof, leaf

    def _leaf_index(self, position: int) -> int:
        index = self.tree.index_of(position)
        if index == self.tree.size or self.tree.leaf(index).position != position:
            raise HubError("The event is not in the tree yet: run mash log checkpoint.", code="not-in-tree")
        return index

    def _covering(self, position: int) -> Note:
        index = self._leaf_index(position)
        for name in ("witnessed", "checkpoint"):
            note = self.kept(name)
            if note is not None and index < read_checkpoint(note).size:
                return note
        raise HubError("No checkpoint holds the event yet: run mash log checkpoint.", code="not-in-tree")

    def _grow_once(self, connection: psycopg.Connection[Any], stopping: Callable[[], bool]) -> int:
        with turn(connection, TREE, stopping) as held:
            if not held:
                return 0
            with self.tree.growing():
                before, position = self.tree.size, self.tree.last_position()
                unfinished = self._unfinished(connection, position)
                rows = rows_after(connection, position, BATCH)
                self.tree.append(unfinished + leaves_of(list(map(Row._make, rows)), before + len(unfinished)))
                reached = self.tree.last_position()
                if reached > stored_position(connection, TREE):
                    with connection.cursor() as cursor:
                        advance(cursor, TREE, reached)
                return self.tree.size - before

    def _unfinished(self, connection: psycopg.Connection[Any], position: int) -> list[Leaf]:
        """Return the padding that a crash left out; refuse to go on behind a last row that is another than it was."""
        if position == 0:
            return []
        first = self.tree.index_of(position)
        if self._row_as_recorded(connection, first).type != PADDED_TYPE:
            return []
        fill = padding(self.tree.leaf(first).hash, first + 1)
        return [Leaf(position, each) for each in fill[self.tree.size - first - 1 :]]

    def _row_as_recorded(self, connection: psycopg.Connection[Any], index: int) -> Row:
        leaf = self.tree.leaf(index)
        found = row_at(connection, leaf.position)
        row = Row._make(found) if found is not None else None
        if row is None or leaf_hash(row_leaf(row)) != leaf.hash:
            raise changed(leaf.position)
        return row

    def _file(self, name: str) -> Path:
        return self.folder / name


def changed(position: int) -> HubError:
    """Return the error for a row that is not what the tree has of it."""
    return HubError(
        f"The log at position {position} is not what was recorded: run mash log verify.", code="log-changed"
    )
