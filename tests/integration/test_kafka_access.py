"""On a real Kafka set up by a plan: an agency reaches what is its own, and does not even see that the rest exists.

The clients are kafka-python's own, for what stands in the way must be the broker and not our adapter.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import UserScramCredentialUpsertion
from kafka.errors import (
    AuthorizationError,
    GroupAuthorizationFailedError,
    KafkaError,
    NoError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    for_code,
)
from kafka.protocol.consumer import FetchRequest
from kafka.structs import OffsetAndMetadata

from hub.broker.kafka_admin import EVERY_GRANT, administrator
from hub.broker.kafka_clients import opened
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_server import LocalKafka
from hub.broker.kafka_users import SecretFolder
from hub.contract.topics import DEAD_LETTERS, RELAY, concerns_topic, disclosures_topic, receipts_topic
from tests.kafka import emptied
from tests.kafka_harness import connection_of

AGENCIES = ("health", "health-2", "police")
PATIENT = {"bootstrap_timeout_ms": 15_000, "request_timeout_ms": 15_000}
OWN = [topic("health") for topic in (concerns_topic, disclosures_topic, receipts_topic)]
FOREIGN = [topic("health-2") for topic in (concerns_topic, disclosures_topic, receipts_topic)]
HIDDEN = [*FOREIGN, DEAD_LETTERS, RELAY, "__consumer_offsets", "__transaction_state"]


@dataclass(frozen=True)
class SetUp:
    """A broker on which a plan was applied, and how each user reaches it."""

    admin: KafkaConnection
    secrets: SecretFolder

    def options(self, user: str) -> dict[str, Any]:
        secret = json.loads(self.secrets.file(user).read_text())
        return {**replace(self.admin, user=user, password=secret["password"]).options(), **PATIENT}

    def sends(self, user: str, topic: str, **options: Any) -> None:
        producer = opened(KafkaProducer, acks="all", max_block_ms=30_000, **options, **self.options(user))
        try:
            producer.send(topic, b"sealed", partition=0).get(timeout=30)
        finally:
            producer.close(timeout=30)

    def reads(self, user: str, topic: str, group: str) -> list[bytes]:
        """Return what a member of the group is given first."""
        consumer = opened(
            partial(KafkaConsumer, topic), group_id=group, auto_offset_reset="earliest", **self.options(user)
        )
        try:
            for _ in range(30):
                if found := [each.value for batch in consumer.poll(timeout_ms=500).values() for each in batch]:
                    consumer.commit()
                    return found
            return []
        finally:
            consumer.close(autocommit=False)


@pytest.fixture(scope="module")
def broker(emptied_kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> SetUp:
    connection = connection_of(emptied(emptied_kafka))
    secrets = SecretFolder(tmp_path_factory.mktemp("secrets"))
    with administrator(connection) as admin:
        admin.apply(admin.plan(AGENCIES), secrets)
        admin.settle(AGENCIES)
    return SetUp(connection, secrets)


@pytest.fixture(scope="module")
def health(broker: SetUp) -> Iterator[KafkaAdminClient]:
    """What an agency may ask of the cluster."""
    client = opened(KafkaAdminClient, **broker.options("health"))
    yield client
    client.close()


def test_an_agencys_message_reaches_the_hub_and_the_hubs_reaches_the_agency(broker: SetUp) -> None:
    broker.sends("police", concerns_topic("police"), enable_idempotence=True)
    assert broker.reads("hub", concerns_topic("police"), "mash.ingest") == [b"sealed"]
    for topic in (disclosures_topic("police"), receipts_topic("police")):
        broker.sends("hub", topic)
        assert broker.reads("police", topic, "police.records") == [b"sealed"]


def test_the_hub_sends_in_transactions_and_reads_its_own_back(broker: SetUp) -> None:
    producer = opened(KafkaProducer, transactional_id="mash.relay", acks="all", **broker.options("hub"))
    try:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(disclosures_topic("health"), b"sealed")
        producer.send(RELAY, b"7", key=b"health")
        producer.commit_transaction()
    finally:
        producer.close(timeout=30)
    assert broker.reads("hub", RELAY, "mash.relay") == [b"7"]
    broker.sends("hub", DEAD_LETTERS)
    assert broker.reads("hub", DEAD_LETTERS, "mash.dead-letters") == [b"sealed"]


def test_the_hub_cannot_speak_for_an_agency_nor_administer(broker: SetUp) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        broker.sends("hub", concerns_topic("police"))
    with pytest.raises(GroupAuthorizationFailedError):
        broker.reads("hub", concerns_topic("police"), "police.records")
    client = opened(KafkaAdminClient, **broker.options("hub"))
    try:
        with pytest.raises(AuthorizationError):
            client.describe_acls(EVERY_GRANT)
    finally:
        client.close()


def test_an_agency_sees_its_three_topics(health: KafkaAdminClient) -> None:
    assert sorted(health.list_topics()) == sorted(OWN)


@pytest.mark.parametrize("topic", [*HIDDEN, *OWN[1:]])
def test_an_agency_writes_its_concerns_and_nothing_else(broker: SetUp, topic: str) -> None:
    broker.sends("health", OWN[0])
    with pytest.raises(TopicAuthorizationFailedError):
        broker.sends("health", topic)


@pytest.mark.parametrize("topic", [*HIDDEN, OWN[0]])
def test_an_agency_reads_what_it_is_sent_and_nothing_else(health: KafkaAdminClient, topic: str) -> None:
    assert _fetched(health, OWN[1]) is NoError
    assert _fetched(health, topic) is TopicAuthorizationFailedError


def _fetched(client: KafkaAdminClient, topic: str) -> type[Exception]:
    """Return what the broker says to one who asks for a partition outright: no group, nor whether the topic exists."""
    wanted = FetchRequest.FetchTopic
    partition = wanted.FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000)
    request = FetchRequest(topics=[wanted(topic=topic, partitions=[partition])], max_wait_ms=1, max_version=12)
    (found,) = client._manager.run(client._manager.send, request).responses
    error: type[Exception] = for_code(found.partitions[0].error_code)
    return error


@pytest.mark.parametrize(
    "group", ["mash.ingest", "mash.relay", "health", "health-2.records", "health-2", "healthy", "police.records", "x"]
)
def test_an_agency_reads_with_groups_of_its_own_only(broker: SetUp, group: str) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        broker.reads("health", disclosures_topic("health"), group)


@pytest.mark.parametrize("name", ["mash.relay", "mash.other", "health.relay"])
def test_an_agency_cannot_take_the_relays_place(broker: SetUp, name: str) -> None:
    producer = opened(KafkaProducer, transactional_id=name, acks="all", **broker.options("health"))
    try:
        with pytest.raises(TransactionalIdAuthorizationFailedError):
            producer.init_transactions()
    finally:
        producer.close(timeout=30)


def test_what_exists_and_what_does_not_look_the_same(health: KafkaAdminClient) -> None:
    topics = {name: _error(health.describe_topics, name) for name in (*HIDDEN, "mash.concerns.no")}
    assert len(set(topics.values())) == 1, topics
    groups = {name: _error(health.describe_groups, name) for name in ("mash.ingest", "mash.no", "health-2.records")}
    assert len(set(groups.values())) == 1, groups


def _error(ask: Callable[[list[str]], Any], name: str) -> object:
    """Return the error, or the code of one, that a question is answered with."""
    try:
        answer = ask([name])
    except KafkaError as error:
        return type(error)
    (described,) = answer.values() if isinstance(answer, dict) else answer
    return described["error_code"]


REFUSED: dict[str, Callable[[KafkaAdminClient], Any]] = {
    "who may do what": lambda admin: admin.describe_acls(EVERY_GRANT),
    "make a topic": lambda admin: admin.create_topics({"mash.concerns.mine": {"num_partitions": 1}}),
    "make a topic of its name": lambda admin: admin.create_topics({"health": {"num_partitions": 1}}),
    "delete its own topic": lambda admin: admin.delete_topics([OWN[0]]),
    "delete another's topic": lambda admin: admin.delete_topics([FOREIGN[0]]),
    "partition its own topic": lambda admin: admin.create_partitions({OWN[0]: 7}),
    "set the hub back": lambda admin: _raising(
        admin.alter_group_offsets(
            "mash.ingest", {TopicPartition(concerns_topic("police"), 0): OffsetAndMetadata(0, "", -1)}
        )
    ),
    "forget the hub's group": lambda admin: _raising(admin.delete_groups(["mash.ingest"])),
}


def _raising(answer: Any) -> None:
    """Raise the error that an answer carries."""
    for each in answer.values() if isinstance(answer, dict) else answer:
        error: Any = each[1] if isinstance(each, tuple) else each
        if error.errno:
            raise error()


@pytest.mark.parametrize("what", REFUSED)
def test_an_agency_cannot_ask_or_change(health: KafkaAdminClient, what: str) -> None:
    with pytest.raises(AuthorizationError):
        REFUSED[what](health)


def test_an_agency_learns_no_user(broker: SetUp) -> None:
    """Kafka 4.4 leaves the question unanswered."""
    client = opened(KafkaAdminClient, **{**broker.options("health"), "request_timeout_ms": 1000})
    try:
        with pytest.raises(KafkaError):
            client.describe_user_scram_credentials()
    finally:
        client.close()


def test_an_agency_cannot_change_passwords(health: KafkaAdminClient, broker: SetUp) -> None:
    said = health.alter_user_scram_credentials([UserScramCredentialUpsertion("hub", "SCRAM-SHA-512", "known")])
    assert said["hub"]
    broker.sends("hub", receipts_topic("health-2"))


def test_an_agency_sees_no_group_of_another(health: KafkaAdminClient, broker: SetUp) -> None:
    broker.sends("police", concerns_topic("police"), enable_idempotence=True)
    assert b"sealed" in broker.reads("hub", concerns_topic("police"), "mash.seen")
    assert [group for group in health.list_groups() if not str(group["group_id"]).startswith("health.")] == []
