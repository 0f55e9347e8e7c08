"""The private key that agencies seal their payloads to (X25519), in a file that its owner alone may open."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.errors import UsageError
from hub.store.secret_file import create_secret, read_secret


def make_hub_key(path: Path) -> X25519PrivateKey:
    """Make the key where there is none, and return it."""
    if not path.exists():
        key = X25519PrivateKey.generate()
        body = {"private": base64.b64encode(key.private_bytes_raw()).decode()}
        create_secret(path, json.dumps(body).encode())
    return read_hub_key(path)


def read_hub_key(path: Path) -> X25519PrivateKey:
    """Read the key; raises `UsageError` where it is missing, damaged or readable by others."""
    try:
        return X25519PrivateKey.from_private_bytes(base64.b64decode(json.loads(read_secret(path))["private"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "The hub's key is damaged: put a copy back.", code="hub-key-damaged", place=str(path)
        ) from error
