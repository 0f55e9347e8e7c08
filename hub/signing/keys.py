"""The signing keys of agencies and the question whether one may be trusted for a message.

A key that was rotated out still verifies what was signed while it was valid; a revoked one verifies nothing any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import PoisonError

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public half of an agency's signing key (Ed25519, RFC 8032) and when it may sign."""

    id: str
    agency: str
    public: bytes
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None


@lru_cache(maxsize=1024)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def verify_signature(
    key: SigningKey | None, *, source: str, signed_at: datetime, signature: bytes, signed: bytes
) -> None:
    """Pass if `key` may speak for `source` at `signed_at` and signed these bytes; raises `PoisonError` otherwise.

    1. the key is known; 2. it belongs to the source; 3. it is not revoked; 4. it was valid when the message was
    signed; 5. the signature fits the bytes.
    """
    if key is None:
        raise PoisonError("The signing key is not registered.", code="unknown-key")
    if key.agency != source:
        raise PoisonError("The signing key belongs to another agency.", code="foreign-source")
    if key.revoked_at is not None:
        raise PoisonError("The signing key has been revoked.", code="revoked-key")
    if signed_at < key.valid_from - CLOCK_TOLERANCE or (key.valid_until is not None and signed_at > key.valid_until):
        raise PoisonError("The signing key was not valid when the message was signed.", code="key-not-valid")
    try:
        _public_key(key.public).verify(signature, signed)
    except InvalidSignature as error:
        raise PoisonError("The signature does not fit the message.", code="wrong-signature") from error
