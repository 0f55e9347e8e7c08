"""The Merkle tree's hashes (RFC 9162, section 2.1) and the verification of its proofs. Pure: bytes in, bytes out.

A hash is 32 bytes of SHA-256. `verify_*` raises and never returns a bool.
"""

import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from hub.errors import HubError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

_PAIRS = struct.Struct(f"{2 * HASH_BYTES}s").iter_unpack
# Copying a hash that has begun costs less than making one, and a long leaf is not copied to come behind its first byte.
_LEAF, _NODE = sha256(b"\0"), sha256(b"\1")


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    new = _LEAF.copy()
    new.update(leaf)
    return new.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\1" + left + right).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of many leaves."""
    found, copied = [], _LEAF.copy
    for leaf in leaves:
        new = copied()
        new.update(leaf)
        found.append(new.digest())
    return found


def fold(hashes: bytes) -> bytes:
    """Return the root over hashes that lie one after another and are 1, 2, 4, 8 ... in number."""
    copied = _NODE.copy
    while len(hashes) > HASH_BYTES:
        above = []
        for (pair,) in _PAIRS(hashes):
            new = copied()
            new.update(pair)
            above.append(new.digest())
        hashes = b"".join(above)
    return hashes


def unlike(what: str, code: str) -> HubError:
    """Return the error for a proof or a signature that does not hold."""
    return HubError(f"{what}.", code=code)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return only if the leaf with this hash is at `index` of the tree (RFC 9162, 2.1.3.2); raises `proof-wrong`."""
    if not 0 <= index < size:
        raise unlike("The proof is of a leaf that the tree does not have", "proof-wrong")
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            raise unlike("The proof is longer than the tree is high", "proof-wrong")
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or found != root:
        raise unlike("The leaf is not in the tree where the proof says", "proof-wrong")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return only if the new tree is the old one and leaves behind it (RFC 9162, 2.1.4.2); raises `inconsistent`."""
    if 0 < old_size < new_size:
        held = _roots(old_size, old_root, new_size, proof) == (old_root, new_root)
    elif old_size == new_size:
        held = not proof and old_root == new_root
    else:
        held = not proof and old_size == 0 and old_root == EMPTY_ROOT
    if not held:
        raise unlike("The later tree does not continue the earlier one", "inconsistent")


def _roots(old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the roots of both trees that a proof amounts to, None for one that is too long or too short."""
    nodes = [old_root, *proof] if old_size & (old_size - 1) == 0 else [*proof]
    if not nodes or any(len(each) != HASH_BYTES for each in nodes):
        return None
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None
