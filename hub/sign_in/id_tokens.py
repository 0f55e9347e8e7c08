"""Believe what an issuer says of who somebody is, or refuse it. No network: keys come in as arguments."""

import hmac
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry

from hub.errors import RefusedError

# Signatures by a key that only the issuer has; never `none`, never one made with what the hub itself knows.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
CLOCK_TOLERANCE: Final = timedelta(minutes=1)
_MOST_BYTES: Final = 16_000


def token_registry(algorithms: Collection[str]) -> JWSRegistry:
    """Return what reads tokens of these algorithms.

    RFC 9864 has named EdDSA anew, and the library warns of the older name; most programs write that still.
    """
    registry = JWSRegistry(algorithms=algorithms)
    unwarned = copy(JWSRegistry.algorithms["EdDSA"])
    unwarned.security_warning = None
    registry.algorithms = {**JWSRegistry.algorithms, "EdDSA": unwarned}
    return registry


_REGISTRY: Final = token_registry(ALGORITHMS)


class SignInRefusedError(RefusedError):
    """Who somebody is was not proved, or they are not of this partnership; the code says which."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say to be about this sign-in; `since` where they had to prove anew who they are."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime
    since: datetime | None = None


def key_id(token: str) -> str | None:
    """Return the id of the key that a token names; raises `SignInRefusedError` for what is no token."""
    if len(token) > _MOST_BYTES:
        raise _refused("bad-token")
    try:
        name = extract_compact(token.encode("ascii"), registry=_REGISTRY).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise _refused("bad-token") from error
    return name if isinstance(name, str) else None


def verify_id_token(token: str, key: Key, expected: Expected) -> Mapping[str, Any]:
    """Return the claims of a token that proves who somebody is; raises `SignInRefusedError`.

    1. it is signed by the key, with an algorithm of the list; 2. it is of the issuer, for this client and, where it
    says so, issued to it; 3. it is of this time, with a minute's tolerance of clocks; 4. it answers this sign-in
    (nonce); 5. where that was asked for, they have just proved who they are.
    """
    try:
        claims = jwt.decode(token, key, algorithms=list(ALGORITHMS), registry=_REGISTRY).claims
        _registry(expected).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise _refused("bad-token") from error
    audience = claims["aud"]
    if (isinstance(audience, list) and len(audience) > 1) or "azp" in claims:
        _expect(claims.get("azp") == expected.client_id, "bad-token")
    nonce = claims["nonce"]
    _expect(isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), expected.nonce.encode()), "bad-token")
    at = claims.get("auth_time", 0)
    _expect(isinstance(at, int) and 0 <= at <= (expected.now + CLOCK_TOLERANCE).timestamp(), "bad-token")
    if expected.since is not None:
        _expect(at >= (expected.since - CLOCK_TOLERANCE).timestamp(), "not-proved-anew")
    return claims


def _registry(expected: Expected) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(expected.now.timestamp()),
        leeway=int(CLOCK_TOLERANCE.total_seconds()),
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )


def _expect(condition: bool, code: str) -> None:
    if not condition:
        raise _refused(code)


_SENTENCES: Final = {
    "bad-token": "What the sign-in service said does not hold.",
    "not-proved-anew": "The sign-in service did not ask again who you are.",
}


def _refused(code: str) -> SignInRefusedError:
    return SignInRefusedError(_SENTENCES[code], code=code)
