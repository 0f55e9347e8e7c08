"""Who asks over HTTP: told by the session alone, never by what a request says of itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request

from hub.errors import HubError, RefusedError


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user of the directory with an open session; `form_token` comes back with each form that changes anything.

    `session` names the session while it lasts and opens nothing.
    """

    user: str
    form_token: str
    authenticated_at: datetime
    session: UUID


@dataclass(frozen=True, slots=True)
class CallingAgency:
    """An agency of the directory whose system calls with a token, and the key by which it got that."""

    agency: str
    key_id: str


class NotSignedInError(RefusedError):
    """Nobody is signed in, or no longer: a page leads to the sign-in, the API says so."""


class SignInAgainError(RefusedError):
    """Only somebody who has just proved who they are may do this: a page leads to the sign-in and back to its form."""


def signed_in(request: Request) -> SignedIn:
    """Return who is signed in, as the session's middleware found; raises `NotSignedInError`.

    Raises `RetryableError` where the database could not be asked.
    """
    found = getattr(request.state, "signed_in", None)
    if isinstance(found, HubError):
        raise found
    if not isinstance(found, SignedIn):
        raise NotSignedInError("Sign in first.", code="not-signed-in")
    return found


def calling_agency(request: Request) -> CallingAgency:
    """Return whose system calls, as the token in its `Authorization` says; raises as `signed_in`."""
    found = getattr(request.state, "calling_agency", None)
    if isinstance(found, HubError):
        raise found
    if not isinstance(found, CallingAgency):
        raise NotSignedInError("An access token of an agency is needed.", code="no-token")
    return found


def refuse_unless_recent(person: SignedIn, now: datetime, within: timedelta) -> None:
    """Pass if somebody proved who they are no longer ago than `within`; raises `SignInAgainError`."""
    if now - person.authenticated_at > within:
        raise SignInAgainError("Sign in again to do this.", code="sign-in-again")
