"""The cookies of a session and of a sign-in under way. No script reads them, and no other host sets them.

`SameSite=Lax`, since the way back from an issuer begins at another site and would arrive without a strict one. On
loopback without TLS browsers keep no `__Host-` cookie, and the names go without.
"""

import hashlib
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

from hub.sign_in.attempts import LASTING


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names, reads and sets the cookies."""

    encrypted: bool

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return self._name("mash-session")

    def attempt(self, state: str) -> str:
        """Return the name of the cookie of a sign-in under way, one for each, so that two pages can sign in at once."""
        return self._name(f"mash-sign-in-{hashlib.sha256(state.encode(errors='replace')).hexdigest()[:12]}")

    def secret(self, connection: HTTPConnection) -> str | None:
        """Return the secret of the browser's session."""
        return connection.cookies.get(self.session)

    def set_session(self, response: Response, secret: str) -> None:
        """Give the browser a session's secret, until it is closed."""
        self._set(response, self.session, secret, None)

    def set_attempt(self, response: Response, state: str, sealed: str) -> None:
        """Give the browser what the hub must remember of a sign-in under way."""
        self._set(response, self.attempt(state), sealed, int(LASTING.total_seconds()))

    def remove(self, response: Response, name: str) -> None:
        """Have the browser forget a cookie."""
        self._set(response, name, "", 0)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.encrypted else name

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.encrypted, httponly=True, samesite="lax"
        )
