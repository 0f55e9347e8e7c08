"""The settings of signing in: each fault is found when the hub starts, and names the setting that is at fault."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import UsageError
from hub.settings import read_settings
from hub.sign_in_settings import IssuerSettings, SignInSettings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens
REAL = {
    "MASH_OIDC_ISSUER": "https://issuer.example/realms/ridgemoor",
    "MASH_OIDC_CLIENT_ID": "mash",
    "MASH_PUBLIC_URL": "https://hub.example",
    "MASH_HOST": EVERYWHERE,
    "MASH_ENV": "production",
}


def read(**given: str) -> SignInSettings:
    return read_settings({"MASH_HOME": "var", **{f"MASH_{name}": value for name, value in given.items()}}).sign_in


def test_without_a_word_the_demonstration_is_on_loopback() -> None:
    assert read() == SignInSettings()
    assert not read().encrypted
    assert read(HOST="::1", PORT="8443").public_url == "http://[::1]:8443"


def test_a_real_issuer_is_read_with_its_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    found = read_settings({**REAL, "MASH_OIDC_SECRET_FILE": str(secret), "MASH_OIDC_USER_CLAIM": "email"}).sign_in
    assert found.issuer == IssuerSettings(REAL["MASH_OIDC_ISSUER"], "mash", "open sesame", "email")
    assert (found.encrypted, found.production) == (True, True)
    assert "sesame" not in repr(found)


def test_time_outs_are_settings() -> None:
    found = read(SESSION_IDLE_MINUTES="30", SESSION_HOURS="8", SIGN_IN_AGAIN_MINUTES="1")
    assert (found.idle, found.absolute, found.again) == (
        timedelta(minutes=30), timedelta(hours=8), timedelta(minutes=1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MASH_OIDC_ISSUER", {"ENV": "production"}),
        ("MASH_PUBLIC_URL", {"HOST": EVERYWHERE}),
        ("MASH_OIDC_ISSUER", {"PUBLIC_URL": "https://hub.example"}),
        ("MASH_OIDC_ISSUER", {"HOST": EVERYWHERE, "PUBLIC_URL": "https://hub.example"}),
        ("MASH_OIDC_ISSUER", {"HOST": "hub.example", "PUBLIC_URL": "http://127.0.0.1:8000"}),
        ("MASH_ENV", {"ENV": "test"}),
        ("MASH_PUBLIC_URL", {"PUBLIC_URL": "http://hub.example"}),
        ("MASH_PUBLIC_URL", {"PUBLIC_URL": "https://hub.example/mash"}),
        ("MASH_PUBLIC_URL", {"PUBLIC_URL": "https://user:secret@hub.example"}),
        ("MASH_PUBLIC_URL", {"PUBLIC_URL": "https://hub.example:x"}),
        ("MASH_OIDC_CLIENT_ID", {"OIDC_CLIENT_ID": "mash"}),
        ("MASH_OIDC_SECRET_FILE", {"OIDC_SECRET_FILE": "/nowhere"}),
        ("MASH_OIDC_USER_CLAIM", {"OIDC_USER_CLAIM": "email"}),
        ("MASH_PORT", {"PORT": "0"}),
        ("MASH_PORT", {"PORT": "٨٠"}),
        ("MASH_SESSION_IDLE_MINUTES", {"SESSION_IDLE_MINUTES": "241"}),
        ("MASH_SESSION_IDLE_MINUTES", {"SESSION_IDLE_MINUTES": "120", "SESSION_HOURS": "1"}),
        ("MASH_SESSION_HOURS", {"SESSION_HOURS": "-1"}),
        ("MASH_SIGN_IN_AGAIN_MINUTES", {"SIGN_IN_AGAIN_MINUTES": "1.5"}),
    ],
)
def test_what_does_not_fit_is_named(name: str, given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        read(**given)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MASH_OIDC_ISSUER", {"MASH_OIDC_ISSUER": "http://issuer.example"}),
        ("MASH_OIDC_ISSUER", {"MASH_OIDC_ISSUER": "https://issuer.example/?a=b"}),
        ("MASH_OIDC_CLIENT_ID", {"MASH_OIDC_CLIENT_ID": ""}),
        ("MASH_PUBLIC_URL", {"MASH_PUBLIC_URL": "http://127.0.0.1:8000"}),
        ("MASH_OIDC_SECRET_FILE", {"MASH_OIDC_SECRET_FILE": "/nowhere"}),
    ],
)
def test_a_real_issuer_that_does_not_fit_is_named(name: str, given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=name):
        read_settings({**REAL, **given})
