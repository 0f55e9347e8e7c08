"""Signed notes (c2sp.org/signed-note): a text, and lines by which keys sign it. Ed25519, types 0x01 and 0x04.

A verifier key is `<name>+<id>+<base64>`, a signing key the same behind `PRIVATE+KEY+`, as Go's `sumdb/note` does.
Type 0x04 is a witness's timestamped cosignature (c2sp.org/tlog-cosignature).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import HubError, UsageError

SIGNED: Final = 1
COSIGNED: Final = 4
MAX_SIGNATURES: Final = 100

_DASH = "\u2014 "
_PRIVATE = "PRIVATE+KEY+"
_SIGNATURE_BYTES = {SIGNED: 4 + 64, COSIGNED: 4 + 8 + 64}


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named public key of one type."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key beside the name."""
        return sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as it is handed to others."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes((self.kind,)) + self.public).decode()}"


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A named private key of one type."""

    name: str
    kind: int
    private: bytes

    @classmethod
    def new(cls, name: str, kind: int) -> "SigningKey":
        """Make a key; raises `UsageError` for a name that a note cannot hold."""
        if not is_name(name):
            raise UsageError("A key's name has neither spaces nor a plus.", code="bad-key-name")
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self._key().public_key().public_bytes_raw())

    def encoded(self) -> str:
        """Return the key as it is kept in its file."""
        secret = base64.b64encode(bytes((self.kind,)) + self.private).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{secret}"

    def line(self, text: str, at: int = 0) -> str:
        """Return the line that signs a text; a cosignature states the moment, in seconds since 1970."""
        if self.kind == COSIGNED:
            signature = at.to_bytes(8) + self._key().sign(_cosigned(text, at))
        else:
            signature = self._key().sign(text.encode())
        return f"{_DASH}{self.name} {base64.b64encode(self.verifier.id + signature).decode()}\n"

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.private)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a line feed, and the lines that sign it."""

    text: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Return the note as it is handed to others."""
        return f"{self.text}\n{''.join(self.lines)}"

    def line_of(self, key: VerifierKey) -> str | None:
        """Return the line by which a key signs the note, None where it has none; raises `wrong-signature`."""
        for line in self.lines:
            name, signature = _taken_apart(line)
            if name == key.name and signature[:4] == key.id:
                _verify(key, self.text, signature)
                return line
        return None

    def verify(self, key: VerifierKey) -> None:
        """Return only if the key signs the note; raises `not-signed` or `wrong-signature`."""
        if self.line_of(key) is None:
            raise HubError(f"The note is not signed by {key.name}.", code="not-signed")


def read_note(content: str) -> Note:
    """Read a note without believing it; raises `note-damaged`."""
    text, found, rest = content.rpartition("\n\n")
    lines = rest.splitlines(keepends=True)
    if not found or not lines or len(lines) > MAX_SIGNATURES or not rest.endswith("\n"):
        raise damaged("it is not a text with signatures")
    if any(ord(each) < 0x20 and each != "\n" for each in content):
        raise damaged("it holds control characters")
    for line in lines:
        _taken_apart(line)
    return Note(f"{text}\n", tuple(lines))


def read_signature_lines(content: str) -> tuple[str, ...]:
    """Read signature lines alone; raises `note-damaged`."""
    lines: Sequence[str] = content.splitlines(keepends=True)
    if not lines or len(lines) > MAX_SIGNATURES or not content.endswith("\n"):
        raise damaged("its signatures are no lines")
    for line in lines:
        _taken_apart(line)
    return tuple(lines)


def read_verifier_key(text: str) -> VerifierKey:
    """Read a verifier key; raises `UsageError`: `bad-verifier-key`."""
    name, kind, material, key_id = _key_parts(text.strip())
    key = VerifierKey(name, kind, material)
    if key.id.hex() != key_id:
        raise _bad_key()
    return key


def read_signing_key(text: str) -> SigningKey:
    """Read a signing key from its file's content; raises `UsageError`: `bad-verifier-key`."""
    if not text.startswith(_PRIVATE):
        raise _bad_key()
    name, kind, material, key_id = _key_parts(text.removeprefix(_PRIVATE).strip())
    key = SigningKey(name, kind, material)
    if key.verifier.id.hex() != key_id:
        raise _bad_key()
    return key


def from_base64(text: str) -> bytes:
    """Read base64 that is written as it must be, each value in one way only; raises ValueError."""
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("the last digit holds bits that say nothing")
    return found


def is_name(name: str) -> bool:
    """Say whether a note can hold a key's name."""
    return bool(name) and "+" not in name and not any(each.isspace() or not each.isprintable() for each in name)


def damaged(reason: str) -> HubError:
    """Return the error for what is no note."""
    return HubError(f"The note is damaged: {reason}.", code="note-damaged")


def _key_parts(text: str) -> tuple[str, int, bytes, str]:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        raw = from_base64(encoded)
    except ValueError as error:
        raise _bad_key() from error
    if not is_name(name) or len(raw) != 33 or raw[0] not in _SIGNATURE_BYTES:
        raise _bad_key()
    return name, raw[0], raw[1:], key_id


def _bad_key() -> UsageError:
    return UsageError("The key is none of a signed note: <name>+<id>+<base64>.", code="bad-verifier-key")


def _taken_apart(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).rstrip("\n").partition(" ")
    try:
        signature = from_base64(encoded)
    except ValueError as error:
        raise damaged("a signature is not base64") from error
    if not line.startswith(_DASH) or not is_name(name) or len(signature) < 5:
        raise damaged("a line is no signature")
    return name, signature


def _verify(key: VerifierKey, text: str, signature: bytes) -> None:
    signed = text.encode()
    if key.kind == COSIGNED:
        signed = _cosigned(text, int.from_bytes(signature[4:12]))
    try:
        if len(signature) != _SIGNATURE_BYTES[key.kind]:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[-64:], signed)
    except InvalidSignature as error:
        raise HubError(f"The signature of {key.name} does not hold.", code="wrong-signature") from error


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
