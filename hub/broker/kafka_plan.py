"""Compare what is needed on Kafka with what is there: an ordered list of changes. Pure; changes nothing itself.

What is missing or set otherwise is put right. What is too much is kept and shown unless deletion is allowed, and even
then only where it is ours: an agency that left, or leave to touch what begins with `mash.`. A refusal that somebody set
by hand is never deleted, nor are partitions ever added, since that would break the order of a child's events.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hub.broker.kafka_topology import (
    OWN,
    Grant,
    Kind,
    Topic,
    Topology,
    User,
    needed_settings,
    owner,
    principal,
)
from hub.contract.primitives import RESERVED_AGENCIES


class Action(StrEnum):
    """What a change does."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a topic that differ: what each should be, and what it is."""

    topic: str
    wanted: dict[str, str]
    found: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs of a topic and cannot be changed without harm."""

    topic: str
    words: str


Subject = Topic | Settings | Difference | User | Grant


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan."""

    action: Action
    subject: Subject


def plan(
    wanted: Topology, found: Topology, *, allow_delete: bool = False, rotate: Collection[str] = ()
) -> list[Change]:
    """Return the steps from what is found to what is wanted, in the order in which they are safe."""
    return [
        *_topics(wanted, found),
        *(Change(Action.ADD, user) for user in sorted(wanted.users - found.users)),
        *(Change(Action.CHANGE, user) for user in sorted(wanted.users & found.users) if user.name in rotate),
        *(Change(Action.ADD, grant) for grant in sorted(wanted.grants - found.grants)),
        *_too_much(wanted, found, allow_delete=allow_delete),
    ]


def to_do(changes: Collection[Change]) -> list[Change]:
    """Return the changes that do something."""
    return [change for change in changes if change.action is not Action.KEEP]


def _topics(wanted: Topology, found: Topology) -> Iterator[Change]:
    for name, topic in sorted(wanted.topics.items()):
        there = found.topics.get(name)
        if there is None:
            yield Change(Action.ADD, topic)
        else:
            yield from _differences(topic, there)


def _differences(wanted: Topic, found: Topic) -> Iterator[Change]:
    """Yield what differs; settings follow the replicas that there are, or a topic of one could not be written to."""
    settings = needed_settings(wanted.name, found.replicas)
    differing = {name: value for name, value in settings.items() if found.settings.get(name) != value}
    if differing:
        before = {name: found.settings[name] for name in differing if name in found.settings}
        yield Change(Action.CHANGE, Settings(wanted.name, differing, before))
    if found.partitions != wanted.partitions:
        words = f"{found.partitions} partitions, not {wanted.partitions}; more would break the order of its events"
        yield Change(Action.KEEP, Difference(wanted.name, words))
    if found.replicas < wanted.replicas:
        words = f"{found.replicas} replicas, not {wanted.replicas}; kafka-reassign-partitions adds some"
        yield Change(Action.KEEP, Difference(wanted.name, words))


def _too_much(wanted: Topology, found: Topology, *, allow_delete: bool) -> Iterator[Change]:
    """Yield what nobody needs: access first, and topics last, for by its topics an agency that left is known."""
    removing = Action.REMOVE if allow_delete else Action.KEEP
    left = _left(wanted, found)
    for grant in sorted(found.grants - wanted.grants):
        if _is_ours(grant, wanted.users | left):
            yield Change(Action.KEEP if grant.denied else removing, grant)
        elif _reaches_us(grant, wanted.users):
            yield Change(Action.KEEP, grant)
    yield from (Change(removing, user) for user in sorted(left & found.users))
    yield from (Change(removing, topic) for name, topic in sorted(found.topics.items()) if name not in wanted.topics)


def _left(wanted: Topology, found: Topology) -> frozenset[User]:
    """Return the users of agencies that are in the directory no more, by the topics that they left behind."""
    owners = {owner(name) for name in found.topics}
    return frozenset(User(name) for name in owners if name is not None and name not in RESERVED_AGENCIES) - wanted.users


def _is_ours(grant: Grant, users: Collection[User]) -> bool:
    return grant.principal in {principal(user.name) for user in users} or grant.name.startswith(
        _namespaces(grant.kind, users)
    )


def _reaches_us(grant: Grant, users: Collection[User]) -> bool:
    """Say whether a stranger's grant takes in what is ours among other things."""
    reached = _namespaces(grant.kind, users)
    return bool(reached) and (
        grant.name == "*" or (grant.prefixed and any(each.startswith(grant.name) for each in reached))
    )


def _namespaces(kind: Kind, users: Collection[User]) -> tuple[str, ...]:
    """Return how the names of what is ours begin."""
    match kind:
        case Kind.TOPIC | Kind.TRANSACTIONAL_ID:
            return (OWN,)
        case Kind.GROUP:
            return (OWN, *(f"{user.name}." for user in users))
        case _:
            return ()
