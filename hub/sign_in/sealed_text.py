"""Values that a browser carries and only this hub reads: sealed under a key of the hub's, each for its own use."""

import base64
import binascii
import os
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


def seal(value: dict[str, Any], key: bytes, use: str) -> str:
    """Return a value as only this hub reads it."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, orjson.dumps(value), use.encode())).decode()


def unseal(text: str | None, key: bytes, use: str) -> dict[str, Any] | None:
    """Return a value that was sealed for the same use, None for anything else."""
    try:
        raw = base64.b64decode((text or "").encode("ascii"), altchars=b"-_", validate=True)
        body = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], use.encode())
    except (binascii.Error, UnicodeEncodeError, ValueError, InvalidTag):
        return None
    found: dict[str, Any] = orjson.loads(body)
    return found
