"""A real Kafka of the benchmark's own, locked down as a partnership's, in a folder that is gone afterwards."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.bootstrap import open_hub
from hub.broker.kafka_admin import administrator
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_server import LocalKafka, local_kafka
from hub.broker.kafka_users import SecretFolder
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class KafkaStand:
    """One broker with the topics, users and grants of a hub's agencies."""

    server: LocalKafka
    secrets: SecretFolder

    def signed_in(self, user: str) -> KafkaConnection:
        """Return how an agency or the hub reaches the broker."""
        return _connection(self.server, self.secrets.file(user))

    def as_administrator(self) -> KafkaConnection:
        """Return how whoever may do everything reaches the broker, so as to publish for all agencies at once."""
        return _connection(self.server, self.server.admin_secret)

    def forget(self, group: str) -> None:
        """Let a group that has no members begin anew."""
        with administrator(self.as_administrator()) as admin:
            admin.client.delete_groups([group])


@contextmanager
def kafka_stand(settings: Settings) -> Iterator[KafkaStand]:
    """Start a broker and give it what the agencies of a hub need; stop and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="mash-bench-kafka-"))
    try:
        stand = KafkaStand(local_kafka(folder / "kafka"), SecretFolder(folder / "secrets"))
        stand.server.start()
        try:
            _apply(stand, settings)
            yield stand
        finally:
            stand.server.stop()
    finally:
        shutil.rmtree(folder)


def _apply(stand: KafkaStand, settings: Settings) -> None:
    with open_hub(settings) as hub:
        agencies = list(hub.directory.load().agencies)
    with administrator(stand.as_administrator()) as admin:
        admin.apply(admin.plan(agencies), stand.secrets)
        admin.settle(agencies)


def _connection(server: LocalKafka, secret: Path) -> KafkaConnection:
    held = json.loads(secret.read_text())
    return KafkaConnection(server.bootstrap, "SASL_PLAINTEXT", None, held["user"], held["password"], held["mechanism"])
