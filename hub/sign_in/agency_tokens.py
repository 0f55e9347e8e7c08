"""How an agency's system signs in: it proves by its signing key who it is, and gets a token for ten minutes.

Client credentials (RFC 6749, 4.4) with a private-key JWT (RFC 7523), which is taken once. The directory's keys are the
only ones; where one is revoked or replaced, so is every token that was given by it, at once.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from hub.application.directory import DirectoryReader
from hub.clock import Clock
from hub.errors import RefusedError
from hub.sign_in.id_tokens import CLOCK_TOLERANCE, SignInRefusedError, key_id, token_registry
from hub.sign_in.person import CallingAgency, NotSignedInError
from hub.signing.keys import SigningKey
from hub.store.sessions import UsedOnce

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT: Final = "client_credentials"
LASTING: Final = timedelta(minutes=10)
_LONGEST_ASSERTION: Final = timedelta(minutes=5)
_BY_AGENCY: Final = ["Ed25519", "EdDSA"]
_READER: Final = token_registry(_BY_AGENCY)
_BY_US: Final = JWSRegistry(algorithms=["HS256"])
_TYPE: Final = "at+jwt"


class ClientRefusedError(RefusedError):
    """A system did not prove which agency's it is; the code is one of RFC 6749, 5.2."""


class AgencyTokens:
    """Gives tokens to agencies' systems, and knows them again."""

    def __init__(
        self, directory: DirectoryReader, used: UsedOnce, clock: Clock, public_url: str, path: str, key: bytes
    ) -> None:
        self._directory = directory
        self._used = used
        self._clock = clock
        self._url = public_url
        self._audience = public_url + path
        self._key = OctKey.import_key(key)

    def give(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Return a token, as RFC 6749 says it, for an assertion that holds; raises `ClientRefusedError`."""
        if form.get("grant_type") != GRANT:
            raise _refused("unsupported_grant_type", f"grant_type is not {GRANT}.")
        if form.get("client_assertion_type") != ASSERTION:
            raise _refused("invalid_client", f"client_assertion_type is not {ASSERTION}.")
        key = self._proved(form.get("client_assertion", ""))
        now = self._clock.now()
        claims = {
            "iss": self._url,
            "aud": self._url,
            "sub": key.agency,
            "key": key.id,
            "iat": int(now.timestamp()),
            "exp": int((now + LASTING).timestamp()),
        }
        token = jwt.encode({"alg": "HS256"}, claims, self._key, registry=_BY_US, default_type=_TYPE)
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(LASTING.total_seconds())}

    def caller(self, token: str) -> CallingAgency:
        """Return whose system a token was given to; raises `NotSignedInError`."""
        try:
            found = jwt.decode(token, self._key, algorithms=["HS256"], registry=_BY_US)
            self._expect(self._url, leeway=0).validate(found.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _no_token() from error
        key = self._signs_now(found.claims.get("key"))
        if found.header.get("typ") != _TYPE or key is None or key.agency != found.claims["sub"]:
            raise _no_token()
        return CallingAgency(key.agency, key.id)

    def _proved(self, assertion: str) -> SigningKey:
        """Return the key by which an assertion is signed; raises `ClientRefusedError`.

        1. its key is one that an agency of the directory signs with now; 2. it is signed by that, for this hub and by
        and about that agency; 3. it is of this time, and of five minutes at the most; 4. it was not used before.
        """
        try:
            key = self._signs_now(key_id(assertion))
        except SignInRefusedError as error:
            raise _refused("invalid_client", "The assertion is not a JWT.") from error
        if key is None:
            raise _refused("invalid_client", "The key is not one that an agency of this partnership signs with.")
        try:
            claims = jwt.decode(assertion, _public(key), algorithms=_BY_AGENCY, registry=_READER).claims
            self._expect(self._audience, leeway=int(CLOCK_TOLERANCE.total_seconds()), by=key.agency).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused("invalid_client", "The assertion does not hold.") from error
        now = self._clock.now()
        latest = now + _LONGEST_ASSERTION + CLOCK_TOLERANCE
        if claims["exp"] > latest.timestamp():
            raise _refused("invalid_client", "The assertion is good for more than five minutes.")
        what = hashlib.sha256(b"\x1f".join((b"jti", key.id.encode(), claims["jti"].encode()))).digest()
        if not self._used.use(what, now=now, until=latest + CLOCK_TOLERANCE):
            raise _refused("invalid_client", "The assertion was used before.")
        return key

    def _signs_now(self, name: object) -> SigningKey | None:
        """Return a key of the directory that is good at this moment."""
        key, now = (self._directory.load().keys.get(name) if isinstance(name, str) else None), self._clock.now()
        if key is None or key.revoked_at is not None or now < key.valid_from:
            return None
        return key if key.valid_until is None or now <= key.valid_until else None

    def _expect(self, audience: str, *, leeway: int, by: str | None = None) -> JWTClaimsRegistry:
        issuer = self._url if by is None else by
        return JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=leeway,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True} if by is None else {"essential": True, "value": by},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": by is not None},
        )


def _public(key: SigningKey) -> OKPKey:
    x = urlsafe_b64encode(key.public).decode().rstrip("=")
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})


def _refused(code: str, sentence: str) -> ClientRefusedError:
    return ClientRefusedError(sentence, code=code)


def _no_token() -> NotSignedInError:
    return NotSignedInError("The access token is not one of this hub's, or its time is over.", code="wrong-token")
