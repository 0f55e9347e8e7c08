"""The issuer of the demonstration: whoever sits at this machine is whichever user of the directory they pick.

Answers the hub as a real issuer would, in this process; its signing key is made at start and kept nowhere. The settings
refuse it in production and off loopback.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.clock import Clock
from hub.errors import RefusedError
from hub.sign_in.attempts import challenge_of
from hub.sign_in.sealed_text import seal, unseal
from hub.sign_in_settings import IssuerSettings
from hub.store.sessions import UsedOnce

CLIENT_ID: Final = "mash-hub"
PATH: Final = "/issuer"
CHOOSING: Final = f"{PATH}/authorize"
_CODE_LASTS: Final = timedelta(minutes=1)
_TOKEN_LASTS: Final = timedelta(minutes=5)
_USE: Final = "code of the demonstration"


class WrongRequestError(RefusedError):
    """A browser came with what no client of this issuer sends."""


@dataclass(frozen=True, slots=True)
class _Grant:
    user: str
    nonce: str
    challenge: str
    at: float
    once: str


class LocalIssuer(httpx.BaseTransport):
    """Gives codes to browsers, and tokens for codes; as a transport it answers the hub's own requests."""

    def __init__(self, public_url: str, redirect_uri: str, clock: Clock, used: UsedOnce, code_key: bytes) -> None:
        self.settings = IssuerSettings(f"{public_url}{PATH}", CLIENT_ID)
        self._choosing = f"{public_url}{CHOOSING}"
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._key = ECKey.generate_key("P-256", auto_kid=True)
        self._used = used
        self._code_key = code_key

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
        at, once = self._clock.now().timestamp(), secrets.token_hex(16)
        grant = _Grant(user, asked["nonce"], asked["code_challenge"], at, once)
        code = seal(asdict(grant), self._code_key, _USE)
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
        now, found = self._clock.now(), unseal(form.get("code"), self._code_key, _USE)
        grant = None if found is None else _Grant(**found)
        if grant is None or not self._fits(grant, form, now):
            return httpx.Response(400, json={"error": "invalid_grant"})
        claims = {
            "iss": self.settings.url,
            "aud": CLIENT_ID,
            "sub": grant.user,
            "preferred_username": grant.user,
            "nonce": grant.nonce,
            "auth_time": int(grant.at),
            "iat": int(now.timestamp()),
            "exp": int((now + _TOKEN_LASTS).timestamp()),
        }
        token = jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)
        return httpx.Response(200, json={"id_token": token, "token_type": "Bearer", "access_token": "none"})

    def _fits(self, grant: _Grant, form: Mapping[str, str], now: datetime) -> bool:
        """Say whether a code is taken: within a minute, with the verifier of its challenge, and for the first time."""
        return (
            now.timestamp() - grant.at <= _CODE_LASTS.total_seconds()
            and form.get("redirect_uri") == self._redirect_uri
            and hmac.compare_digest(challenge_of(form.get("code_verifier", "")), grant.challenge)
            and self._used.use(bytes.fromhex(grant.once), now=now, until=now + 2 * _CODE_LASTS)
        )
