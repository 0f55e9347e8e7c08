"""What the partnership needs on Kafka: who may touch what, for every pair of agencies whose names are mean."""

from itertools import permutations

import pytest

from hub.broker.kafka_topology import Grant, Kind, needed, owner, principal
from hub.contract.primitives import RESERVED_AGENCIES, checked_agency_id
from hub.contract.topics import DEAD_LETTERS, RELAY, concerns_topic, disclosures_topic, receipts_topic
from hub.errors import UsageError

MEAN = ("health", "health-2", "health-", "healt", "he", "concerns", "police")
WANTED = needed(MEAN, 3)


def reaches(grant: Grant, kind: Kind, name: str) -> bool:
    """Say whether a grant takes in a resource, as Kafka's authorizer finds it."""
    return grant.kind is kind and (name.startswith(grant.name) if grant.prefixed else name == grant.name)


def may(user: str, kind: Kind, name: str) -> set[str]:
    return {each.operation for each in WANTED.grants if each.principal == principal(user) and reaches(each, kind, name)}


def test_an_agency_writes_its_concerns_and_reads_what_it_is_sent() -> None:
    assert may("health", Kind.TOPIC, concerns_topic("health")) == {"write"}
    assert may("health", Kind.TOPIC, disclosures_topic("health")) == {"read"}
    assert may("health", Kind.TOPIC, receipts_topic("health")) == {"read"}
    assert may("health", Kind.GROUP, "health.records") == {"read"}


@pytest.mark.parametrize(("who", "other"), list(permutations(MEAN, 2)), ids="-to-".join)
def test_nobody_reaches_what_is_anothers(who: str, other: str) -> None:
    for topic in (concerns_topic, disclosures_topic, receipts_topic):
        assert not may(who, Kind.TOPIC, topic(other))
    assert not may(who, Kind.GROUP, f"{other}.records")


@pytest.mark.parametrize("who", MEAN)
def test_no_agency_reaches_what_is_the_hubs(who: str) -> None:
    for topic in (DEAD_LETTERS, RELAY, "__consumer_offsets", "__transaction_state"):
        assert not may(who, Kind.TOPIC, topic)
    assert not may(who, Kind.GROUP, "mash.ingest")
    assert not may(who, Kind.TRANSACTIONAL_ID, "mash.relay")
    assert {grant.kind for grant in WANTED.grants if grant.principal == principal(who)} == {Kind.TOPIC, Kind.GROUP}


def test_the_hub_reads_concerns_and_writes_the_rest() -> None:
    for agency in MEAN:
        assert may("hub", Kind.TOPIC, concerns_topic(agency)) == {"read"}
        assert may("hub", Kind.TOPIC, disclosures_topic(agency)) == {"write"}
        assert may("hub", Kind.TOPIC, receipts_topic(agency)) == {"write"}
        assert not may("hub", Kind.GROUP, f"{agency}.records")
    for topic in (DEAD_LETTERS, RELAY):
        assert may("hub", Kind.TOPIC, topic) == {"read", "write"}
    assert may("hub", Kind.GROUP, "mash.ingest") == {"read"}
    assert may("hub", Kind.TRANSACTIONAL_ID, "mash.relay") == {"write"}


def test_topics_are_granted_by_their_whole_name() -> None:
    assert not [grant for grant in WANTED.grants if grant.kind is Kind.TOPIC and grant.prefixed]
    assert all(grant.name.endswith(".") for grant in WANTED.grants if grant.prefixed)


@pytest.mark.parametrize("name", [*sorted(RESERVED_AGENCIES), "health.north", "health*", "*", "User:x"])
def test_what_would_be_another_on_the_broker_is_no_agencys_id(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_agency_id(name)
    assert refused.value.code == "bad-agency-id"


@pytest.mark.parametrize(("replicas", "least"), [(1, "1"), (2, "1"), (3, "2")])
def test_as_many_replicas_confirm_as_can_be_spared(replicas: int, least: str) -> None:
    topics = needed(["police"], replicas).topics.values()
    assert {topic.settings["min.insync.replicas"] for topic in topics} == {least}
    assert {topic.replicas for topic in topics} == {replicas}


def test_topics_keep_a_fortnight_and_the_relays_positions_are_kept_for_good() -> None:
    topics = dict(needed(["police"], 1).topics)
    relay = topics.pop(RELAY)
    assert {topic.settings["retention.ms"] for topic in topics.values()} == {"1209600000"}
    assert {topic.partitions for topic in topics.values()} == {6}
    assert (relay.partitions, relay.settings["cleanup.policy"]) == (1, "compact")
    assert "retention.ms" not in relay.settings


def test_a_topic_names_its_owner() -> None:
    assert owner(concerns_topic("health-2")) == owner(receipts_topic("health-2")) == "health-2"
    assert owner(DEAD_LETTERS) is owner("orders") is None
