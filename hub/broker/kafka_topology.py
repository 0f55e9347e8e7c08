"""What a partnership's agencies need on Kafka: topics, users, and who may do what. Pure: asks no broker.

Topics are granted by their whole name and never by its start, so `health` reaches nothing of `health-2`. Groups and
transactional ids are granted by their start up to a dot, which no agency's id holds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.contract.topics import (
    CONCERNS,
    DEAD_LETTERS,
    DISCLOSURES,
    HUB,
    RECEIPTS,
    RELAY,
    concerns_topic,
    disclosures_topic,
    receipts_topic,
)

OWN: Final = "mash."
PARTITIONS: Final = 6
REPLICAS: Final = 3
RETENTION_DAYS: Final = 14
MAX_MESSAGE_BYTES: Final = 2 * 1_048_576
FAMILIES: Final = (CONCERNS, DISCLOSURES, RECEIPTS)


class Kind(StrEnum):
    """What somebody may be given access to."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional-id"
    CLUSTER = "cluster"
    DELEGATION_TOKEN = "delegation-token"  # noqa: S105 - the name of a kind, not a token
    USER = "user"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, with the settings that are its own."""

    name: str
    partitions: int
    replicas: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class User:
    """Somebody who signs in by SCRAM."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """Leave for one principal to do one thing with one resource, or with all whose name starts so."""

    principal: str
    operation: str
    kind: Kind
    name: str
    prefixed: bool = False
    host: str = "*"
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """Topics, users and grants: as they should be, or as a broker has them."""

    topics: Mapping[str, Topic]
    users: frozenset[User]
    grants: frozenset[Grant]


def needed(agencies: Collection[str], replicas: int) -> Topology:
    """Return what the agencies and the hub need on a cluster that keeps so many replicas of each message."""
    names = [topic(agency) for agency in agencies for topic in (concerns_topic, disclosures_topic, receipts_topic)]
    topics = {name: needed_topic(name, replicas) for name in (*names, DEAD_LETTERS, RELAY)}
    grants = [*_hub_grants(agencies), *(grant for agency in agencies for grant in _agency_grants(agency))]
    return Topology(topics, frozenset(map(User, (*agencies, HUB))), frozenset(grants))


def needed_topic(name: str, replicas: int) -> Topic:
    """Return a topic as the hub needs it."""
    return Topic(name, 1 if name == RELAY else PARTITIONS, replicas, needed_settings(name, replicas))


def needed_settings(name: str, replicas: int) -> dict[str, str]:
    """Return a topic's settings, none left to a broker's own defaults.

    The broker's clock stamps each message: by a publisher's, set back, messages would be past keeping as they arrive.
    """
    keeping = (
        {"cleanup.policy": "compact"}
        if name == RELAY
        else {
            "cleanup.policy": "delete",
            "retention.ms": str(RETENTION_DAYS * 24 * 60 * 60 * 1000),
            "retention.bytes": "-1",
        }
    )
    return {
        **keeping,
        "compression.type": "uncompressed",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": "2" if replicas >= REPLICAS else "1",
        "unclean.leader.election.enable": "false",
    }


def principal(user: str) -> str:
    """Return a user's name as grants hold it."""
    return f"User:{user}"


def owner(topic: str) -> str | None:
    """Return the agency that a topic belongs to by its name, if to any."""
    return next((topic.removeprefix(family) for family in FAMILIES if topic.startswith(family)), None)


def _agency_grants(agency: str) -> list[Grant]:
    """Return what an agency may do; whoever may read or write a topic sees that it is there, nobody else does."""
    who = principal(agency)
    return [
        Grant(who, "write", Kind.TOPIC, concerns_topic(agency)),
        Grant(who, "read", Kind.TOPIC, disclosures_topic(agency)),
        Grant(who, "read", Kind.TOPIC, receipts_topic(agency)),
        Grant(who, "read", Kind.GROUP, f"{agency}.", prefixed=True),
    ]


def _hub_grants(agencies: Collection[str]) -> list[Grant]:
    who = principal(HUB)
    reads = [*map(concerns_topic, agencies), DEAD_LETTERS, RELAY]
    writes = [*map(disclosures_topic, agencies), *map(receipts_topic, agencies), DEAD_LETTERS, RELAY]
    return [
        *(Grant(who, "read", Kind.TOPIC, name) for name in reads),
        *(Grant(who, "write", Kind.TOPIC, name) for name in writes),
        Grant(who, "read", Kind.GROUP, OWN, prefixed=True),
        Grant(who, "write", Kind.TRANSACTIONAL_ID, OWN, prefixed=True),
    ]
