"""How to reach a Kafka and sign in to it. Opens the clients that the adapter uses, and closes what failed to open."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, SaslAuthenticationFailedError, UnsupportedSaslMechanismError
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from hub.broker.kafka_errors import kafka_errors

SECURITY: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
_REFUSED = (SaslAuthenticationFailedError, UnsupportedSaslMechanismError)

Client = TypeVar("Client")


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where the cluster is, how the line is protected, and who signs in."""

    bootstrap: str
    security: str = "SASL_SSL"
    ca_file: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = MECHANISMS[0]

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
    """How patient the adapter's clients are, in seconds."""

    bootstrap: float = 10.0
    request: float = 15.0
    delivery: float = 30.0
    session: float = 20.0
    heartbeat: float = 2.0
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


def opened(
    kind: Callable[..., Client], client: Callable[..., KafkaNetClient] = KafkaNetClient, **options: Any
) -> Client:
    """Open a client of kafka-python; one that fails to open leaves no thread and no socket behind, as its own would."""
    nets: list[KafkaNetClient] = []

    def net(**configured: Any) -> KafkaNetClient:
        nets.append(client(**configured))
        return nets[-1]

    try:
        return kind(kafka_client=net, **options)
    except BaseException:
        for each in nets:
            each.close()
        raise


@contextmanager
def administering(connection: KafkaConnection, timing: Timing) -> Iterator[KafkaAdminClient]:
    """Yield a client that asks about the cluster; raises `UsageError` at once where the cluster refuses the sign-in."""
    with kafka_errors():
        admin = opened(KafkaAdminClient, _strict, **connection.options(), **timing.options())
        try:
            yield admin
        finally:
            admin.close()


class _StrictManager(KafkaConnectionManager):  # type: ignore[misc]
    """Lets a refused sign-in or certificate end the attempt to connect, which else goes on until its time is up."""

    async def _connect(self, node: Any, conn: Any, *arguments: Any, **options: Any) -> None:
        await super()._connect(node, conn, *arguments, **options)
        failure = conn.init_future.exception if conn.init_future.failed() else None
        if isinstance(failure, _REFUSED) or isinstance(_cause(failure), ssl.SSLCertVerificationError):
            self._auth_failures[node.node_id] = failure


def _strict(**configured: Any) -> KafkaNetClient:
    net = NetworkSelector(**configured)
    return KafkaNetClient(net, _StrictManager(net, **configured), **configured)


def _cause(failure: KafkaError | None) -> BaseException | None:
    return failure.__context__ if failure is not None else None
