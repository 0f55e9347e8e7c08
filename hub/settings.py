"""The settings, from the environment; each is checked when the hub starts, and a fault names the setting."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hub.broker.kafka_connection import KafkaConnection
from hub.errors import UsageError
from hub.kafka_settings import KAFKA_NAMES, read_kafka
from hub.sign_in_settings import SIGN_IN_NAMES, SignInSettings, read_sign_in

NAMES = (
    KAFKA_NAMES
    | SIGN_IN_NAMES
    | {
        "MASH_HOME",
        "MASH_DATABASE_URL",
        "MASH_OWNER_URL",
        "MASH_KEYS_URL",
        "MASH_BROKER",
        "MASH_POLICY_URL",
    }
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SERVER = ("MASH_DATABASE_URL", "MASH_OWNER_URL", "MASH_KEYS_URL")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the hub keeps its files, and which servers it uses: without URLs the embedded PostgreSQL in its home.

    Without a Kafka, the embedded broker in its database; without the URL of a policy service, it decides in process.
    """

    home: Path
    database_url: str | None = None
    owner_url: str | None = None
    keys_url: str | None = None
    kafka: KafkaConnection | None = None
    policy_url: str | None = None
    sign_in: SignInSettings = field(default_factory=SignInSettings)

    @property
    def embedded(self) -> bool:
        """Say whether the hub runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def master_key(self) -> Path:
        """The file of the master key."""
        return self.home / "secrets" / "master-key.json"

    @property
    def hub_key(self) -> Path:
        """The file of the private key that agencies seal to."""
        return self.home / "secrets" / "hub-key.json"

    @property
    def hub_signing_key(self) -> Path:
        """The file of the private key that signs what the hub sends."""
        return self.home / "secrets" / "hub-signing-key.json"

    @property
    def log_key(self) -> Path:
        """The file of the private key that signs the log's checkpoints."""
        return self.home / "secrets" / "log-key"

    @property
    def erased_register(self) -> Path:
        """The ids of what was erased, which a restored hub needs."""
        return self.home / "erased"

    @property
    def log_folder(self) -> Path:
        """The folder of the log's tree, its checkpoints and its witnesses."""
        return self.home / "log"

    def kafka_secret(self, agency: str) -> Path:
        """Return where an agency's Kafka user is, for agencies that publish through this command."""
        return self.home / "kafka" / "secrets" / f"{agency}.json"

    def credentials(self, agency: str) -> Path:
        """Return the file of an agency's credentials, for agencies that publish through this command."""
        return self.home / "agencies" / f"{agency}.json"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `UsageError` naming the one that is unknown, missing or wrong."""
    given = {name: value for name, value in (environment or os.environ).items() if name.startswith("MASH_") and value}
    unknown = sorted(set(given) - NAMES)
    if unknown:
        raise UsageError(
            f"There is no setting {unknown[0]}; there are {', '.join(sorted(NAMES))}.", code="unknown-setting"
        )
    urls = [name for name in _SERVER if name in given]
    if urls and len(urls) < len(_SERVER):
        missing = next(name for name in _SERVER if name not in given)
        raise UsageError(f"{missing} is not set; a server of one's own needs all three URLs.", code="bad-setting")
    for name in urls:
        if not given[name].startswith(("postgresql://", "postgres://")):
            raise UsageError(f"{name} is not a postgresql:// URL.", code="bad-setting")
    return Settings(
        home=Path(given.get("MASH_HOME", "var")).absolute(),
        database_url=given.get("MASH_DATABASE_URL"),
        owner_url=given.get("MASH_OWNER_URL"),
        keys_url=given.get("MASH_KEYS_URL"),
        kafka=_kafka(given),
        policy_url=_policy_url(given.get("MASH_POLICY_URL")),
        sign_in=read_sign_in(given),
    )


def _policy_url(url: str | None) -> str | None:
    """Return the URL of the policy service: where it is not on this machine, only one that proves who it is."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        fits = parts.hostname is not None and (parts.port or 1) > 0 and parts.path in {"", "/"}
    except ValueError:
        raise UsageError("MASH_POLICY_URL is not a URL.", code="bad-setting") from None
    if not fits or parts.username or parts.query or parts.fragment:
        raise UsageError("MASH_POLICY_URL is a scheme, a host and a port, and nothing else.", code="bad-setting")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(
            "MASH_POLICY_URL is neither https:// nor http:// on this machine's loopback.", code="bad-setting"
        )
    return url.rstrip("/")


def _kafka(given: Mapping[str, str]) -> KafkaConnection | None:
    broker = given.get("MASH_BROKER", "embedded")
    if broker == "kafka":
        return read_kafka(given)
    if broker != "embedded":
        raise UsageError("MASH_BROKER is neither embedded nor kafka.", code="bad-setting")
    useless = sorted(KAFKA_NAMES & set(given))
    if useless:
        raise UsageError(f"{useless[0]} is set, but MASH_BROKER is not kafka.", code="bad-setting")
    return None
