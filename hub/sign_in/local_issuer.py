"""The issuer of the demonstration: whoever sits at this machine is whichever user of the directory they pick.

Answers the hub as a real issuer would, in this process; its key is made at start and kept nowhere. The settings refuse
it in production and off loopback.
"""

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.clock import Clock
from hub.errors import RefusedError
from hub.sign_in.attempts import challenge_of
from hub.sign_in_settings import IssuerSettings

CLIENT_ID: Final = "mash-hub"
PATH: Final = "/issuer"
CHOOSING: Final = f"{PATH}/authorize"
_CODE_LASTS: Final = timedelta(minutes=1)
_TOKEN_LASTS: Final = timedelta(minutes=5)
_MOST_CODES: Final = 1000


class WrongRequestError(RefusedError):
    """A browser came with what no client of this issuer sends."""


@dataclass(frozen=True, slots=True)
class _Grant:
    user: str
    nonce: str
    challenge: str
    at: datetime


class LocalIssuer(httpx.BaseTransport):
    """Gives codes to browsers, and tokens for codes; as a transport it answers the hub's own requests."""

    def __init__(self, public_url: str, redirect_uri: str, clock: Clock) -> None:
        self.settings = IssuerSettings(f"{public_url}{PATH}", CLIENT_ID)
        self._choosing = f"{public_url}{CHOOSING}"
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._key = ECKey.generate_key("P-256", auto_kid=True)
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def verify(self, asked: Mapping[str, str]) -> None:
        """Pass if a browser comes with what the hub sends; raises `WrongRequestError`."""
        expected = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self._redirect_uri,
            "code_challenge_method": "S256",
        }
        wrong = any(asked.get(name) != value for name, value in expected.items())
        if wrong or not all(asked.get(name) for name in ("state", "nonce", "code_challenge")):
            raise WrongRequestError("This is not a sign-in of this hub.", code="wrong-request")

    def chosen(self, asked: Mapping[str, str], user: str) -> str:
        """Return where a browser goes back to, once somebody has picked a user; raises `WrongRequestError`."""
        self.verify(asked)
        now, code = self._clock.now(), secrets.token_urlsafe(32)
        with self._lock:
            self._grants = {name: each for name, each in self._grants.items() if now - each.at <= _CODE_LASTS}
            if len(self._grants) >= _MOST_CODES:
                raise WrongRequestError("Too many sign-ins at once: wait a minute.", code="too-many")
            self._grants[code] = _Grant(user, asked["nonce"], asked["code_challenge"], now)
        back = {"code": code, "state": asked["state"], "iss": self.settings.url}
        return f"{self._redirect_uri}?{urlencode(back)}"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of the hub."""
        if request.method == "POST" and request.url.path == f"{PATH}/token":
            form = {name: values[0] for name, values in parse_qs(request.read().decode()).items()}
            return self._token(form)
        published = {
            f"{PATH}/.well-known/openid-configuration": self._description(),
            f"{PATH}/keys": {"keys": [self._key.as_dict(private=False, use="sig", alg="ES256")]},
        }
        found = published.get(request.url.path)
        return httpx.Response(404, json={}) if found is None else httpx.Response(200, json=found)

    def _description(self) -> dict[str, Any]:
        url = self.settings.url
        return {
            "issuer": url,
            "authorization_endpoint": self._choosing,
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/keys",
        }

    def _token(self, form: Mapping[str, str]) -> httpx.Response:
        now = self._clock.now()
        with self._lock:
            grant = self._grants.pop(form.get("code", ""), None)
        fits = (
            grant is not None
            and now - grant.at <= _CODE_LASTS
            and form.get("redirect_uri") == self._redirect_uri
            and hmac.compare_digest(challenge_of(form.get("code_verifier", "")), grant.challenge)
        )
        if grant is None or not fits:
            return httpx.Response(400, json={"error": "invalid_grant"})
        claims = {
            "iss": self.settings.url,
            "aud": CLIENT_ID,
            "sub": grant.user,
            "preferred_username": grant.user,
            "nonce": grant.nonce,
            "auth_time": int(grant.at.timestamp()),
            "iat": int(now.timestamp()),
            "exp": int((now + _TOKEN_LASTS).timestamp()),
        }
        token = jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)
        return httpx.Response(200, json={"id_token": token, "token_type": "Bearer", "access_token": "none"})
