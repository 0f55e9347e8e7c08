"""Read from a Kafka what topics, users and grants it has, and apply a plan to it, as its administrator.

What was interrupted is planned and applied again. Passwords go from their file to the broker and nowhere else.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import AuthorizationError, BrokerResponseError, SecurityDisabledError

from hub.broker.kafka_clients import administering
from hub.broker.kafka_connection import SCRAM, KafkaConnection, Timing
from hub.broker.kafka_plan import Action, Change, Settings, plan, to_do
from hub.broker.kafka_topology import REPLICAS, Grant, Kind, Topic, Topology, User, needed, owner
from hub.broker.kafka_users import SecretFolder
from hub.contract.topics import DEAD_LETTERS, RELAY
from hub.errors import HubError, RetryableError, UsageError

_SETTLING_SECONDS: Final = 15.0
_MECHANISM: Final = ScramMechanism[SCRAM.replace("-", "_")]
EVERY_GRANT: Final = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)


@contextmanager
def administrator(connection: KafkaConnection) -> Iterator["KafkaAdministrator"]:
    """Yield what plans and applies, signed in as the connection says; raises `HubError`."""
    with administering(connection, Timing()) as client, _refusals():
        yield KafkaAdministrator(client)


@dataclass(frozen=True, slots=True)
class KafkaAdministrator:
    """Plans and applies what agencies need."""

    client: KafkaAdminClient

    def plan(
        self, agencies: Collection[str], *, allow_delete: bool = False, rotate: Collection[str] = ()
    ) -> list[Change]:
        """Return what there is to do on the broker for these agencies."""
        found = self.found()
        return plan(needed(agencies, self._replicas(found)), found, allow_delete=allow_delete, rotate=rotate)

    def found(self) -> Topology:
        """Return what the broker has; grants are asked first, for who may not know the users gets no answer at all."""
        grants = self._grants()
        return Topology(self._topics(), self._users(), grants)

    def apply(self, changes: Sequence[Change], secrets: SecretFolder | None = None) -> None:
        """Do what a plan says; raises `UsageError` with nothing done where new passwords have no place to go."""
        if secrets is None and any(_makes_password(change) for change in changes):
            raise UsageError("There are users to make: say with --secrets where.", code="needs-secrets")
        for (action, kind), step in _STEPS.items():
            subjects = [each.subject for each in changes if each.action is action and isinstance(each.subject, kind)]
            if subjects:
                step(self.client, subjects, secrets)

    def settle(self, agencies: Collection[str], *, allow_delete: bool = False) -> None:
        """Wait until the broker tells what was applied; raises `RetryableError` where something is still to do."""
        until = time.monotonic() + _SETTLING_SECONDS
        while left := len(to_do(self.plan(agencies, allow_delete=allow_delete))):
            if time.monotonic() > until:
                raise RetryableError(f"Kafka has not done {left} of the changes: apply again.", code="not-applied")
            time.sleep(0.1)

    def _replicas(self, found: Topology) -> int:
        """Return how many replicas are right: a broker that is away for an hour does not count as gone."""
        brokers = len(self.client.describe_cluster()["brokers"])
        return min(REPLICAS, max([brokers, *(topic.replicas for topic in found.topics.values())]))

    def _topics(self) -> dict[str, Topic]:
        names = [name for name in self.client.list_topics() if owner(name) is not None or name in {DEAD_LETTERS, RELAY}]
        if not names:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        settings = self.client.describe_configs(resources)["topic"]
        return {
            each["name"]: _topic(each, settings.get(each["name"], {})) for each in self.client.describe_topics(names)
        }

    def _users(self) -> frozenset[User]:
        described = self.client.describe_user_scram_credentials()
        return frozenset(
            User(name)
            for name, each in described.items()
            if _MECHANISM in {info["mechanism"] for info in each["credential_infos"]}
        )

    def _grants(self) -> frozenset[Grant]:
        try:
            found, _ = self.client.describe_acls(EVERY_GRANT)
        except ValueError as error:
            raise HubError("Kafka has an ACL of a kind that this version does not know.", code="unknown-acl") from error
        return frozenset(map(_grant, found))


def _makes_password(change: Change) -> bool:
    return isinstance(change.subject, User) and change.action in {Action.ADD, Action.CHANGE}


def _create_topics(client: KafkaAdminClient, topics: Sequence[Topic], _: SecretFolder | None) -> None:
    client.create_topics(
        {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replicas,
                "configs": dict(topic.settings),
            }
            for topic in topics
        }
    )


def _set(client: KafkaAdminClient, settings: Sequence[Settings], _: SecretFolder | None) -> None:
    resources = [ConfigResource(ConfigResourceType.TOPIC, each.topic, dict(each.wanted)) for each in settings]
    for topic, said in client.alter_configs(resources)["topic"].items():
        if said != "OK":
            raise HubError("Kafka refused a topic's settings.", code="change-refused", place=topic)


def _make_users(client: KafkaAdminClient, users: Sequence[User], secrets: SecretFolder) -> None:
    _tell(client, {user.name: secrets.made(user.name) for user in users})


def _renew_users(client: KafkaAdminClient, users: Sequence[User], secrets: SecretFolder) -> None:
    _tell(client, {user.name: secrets.renewed(user.name) for user in users})
    for user in users:
        secrets.settle(user.name)


def _tell(client: KafkaAdminClient, passwords: dict[str, str]) -> None:
    _alter_users(client, [UserScramCredentialUpsertion(user, _MECHANISM, passwords[user]) for user in passwords])


def _remove_users(client: KafkaAdminClient, users: Sequence[User], _: SecretFolder | None) -> None:
    described = client.describe_user_scram_credentials([user.name for user in users])
    pairs = [(name, info["mechanism"]) for name, each in described.items() for info in each["credential_infos"]]
    _alter_users(client, [UserScramCredentialDeletion(name, mechanism) for name, mechanism in pairs])


def _alter_users(client: KafkaAdminClient, alterations: list[Any]) -> None:
    for user, fault in client.alter_user_scram_credentials(alterations).items():
        if fault is not None:
            raise HubError("Kafka refused a user's password.", code="change-refused", place=user)


def _allow(client: KafkaAdminClient, grants: Sequence[Grant], _: SecretFolder | None) -> None:
    for error in client.create_acls([_acl(ACL, ResourcePattern, grant) for grant in grants])["failed"]:
        raise error()


def _forbid(client: KafkaAdminClient, grants: Sequence[Grant], _: SecretFolder | None) -> None:
    for _filter, _matched, error in client.delete_acls(
        [_acl(ACLFilter, ResourcePatternFilter, each) for each in grants]
    ):
        if error.errno:
            raise error()


def _remove_topics(client: KafkaAdminClient, topics: Sequence[Topic], _: SecretFolder | None) -> None:
    client.delete_topics([topic.name for topic in topics])


_STEPS: Final[dict[tuple[Action, type], Callable[..., None]]] = {
    (Action.ADD, Topic): _create_topics,
    (Action.CHANGE, Settings): _set,
    (Action.ADD, User): _make_users,
    (Action.CHANGE, User): _renew_users,
    (Action.ADD, Grant): _allow,
    (Action.REMOVE, Grant): _forbid,
    (Action.REMOVE, User): _remove_users,
    (Action.REMOVE, Topic): _remove_topics,
}


def _topic(described: dict[str, Any], settings: dict[str, Any]) -> Topic:
    own = {name: each["value"] for name, each in settings.items() if each["config_source"] == "DYNAMIC_TOPIC_CONFIG"}
    replicas = min((len(each["replica_nodes"]) for each in described["partitions"]), default=0)
    return Topic(described["name"], len(described["partitions"]), replicas, own)


def _grant(acl: ACL) -> Grant:
    pattern = acl.resource_pattern
    return Grant(
        principal=acl.principal,
        operation=acl.operation.name.lower(),
        kind=Kind[pattern.resource_type.name],
        name=pattern.resource_name,
        prefixed=pattern.pattern_type is ACLResourcePatternType.PREFIXED,
        host=acl.host,
        denied=acl.permission_type is ACLPermissionType.DENY,
    )


def _acl(kind: type[ACLFilter], pattern: type[ResourcePatternFilter], grant: Grant) -> ACLFilter:
    named = ACLResourcePatternType.PREFIXED if grant.prefixed else ACLResourcePatternType.LITERAL
    return kind(
        grant.principal,
        grant.host,
        ACLOperation[grant.operation.upper()],
        ACLPermissionType.DENY if grant.denied else ACLPermissionType.ALLOW,
        pattern(ResourceType[grant.kind.name], grant.name, named),
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise the hub's error for what no second attempt would change."""
    try:
        yield
    except SecurityDisabledError as error:
        raise UsageError(
            "This Kafka lets anybody do anything: set its authorizer.class.name first.", code="no-authorizer"
        ) from error
    except BrokerResponseError as error:
        if error.retriable or isinstance(error, AuthorizationError):
            raise
        raise HubError(f"Kafka refused a change: {type(error).__name__}.", code="change-refused") from error
