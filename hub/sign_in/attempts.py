"""What the hub must remember of a sign-in under way: in the browser's own cookie, sealed, for ten minutes.

Nothing is kept here for people who have not proved who they are.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.sign_in.sealed_text import seal, unseal

LASTING: Final = timedelta(minutes=10)
_USE: Final = "sign-in attempt"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to the issuer and back; `again` where somebody who is signed in proves who they are once more."""

    state: str
    nonce: str
    verifier: str
    next: str
    again: bool
    began: float

    @property
    def began_at(self) -> datetime:
        """When the browser was sent to the issuer."""
        return datetime.fromtimestamp(self.began, UTC)

    @property
    def challenge(self) -> str:
        """What the issuer is told of the verifier (RFC 7636, S256)."""
        return challenge_of(self.verifier)


def new_attempt(next_page: str, *, again: bool, now: datetime) -> Attempt:
    """Begin a way to the issuer."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier, next_page, again, now.timestamp())


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def sealed(attempt: Attempt, key: bytes) -> str:
    """Return an attempt as only this hub reads it."""
    return seal(asdict(attempt), key, _USE)


def opened(text: str | None, key: bytes, now: datetime) -> Attempt | None:
    """Return the attempt of a cookie, None where there is none, it is not ours or it is over."""
    found = unseal(text, key, _USE)
    attempt = None if found is None else Attempt(**found)
    return attempt if attempt is not None and now - attempt.began_at <= LASTING else None
