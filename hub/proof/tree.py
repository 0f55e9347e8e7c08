"""The tree on disk: a file of leaf records and one file of hashes for each level above, made to be read at random.

    leaves    44 bytes each: position u64, leaf hash (32), CRC-32 of both u32
    level-N   32 bytes each: the root over 256 hashes of the level below (tlog-tiles: tile N-1, one hash a full tile)

An append is durable when it returns: one write and one sync of `leaves`; the levels above follow from it and are healed
on opening. A tail that a crash left torn is cut off. Only hashes and positions are in here, nothing of an event.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from hub.errors import HubError, RetryableError
from hub.proof.hashing import EMPTY_ROOT, HASH_BYTES, fold

TILE: Final = 256
HEIGHT: Final = 8
MAX_BATCH: Final = 4096

_MAX_SUBTREES = 100_000
_RECORD = struct.Struct(">Q32sI")
_BODY = struct.Struct(">Q32s")
_SIZE = _RECORD.size


class Leaf(NamedTuple):
    """A leaf as the tree keeps it: the position of its row, and its hash."""

    position: int
    hash: bytes


class Tree:
    """A tree of leaves on disk, grown by whoever holds `growing` and read by anybody."""

    def __init__(self, folder: Path) -> None:
        """Open the tree of a folder, empty where there is none yet."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._leaves = self._open(folder / "leaves")
        self._levels: dict[int, int] = {}
        self._subtrees: dict[tuple[int, int, int], bytes] = {}
        self._healed_to = -1
        self.size = 0
        self.refresh()

    def close(self) -> None:
        """Close the files."""
        for each in (self._leaves, *self._levels.values()):
            os.close(each)
        self._levels = {}

    def refresh(self) -> None:
        """See what another process has appended by now."""
        self.size = self._whole()

    @contextmanager
    def growing(self) -> Iterator[None]:
        """Let nobody else append meanwhile, and mend what a crash may have left."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._healed_to * _SIZE != os.fstat(self._leaves).st_size:
                self.refresh()
                self._heal()
            yield

    def append(self, leaves: Sequence[Leaf]) -> None:
        """Append leaves, durable on return; only while `growing`."""
        for start in range(0, len(leaves), MAX_BATCH):
            self._append(leaves[start : start + MAX_BATCH])

    def leaf(self, index: int) -> Leaf:
        """Return one leaf."""
        position, found, _ = _RECORD.unpack(self._records(index, index + 1))
        return Leaf(position, found)

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[Leaf]:
        """Return leaves in order."""
        end = self.size if end is None else min(end, self.size)
        for at in range(start, end, MAX_BATCH):
            for position, found, _ in _RECORD.iter_unpack(self._records(at, min(at + MAX_BATCH, end))):
                yield Leaf(position, found)

    def index_of(self, position: int) -> int:
        """Return the index of the first leaf of a position or a later one; the size where there is none."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if int.from_bytes(os.pread(self._leaves, 8, middle * _SIZE)) < position:
                low = middle + 1
            else:
                high = middle
        return low

    def last_position(self) -> int:
        """Return the position of the last leaf, 0 for an empty tree."""
        return self.leaf(self.size - 1).position if self.size else 0

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """Return hashes of a tlog-tiles level, one after another; what its file does not have yet is made."""
        if level == 0:
            records = self._records(start, end)
            return b"".join([records[at + 8 : at + 8 + HASH_BYTES] for at in range(0, len(records), _SIZE)])
        found = os.pread(self._level(level), (end - start) * HASH_BYTES, start * HASH_BYTES)
        have = len(found) // HASH_BYTES
        missing = [self._tile_root(level - 1, at) for at in range(start + have, end)]
        return b"".join((found[: have * HASH_BYTES], *missing))

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree as it was at a size."""
        size = self.size if size is None else size
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof that a leaf is in the tree of a size (RFC 9162, 2.1.3.1); raises `no-such-leaf`."""
        if not 0 <= index < size <= self.size:
            raise HubError("The tree has no such leaf at that size.", code="no-such-leaf")
        proof, low, high = [], 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low = middle
        return proof[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the tree of a size continues that of a smaller one; raises `no-such-tree`."""
        if not 0 <= old <= new <= self.size:
            raise HubError("The tree never had such sizes, or not in that order.", code="no-such-tree")
        if old in {0, new}:
            return []
        proof, low, high, whole = [], 0, new, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            proof.append(self._range(low, high))
        return proof[::-1]

    def verify_files(self) -> None:
        """Return only if every record is as it was written, and every level what the leaves make it.

        Raises `tree-damaged`.
        """
        self._verify_leaves()
        level = 1
        while count := self.size >> (level * HEIGHT):
            for at in range(count):
                if self._tile_root(level - 1, at) != self.hashes(level, at, at + 1):
                    raise HubError(
                        f"The tree's file level-{level} is damaged: remove it, it is made anew.",
                        code="tree-damaged",
                        place=str(self.folder),
                    )
            level += 1

    def _verify_leaves(self) -> None:
        last = 0
        for at in range(0, self.size, MAX_BATCH):
            end = min(at + MAX_BATCH, self.size)
            sound, last = _sound(self._records(at, end), last)
            if at + sound < end:
                raise HubError(
                    f"The tree's record of leaf {at + sound} is damaged: remove the file leaves, it is made anew.",
                    code="tree-damaged",
                    place=str(self.folder),
                )

    def _range(self, low: int, high: int) -> bytes:
        """Return the root over leaves; `low` is a multiple of the least power of two that holds them all."""
        count = high - low
        if count & (count - 1) == 0:
            level, rest = divmod(count.bit_length() - 1, HEIGHT)
            return self._subtree(level, low >> (level * HEIGHT), 1 << rest)
        middle = low + _split(count)
        return fold(self._range(low, middle) + self._range(middle, high))

    def _subtree(self, level: int, start: int, count: int) -> bytes:
        """Return the root over hashes of a level; what is full never changes, and high up it is asked for often."""
        place = (level, start, count)
        found = self._subtrees.get(place) if level else None
        if found is None:
            found = fold(self.hashes(level, start, start + count))
            if level:
                if len(self._subtrees) >= _MAX_SUBTREES:
                    self._subtrees.clear()
                self._subtrees[place] = found
        return found

    def _append(self, leaves: Sequence[Leaf]) -> None:
        records = b"".join([_record(leaf) for leaf in leaves])
        if os.pwrite(self._leaves, records, self.size * _SIZE) != len(records):
            raise RetryableError("The disk of the tree is full.", code="disk-full", place=str(self.folder))
        os.fdatasync(self._leaves)
        before, self.size = self.size, self.size + len(leaves)
        self._raise(before)
        self._healed_to = self.size

    def _raise(self, before: int) -> None:
        """Write what the leaves after the first `before` add to the levels above; each full tile of one is synced."""
        level = 1
        while (count := self.size >> (level * HEIGHT)) > (done := before >> (level * HEIGHT)):
            made = [self._tile_root(level - 1, at) for at in range(done, count)]
            file = self._level(level)
            os.pwrite(file, b"".join(made), done * HASH_BYTES)
            if count // TILE > done // TILE:
                os.fdatasync(file)
            level += 1

    def _heal(self) -> None:
        """Cut a torn tail, and make anew the last tile of each level above, which is written without waiting."""
        os.ftruncate(self._leaves, self.size * _SIZE)
        self._subtrees.clear()
        found = [int(each.name.removeprefix("level-")) for each in self.folder.glob("level-*")]
        for level in range(1, max([*found, self.size.bit_length() // HEIGHT]) + 1):
            self._heal_level(level)
        self._healed_to = self.size

    def _heal_level(self, level: int) -> None:
        file, count = self._level(level), self.size >> (level * HEIGHT)
        sure = min(os.fstat(file).st_size // HASH_BYTES, count) // TILE * TILE
        os.ftruncate(file, sure * HASH_BYTES)
        for start in range(sure, count, TILE):
            made = [self._tile_root(level - 1, at) for at in range(start, min(start + TILE, count))]
            os.pwrite(file, b"".join(made), start * HASH_BYTES)
        os.fdatasync(file)

    def _tile_root(self, level: int, number: int) -> bytes:
        return fold(self.hashes(level, number * TILE, (number + 1) * TILE))

    def _whole(self) -> int:
        """Return how many leaves are whole: only the last batch can be torn."""
        size = os.fstat(self._leaves).st_size // _SIZE
        start = max(0, size - MAX_BATCH)
        return start + _sound(os.pread(self._leaves, (size - start) * _SIZE, start * _SIZE), 0)[0]

    def _records(self, start: int, end: int) -> bytes:
        records = os.pread(self._leaves, (end - start) * _SIZE, start * _SIZE)
        if len(records) != (end - start) * _SIZE:
            raise self._damaged()
        return records

    def _level(self, level: int) -> int:
        if level not in self._levels:
            self._levels[level] = self._open(self.folder / f"level-{level}")
        return self._levels[level]

    @staticmethod
    def _open(path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _damaged(self) -> HubError:
        return HubError("The tree's files are shorter than they were.", code="tree-damaged", place=str(self.folder))


def _record(leaf: Leaf) -> bytes:
    body = _BODY.pack(leaf.position, leaf.hash)
    return body + zlib.crc32(body).to_bytes(4)


def _sound(records: bytes, last: int) -> tuple[int, int]:
    """Return how many records are whole before the first that is not, and the last position among them."""
    for at, (position, found, check) in enumerate(_RECORD.iter_unpack(records)):
        if zlib.crc32(_BODY.pack(position, found)) != check or not last <= position != 0:
            return at, last
        last = position
    return len(records) // _SIZE, last


def _split(count: int) -> int:
    """Return the largest power of two below a count."""
    return int(1 << ((count - 1).bit_length() - 1))
