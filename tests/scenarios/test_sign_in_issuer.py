"""An issuer of the partnership's own, what it may get wrong, and what somebody may pretend that it said."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from hub.sign_in.attempts import challenge_of
from hub.sign_in.service import open_sign_in
from hub.sign_in_settings import IssuerSettings, SignInSettings
from tests.hub_under_test import ANALYST, NURSE, HubUnderTest
from tests.sign_in import Browser, browser_on, led_to

ISSUER, CLIENT, SECRET = "https://issuer.example/realms/ridgemoor", "mash", "a secret: +/"
SESSION = "__Host-mash-session"
Forger = Callable[[dict[str, Any]], str]


def forged(header: object, claims: object, sign: Callable[[bytes], bytes]) -> str:
    """Return a token as somebody makes it who keeps to no rule."""
    bound = b".".join(base64url(json.dumps(each).encode()) for each in (header, claims))
    return f"{bound.decode()}.{base64url(sign(bound)).decode()}"


def base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def by_key(key: RSAKey) -> Callable[[bytes], bytes]:
    return lambda bound: key.private_key.sign(bound, PKCS1v15(), SHA256()) if key.private_key else b""


def by_secret(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda bound: hmac.digest(secret, bound, "sha256")


@cache
def usual_key() -> RSAKey:
    """Return the key of issuers that have no other: making one takes as long as a sign-in."""
    return RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


@dataclass
class Scripted(httpx.BaseTransport):
    """An issuer that says what a test has it say."""

    now: Callable[[], datetime]
    claims: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=lambda: [usual_key()])
    signing: Any = None
    forger: Forger | None = None
    answer: httpx.Response | None = None
    away: bool = False
    asked: list[str] = field(default_factory=list)
    _challenges: dict[str, tuple[str, str]] = field(default_factory=dict)

    def code_for(self, address: str) -> dict[str, str]:
        """Return what a browser brings back that was sent to an address here."""
        assert address.startswith(f"{ISSUER}/authorize?")
        sent = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._challenges)}"
        self._challenges[code] = (sent["code_challenge"], sent["nonce"])
        return {"code": code, "state": sent["state"], "iss": ISSUER}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/realms/ridgemoor")
        self.asked.append(path)
        if self.away:
            raise httpx.ConnectError("away")
        if path == "/token":
            return self._token(request)
        if path == "/keys":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
        described = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/logout",
        }
        return httpx.Response(200, json={**described, **self.described})

    def _token(self, request: httpx.Request) -> httpx.Response:
        if self.answer is not None:
            return self.answer
        form = {name: values[0] for name, values in parse_qs(request.read().decode()).items()}
        proof = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert proof == "mash:a%20secret%3A%20%2B%2F"
        challenge, nonce = self._challenges.pop(form["code"])
        assert challenge_of(form["code_verifier"]) == challenge
        now = int(self.now().timestamp())
        usual = {"iss": ISSUER, "aud": CLIENT, "sub": "f3a1", "preferred_username": ANALYST, "nonce": nonce}
        claims = {**usual, "iat": now, "exp": now + 60, "auth_time": now, **self.claims}
        said = {name: value for name, value in claims.items() if value is not None}
        key = self.signing or self.keys[0]
        if self.forger is not None:
            return httpx.Response(200, json={"id_token": self.forger(said)})
        token = jwt.encode({"alg": "RS256", "kid": self.keys[0].kid}, said, key)
        return httpx.Response(200, json={"id_token": token})


@dataclass(frozen=True, slots=True)
class Way:
    """A browser, and the issuer that it is sent to."""

    browser: Browser
    issuer: Scripted

    def goes(self, next_page: str = "/", *, again: str = "") -> Any:
        """Sign in; return what the hub answers in the end."""
        sent = self.browser.get("/sign-in", params={"next": next_page, "again": again})
        if not (address := led_to(sent)):
            return sent
        return self.browser.get("/sign-in/callback", params=self.issuer.code_for(address))


@pytest.fixture
def ways(shared_hub: HubUnderTest) -> Iterator[Callable[[str], Way]]:
    with ExitStack() as stack:

        def new(claim: str = "preferred_username") -> Way:
            issuer = Scripted(shared_hub.clock.now)
            settings = SignInSettings(
                public_url="https://hub.example", production=True,
                issuer=IssuerSettings(ISSUER, CLIENT, SECRET, claim),
            )  # fmt: skip
            hub = replace(shared_hub.hub, settings=replace(shared_hub.settings, sign_in=settings))
            sign_in = stack.enter_context(open_sign_in(hub, httpx.Client(transport=issuer)))
            return Way(stack.enter_context(browser_on(sign_in)), issuer)

        yield new


@pytest.fixture
def way(ways: Callable[..., Way]) -> Way:
    return ways()


def test_over_tls_the_cookies_are_of_this_host_alone(way: Way) -> None:
    answer = way.goes("/tasks")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")
    assert way.browser.whoami()["user"] == ANALYST
    [cookie] = way.browser.client.cookies.jar
    assert (cookie.name, cookie.secure, cookie.path) == (SESSION, True, "/")
    assert not cookie.domain_specified
    assert "/issuer/authorize" not in str(way.browser.client.app)
    assert way.browser.get("/issuer/authorize").status_code == 404
    assert f"{ISSUER}/logout?client_id=mash" in way.browser.get("/signed-out").text


def test_nothing_of_who_signs_in_is_logged(way: Way) -> None:
    with capture_logs() as logs:
        way.goes("/children/marker-page")
        way.issuer.claims = {"preferred_username": "marker.nobody"}
        assert way.goes().status_code == 403
        way.browser.get("/sign-in/callback", params={"state": "marker-state", "code": "marker-code"})
        way.browser.post("/sign-out", {"form_token": way.browser.whoami()["token"]})
    told = json.dumps(logs)
    assert [each["event"] for each in logs] == ["signed-in", "sign-in-refused", "sign-in-refused", "signed-out"]
    assert "marker" not in told
    assert ANALYST not in told


def at(**deltas: float) -> Callable[["Scripted", str], None]:
    def change(issuer: Scripted, claim: str) -> None:
        issuer.claims[claim] = int((issuer.now() + timedelta(**deltas)).timestamp())

    return change


class TestTokens:
    @pytest.mark.parametrize(
        ("claim", "value"),
        [("iss", "https://evil.example"), ("iss", f"{ISSUER}/"), ("iss", None), ("aud", "another"), ("aud", None),
         ("aud", [CLIENT, "another"]), ("aud", []), ("azp", "another"), ("nonce", "another"), ("nonce", None),
         ("nonce", 1), ("sub", None), ("exp", None), ("exp", "soon"), ("iat", None), ("auth_time", -1),
         ("auth_time", "now"), ("auth_time", 10**18), ("preferred_username", None), ("preferred_username", [ANALYST]),
         ("preferred_username", {"$ne": ""}), ("preferred_username", ANALYST.upper())],
    )  # fmt: skip
    def test_one_that_says_anything_else_lets_nobody_in(self, way: Way, claim: str, value: object) -> None:
        way.issuer.claims[claim] = value
        assert way.goes().status_code == 403
        assert way.browser.get("/whoami").status_code == 401

    @pytest.mark.parametrize(
        ("claim", "seconds", "status"),
        [("exp", -59, 303), ("exp", -61, 403), ("iat", 59, 303), ("iat", 120, 403), ("nbf", 59, 303),
         ("nbf", 120, 403), ("auth_time", 59, 303), ("auth_time", 120, 403)],
    )  # fmt: skip
    def test_clocks_may_differ_by_a_minute(self, way: Way, claim: str, seconds: float, status: int) -> None:
        at(seconds=seconds)(way.issuer, claim)
        assert way.goes().status_code == status

    def test_more_audiences_are_fine_where_it_was_issued_to_us(self, way: Way) -> None:
        way.issuer.claims = {"aud": ["account", CLIENT], "azp": CLIENT}
        assert way.goes().status_code == 303

    def test_none_that_anybody_could_have_signed(self, way: Way) -> None:
        issuer, stranger = way.issuer, RSAKey.generate_key(2048, auto_kid=True)
        assert way.goes().status_code == 303
        way.browser.client.cookies.clear()
        key, kid = issuer.keys[0], issuer.keys[0].kid
        attacks: list[Forger] = [
            lambda claims: forged({"alg": "RS256", "kid": kid}, claims, by_key(stranger)),
            lambda claims: forged({"alg": "RS256", "kid": stranger.kid}, claims, by_key(stranger)),
            lambda claims: forged({"alg": "RS256"}, claims, by_key(stranger)),
            lambda claims: forged(
                {"alg": "RS256", "kid": kid, "jwk": stranger.as_dict(private=False)}, claims, by_key(stranger)
            ),
            lambda claims: forged({"alg": "HS256", "kid": kid}, claims, by_secret(key.as_pem(private=False))),
            lambda claims: forged({"alg": "HS256", "kid": kid}, claims, by_secret(b"")),
            lambda claims: forged({"alg": "none", "kid": kid}, claims, lambda _: b""),
            lambda claims: forged({"alg": "none"}, claims, lambda _: b""),
            lambda claims: forged({"alg": "RS512", "kid": kid}, claims, by_key(key)),
            lambda claims: forged({"alg": "RS256", "kid": kid, "crit": ["odd"], "odd": 1}, claims, by_key(key)),
            lambda claims: forged({"alg": "RS256", "kid": [kid]}, claims, by_key(key)),
            lambda claims: forged({"alg": "RS256", "kid": kid}, [claims], by_key(key)),
            lambda _: "not.a.token",
            lambda _: "é",
            lambda _: "x" * 20_000,
        ]
        for forger in attacks:
            issuer.forger = forger
            assert way.goes().status_code == 403
        assert way.browser.get("/whoami").status_code == 401
        issuer.forger = lambda claims: forged({"alg": "RS256", "kid": kid}, claims, by_key(key))
        assert way.goes().status_code == 303

    def test_a_new_key_is_looked_up_once_a_minute(self, way: Way, shared_hub: HubUnderTest) -> None:
        issuer = way.issuer
        assert way.goes().status_code == 303
        issuer.keys = [RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)]
        for _ in range(3):
            assert way.goes().status_code == 403
        assert issuer.asked.count("/keys") == 1
        shared_hub.clock.advance(timedelta(minutes=1))
        assert way.goes().status_code == 303
        assert issuer.asked.count("/keys") == 2

    def test_a_key_for_sealing_signs_nothing(self, way: Way) -> None:
        way.issuer.keys = [RSAKey.generate_key(2048, {"use": "enc"}, auto_kid=True)]
        way.issuer.signing = RSAKey.import_key(way.issuer.keys[0].as_pem(private=True))
        assert way.goes().status_code == 403

    def test_an_address_counts_only_where_the_issuer_has_verified_it(self, ways: Callable[..., Way]) -> None:
        way = ways("email")
        for claims, status in (
            ({"email": ANALYST}, 403),
            ({"email": ANALYST, "email_verified": "true"}, 403),
            ({"email": ANALYST, "email_verified": True}, 303),
        ):
            way.issuer.claims = claims
            assert way.goes().status_code == status


class TestAgain:
    def test_the_issuer_must_have_asked_again(self, way: Way, shared_hub: HubUnderTest) -> None:
        assert way.goes().status_code == 303
        began = shared_hub.clock.now()
        shared_hub.clock.advance(timedelta(minutes=6))
        sent = way.browser.get("/sign-in?again=1").headers["location"]
        assert "prompt=login&max_age=0" in sent
        assert way.browser.get("/grave").status_code == 401
        for said in (int(began.timestamp()), None):
            way.issuer.claims = {"auth_time": said}
            assert way.goes("/grave", again="1").status_code == 403
        way.issuer.claims = {}
        assert way.goes("/grave", again="1").headers["location"] == "/grave"
        assert way.browser.get("/grave").status_code == 200

    def test_a_session_that_the_issuer_kept_is_not_proof_for_a_grave_act(self, way: Way) -> None:
        for said in (int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), None):
            way.issuer.claims = {"auth_time": said}
            assert way.goes().status_code == 303
            assert way.browser.whoami()["user"] == ANALYST
            assert way.browser.get("/grave").json() == {"code": "sign-in-again"}


class TestAway:
    def test_whoever_is_signed_in_goes_on_and_nobody_else_comes_in(self, way: Way, shared_hub: HubUnderTest) -> None:
        assert way.goes().status_code == 303
        way.issuer.away = True
        shared_hub.clock.advance(timedelta(minutes=10))
        assert way.browser.whoami()["user"] == ANALYST
        refused = way.goes()
        assert refused.status_code == 503
        assert "The sign-in service does not answer" in refused.text
        assert way.browser.whoami()["user"] == ANALYST
        way.issuer.away = False
        assert way.goes().status_code == 303

    @pytest.mark.parametrize(
        "described",
        [{"issuer": "https://evil.example"}, {"token_endpoint": "http://issuer.example/token"}, {"jwks_uri": None},
         {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": "https://issuer.example:x/"}],
    )  # fmt: skip
    def test_one_that_describes_itself_wrongly_is_away(self, way: Way, described: dict[str, Any]) -> None:
        way.issuer.described = described
        assert way.goes().status_code == 503

    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [(400, b'{"error": "invalid_grant"}', 403), (200, b'{"id_token": 1}', 403), (200, b"[]", 503),
         (200, b"<html>", 503), (500, b"{}", 503), (302, b"{}", 403), (200, b'"' + b"x" * 600_000 + b'"', 503)],
    )  # fmt: skip
    def test_odd_answers_let_nobody_in(self, way: Way, status: int, body: bytes, expected: int) -> None:
        way.issuer.answer = httpx.Response(status, content=body, headers={"location": "https://evil.example"})
        assert way.goes().status_code == expected
        assert way.browser.get("/whoami").status_code == 401


def test_no_address_begins_a_session_without_a_click_and_none_is_needed_to_prove_oneself_again(way: Way) -> None:
    page = way.browser.get("/sign-in?next=/tasks")

    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert way.issuer.code_for(led_to(page))
    assert way.browser.get("/whoami").status_code == 401
    assert way.browser.get("/sign-in?again=1").status_code == 303


def test_another_browser_cannot_finish_a_sign_in(ways: Callable[..., Way]) -> None:
    victim, attacker = ways(), ways()
    attacker.issuer.claims = {"preferred_username": NURSE}
    sent = led_to(attacker.browser.get("/sign-in"))
    back = attacker.issuer.code_for(sent)
    assert victim.browser.get("/sign-in/callback", params=back).status_code == 403
    assert victim.browser.get("/whoami").status_code == 401
