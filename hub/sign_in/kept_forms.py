"""What somebody had typed when they were asked to prove who they are: kept with their session, sealed, and taken once.

So nothing of it is in a URL, and nothing is typed twice.
"""

import json
import os
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import UsageError
from hub.sign_in.person import SignedIn
from hub.store.sessions import SessionTable

_NONCE_BYTES: Final = 12
_MOST_BYTES: Final = 90_000


class KeptForms:
    """Keeps one form for each session."""

    def __init__(self, table: SessionTable, key: bytes) -> None:
        self._table = table
        self._cipher = AESGCM(key)

    def keep(self, person: SignedIn, page: str, fields: Mapping[str, str]) -> None:
        """Keep a page's form in place of any before; raises `UsageError` for one that is too large."""
        body = json.dumps([page, dict(fields)]).encode()
        if len(body) > _MOST_BYTES:
            raise UsageError("The form is too large.", code="too-large")
        nonce = os.urandom(_NONCE_BYTES)
        self._table.keep(person.session, nonce + self._cipher.encrypt(nonce, body, person.session.bytes))

    def take(self, person: SignedIn, page: str) -> dict[str, str]:
        """Return what was typed into a page's form, once; nothing for another page."""
        sealed = self._table.take_kept(person.session)
        if sealed is None:
            return {}
        body = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person.session.bytes)
        of_page, fields = json.loads(body)
        return dict(fields) if of_page == page else {}
