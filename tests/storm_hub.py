"""A whole hub for a storm: a Kafka, a PostgreSQL and a home of its own, and every process that works on them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from hub.bootstrap import Hub, open_hub
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_admin import administrator
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_server import LocalKafka, local_kafka
from hub.broker.kafka_users import SecretFolder
from hub.contract.relayed import Disclosure
from hub.contract.topics import HUB, disclosures_topic
from hub.errors import HubError, RetryableError
from hub.kafka_settings import read_kafka
from hub.making import make_hub
from hub.partnership import read_partnership
from hub.settings import Settings
from producers.receiver import Receiver
from tests.hub_under_test import environment_of, home_of_its_own
from tests.relay import POLICE, SCHOOL
from tests.storm import Command, Database, KafkaNode, Part, Written, drop, stored_positions

SETTLE_SECONDS = 240.0
FILE = 20


@dataclass(frozen=True)
class StormHub:
    """The hub, its parts, and the folders that its two agencies put files into."""

    settings: Settings
    kafka: LocalKafka
    parts: Sequence[Part]
    folders: dict[str, Path]

    def publish(self, events: Sequence[Written], pause: float) -> None:
        """Put the events into the agencies' folders, file by file."""
        for number, start in enumerate(range(0, len(events), FILE)):
            for agency, folder in self.folders.items():
                drop(folder, f"{number:06}.jsonl", [e for e in events[start : start + FILE] if e.agency == agency])
            time.sleep(pause)

    def settle(self, events: Sequence[Written], disclosures: int) -> tuple[dict[UUID, list[int]], list[UUID]]:
        """Wait until everything has arrived; return where each event is stored, and the disclosures' ids as sent."""
        until, positions, sent = time.monotonic() + SETTLE_SECONDS, {}, []
        while time.monotonic() < until:
            try:
                with open_hub(self.settings) as hub:
                    positions = stored_positions(hub)
                    sent = self._sent(hub)
            except RetryableError:
                time.sleep(1)
                continue
            if all(event.id in positions for event in events) and len(set(sent)) >= disclosures:
                break
            time.sleep(1)
        return positions, sent

    def _sent(self, hub: Hub) -> list[UUID]:
        """Return the ids of the disclosures on the school's topic, as its own user reads them."""
        receiver = Receiver(hub.credentials(SCHOOL))
        broker = KafkaBroker(self._connection(SCHOOL))
        ids = []
        with closing(broker.consumer(f"{SCHOOL}.look-{time.monotonic_ns()}", [disclosures_topic(SCHOOL)])) as consumer:
            while batch := consumer.poll(1000, 3.0):
                read = [receiver.read(received.message) for received in batch]
                ids += [UUID(each.id) for each in read if isinstance(each.content, Disclosure)]
        return ids

    def _connection(self, user: str) -> KafkaConnection:
        return read_kafka(self.kafka.settings(self.settings.kafka_secret(user)))


@contextmanager
def storm_hub(folder: Path, nodes: int) -> Iterator[StormHub]:
    """Yield a hub with all its parts, none of which runs but the servers; ends what it and the storm started."""
    kafka = local_kafka(folder / "kafka", nodes)
    with home_of_its_own() as home:
        parts: list[Command] = []
        try:
            kafka.start()
            settings = _made(home, kafka)
            parts = _commands(settings, kafka, folder)
            servers: list[Part] = [Database(home), *map(KafkaNode, kafka.nodes)]
            folders = {agency: folder / agency for agency in (SCHOOL, POLICE)}
            yield StormHub(settings, kafka, [*parts, *servers], folders)
        finally:
            for part in parts:
                part.kill()
            kafka.stop()


def _made(home: Path, kafka: LocalKafka) -> Settings:
    settings, partnership = Settings(home), read_partnership(None)
    secrets = SecretFolder(settings.kafka_secret(HUB).parent)
    agencies = [each.id for each in partnership.agencies]
    with administrator(read_kafka(kafka.settings(kafka.admin_secret))) as admin:
        admin.apply(admin.plan(agencies), secrets)
        admin.settle(agencies)
    settings = replace(settings, kafka=read_kafka(kafka.settings(settings.kafka_secret(HUB))))
    make_hub(settings, partnership, by="storm")
    return settings


def _commands(settings: Settings, kafka: LocalKafka, folder: Path) -> list[Command]:
    """Return two publishers on agencies' own machines, two consumers and the relay, none of which runs yet."""
    ours = {**environment_of(settings), **kafka.settings(settings.kafka_secret(HUB))}
    commands = [
        Command(f"consumer {number}", ["consume"], ours, folder / f"consumer-{number}.txt") for number in (1, 2)
    ]
    # The first events may be taken in before a relay runs that was killed as it began.
    commands.append(Command("relay", ["relay", "--from-beginning"], ours, folder / "relay.txt"))
    for agency in (SCHOOL, POLICE):
        (folder / agency).mkdir()
        theirs = {"MASH_HOME": str(folder / "agency"), **kafka.settings(settings.kafka_secret(agency))}
        arguments = ["publish", "--credentials", str(settings.credentials(agency)), "--watch", str(folder / agency)]
        commands.append(Command(f"publisher {agency}", arguments, theirs, folder / f"{agency}.txt"))
    return commands


def decisions_of(settings: Settings, ids: Sequence[UUID]) -> int:
    """Return of how many disclosures the decision is on record."""
    with open_hub(settings) as hub:
        try:
            return len({each.id for each in hub.decisions.tagged([f"decision:{each}" for each in ids])})
        except HubError:
            return 0
