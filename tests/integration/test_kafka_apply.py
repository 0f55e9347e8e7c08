"""A plan on a real Kafka: done once applied; passwords are kept and handed out once; little is ever deleted."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from hub.broker import kafka_admin
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_admin import KafkaAdministrator, administrator
from hub.broker.kafka_clients import administering
from hub.broker.kafka_connection import KafkaConnection, Timing
from hub.broker.kafka_plan import Action, Change, Difference, Settings, to_do
from hub.broker.kafka_server import LocalKafka
from hub.broker.kafka_topology import Grant, Kind, User
from hub.broker.kafka_users import SecretFolder
from hub.contract.topics import concerns_topic, disclosures_topic
from hub.errors import RetryableError, UsageError
from tests.kafka import emptied
from tests.kafka_harness import connection_of

AGENCIES = ("police", "refuge")


@dataclass(frozen=True)
class Broker:
    """A bare broker, its administrator and where passwords go."""

    connection: KafkaConnection
    admin: KafkaAdministrator
    secrets: SecretFolder

    def applied(
        self, *agencies: str, allow_delete: bool = False, rotate: tuple[str, ...] = (), secrets: bool = True
    ) -> list[Change]:
        """Apply a plan, and return what was done."""
        changes = self.admin.plan(agencies, allow_delete=allow_delete, rotate=rotate)
        self.admin.apply(changes, self.secrets if secrets else None)
        self.admin.settle(agencies, allow_delete=allow_delete)
        return to_do(changes)

    def password(self, user: str) -> str:
        return str(json.loads(self.secrets.file(user).read_text())["password"])

    def lets_in(self, user: str, password: str) -> bool:
        """Try a password; of a wrong one the broker tells, or it hangs up before kafka-python has heard why."""
        connection = replace(self.connection, user=user, password=password)
        try:
            with administering(connection, Timing(bootstrap=5)):
                return True
        except (UsageError, RetryableError):
            return False


@pytest.fixture
def broker(emptied_kafka: LocalKafka, tmp_path: Path) -> Iterator[Broker]:
    connection = connection_of(emptied(emptied_kafka))
    with administrator(connection) as admin:
        yield Broker(connection, admin, SecretFolder(tmp_path / "secrets"))


def test_what_was_applied_is_not_planned_again(broker: Broker) -> None:
    assert {change.action for change in broker.applied(*AGENCIES)} == {Action.ADD}
    assert broker.admin.plan(AGENCIES) == []


def test_passwords_go_to_files_of_their_owner_and_sign_in(broker: Broker) -> None:
    broker.applied(*AGENCIES)
    for user in (*AGENCIES, "hub"):
        path = broker.secrets.file(user)
        assert path.stat().st_mode & 0o777 == 0o600
        assert json.loads(path.read_text()) == {
            "user": user,
            "password": broker.password(user),
            "mechanism": "SCRAM-SHA-512",
        }
        assert len(broker.password(user)) >= 40
        assert broker.lets_in(user, broker.password(user))
    assert len({broker.password(user) for user in (*AGENCIES, "hub")}) == 3


def test_who_has_a_password_keeps_it(broker: Broker) -> None:
    broker.applied("police")
    before = {user: broker.password(user) for user in ("police", "hub")}
    assert User("refuge") in [change.subject for change in broker.applied(*AGENCIES)]
    assert {user: broker.password(user) for user in before} == before
    assert all(broker.lets_in(user, password) for user, password in before.items())


def test_without_a_place_for_passwords_nothing_is_done(broker: Broker) -> None:
    with pytest.raises(UsageError) as refused:
        broker.applied(*AGENCIES, secrets=False)
    assert refused.value.code == "needs-secrets"
    assert broker.admin.found().topics == {}
    broker.applied(*AGENCIES)
    assert broker.applied(*AGENCIES, secrets=False) == []


def test_a_password_is_on_the_disk_before_the_broker_knows_it(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(kafka_admin, "_tell", fails)
        with pytest.raises(KeyboardInterrupt):
            broker.applied(*AGENCIES)
    on_disk = {user: broker.password(user) for user in (*AGENCIES, "hub")}
    assert User("police") not in broker.admin.found().users

    broker.applied(*AGENCIES)

    assert {user: broker.password(user) for user in on_disk} == on_disk
    assert broker.lets_in("police", on_disk["police"])


def test_a_file_of_another_or_that_others_may_read_is_refused(broker: Broker) -> None:
    path = broker.secrets.file("police")
    path.parent.mkdir()
    path.write_text(json.dumps({"user": "refuge", "password": "x", "mechanism": "SCRAM-SHA-512"}))
    for mode, code in ((0o644, "loose-permissions"), (0o600, "secret-file")):
        path.chmod(mode)
        with pytest.raises(UsageError) as refused:
            broker.applied(*AGENCIES)
        assert refused.value.code == code
        assert "x" not in refused.value.message.split()


def test_a_renewed_password_replaces_the_old_one_and_no_others(broker: Broker) -> None:
    broker.applied(*AGENCIES)
    old = {user: broker.password(user) for user in AGENCIES}
    assert broker.applied(*AGENCIES, rotate=("police",)) == [Change(Action.CHANGE, User("police"))]
    assert broker.password("police") != old["police"]
    assert broker.lets_in("police", broker.password("police"))
    assert not broker.lets_in("police", old["police"])
    assert broker.password("refuge") == old["refuge"]
    assert sorted(path.name for path in broker.secrets.folder.iterdir()) == ["hub.json", "police.json", "refuge.json"]


@pytest.mark.parametrize("step", ["_tell", "settle"])
def test_an_interrupted_renewal_locks_nobody_out_and_goes_on(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    broker.applied("police")
    with monkeypatch.context() as interrupted:
        interrupted.setattr(kafka_admin if step == "_tell" else SecretFolder, step, fails)
        with pytest.raises(KeyboardInterrupt):
            broker.applied("police", rotate=("police",))
    beside = json.loads((broker.secrets.folder / "police.json.next").read_text())["password"]
    assert broker.lets_in("police", broker.password("police")) is (step == "_tell")
    assert broker.lets_in("police", beside) is (step == "settle")

    broker.applied("police", rotate=("police",))

    assert broker.password("police") == beside
    assert broker.lets_in("police", beside)


def test_an_agency_that_left_is_kept_until_deletion_is_allowed(broker: Broker) -> None:
    broker.applied(*AGENCIES)
    kept = broker.admin.plan(["police"])
    assert {change.action for change in kept} == {Action.KEEP}
    assert broker.applied("police") == []
    assert broker.lets_in("refuge", broker.password("refuge"))

    removed = broker.applied("police", allow_delete=True)

    assert [replace(change, action=Action.KEEP) for change in removed] == kept
    assert not broker.lets_in("refuge", broker.password("refuge"))
    assert concerns_topic("refuge") not in broker.admin.found().topics
    assert broker.admin.plan(["police"]) == []
    assert broker.lets_in("police", broker.password("police"))


def test_access_given_by_hand_is_shown_and_removed_when_allowed(broker: Broker) -> None:
    broker.applied("police")
    by_hand = [
        Grant("User:police", "read", Kind.TOPIC, "mash.", prefixed=True),
        Grant("User:police", "all", Kind.CLUSTER, "kafka-cluster"),
        Grant("User:*", "describe", Kind.GROUP, "mash.ingest", host="10.0.0.1"),
    ]
    denied = Grant("User:police", "write", Kind.TOPIC, concerns_topic("police"), denied=True)
    broker.admin.apply([Change(Action.ADD, grant) for grant in (*by_hand, denied)])

    assert {change.subject for change in broker.admin.plan(["police"])} == {*by_hand, denied}
    assert broker.applied("police") == []
    assert {change.subject for change in broker.applied("police", allow_delete=True)} == set(by_hand)
    assert broker.admin.plan(["police"], allow_delete=True) == [Change(Action.KEEP, denied)]


def test_settings_that_drifted_are_set_again(broker: Broker) -> None:
    broker.applied("police")
    drifted = {"retention.ms": "1000", "segment.ms": "3600000"}
    broker.admin.client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, disclosures_topic("police"), drifted)])

    (change,) = broker.applied("police")

    assert change.subject == Settings(
        disclosures_topic("police"), {"retention.ms": "1209600000"}, {"retention.ms": "1000"}
    )
    assert broker.admin.found().topics[disclosures_topic("police")].settings["segment.ms"] == "3600000"


def test_a_topic_made_otherwise_is_brought_in_order_but_not_partitioned_anew(broker: Broker) -> None:
    KafkaBroker(broker.connection).create_topics({concerns_topic("police"): 2})
    broker.applied("police")
    (difference,) = broker.admin.plan(["police"])
    assert isinstance(difference.subject, Difference)
    assert "2 partitions, not 6" in difference.subject.words
