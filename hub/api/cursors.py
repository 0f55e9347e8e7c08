"""Where the next page of a list begins, as a word that says nothing and is good for one user's one list.

Sealed, and of one length: neither a position, which counts all that is recorded, nor who asked for what can be read.
"""

import base64
import binascii
import os
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import UsageError

PURPOSE: Final = "api-cursors"
_NONCE_BYTES: Final = 12
_POSITION_BYTES: Final = 8


class Cursors:
    """Seals and opens cursors."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def sealed(self, position: int, user: str, *listed: object) -> str:
        """Return the cursor of a position in a user's list."""
        nonce = os.urandom(_NONCE_BYTES)
        held = self._cipher.encrypt(nonce, position.to_bytes(_POSITION_BYTES), _bound(user, listed))
        return base64.urlsafe_b64encode(nonce + held).decode().rstrip("=")

    def opened(self, cursor: str, user: str, *listed: object) -> int:
        """Return the position; raises `UsageError` for a cursor of another user, of another list or of nobody's."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(user, listed))
        except (InvalidTag, ValueError, binascii.Error) as error:
            begin = "The cursor is not one of this list: begin at its first page."
            raise UsageError(begin, code="bad-cursor") from error
        return int.from_bytes(plain)


def _bound(user: str, listed: tuple[object, ...]) -> bytes:
    return orjson.dumps([user, *listed], default=str)
