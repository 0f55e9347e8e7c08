"""The master key in escrow: printed shares for people who each keep one, any m of which restore it.

No library: the SLIP-39 reference says that it must not handle real secrets, and the others have one keeper each, no
checksums, and give a wrong key for wrong shares. A share says which split it is of, how many are needed and its index,
and has a checksum against slips of the pen; the restored key is compared with the key's check value, so that wrong
shares give an error, never a wrong key.
"""

import base64
import hashlib
import os
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from struct import Struct

from hub.errors import HubError, UsageError
from hub.store import gf256
from hub.store.master_key import CHECK_BYTES, KEY_BYTES, FileMasterKey, MasterKeyVersion

MAX_SHARES = 16
_GROUP_BYTES = 4
_CHECKSUM_BYTES = 5
_LAYOUT = Struct(f">{_GROUP_BYTES}sHBB{CHECK_BYTES}s{KEY_BYTES}s")
_PREFIX = "MASH1"
_SHARE = re.compile(r"MASH1((?:-[0-9A-Z]{1,5})+)")
_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_EASY_TO_READ = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_TEXT = str.maketrans(_RFC_4648, _EASY_TO_READ)
_FROM_TEXT = str.maketrans(_EASY_TO_READ + "OIL", _RFC_4648 + "ABB")


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """One share of one split of one version of the master key."""

    group: bytes
    key_version: int
    threshold: int
    index: int
    check_value: bytes
    value: bytes


def split_master_key(
    master: MasterKeyVersion, threshold: int, count: int, random: Callable[[int], bytes] = os.urandom
) -> list[str]:
    """Return printable shares of one version of the master key, of which any `threshold` restore it."""
    if not 2 <= threshold <= count <= MAX_SHARES:
        raise UsageError(
            f"Shares are at most {MAX_SHARES}, of which at least 2 and at most all are needed.", code="bad-shares"
        )
    group = random(_GROUP_BYTES)
    values = gf256.split(master.key, threshold, count, random)
    return [
        _printed(Share(group, master.version, threshold, index, master.check_value, value))
        for index, value in values.items()
    ]


def restore_master_key(shares: Sequence[str], path: Path, at: datetime) -> FileMasterKey:
    """Write the master key that shares give into its file, new or beside other versions; raises as `join_shares`."""
    return FileMasterKey.restore(path, join_shares(shares, at))


def join_shares(texts: Sequence[str], at: datetime) -> MasterKeyVersion:
    """Return the master key that shares give; raises `HubError`, never gives a wrong key.

    1. each share's checksum fits (`share-mistyped`, naming it); 2. all are of one split (`shares-mixed`); 3. they are
    enough (`shares-too-few`); 4. the key fits the check value (`shares-wrong`).
    """
    shares = [_parsed(text, f"share {number}") for number, text in enumerate(texts, 1)]
    if len({(share.group, share.key_version, share.threshold, share.check_value) for share in shares}) > 1:
        raise HubError("The shares are of different splits of the master key.", code="shares-mixed")
    values = {share.index: share.value for share in shares}
    needed = shares[0].threshold if shares else 2
    if len(values) < needed:
        raise HubError(
            f"Of the {needed} different shares that are needed, there are {len(values)}.", code="shares-too-few"
        )
    return _combined(shares[0], dict(list(values.items())[:needed]), at)


def _combined(share: Share, values: Mapping[int, bytes], at: datetime) -> MasterKeyVersion:
    restored = MasterKeyVersion(share.key_version, gf256.combine(values), at)
    if restored.check_value != share.check_value:
        raise HubError("The shares do not give the key that they were made of.", code="shares-wrong")
    return restored


def _printed(share: Share) -> str:
    packed = _LAYOUT.pack(share.group, share.key_version, share.threshold, share.index, share.check_value, share.value)
    text = base64.b32encode(packed + _checksum(packed)).decode().rstrip("=").translate(_TO_TEXT)
    return "-".join((_PREFIX, *textwrap.wrap(text, 5)))


def _parsed(text: str, place: str) -> Share:
    found = _SHARE.fullmatch("".join(text.upper().split()))
    letters = found[1].replace("-", "").translate(_FROM_TEXT) if found else ""
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        data = b""
    packed, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if len(packed) != _LAYOUT.size or checksum != _checksum(packed):
        raise HubError("A share is mistyped or cut: its checksum does not fit.", code="share-mistyped", place=place)
    group, key_version, threshold, index, check_value, value = _LAYOUT.unpack(packed)
    return Share(group, key_version, threshold, index, check_value, value)


def _checksum(packed: bytes) -> bytes:
    return hashlib.sha256(b"mash master key share" + packed).digest()[:_CHECKSUM_BYTES]
