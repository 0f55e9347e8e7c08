"""How to reach a Kafka and sign in to it, and how long to wait for it. Opens nothing."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SECURITY: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
SCRAM: Final = "SCRAM-SHA-512"
MECHANISMS: Final = (SCRAM, "SCRAM-SHA-256", "PLAIN")


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where the cluster is, how the line is protected, and who signs in."""

    bootstrap: str
    security: str = "SASL_SSL"
    ca_file: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = SCRAM

    @property
    def encrypted(self) -> bool:
        """Say whether nobody on the way can read or change what is sent."""
        return self.security in {"SSL", "SASL_SSL"}

    @property
    def signs_in(self) -> bool:
        """Say whether the cluster asks for a user and a password."""
        return self.security in {"SASL_PLAINTEXT", "SASL_SSL"}

    def options(self) -> dict[str, Any]:
        """Return what every client of kafka-python is given."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": self.security}
        if self.encrypted and self.ca_file is not None:
            options["ssl_cafile"] = str(self.ca_file)
        if self.signs_in:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password
        return options


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the adapter's clients are, in seconds.

    A member hears at its next heartbeat that others come or go: the longer that takes, the longer a group stands still.
    """

    bootstrap: float = 10.0
    request: float = 15.0
    delivery: float = 30.0
    session: float = 20.0
    heartbeat: float = 0.5
    longest_work: float = 300.0
    metadata_age: float = 60.0
    reconnect: float = 1.0

    def options(self) -> dict[str, Any]:
        """Return what every client of kafka-python is given."""
        return {
            "bootstrap_timeout_ms": milliseconds(self.bootstrap),
            "request_timeout_ms": milliseconds(self.request),
            "metadata_max_age_ms": milliseconds(self.metadata_age),
            "reconnect_backoff_max_ms": milliseconds(self.reconnect),
        }


def milliseconds(seconds: float) -> int:
    """Return seconds as Kafka counts them."""
    return int(seconds * 1000)
