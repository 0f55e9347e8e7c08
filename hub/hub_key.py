"""The hub's private keys, each in a file for its owner alone: one that agencies seal to, one that it signs with."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.errors import UsageError
from hub.store.secret_file import create_secret, read_secret


def make_hub_key(path: Path) -> X25519PrivateKey:
    """Make the key that agencies seal to where there is none, and return it."""
    if not path.exists():
        _write(path, X25519PrivateKey.generate().private_bytes_raw())
    return read_hub_key(path)


def read_hub_key(path: Path) -> X25519PrivateKey:
    """Read the key; raises `UsageError` where it is missing, damaged or readable by others."""
    return X25519PrivateKey.from_private_bytes(_read(path))


def make_hub_signing_key(path: Path) -> Ed25519PrivateKey:
    """Make the key that signs what the hub sends where there is none, and return it."""
    if not path.exists():
        _write(path, Ed25519PrivateKey.generate().private_bytes_raw())
    return read_hub_signing_key(path)


def read_hub_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read the key; raises `UsageError` where it is missing, damaged or readable by others."""
    if not path.exists():
        raise UsageError(
            "The hub has no key to sign with: run mash init, which makes what is missing.",
            code="hub-signing-key-missing",
            place=str(path),
        )
    return Ed25519PrivateKey.from_private_bytes(_read(path))


def _write(path: Path, raw: bytes) -> None:
    create_secret(path, json.dumps({"private": base64.b64encode(raw).decode()}).encode())


def _read(path: Path) -> bytes:
    try:
        raw = base64.b64decode(json.loads(read_secret(path))["private"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if len(raw) != 32:
        raise _damaged(path)
    return raw


def _damaged(path: Path) -> UsageError:
    return UsageError("The hub's key is damaged: put a copy back.", code="hub-key-damaged", place=str(path))
