"""The local Kafka: it serves only who signs in, and its processes are the ones that it started."""

import json
import os
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from hub.broker.kafka_clients import opened
from hub.broker.kafka_programs import java, libraries
from hub.broker.kafka_server import LocalKafka
from hub.errors import HubError


def admin(server: LocalKafka, password: str | None = None) -> KafkaAdminClient:
    secret = json.loads(server.admin_secret.read_text())
    return opened(
        KafkaAdminClient,
        bootstrap_servers=server.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=secret["mechanism"],
        sasl_plain_username=secret["user"],
        sasl_plain_password=password or secret["password"],
        bootstrap_timeout_ms=3000,
    )


def test_the_administrator_gets_in(kafka_server: LocalKafka) -> None:
    client = admin(kafka_server)
    assert isinstance(client.list_topics(), list)
    client.close()


def test_a_wrong_password_does_not(kafka_server: LocalKafka) -> None:
    with pytest.raises(KafkaError):
        admin(kafka_server, password="wrong")


def test_its_ports_are_none_that_an_outgoing_connection_is_given(kafka_server: LocalKafka) -> None:
    (node,) = kafka_server.nodes
    ports = {node.clients, node.brokers, node.controllers}
    assert len(ports) == 3
    assert max(ports) < 32_768


def test_its_secrets_are_for_the_owner_alone(kafka_server: LocalKafka) -> None:
    for path in (kafka_server.admin_secret, kafka_server.nodes[0].properties):
        assert path.stat().st_mode & 0o077 == 0


def test_a_process_that_it_did_not_start_is_not_its_own(kafka_server: LocalKafka) -> None:
    (node,) = kafka_server.nodes
    kept = (node.folder / "pid").read_text()
    try:
        (node.folder / "pid").write_text(str(os.getpid()))
        assert node.process() is None
        assert node.stop() is False
    finally:
        (node.folder / "pid").write_text(kept)


def test_without_java_or_maven_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(HubError, match="apt-get install") as no_java:
        java()
    with pytest.raises(HubError, match="apt-get install") as no_maven:
        libraries()
    assert [no_java.value.code, no_maven.value.code] == ["java-missing", "maven-missing"]
