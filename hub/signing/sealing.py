"""Sealing of payloads to the hub: AES-256-GCM under a data key that travels sealed by HPKE (RFC 9180).

The data key is made anew every hour; opening one costs far more than opening a payload, so opened keys are remembered.
"""

import base64
import binascii
import os
from collections import OrderedDict
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hub.errors import PoisonError

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
INFO = b"mash-hub data key v1"
DATA_KEY_LIFE = timedelta(hours=1)
_NONCE_BYTES = 12
_REMEMBERED_KEYS = 4096


class PayloadSealer:
    """Seals payloads to one recipient, under a data key that it changes every hour."""

    def __init__(self, recipient: X25519PublicKey) -> None:
        self._recipient = recipient
        self._made_at: datetime | None = None
        self._cipher = AESGCM(bytes(32))
        self._sealed_key = ""

    def data_key(self, now: datetime) -> str:
        """Return the sealed data key in force at `now`, base64, making a new one where the last is an hour old."""
        if self._made_at is None or not timedelta() <= now - self._made_at < DATA_KEY_LIFE:
            key = AESGCM.generate_key(bit_length=256)
            self._cipher = AESGCM(key)
            self._sealed_key = base64.b64encode(SUITE.encrypt(key, self._recipient, info=INFO)).decode()
            self._made_at = now
        return self._sealed_key

    def seal(self, payload: bytes, attributes: bytes) -> bytes:
        """Return nonce and ciphertext of the payload, bound to the attributes; `data_key` was asked for just before."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, payload, attributes)


class PayloadOpener:
    """Opens what was sealed to the holder of one private key."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()

    def open(self, value: bytes, data_key: str, attributes: bytes) -> bytes:
        """Return the payload; raises `PoisonError` where key, value and attributes do not belong together."""
        try:
            return self._cipher(data_key).decrypt(value[:_NONCE_BYTES], value[_NONCE_BYTES:], attributes)
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise PoisonError("The payload is not sealed to this hub.", code="cannot-open") from error

    def _cipher(self, data_key: str) -> AESGCM:
        cipher = self._ciphers.get(data_key)
        if cipher is None:
            sealed = base64.b64decode(data_key, validate=True)
            cipher = AESGCM(SUITE.decrypt(sealed, self._private, info=INFO))
            self._ciphers[data_key] = cipher
            if len(self._ciphers) > _REMEMBERED_KEYS:
                self._ciphers.popitem(last=False)
        return cipher
