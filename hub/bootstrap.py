"""The one place that knows every part: opens a hub for use.

Nothing is written by a hub that does not fit its database, its keys or its schema: all of that is checked on opening.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg_pool import ConnectionPool

from hub.answering import Answering, Urls
from hub.application.admission import Admission, agency_of_topic
from hub.application.carrying_out import CarryingOut, Indexes
from hub.application.crash_points import no_fault
from hub.application.decisions import known_upcasters
from hub.application.identifying import IDENTITY, Identified, Identifier
from hub.application.ingest import Ingest
from hub.application.leaving import ON_TIME, Leaving
from hub.application.mending import QuarantineDesk
from hub.application.outbox import Outbox
from hub.application.proving import TREE, LogTree
from hub.application.relay_records import RelayRecords
from hub.application.relay_view import RelayView
from hub.application.relaying import Relaying, RelayParts, furthest_behind
from hub.application.telling_changes import TellingChanges
from hub.application.watching import Watch, Watched
from hub.broker.embedded import EmbeddedBroker
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_topology import OWN, PARTITIONS
from hub.broker.port import Broker, Producer
from hub.clock import Clock, SystemClock
from hub.contract.topics import HUB, concerns_topic, disclosures_topic, receipts_topic
from hub.errors import UsageError
from hub.hub_key import read_hub_key, read_hub_signing_key
from hub.kafka_settings import signed_in_by
from hub.settings import Settings
from hub.signing.credentials import Credentials, key_id_of, new_credentials
from hub.signing.message import MessageReader
from hub.signing.sealing import PayloadOpener
from hub.store import postgres_server
from hub.store.database_errors import database_errors
from hub.store.erased_register import ErasedRegister
from hub.store.follower import Follower
from hub.store.log import EventLog
from hub.store.mapper import Mapper
from hub.store.master_key import FileMasterKey
from hub.store.only_one import only_one
from hub.store.postgres_vault import PostgresVault
from hub.store.quarantine import Quarantine
from hub.store.schema import check_schema
from hub.store.sealer import VaultSealer
from hub.store.vault import BLIND_INDEX, QUARANTINE, VIEWER_IDS, verify_keys_cover

if TYPE_CHECKING:
    from hub.broker.kafka import KafkaBroker

INGEST_GROUP = "ingest"
RELAY_NAME = "relay"


def database_urls(settings: Settings) -> Urls:
    """Return the URLs of the settings, or those of the embedded server, started where it does not run."""
    if settings.database_url and settings.owner_url and settings.keys_url:
        return Urls(settings.owner_url, settings.database_url, settings.keys_url)
    started = postgres_server.start(settings.home)
    return Urls(started.owner, started.app, started.keys)


def server_version(urls: Urls) -> str:
    """Return the version of the PostgreSQL that runs."""
    with database_errors(), psycopg.connect(urls.app) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"


def stop_database(settings: Settings) -> bool:
    """Stop the embedded PostgreSQL; say whether one of this home ran."""
    return settings.embedded and postgres_server.stop(settings.home)


def kafka_broker(connection: KafkaConnection) -> "KafkaBroker":
    """Return the broker of a Kafka; importing its client takes as long as a whole short command does without it."""
    from hub.broker.kafka import KafkaBroker  # noqa: PLC0415

    return KafkaBroker(connection)


@dataclass
class Hub(Answering):
    """An open hub: answers, and beside it takes in, identifies, relays and keeps its agencies' keys."""

    @cached_property
    def broker(self) -> Broker:
        """The broker between agencies and hub."""
        kafka = self.settings.kafka
        return kafka_broker(kafka) if kafka else EmbeddedBroker(self.urls.app)

    def broker_name(self) -> str:
        """Return which broker it is, its version and where; raises `HubError` where it is away."""
        kafka = self.settings.kafka
        return f"Kafka {kafka_broker(kafka).version()}, {kafka.security} at {kafka.bootstrap}" if kafka else "embedded"

    def producer_of(self, agency: str) -> Producer:
        """Return a producer for an agency's topic: on Kafka as the agency's user, where this home holds its secret."""
        kafka, secret = self.settings.kafka, self.settings.kafka_secret(agency)
        if kafka is None or not secret.exists():
            return self.broker.producer()
        return kafka_broker(signed_in_by(kafka, secret)).producer()

    def group(self, name: str) -> str:
        """Return a consumer group of the hub's; on Kafka, agencies have groups too, and the hub's have a prefix."""
        return f"{OWN}{name}" if self.settings.kafka else name

    def group_again(self) -> str:
        """Return a group that begins at the first message kept: the embedded broker keeps none that the hub has taken.

        There a group that reads once and never again would keep everything from being deleted, for good.
        """
        embedded = isinstance(self.broker, EmbeddedBroker)
        return self.group(INGEST_GROUP if embedded else f"{INGEST_GROUP}.{uuid4()}")

    def make_topics(self, topics: Sequence[str]) -> None:
        """Make the topics that are missing in the embedded broker; on Kafka, `mash kafka apply` makes them."""
        if not self.settings.kafka:
            self.broker.create_topics(dict.fromkeys(topics, PARTITIONS))

    @cached_property
    def quarantine(self) -> Quarantine:
        """The messages kept aside."""
        return Quarantine(self.pool, self.vault.purpose_key(QUARANTINE))

    def carrying_out(self, at_point: Callable[[str], None] = no_fault) -> CarryingOut:
        """Return what carries out the erasures that are due."""
        turn, register = self.identity_follower.alone, ErasedRegister(self.settings.erased_register)
        return CarryingOut(
            self.log, self.vault, self._indexes, self.decisions, self.clock, turn, register, at_point
        )  # fmt: skip

    def _indexes(self) -> Indexes:
        return Indexes(self.blind_index, self.identity_index)

    @cached_property
    def desk(self) -> QuarantineDesk:
        """Shows and mends what was kept aside."""
        credentials = self.settings.credentials
        return QuarantineDesk(self.quarantine, self.reader(), self.producer_of, credentials, self.clock)

    @cached_property
    def identifier(self) -> Identifier:
        """Finds which records are one person."""
        key = self.vault.purpose_key(BLIND_INDEX)
        return Identifier(self.log, self.blind_index, self.identity_index, self.clock, key)

    @cached_property
    def watch(self) -> Watch:
        """What an operator watches."""
        tree = Follower(self.log, self.urls.app, TREE)
        followers = {IDENTITY: self.identity_follower.position, TREE: tree.position, RELAY_NAME: self._relayed}
        return Watch(self.broker, self.group(INGEST_GROUP), self.log, self.quarantine, followers)

    def watched(self) -> Watched:
        """Return how the hub is now."""
        return self.watch.look(list(map(agency_of_topic, self.taken_topics())), self.clock)

    def identify(
        self, on_batch: Callable[[int], None] = lambda _: None, stopping: Callable[[], bool] = lambda: False
    ) -> Identified:
        """Find who is who in all that is recorded by now."""
        return self.identifier.catch_up(self.identity_follower, on_batch, stopping)

    def reader(self) -> MessageReader:
        """Return the reader of messages, with the signing keys that the directory holds now."""
        return MessageReader(PayloadOpener(read_hub_key(self.settings.hub_key)), self.directory.load().keys)

    def ingest(self) -> Ingest:
        """Return the door, with the signing keys that the directory holds now."""
        return Ingest(Admission(self.reader()), self.log, self.vault, self.quarantine, self.clock)

    def topics(self) -> list[str]:
        """Return the topics that agencies publish to."""
        return [concerns_topic(agency) for agency in self.directory.load().agencies]

    def taken_topics(self) -> list[str]:
        """Return those of them that there are; all where there is none, which whoever reads them then refuses."""
        topics = self.topics()
        return self.broker.existing(topics) or topics

    def only_one(self, name: str, giving_up: Callable[[], bool]) -> AbstractContextManager[bool]:
        """Hold the place of a process of which one runs at a time; yields False having given up waiting for it."""
        return only_one(self.urls.app, name, giving_up)

    def _relayed(self) -> int:
        return furthest_behind(self.directory.load(), self.broker.followed(RELAY_NAME), self.log.head())

    def relaying(self, at_point: Callable[[str], None] = no_fault) -> Relaying:
        """Return what works out the disclosures that standing agreements call for."""
        return Relaying(self._relay_parts, at_point)

    def telling_changes(self, beat: timedelta, at_point: Callable[[str], None] = no_fault) -> TellingChanges:
        """Return what works out the notices and receipts of a beat."""
        return TellingChanges(self._relay_parts, beat, at_point)

    @cached_property
    def _relay_parts(self) -> RelayParts:
        key = self.vault.purpose_key(VIEWER_IDS)
        return RelayParts(
            self.log,
            self.directory,
            RelayView(self.log, self.policy, key),
            RelayRecords(self.decisions, key),
            Outbox(read_hub_signing_key(self.settings.hub_signing_key), key),
            self.clock,
        )

    def topics_sent_to(self) -> list[str]:
        """Return the topics on which agencies receive from the hub."""
        agencies = self.directory.load().agencies
        return [topic(agency) for agency in agencies for topic in (disclosures_topic, receipts_topic)]

    def credentials(self, agency: str) -> Credentials:
        """Return the credentials of an agency that publishes from this home; raises `UsageError`."""
        self.directory.load().agency(agency)
        return Credentials.load(self.settings.credentials(agency))

    def new_credentials(self, agency: str) -> Credentials:
        """Make a signing key for an agency and save it, keeping the secret of its ids and its opening keys, if any."""
        path = self.settings.credentials(agency)
        before = Credentials.load(path) if path.exists() else None
        made = new_credentials(
            agency, read_hub_key(self.settings.hub_key).public_key(), before.secret if before else None
        )
        made = replace(made, opening=before.opening if before else (), hub_signing=(self.signing_public(),))
        made.save(path)
        return made

    def new_opening_key(self, agency: str) -> bytes:
        """Add a new key for an agency that keeps its credentials here, to open what it is sent; return its public half.

        What was sealed to the keys before it still opens. Raises `UsageError` where its credentials are elsewhere.
        """
        path = self.settings.credentials(agency)
        made = replace(Credentials.load(path).with_new_opening_key(), hub_signing=(self.signing_public(),))
        made.save(path)
        public = made.opening_public
        assert public is not None  # noqa: S101 - one was just made
        return public

    def public_keys(self) -> dict[str, Any]:
        """Return the hub's public keys in the documented shape of `mash agency export`."""
        signing = self.signing_public()
        opening = read_hub_key(self.settings.hub_key).public_key().public_bytes_raw()
        return {
            "source": HUB,
            "seal_to": opening.hex(),
            "signing_keys": [{"id": key_id_of(signing), "public": signing.hex()}],
        }

    def signing_public(self) -> bytes:
        """Return the public half of the key that signs what the hub sends."""
        return read_hub_signing_key(self.settings.hub_signing_key).public_key().public_bytes_raw()


def no_master_key(settings: Settings) -> UsageError:
    """Return the error for a home without a master key: of a hub that lost it, or where none was ever made."""
    if settings.hub_key.exists():
        return UsageError(
            "The master key is missing: put its file back or restore it from its shares.",
            code="master-key-missing",
            place=str(settings.master_key),
        )
    return UsageError("There is no hub here yet: run mash init.", code="not-initialised", place=str(settings.home))


@contextmanager
def open_hub(settings: Settings, clock: Clock | None = None, leaving: Leaving = ON_TIME) -> Iterator[Hub]:
    """Open the hub of the settings; raises `UsageError` where there is none, `HubError` where it does not fit.

    Answers leave at the boundary of a step of time, but where the work alone is measured or tried.
    """
    if not settings.master_key.exists():
        raise no_master_key(settings)
    urls = database_urls(settings)
    with ExitStack() as stack:
        hub = _connected(settings, urls, clock or SystemClock(), stack)
        hub.leaving = leaving
        with database_errors(), hub.pool.connection() as connection:
            check_schema(connection)
        _verify_keys(hub)
        hub.carrying_out().finish()
        yield hub


@contextmanager
def open_log_tree(settings: Settings) -> Iterator[LogTree]:
    """Open the log's tree alone: it works on a log that is damaged, and without the keys of subjects."""
    if not settings.master_key.exists():
        raise no_master_key(settings)
    with closing(LogTree(database_urls(settings).app, settings.log_folder, settings.log_key)) as tree:
        yield tree


def _connected(settings: Settings, urls: Urls, clock: Clock, stack: ExitStack) -> Hub:
    with database_errors():
        pool: ConnectionPool[Any] = ConnectionPool(urls.app, min_size=1, max_size=4, open=False)
        stack.enter_context(pool)
    vault = PostgresVault(urls.keys, FileMasterKey(settings.master_key), clock)
    stack.callback(vault.close)
    log = EventLog.connect(urls.app, VaultSealer(Mapper(known_upcasters()), vault))
    stack.callback(log.close)
    tree = stack.enter_context(closing(LogTree(urls.app, settings.log_folder, settings.log_key)))
    return Hub(settings, urls, clock, pool, log, vault, tree)


def _verify_keys(hub: Hub) -> None:
    """Refuse a key table that is older than the log: what was recorded since its newest key must have keys."""
    newest = hub.vault.newest_created_at()
    position = hub.log.position_at(newest) if newest is not None else 0
    head = hub.log.head()
    while position < head:
        subjects, position = hub.log.subjects_after(position, 1000)
        verify_keys_cover(hub.vault, subjects)
