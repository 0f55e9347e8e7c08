"""Who asks over HTTP: told by the session alone, never by what a request says of itself."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from hub.errors import RefusedError


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user of the directory with an open session; `form_token` comes back with each form that changes anything."""

    user: str
    form_token: str
    authenticated_at: datetime


class NotSignedInError(RefusedError):
    """Nobody is signed in, or no longer: a page leads to the sign-in, the API says so."""


def signed_in(request: Request) -> SignedIn:
    """Return who is signed in, as the session's middleware found; raises `NotSignedInError`."""
    found = getattr(request.state, "signed_in", None)
    if not isinstance(found, SignedIn):
        raise NotSignedInError("Sign in first.", code="not-signed-in")
    return found
