"""The master key: it wraps the keys of subjects and purposes, and nothing else; it never meets an event.

Wrapping is AES-256-GCM with the wrapped key's place as additional data. AES key wrap (RFC 3394) binds no place: whoever
can write the key table could give one subject another's key, and erasing one would erase the other. A version of the
master key stays in its file as long as any row is wrapped under it.
"""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hub.errors import ConflictError, HubError
from hub.store.secret_file import create_secret, read_secret, replace_secret

KEY_BYTES: Final = 32
CHECK_BYTES: Final = 8
_NONCE_BYTES = 12
_FORMAT = "mash-master-key-1"


class MasterKey(Protocol):
    """Wraps and unwraps keys; a file here, a key service behind the same interface."""

    def newest(self) -> int:
        """Return the newest version that there is."""
        ...

    def check_value(self, version: int) -> bytes:
        """Return eight bytes that tell a version from any other key, and nothing of the key."""
        ...

    def wrap(self, version: int, key: bytes, place: bytes) -> bytes:
        """Return a key wrapped under a version, for one place."""
        ...

    def unwrap(self, version: int, wrapped: bytes, place: bytes) -> bytes:
        """Return a wrapped key; raises `HubError`: `key-damaged`, or `master-key-missing` for a version not there."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeyVersion:
    """One version of the master key."""

    version: int
    key: bytes
    made_at: datetime

    @property
    def check_value(self) -> bytes:
        """Eight bytes that tell this key from any other."""
        return HKDFExpand(SHA256(), CHECK_BYTES, b"mash master key check %d" % self.version).derive(self.key)

    def cipher(self) -> AESGCM:
        """Return the cipher that wraps under this version."""
        return AESGCM(HKDFExpand(SHA256(), KEY_BYTES, b"mash master key wrap").derive(self.key))


class FileMasterKey:
    """The master key in a file that its owner alone may open; reads the file again when another process rotated."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises `UsageError` when it is missing or others may open it, `HubError` when damaged."""
        self.path = path
        self._versions: dict[int, MasterKeyVersion] = {}
        self._ciphers: dict[int, AESGCM] = {}
        self.reload()

    @classmethod
    def create(cls, path: Path, at: datetime) -> "FileMasterKey":
        """Make the first version; raises `ConflictError` where there is a file already."""
        create_secret(path, _encoded([_new_version(1, at)]))
        return cls(path)

    @classmethod
    def restore(cls, path: Path, restored: MasterKeyVersion) -> "FileMasterKey":
        """Put a version back, in a new file or beside those there; raises `ConflictError` rather than replace a key."""
        if not path.exists():
            create_secret(path, _encoded([restored]))
            return cls(path)
        master = cls(path)
        held = master._versions.get(restored.version)
        if held is not None and held.key != restored.key:
            raise ConflictError(
                f"The file holds another key as version {restored.version}.", code="master-key-differs", place=str(path)
            )
        if held is None:
            master._save([*master._versions.values(), restored])
        return master

    def reload(self) -> None:
        """Read the file again."""
        versions = {each.version: each for each in _decoded(read_secret(self.path), self.path)}
        self._ciphers = {number: version.cipher() for number, version in versions.items()}
        self._versions = versions

    def versions(self) -> list[int]:
        """List the versions that the file holds, in order."""
        return sorted(self._versions)

    def newest(self) -> int:
        """Return the newest version in the file."""
        return max(self._versions)

    def version(self, number: int) -> MasterKeyVersion:
        """Return one version with its key, for escrow; raises `HubError(code="master-key-missing")`."""
        if number not in self._versions:
            self.reload()
        try:
            return self._versions[number]
        except KeyError as error:
            raise HubError(
                f"The master key's version {number} is missing: restore it from its shares.",
                code="master-key-missing",
                place=str(self.path),
            ) from error

    def check_value(self, version: int) -> bytes:
        """Return the check value of a version."""
        return self.version(version).check_value

    def wrap(self, version: int, key: bytes, place: bytes) -> bytes:
        """Return a key wrapped under a version, for one place."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher(version).encrypt(nonce, key, place)

    def unwrap(self, version: int, wrapped: bytes, place: bytes) -> bytes:
        """Return a wrapped key; raises `HubError(code="key-damaged")` when it is not what was wrapped for the place."""
        try:
            return self._cipher(version).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise HubError("A key in the key table is damaged or in another's place.", code="key-damaged") from error

    def add_version(self, at: datetime) -> int:
        """Add a new random version to the file and return its number."""
        self.reload()
        number = self.newest() + 1
        self._save([*self._versions.values(), _new_version(number, at)])
        return number

    def keep_only(self, version: int) -> None:
        """Drop every other version from the file: what they wrapped can never be opened again without their shares."""
        self.reload()
        self._save([self.version(version)])

    def _cipher(self, version: int) -> AESGCM:
        return self._ciphers.get(version) or self.version(version).cipher()

    def _save(self, versions: list[MasterKeyVersion]) -> None:
        replace_secret(self.path, _encoded(versions))
        self.reload()


def _new_version(number: int, at: datetime) -> MasterKeyVersion:
    return MasterKeyVersion(number, os.urandom(KEY_BYTES), at)


def _encoded(versions: list[MasterKeyVersion]) -> bytes:
    rows = [
        {
            "version": each.version,
            "made_at": each.made_at.isoformat(),
            "check": each.check_value.hex(),
            "key": base64.b64encode(each.key).decode(),
        }
        for each in sorted(versions, key=lambda each: each.version)
    ]
    return orjson.dumps({"format": _FORMAT, "versions": rows}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _decoded(content: bytes, path: Path) -> list[MasterKeyVersion]:
    try:
        file = orjson.loads(content)
        versions = [_version(row) for row in file["versions"]]
        intact = bool(versions) and file["format"] == _FORMAT
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if not intact:
        raise _damaged(path)
    return versions


def _version(row: dict[str, str | int]) -> MasterKeyVersion:
    key = base64.b64decode(str(row["key"]), validate=True)
    found = MasterKeyVersion(int(row["version"]), key, datetime.fromisoformat(str(row["made_at"])))
    if len(key) != KEY_BYTES or found.check_value.hex() != row["check"]:
        raise ValueError("the key does not fit its check value")
    return found


def _damaged(path: Path) -> HubError:
    return HubError(
        "The master key's file is damaged: put a copy back or restore it from its shares.",
        code="master-key-damaged",
        place=str(path),
    )
