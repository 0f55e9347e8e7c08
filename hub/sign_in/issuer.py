"""The issuer of identities, as the hub meets it: where to send a browser, and whom a code that comes back stands for.

OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636). Asks over TLS, with short patience and no
redirects; what the issuer publishes of itself is kept, so that it need be there only when somebody signs in.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from hub.clock import Clock
from hub.errors import RetryableError
from hub.sign_in.attempts import Attempt
from hub.sign_in.id_tokens import Expected, SignInRefusedError, key_id, verify_id_token
from hub.sign_in_settings import IssuerSettings, is_safe_address

PATIENCE: Final = httpx.Timeout(5.0)
_MOST_BYTES: Final = 500_000
_DESCRIPTION_LASTS: Final = timedelta(hours=1)
# Whoever presents tokens of keys that do not exist does not make the hub ask for each.
_KEYS_AGAIN: Final = timedelta(minutes=1)
_DISCOVERY: Final = "/.well-known/openid-configuration"


class IssuerAwayError(RetryableError):
    """The issuer cannot be asked: nobody signs in now, and whoever is signed in stays so."""


@dataclass(frozen=True, slots=True)
class Description:
    """What an issuer publishes of itself."""

    authorization: str
    token: str
    keys: str
    end_session: str | None


class Issuer:
    """One issuer, asked as one client of it; safe to share among threads."""

    def __init__(self, settings: IssuerSettings, redirect_uri: str, http: httpx.Client, clock: Clock) -> None:
        self.settings = settings
        self.redirect_uri = redirect_uri
        self._http = http
        self._auth = _basic(settings)
        self._clock = clock
        self._lock = threading.Lock()
        self._described: tuple[datetime, Description] | None = None
        self._keys: dict[str, Key] = {}
        self._keys_at: datetime | None = None

    def description(self) -> Description:
        """Return what the issuer says of itself, asked once an hour; raises `IssuerAwayError`."""
        now = self._clock.now()
        with self._lock:
            if self._described is None or now - self._described[0] > _DESCRIPTION_LASTS:
                found = self._get(self.settings.url.rstrip("/") + _DISCOVERY)
                self._described = (now, _description(found, self.settings.url))
            return self._described[1]

    def address(self, attempt: Attempt) -> str:
        """Return where a browser goes to prove who somebody is; raises `IssuerAwayError`."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if attempt.again else {}),
        }
        authorization = self.description().authorization
        return f"{authorization}{'&' if '?' in authorization else '?'}{urlencode(asked)}"

    def claims(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        """Return what the issuer says of whoever a code stands for; raises `SignInRefusedError`, `IssuerAwayError`."""
        token = self._redeem(code, attempt)
        since = attempt.began_at if attempt.again else None
        expected = Expected(self.settings.url, self.settings.client_id, attempt.nonce, self._clock.now(), since)
        return verify_id_token(token, self._key(key_id(token)), expected)

    def _redeem(self, code: str, attempt: Attempt) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": attempt.verifier,
        }
        status, found = self._ask("POST", self.description().token, form)
        token = found.get("id_token")
        if status != httpx.codes.OK or not isinstance(token, str):
            raise SignInRefusedError("The sign-in service does not know this sign-in.", code="code-refused")
        return token

    def _key(self, name: str | None) -> Key:
        """Return the key of a name; one that is not known is looked up, but not again and again."""
        with self._lock:
            key = self._known(name)
            now = self._clock.now()
            if key is None and (self._keys_at is None or now - self._keys_at >= _KEYS_AGAIN):
                described = self._described
                assert described is not None  # noqa: S101 - a code was redeemed where it says
                self._keys, self._keys_at = _keys(self._get(described[1].keys)), now
                key = self._known(name)
        if key is None:
            raise SignInRefusedError(
                "The sign-in service signed with a key that it does not publish.", code="bad-token"
            )
        return key

    def _known(self, name: str | None) -> Key | None:
        if name is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(name)

    def _get(self, url: str) -> Mapping[str, Any]:
        status, found = self._ask("GET", url)
        if status != httpx.codes.OK:
            raise _away()
        return found

    def _ask(self, method: str, url: str, form: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, Any]]:
        try:
            with self._http.stream(method, url, data=form, auth=self._auth if form else None) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise _away()
                found = orjson.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError) as error:
            raise _away() from error
        if not isinstance(found, dict) or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _away()
        return response.status_code, found


def _basic(settings: IssuerSettings) -> httpx.BasicAuth | None:
    """Return how the hub proves which client it is (RFC 6749, 2.3.1)."""
    if settings.secret is None:
        return None
    return httpx.BasicAuth(quote(settings.client_id, safe=""), quote(settings.secret, safe=""))


def _description(found: Mapping[str, Any], issuer: str) -> Description:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    addresses = [found.get(name) for name in names]
    if found.get("issuer") != issuer or not all(isinstance(url, str) and is_safe_address(url) for url in addresses):
        raise _away()
    end = found.get("end_session_endpoint")
    ends = end if isinstance(end, str) and is_safe_address(end) else None
    return Description(str(addresses[0]), str(addresses[1]), str(addresses[2]), ends)


def _keys(found: Mapping[str, Any]) -> dict[str, Key]:
    """Return the keys that sign, by their names; symmetric ones sign nothing that we believe."""
    keys = {}
    listed = found.get("keys")
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, dict) or each.get("use") == "enc" or each.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        try:
            key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError):
            continue
        keys[str(each.get("kid", ""))] = key
    return keys


def _away() -> IssuerAwayError:
    return IssuerAwayError("The sign-in service does not answer. Try again in a few minutes.", code="issuer-away")
