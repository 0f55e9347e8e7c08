"""The settings of the address, of signing in and of sessions; each is checked, and a fault names the setting.

Without an issuer of the partnership's own the hub is its own for demonstration, on this machine only and never in
production.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hub.errors import UsageError
from hub.store.secret_file import read_secret

ISSUER: Final = "MASH_OIDC_ISSUER"
CLIENT: Final = "MASH_OIDC_CLIENT_ID"
SECRET_FILE: Final = "MASH_OIDC_SECRET_FILE"  # noqa: S105 - the name of a setting
USER_CLAIM: Final = "MASH_OIDC_USER_CLAIM"
SIGN_IN_NAMES: Final = frozenset(
    {
        "MASH_ENV",
        "MASH_HOST",
        "MASH_PORT",
        "MASH_PUBLIC_URL",
        ISSUER,
        CLIENT,
        SECRET_FILE,
        USER_CLAIM,
        "MASH_SESSION_IDLE_MINUTES",
        "MASH_SESSION_HOURS",
        "MASH_SIGN_IN_AGAIN_MINUTES",
    }
)
_ENVIRONMENTS: Final = ("demonstration", "production")


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """The partnership's issuer of identities, and as whom the hub is known to it; no secret for a public client."""

    url: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    user_claim: str = "preferred_username"


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """Where the hub is reached, who says who somebody is, and how long a session lasts.

    Without an `issuer`, the one of the demonstration.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    production: bool = False
    issuer: IssuerSettings | None = None
    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=10)
    again: timedelta = timedelta(minutes=5)

    @property
    def encrypted(self) -> bool:
        """Say whether browsers come by TLS."""
        return self.public_url.startswith("https://")


def read_sign_in(given: Mapping[str, str]) -> SignInSettings:
    """Read how people sign in; raises `UsageError` naming the setting that is missing or wrong."""
    host, port = given.get("MASH_HOST", "127.0.0.1"), _number(given, "MASH_PORT", 8000, 65_535)
    production = _production(given)
    settings = SignInSettings(
        host=host,
        port=port,
        public_url=_public_url(given, host, port),
        production=production,
        issuer=_issuer(given),
        idle=timedelta(minutes=_number(given, "MASH_SESSION_IDLE_MINUTES", 15, 240)),
        absolute=timedelta(hours=_number(given, "MASH_SESSION_HOURS", 10, 24)),
        again=timedelta(minutes=_number(given, "MASH_SIGN_IN_AGAIN_MINUTES", 5, 60)),
    )
    if settings.idle > settings.absolute:
        raise _bad("MASH_SESSION_IDLE_MINUTES", "is longer than MASH_SESSION_HOURS")
    if production and settings.issuer is None:
        raise _bad(ISSUER, "is not set; MASH_ENV=production needs it")
    if production and not settings.encrypted:
        raise _bad("MASH_PUBLIC_URL", "is not https://; MASH_ENV=production needs it")
    if settings.issuer is None and not (is_loopback(host) and is_loopback(urlsplit(settings.public_url).hostname)):
        raise _bad(ISSUER, "is not set; without it the hub is reached on this machine's loopback only")
    return settings


def is_loopback(host: str | None) -> bool:
    """Say whether a host is this machine itself and nothing beyond it."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def is_safe_address(url: str) -> bool:
    """Say whether a URL is https://, or http:// on loopback, without user, query or fragment."""
    try:
        parts = urlsplit(url)
        fits = parts.hostname is not None and (parts.port or 1) > 0
    except ValueError:
        return False
    if not fits or parts.username or parts.password or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _production(given: Mapping[str, str]) -> bool:
    environment = given.get("MASH_ENV", "demonstration")
    if environment not in _ENVIRONMENTS:
        raise _bad("MASH_ENV", f"is neither {' nor '.join(_ENVIRONMENTS)}")
    return environment == "production"


def _public_url(given: Mapping[str, str], host: str, port: int) -> str:
    """Return the address that browsers use, without a path."""
    shown = f"[{host}]" if ":" in host else host
    url = given.get("MASH_PUBLIC_URL", f"http://{shown}:{port}").rstrip("/")
    name = "MASH_PUBLIC_URL" if "MASH_PUBLIC_URL" in given else "MASH_HOST"
    if name == "MASH_HOST" and not is_loopback(host):
        raise _bad("MASH_PUBLIC_URL", "is not set; a hub that is reached from outside needs it")
    if not is_safe_address(url) or urlsplit(url).path:
        raise _bad(name, "is neither https:// nor on this machine's loopback, or more than scheme, host and port")
    return url


def _issuer(given: Mapping[str, str]) -> IssuerSettings | None:
    if ISSUER not in given:
        useless = sorted({CLIENT, SECRET_FILE, USER_CLAIM} & set(given))
        if useless:
            raise _bad(useless[0], f"is set, but {ISSUER} is not")
        return None
    url = given[ISSUER]
    if not is_safe_address(url):
        raise _bad(ISSUER, "is neither an https:// URL nor http:// on this machine's loopback")
    if CLIENT not in given:
        raise _bad(CLIENT, f"is not set; {ISSUER} needs it")
    claim = given.get(USER_CLAIM, "preferred_username")
    return IssuerSettings(url, given[CLIENT], _secret(given), claim)


def _secret(given: Mapping[str, str]) -> str | None:
    if SECRET_FILE not in given:
        return None
    try:
        secret = read_secret(Path(given[SECRET_FILE])).decode().strip()
    except UnicodeDecodeError as error:
        raise _bad(SECRET_FILE, "is not text") from error
    except UsageError as error:
        raise UsageError(f"{SECRET_FILE}: {error.message}", code=error.code, place=error.place) from error
    if not secret:
        raise _bad(SECRET_FILE, "is empty")
    return secret


def _number(given: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = given.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise _bad(name, f"is not a whole number from 1 to {most}")
    return int(text)


def _bad(name: str, what: str) -> UsageError:
    return UsageError(f"{name} {what}.", code="bad-setting")
