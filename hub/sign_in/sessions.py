"""Sessions: begun at sign-in, given another secret whenever somebody proves who they are, ended by time or by hand.

The browser holds a secret, the database its hash. A session is of one user as the directory had them at sign-in: with
another agency or other roles, or removed from it, they sign in anew.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from hub.application.directory import DirectoryReader, User
from hub.clock import Clock
from hub.sign_in.form_tokens import form_token
from hub.sign_in.person import SignedIn
from hub.sign_in_settings import SignInSettings
from hub.store.sessions import SessionRow, SessionTable

# Fine enough for an idle time-out of minutes, and seldom a write.
_NOTED_EVERY: Final = timedelta(seconds=20)
_LONGEST_SECRET: Final = 100


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, renews and ends sessions."""

    table: SessionTable
    directory: DirectoryReader
    clock: Clock
    settings: SignInSettings

    def begin(self, user: User, proved_at: datetime, *, replacing: str | None) -> str:
        """Begin a session and end the one that the browser had before; return the new one's secret."""
        now, secret = self.clock.now(), secrets.token_urlsafe(32)
        row = SessionRow(uuid4(), user.id, _standing(user), now, proved_at, now)
        before = None if replacing is None else _token(replacing)
        self.table.put(row, _token(secret), without=before, older_than=now - self.settings.absolute)
        return secret

    def renew(self, secret: str, proved_at: datetime) -> str | None:
        """Return another secret for a session whose user has proved again who they are; None if it has ended."""
        renewed = secrets.token_urlsafe(32)
        there = self.table.renew(_token(secret), _token(renewed), proved_at=proved_at, now=self.clock.now())
        return renewed if there else None

    def find(self, secret: str) -> SignedIn | None:
        """Return who is signed in by a secret; ends a session whose time is over or whose user is another now."""
        if len(secret) > _LONGEST_SECRET:
            return None
        token = _token(secret)
        row = self.table.find(token)
        if row is None:
            return None
        if not self._stands(row):
            self.table.end(token)
            return None
        now = self.clock.now()
        if now - row.seen_at >= _NOTED_EVERY:
            self.table.seen(row.id, now)
        return SignedIn(row.user, form_token(secret.encode()), row.authenticated_at, row.id)

    def end(self, secret: str) -> str | None:
        """End a session; return whose it was."""
        return self.table.end(_token(secret))

    def end_all(self, user: str) -> int:
        """End all sessions of a user; return how many there were."""
        return self.table.end_all(user)

    def _stands(self, row: SessionRow) -> bool:
        now, user = self.clock.now(), self.directory.load().users.get(row.user)
        in_time = now - row.seen_at <= self.settings.idle and now - row.began_at <= self.settings.absolute
        return in_time and user is not None and _standing(user) == row.standing


def _token(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _standing(user: User) -> bytes:
    return hashlib.sha256(json.dumps([user.id, user.agency, sorted(user.roles)]).encode()).digest()
