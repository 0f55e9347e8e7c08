"""The bytes of a leaf: one row of the log, exactly as it is stored, with everything that must not change about it.

    0  magic "MASHLEAF"   8  kind u8: 1 a row, 2 padding

    a row:   9 position i64   17 type: length u16, UTF-8
             .. tags: count u16, length u32, UTF-8 in the row's order joined by line feeds
             .. data: length u32, the sealed bytes
    padding: 9 the hash of the leaf that it fills up after (32)   41 number u16, from 1

All numbers are big-endian. A row of type `tree-padded` is followed by padding up to the next multiple of 256 leaves, so
the tree can be made anew from the rows alone. See `docs/proof.md`.
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.errors import HubError
from hub.proof.hashing import leaf_hash, leaf_hashes
from hub.proof.tree import Leaf

MAGIC: Final = b"MASHLEAF"
ROW: Final = 1
PADDING: Final = 2
PADDED_TYPE: Final = "tree-padded"
PADDED_TO: Final = 256

_STAMP = slice(8, 16)
_START = struct.Struct(">8sBqH")
_TAGS = struct.Struct(">HI")
_LENGTH = struct.Struct(">I")
_NUMBER = struct.Struct(">H")


class Row(NamedTuple):
    """A row of the log as it is stored; `tags` are joined by line feeds, and `tag_count` is how many there are."""

    position: int
    type: str
    tags: str
    tag_count: int
    data: bytes

    @property
    def stamp(self) -> int:
        """When the row says it was recorded, in microseconds since 1970; -1 where it is too short to say."""
        return int.from_bytes(self.data[_STAMP], signed=True) if len(self.data) >= _STAMP.stop else -1

    @property
    def event(self) -> str:
        """The event's id, as its own tag tells it; the position where no tag does."""
        own = [tag.removeprefix("event:") for tag in self.tags.split("\n") if tag.startswith("event:")]
        return own[0] if own else f"at position {self.position}"


def row_leaf(row: Row) -> bytes:
    """Return the bytes of a row's leaf."""
    kind, tags = row.type.encode(), row.tags.encode()
    return b"".join(
        (
            _START.pack(MAGIC, ROW, row.position, len(kind)), kind,
            _TAGS.pack(row.tag_count, len(tags)), tags,
            _LENGTH.pack(len(row.data)), row.data,
        )
    )  # fmt: skip


def read_row(leaf: bytes) -> Row:
    """Return the row that a leaf's bytes are of; raises `HubError`: `leaf-damaged` for any other bytes."""
    try:
        *_, position, type_length = _START.unpack_from(leaf)
        at = _START.size + type_length
        count, tags_length = _TAGS.unpack_from(leaf, at)
        tags_end = at + _TAGS.size + tags_length
        row = Row(
            position, leaf[_START.size : at].decode(), leaf[at + _TAGS.size : tags_end].decode(), count,
            leaf[tags_end + _LENGTH.size :],
        )  # fmt: skip
        same = row_leaf(row) == leaf
    except (struct.error, UnicodeDecodeError) as error:
        raise HubError("These bytes are no row's leaf.", code="leaf-damaged") from error
    if not same:
        raise HubError("These bytes are no row's leaf.", code="leaf-damaged")
    return row


def padding_hash(after: bytes, number: int) -> bytes:
    """Return the hash of the n-th padding leaf after the leaf with this hash."""
    return leaf_hash(MAGIC + bytes((PADDING,)) + after + _NUMBER.pack(number))


def padding(after: bytes, size: int) -> list[bytes]:
    """Return the hashes that fill up a tree of this size, whose last leaf has the hash `after`."""
    return [padding_hash(after, number) for number in range(1, -size % PADDED_TO + 1)]


def leaves_of(rows: Sequence[Row], size: int) -> list[Leaf]:
    """Return the leaves of rows that come behind a tree of a size, with the padding that belongs behind them."""
    found: list[Leaf] = []
    for row, made in zip(rows, leaf_hashes(map(row_leaf, rows)), strict=True):
        found.append(Leaf(row.position, made))
        if row.type == PADDED_TYPE:
            found += [Leaf(row.position, fill) for fill in padding(made, size + len(found))]
    return found
