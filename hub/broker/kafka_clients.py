"""Opens the clients of kafka-python that the adapter uses, closes what failed to open, and says why it failed."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, SaslAuthenticationFailedError, UnsupportedSaslMechanismError
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from hub.broker.kafka_connection import KafkaConnection, Timing
from hub.broker.kafka_errors import kafka_errors
from hub.broker.kafka_mending import mend
from hub.errors import HubError

_REFUSED: Final = (SaslAuthenticationFailedError, UnsupportedSaslMechanismError)

Client = TypeVar("Client")


def opened(
    kind: Callable[..., Client], client: Callable[..., KafkaNetClient] = KafkaNetClient, **options: Any
) -> Client:
    """Open a client of kafka-python; one that fails to open leaves no thread and no socket behind, as its own would."""
    mend()
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


def reading_options(connection: KafkaConnection, timing: Timing) -> dict[str, Any]:
    """Return what every client that reads is given: it meets nothing of a transaction that was aborted."""
    return {
        **connection.options(),
        **timing.options(),
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


@contextmanager
def administering(connection: KafkaConnection, timing: Timing) -> Iterator[KafkaAdminClient]:
    """Yield a client that asks about the cluster; raises `UsageError` at once where the cluster refuses the sign-in."""
    admin = LastingAdmin(connection, timing)
    try:
        with admin.used() as client:
            yield client
    finally:
        admin.close()


class LastingAdmin:
    """A client that asks about the cluster, opened at the first question and again after one that failed."""

    def __init__(self, connection: KafkaConnection, timing: Timing) -> None:
        self._options = {**connection.options(), **timing.options()}
        self._client: KafkaAdminClient | None = None

    @contextmanager
    def used(self) -> Iterator[KafkaAdminClient]:
        """Yield the client; raises the hub's errors for those of kafka-python."""
        try:
            with kafka_errors():
                if self._client is None:
                    self._client = opened(KafkaAdminClient, _strict, **self._options)
                yield self._client
        except HubError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the cluster."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


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
