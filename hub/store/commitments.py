"""Keys, salts and commitments of an event's parts: how one section is proved without opening another.

A part's key is HKDF-Expand(subject key, event id | part). A section's salt is HMAC(part key, "commit" | section), its
commitment SHA-256(salt | part "/" section 0x00 | canonical value). Whoever is handed salt and value checks them against
the row's clear header; a salt tells nothing of the part's key or of another section's salt. Without its salt a
commitment is a random number, so it outlives erasure without telling what it was of.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from hub.errors import HubError
from hub.store.frame import COMMITMENT_BYTES, parse

_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,62}", re.ASCII)
_SHA256: Final = SHA256()
_FIRST_BLOCK: Final = b"\x01"


class Label(NamedTuple):
    """What a section's name adds to bytes: to its part's JSON object, to its salt and to its commitment."""

    member: bytes
    salt: bytes
    commitment: bytes


@lru_cache(maxsize=4096)
def name_bytes(name: str) -> bytes:
    """Return the name of a part or section as bytes; raises `HubError` unless it is a plain lower-case word."""
    if not _NAME.fullmatch(name):
        raise HubError("The name of a part or section is not a plain lower-case word.", code="bad-name")
    return name.encode("ascii")


@lru_cache(maxsize=4096)
def labels(part: str, sections: tuple[str, ...]) -> tuple[Label, ...]:
    """Return what the names of a part's sections add to bytes; raises `HubError` for a name that is no plain word."""
    return tuple(_label(name_bytes(part), name_bytes(section)) for section in sections)


def _label(part: bytes, section: bytes) -> Label:
    return Label(b'"' + section + b'":', b"commit" + section, part + b"/" + section + b"\x00")


class PartKeys:
    """Derives the keys of all parts that are under one subject's key; held no longer than that key may be."""

    __slots__ = ("_keyed",)

    def __init__(self, subject_key: bytes) -> None:
        self._keyed = HMAC(subject_key, _SHA256)

    def of(self, event_id: UUID, part: str) -> bytes:
        """Return the key of one part of one event: one block of HKDF-Expand with SHA-256 (RFC 5869)."""
        block = self._keyed.copy()
        block.update(event_id.bytes + name_bytes(part) + _FIRST_BLOCK)
        return block.finalize()


def part_key(subject_key: bytes, event_id: UUID, part: str) -> bytes:
    """Return the key of one part of one event."""
    return PartKeys(subject_key).of(event_id, part)


def salt(key: bytes, part: str, section: str) -> bytes:
    """Derive a section's salt from its part's key."""
    mac = HMAC(key, _SHA256)
    mac.update(labels(part, (section,))[0].salt)
    return mac.finalize()


def commitment(key: bytes, part: str, section: str, value: bytes) -> bytes:
    """Return the commitment to one section's canonical value under its part's key."""
    return _commitment(salt(key, part, section), part, section, value)


def commitments(key: bytes, names: Sequence[Label], values: Sequence[bytes]) -> bytes:
    """Return the commitments to the sections of one part, one after the other in the order given."""
    keyed = HMAC(key, _SHA256)
    made = []
    for name, value in zip(names, values, strict=True):
        mac = keyed.copy()
        mac.update(name.salt)
        made.append(sha256(mac.finalize() + name.commitment + value).digest())
    return b"".join(made)


def open_commitment(data: bytes, part: str, section: str, salt: bytes, value: bytes) -> int:
    """Check that a row commits to a section's value and return the commitment's index.

    Raises `HubError(code="not-committed")` when the row holds no such commitment. Needs no key: salt and value suffice.
    """
    wanted = _commitment(salt, part, section, value)
    held = parse(data).commitments
    for start in range(0, len(held), COMMITMENT_BYTES):
        if held[start : start + COMMITMENT_BYTES] == wanted:
            return start // COMMITMENT_BYTES
    raise HubError("The row does not commit to this value of this section.", code="not-committed")


def _commitment(salt: bytes, part: str, section: str, value: bytes) -> bytes:
    return sha256(salt + labels(part, (section,))[0].commitment + value).digest()
