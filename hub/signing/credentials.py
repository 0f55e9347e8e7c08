"""What an agency's system holds: its secrets (signing key, secret of message keys, opening keys) and the hub's keys.

Kept as one JSON file of mode 0600. The secret never leaves the agency: under it, the same child has the same message
key and the same record the same id, and neither says anything to anybody else.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.errors import UsageError

_KEY_BYTES = 16


def key_id_of(public: bytes) -> str:
    """Return the id of a signing key: the first half of the SHA-256 of its public bytes."""
    return hashlib.sha256(public).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An agency's secrets; of the keys that open what it is sent, the newest comes first."""

    agency: str
    signing: Ed25519PrivateKey
    secret: bytes
    hub: X25519PublicKey
    opening: tuple[X25519PrivateKey, ...] = ()
    hub_signing: tuple[bytes, ...] = ()

    @property
    def opening_public(self) -> bytes | None:
        """The raw public half of the key to which the hub seals, None where the agency has none here."""
        return self.opening[0].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) if self.opening else None

    def with_new_opening_key(self) -> "Credentials":
        """Return these credentials with a new opening key before those that still open what was sent earlier."""
        return replace(self, opening=(X25519PrivateKey.generate(), *self.opening))

    @property
    def public(self) -> bytes:
        """The raw public half of the signing key."""
        return self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """The id of the signing key."""
        return key_id_of(self.public)

    def message_key(self, reference: str) -> bytes:
        """Return the message key of one of the agency's references: an HMAC that says nothing of it."""
        return hmac.digest(self.secret, b"message-key\x1f" + reference.encode(), "sha256")[:_KEY_BYTES]

    def record_id(self, content: bytes) -> str:
        """Return the id of a record that has none of its own: a keyed hash of its whole content."""
        return hmac.digest(self.secret, b"record-id\x1f" + content, "sha256").hex()[:32]

    def save(self, path: Path) -> None:
        """Write the file, readable by its owner only."""
        body = {
            "agency": self.agency,
            "signing_key": base64.b64encode(self.signing.private_bytes_raw()).decode(),
            "secret": base64.b64encode(self.secret).decode(),
            "hub_key": base64.b64encode(self.hub.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode(),
            "opening_keys": [base64.b64encode(key.private_bytes_raw()).decode() for key in self.opening],
            "hub_signing_keys": [base64.b64encode(key).decode() for key in self.hub_signing],
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Credentials":
        """Read the file; raises `UsageError` where it is missing, damaged or readable by others."""
        try:
            if path.stat().st_mode & 0o077:
                raise UsageError(
                    f"Others can read the agency's credentials: chmod 600 {path}", code="loose-permissions"
                )
            body = json.loads(path.read_text())
            return cls(
                agency=body["agency"],
                signing=Ed25519PrivateKey.from_private_bytes(base64.b64decode(body["signing_key"])),
                secret=base64.b64decode(body["secret"]),
                hub=X25519PublicKey.from_public_bytes(base64.b64decode(body["hub_key"])),
                opening=tuple(
                    X25519PrivateKey.from_private_bytes(base64.b64decode(key)) for key in body.get("opening_keys", ())
                ),
                hub_signing=tuple(base64.b64decode(key) for key in body.get("hub_signing_keys", ())),
            )
        except FileNotFoundError as error:
            raise UsageError("This agency's credentials are not in this hub's home.", code="no-credentials") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"The credentials in {path} are damaged.", code="damaged-credentials") from error


def new_credentials(agency: str, hub: X25519PublicKey, secret: bytes | None = None) -> Credentials:
    """Make a new signing key, and a new secret unless one is carried over."""
    return Credentials(agency, Ed25519PrivateKey.generate(), secret or os.urandom(32), hub)
