"""Signing in and out: brings together the issuer, the directory, the sessions and their record. Knows nothing of pages.

Without an issuer in the settings, the one of the demonstration answers, in this process.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from hub.answering import Answering
from hub.application.directory import User
from hub.application.sign_ins import SignInLog
from hub.clock import Clock
from hub.events.sign_in import PersonSignedIn, PersonSignedOut, SignInRefused
from hub.sign_in import attempts
from hub.sign_in.agency_tokens import AgencyTokens
from hub.sign_in.attempts import Attempt, new_attempt
from hub.sign_in.cookies import Cookies
from hub.sign_in.form_tokens import Forms
from hub.sign_in.id_tokens import SignInRefusedError
from hub.sign_in.issuer import PATIENCE, Issuer
from hub.sign_in.local_issuer import LocalIssuer
from hub.sign_in.person import SignedIn, refuse_unless_recent
from hub.sign_in.sessions import Sessions
from hub.sign_in_settings import SignInSettings
from hub.store.sessions import SessionTable, UsedOnce

CALLBACK: Final = "/sign-in/callback"
TOKENS: Final = "/v1/token"
ATTEMPTS: Final = "sign-in-attempts"
AGENCY_TOKENS: Final = "agency-tokens"


@dataclass(frozen=True, slots=True)
class Proved:
    """A user of the directory, and when they proved to the issuer who they are."""

    user: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """All that a server needs to know who asks; `local` is the issuer of the demonstration, if that is in use."""

    hub: Answering
    settings: SignInSettings
    issuer: Issuer
    local: LocalIssuer | None
    sessions: Sessions
    forms: Forms
    agencies: AgencyTokens
    log: SignInLog
    cookies: Cookies
    clock: Clock
    _used: UsedOnce
    _key: bytes

    def begin(self, next_page: str, *, again: bool) -> Attempt:
        """Begin a way to the issuer."""
        return new_attempt(next_page, again=again, now=self.clock.now())

    def sealed(self, attempt: Attempt) -> str:
        """Return an attempt as the browser keeps it."""
        return attempts.sealed(attempt, self._key)

    def opened(self, kept: str | None, state: str) -> Attempt:
        """Return the attempt that a browser kept, once; raises `SignInRefusedError` where it is none of this state."""
        attempt, now = attempts.opened(kept, self._key, self.clock.now()), self.clock.now()
        what = hashlib.sha256(b"state\x1f" + state.encode(errors="replace")).digest()
        ours = attempt is not None and attempt.state == state
        if attempt is None or not ours or not self._used.use(what, now=now, until=now + attempts.LASTING):
            raise SignInRefusedError("This sign-in was begun elsewhere, or too long ago.", code="wrong-state")
        return attempt

    def proved(self, code: str, attempt: Attempt) -> Proved:
        """Return whom a code stands for; raises `SignInRefusedError`, `IssuerAwayError`."""
        claims = self.issuer.claims(code, attempt)
        claim = self.issuer.settings.user_claim
        named = claims.get(claim)
        user = self.hub.directory.load().users.get(named) if isinstance(named, str) else None
        if user is None or (claim == "email" and claims.get("email_verified") is not True):
            self.log.record(SignInRefused(reason="unknown-user"))
            raise SignInRefusedError("You are not in this partnership's directory.", code="unknown-user")
        # An issuer that does not say when somebody proved who they are has not said that it was lately.
        return Proved(user, datetime.fromtimestamp(claims.get("auth_time", 0), UTC))

    def enter(self, proved: Proved, before: str | None, *, again: bool) -> tuple[str, bool]:
        """Let a user in; return the session's secret, and whether it is the session that the browser had.

        One that proves anew who they are keeps their session under another secret. Anybody else's is ended.
        """
        held = None if before is None else self.sessions.find(before)
        same = again and held is not None and held.user == proved.user.id
        self.log.record(PersonSignedIn(user=proved.user.id, again=same))
        renewed = self.sessions.renew(before, proved.at) if same and before is not None else None
        if renewed is not None:
            return renewed, True
        return self.sessions.begin(proved.user, proved.at, replacing=before), False

    def leave(self, person: SignedIn, secret: str, *, everywhere: bool) -> None:
        """End a person's session, or all that they have."""
        self.log.record(PersonSignedOut(user=person.user, everywhere=everywhere))
        self.sessions.end(secret)
        if everywhere:
            self.sessions.end_all(person.user)

    def end_all(self, user: str, *, by: SignedIn) -> None:
        """End all sessions of a user of the directory, at somebody else's word; raises `HubError` for no user."""
        known = self.hub.directory.load().user(user)
        self.log.record(PersonSignedOut(user=known.id, everywhere=True, by=by.user))
        self.sessions.end_all(known.id)

    def refuse_unless_recent(self, person: SignedIn) -> None:
        """Pass if somebody has just proved who they are; raises `SignInAgainError`, which leads to the sign-in."""
        refuse_unless_recent(person, self.clock.now(), self.settings.again)


@contextmanager
def open_sign_in(hub: Answering, http: httpx.Client | None = None) -> Iterator[SignIn]:
    """Yield how people and agencies sign in to an open hub."""
    settings, clock = hub.settings.sign_in, hub.clock
    redirect_uri = settings.public_url + CALLBACK
    used, key = UsedOnce(hub.pool), hub.vault.purpose_key(ATTEMPTS)
    local = None if settings.issuer else LocalIssuer(settings.public_url, redirect_uri, clock, used, key)
    with http or httpx.Client(transport=local, timeout=PATIENCE, trust_env=True) as client:
        issuer_settings = settings.issuer or (local.settings if local else None)
        assert issuer_settings is not None  # noqa: S101 - one of the two there is
        yield SignIn(
            hub=hub,
            settings=settings,
            issuer=Issuer(issuer_settings, redirect_uri, client, clock),
            local=local,
            sessions=Sessions(SessionTable(hub.pool), hub.directory, clock, settings),
            forms=Forms(used, settings.absolute + timedelta(minutes=1)),
            agencies=AgencyTokens(
                hub.directory, used, clock, settings.public_url, TOKENS, hub.vault.purpose_key(AGENCY_TOKENS)
            ),
            log=SignInLog(hub.log, hub.vault, clock),
            cookies=Cookies(settings.encrypted),
            clock=clock,
            _used=used,
            _key=key,
        )
