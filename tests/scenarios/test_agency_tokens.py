"""An agency's system proves by its signing key who it is, and calls with a token for ten minutes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from hub.sign_in.agency_tokens import ASSERTION
from hub.sign_in.id_tokens import token_registry
from hub.sign_in.service import SignIn, open_sign_in
from hub.signing.credentials import Credentials
from tests.hub_under_test import ANALYST, HubUnderTest
from tests.sign_in import Browser, browser_on

TOKEN_URL = "http://127.0.0.1:8000/v1/token"


@pytest.fixture(scope="module")
def sign_in(shared_hub: HubUnderTest) -> Iterator[SignIn]:
    with open_sign_in(shared_hub.hub) as opened:
        yield opened


@pytest.fixture
def system(sign_in: SignIn) -> Iterator[Browser]:
    with browser_on(sign_in) as browser:
        yield browser


def assertion(
    hub: HubUnderTest, agency: str = "police", *, by: Credentials | None = None, alg: str = "Ed25519", **claims: Any
) -> str:
    """Return what an agency's own program signs to prove whose it is."""
    credentials, now = by or hub.hub.credentials(agency), int(hub.clock.now().timestamp())
    key = OKPKey.import_key(credentials.signing)
    usual = {"iss": agency, "sub": agency, "aud": TOKEN_URL, "iat": now, "exp": now + 60, "jti": str(id(claims))}
    said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": credentials.key_id}, said, key, registry=token_registry([alg]))


def asks(system: Browser, signed: str, **form: str) -> Any:
    usual = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": signed}
    return system.post("/v1/token", {**usual, **form})


def calls(system: Browser, token: str) -> Any:
    return system.get("/agency", headers={"Authorization": f"Bearer {token}"})


def test_a_token_names_the_agency_for_ten_minutes(system: Browser, shared_hub: HubUnderTest) -> None:
    answer = asks(system, assertion(shared_hub, jti="first"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
    assert calls(system, given["access_token"]).json() == {"agency": "police"}
    assert asks(system, assertion(shared_hub, jti="by the older name", alg="EdDSA")).status_code == 200
    assert system.get("/agency").json() == {"code": "no-token"}
    assert system.get("/whoami", headers={"Authorization": f"Bearer {given['access_token']}"}).status_code == 401
    shared_hub.clock.advance(timedelta(minutes=10, seconds=1))
    assert calls(system, given["access_token"]).json() == {"code": "wrong-token"}


def test_an_assertion_is_taken_once(system: Browser, shared_hub: HubUnderTest) -> None:
    signed = assertion(shared_hub, jti="once")
    assert asks(system, signed).status_code == 200
    for _ in range(2):
        again = asks(system, signed)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
        shared_hub.clock.advance(timedelta(seconds=100))
    assert asks(system, assertion(shared_hub, "housing", jti="once")).status_code == 200


@pytest.mark.parametrize(
    ("claim", "value"),
    [("iss", "housing"), ("sub", "housing"), ("iss", None), ("sub", None), ("aud", "https://another.example/v1/token"),
     ("aud", None), ("exp", None), ("exp", "soon"), ("exp", 1), ("exp", 10**11),
     pytest.param("exp", 10**400, id="exp-huge"), ("iat", None),
     ("iat", 10**11), ("nbf", 10**11), ("jti", None), ("jti", ""), ("jti", 7), ("jti", ["x"])],
)  # fmt: skip
def test_one_that_says_anything_else_proves_nothing(
    system: Browser, shared_hub: HubUnderTest, claim: str, value: Any
) -> None:
    refused = asks(system, assertion(shared_hub, **{claim: value}))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_what_is_no_assertion_is_refused(system: Browser, shared_hub: HubUnderTest) -> None:
    police = shared_hub.hub.credentials("police")
    by_secret = jwt.encode(
        {"alg": "HS256", "kid": police.key_id},
        {"iss": "police", "sub": "police", "aud": TOKEN_URL, "exp": 10**10, "iat": 1, "jti": "x"},
        OctKey.import_key(police.public),
    )
    for odd in ("", "x", "a.b.c", "é", by_secret, "x" * 20_000):
        assert asks(system, odd).status_code == 401
    good = assertion(shared_hub, jti="unused")
    assert asks(system, good, grant_type="password").json()["error"] == "unsupported_grant_type"
    assert asks(system, good, client_assertion_type="x").json()["error"] == "invalid_client"
    assert system.post("/v1/token", {}).status_code == 400
    assert asks(system, good).status_code == 200


def test_a_session_and_another_key_make_no_token(system: Browser, sign_in: SignIn, shared_hub: HubUnderTest) -> None:
    system.signs_in(ANALYST)
    cookie = system.client.cookies["mash-session"]
    now = int(shared_hub.clock.now().timestamp())
    police = shared_hub.hub.credentials("police")
    claims = {"iss": "http://127.0.0.1:8000", "aud": "http://127.0.0.1:8000", "sub": "police", "key": police.key_id,
              "iat": now, "exp": now + 60}  # fmt: skip
    key, other = OctKey.import_key(shared_hub.hub.vault.purpose_key("agency-tokens")), OctKey.generate_key(256)
    good = jwt.encode({"alg": "HS256"}, claims, key, default_type="at+jwt")
    assert calls(system, good).json() == {"agency": "police"}
    for token in (
        cookie, "", "x", assertion(shared_hub, jti="as-token"),
        jwt.encode({"alg": "HS256"}, claims, other, default_type="at+jwt"),
        jwt.encode({"alg": "HS256"}, claims, key),
        jwt.encode({"alg": "HS256"}, {**claims, "sub": "housing"}, key, default_type="at+jwt"),
        jwt.encode({"alg": "HS256"}, {**claims, "aud": "x"}, key, default_type="at+jwt"),
    ):  # fmt: skip
        assert calls(system, token).json() == {"code": "wrong-token"}


def test_a_revoked_or_replaced_key_ends_its_tokens_at_once(system: Browser, shared_hub: HubUnderTest) -> None:
    directory = shared_hub.hub.directory
    for agency, jti in (("probation", "a"), ("refuge", "b")):
        before = shared_hub.hub.credentials(agency)
        token = asks(system, assertion(shared_hub, agency, jti=jti)).json()["access_token"]
        assert calls(system, token).json() == {"agency": agency}
        if agency == "probation":
            directory.revoke_key(agency, before.key_id, reason="Lost", by="tester")
        else:
            made = shared_hub.hub.new_credentials(agency)
            directory.register_key(agency, made.key_id, made.public, by="tester")
            shared_hub.clock.advance(timedelta(seconds=1))
        assert calls(system, token).json() == {"code": "wrong-token"}
        assert asks(system, assertion(shared_hub, agency, by=before, jti=f"{jti}2")).status_code == 401
    assert asks(system, assertion(shared_hub, "refuge", jti="c")).status_code == 200


def test_a_key_of_nobody_proves_nothing(system: Browser, shared_hub: HubUnderTest) -> None:
    police = shared_hub.hub.credentials("police")
    stranger = Credentials("police", Ed25519PrivateKey.generate(), b"", police.hub)
    assert asks(system, assertion(shared_hub, by=stranger)).status_code == 401
