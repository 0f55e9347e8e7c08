"""The settings of Kafka: each fault is found when the hub starts, and names the setting that is at fault."""

import json
from pathlib import Path

import pytest

from hub.broker.kafka_connection import KafkaConnection
from hub.errors import UsageError
from hub.settings import read_settings

SECRET = {"user": "hub", "password": "open sesame", "mechanism": "SCRAM-SHA-256"}


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    return written(tmp_path / "hub.json", json.dumps(SECRET))


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    return written(tmp_path / "ca.pem", "-----BEGIN CERTIFICATE-----\n")


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def kafka(**settings: object) -> KafkaConnection:
    """Return what the settings say of Kafka; names are given without their MASH_KAFKA_."""
    given = {"MASH_BROKER": "kafka", "MASH_KAFKA_BOOTSTRAP": "kafka.example:9093"}
    given.update({f"MASH_KAFKA_{name}": str(value) for name, value in settings.items() if value is not None})
    found = read_settings(given).kafka
    assert found is not None
    return found


class TestGood:
    def test_without_a_word_of_kafka_there_is_none(self) -> None:
        assert read_settings({"MASH_BROKER": "embedded"}).kafka is None

    def test_the_safest_protocol_is_the_default(self, secret_file: Path, ca_file: Path) -> None:
        found = kafka(SECRET_FILE=secret_file, CA_FILE=ca_file)

        assert found.options() == {
            "bootstrap_servers": ["kafka.example:9093"],
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(ca_file),
            "sasl_mechanism": "SCRAM-SHA-256",
            "sasl_plain_username": "hub",
            "sasl_plain_password": "open sesame",
        }

    def test_a_file_of_the_password_alone_needs_the_user(self, tmp_path: Path) -> None:
        found = kafka(SECRET_FILE=written(tmp_path / "password", "open sesame\n"), USER="hub")

        assert (found.user, found.password, found.mechanism) == ("hub", "open sesame", "SCRAM-SHA-512")

    def test_the_password_is_not_shown(self, secret_file: Path) -> None:
        assert "open sesame" not in repr(kafka(SECRET_FILE=secret_file))

    @pytest.mark.parametrize("address", ["127.0.0.1:9092", "127.8.8.8:1", "localhost:9092", "[::1]:9092", "::1:9092"])
    @pytest.mark.parametrize("security", ["PLAINTEXT", "SASL_PLAINTEXT"])
    def test_on_this_machine_nothing_need_be_encrypted(self, address: str, security: str, secret_file: Path) -> None:
        assert kafka(BOOTSTRAP=address, SECURITY=security, SECRET_FILE=secret_file).bootstrap == address

    def test_several_brokers_are_named_with_commas_between(self) -> None:
        assert kafka(BOOTSTRAP="a:1, b:2", SECURITY="SSL").options()["bootstrap_servers"] == ["a:1", "b:2"]


class TestBad:
    @pytest.mark.parametrize("address", ["kafka", "kafka:", ":9092", "kafka:0", "kafka:99999", "kafka:9092,", "a:b"])
    def test_what_is_no_address(self, address: str) -> None:
        assert_refused("MASH_KAFKA_BOOTSTRAP", BOOTSTRAP=address, SECURITY="SSL")

    @pytest.mark.parametrize("security", ["ssl", "TLS", "NONE"])
    def test_an_unknown_protocol(self, security: str) -> None:
        assert_refused("MASH_KAFKA_SECURITY", SECURITY=security)

    @pytest.mark.parametrize("security", ["PLAINTEXT", "SASL_PLAINTEXT"])
    @pytest.mark.parametrize("address", ["kafka.example:9092", "10.0.0.1:9092", "localhost.a:1", "localhost:1,b:1"])
    def test_records_never_cross_a_network_in_the_clear(self, address: str, security: str, secret_file: Path) -> None:
        assert_refused("MASH_KAFKA_SECURITY", BOOTSTRAP=address, SECURITY=security, SECRET_FILE=secret_file)

    def test_an_authority_that_is_not_there(self, tmp_path: Path) -> None:
        assert_refused("MASH_KAFKA_CA_FILE", SECURITY="SSL", CA_FILE=tmp_path / "missing.pem")

    def test_an_authority_that_is_no_certificate(self, secret_file: Path) -> None:
        assert_refused("MASH_KAFKA_CA_FILE", SECURITY="SSL", CA_FILE=secret_file)

    def test_an_authority_where_nothing_is_encrypted(self, ca_file: Path) -> None:
        assert_refused("MASH_KAFKA_CA_FILE", BOOTSTRAP="localhost:1", SECURITY="PLAINTEXT", CA_FILE=ca_file)

    def test_no_secret(self) -> None:
        assert_refused("MASH_KAFKA_SECRET_FILE")

    def test_a_secret_that_others_may_read(self, tmp_path: Path) -> None:
        loose = written(tmp_path / "loose", json.dumps(SECRET), 0o640)
        assert_refused("MASH_KAFKA_SECRET_FILE", code="loose-permissions", SECRET_FILE=loose)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "  \n", "{", '{"user": "hub"}', '{"user": "", "password": "x"}', '{"user": 1, "password": 2}'),
            json.dumps({**SECRET, "mechanism": "GUESS"}),
        ],
    )
    def test_a_secret_that_is_none(self, tmp_path: Path, text: str) -> None:
        assert_refused("MASH_KAFKA_SECRET_FILE", SECRET_FILE=written(tmp_path / "odd", text), USER="hub")

    def test_a_password_of_nobody(self, tmp_path: Path) -> None:
        assert_refused("MASH_KAFKA_USER", SECRET_FILE=written(tmp_path / "password", "open sesame"))

    def test_a_user_who_is_not_that_of_the_secret(self, secret_file: Path) -> None:
        assert_refused("MASH_KAFKA_USER", SECRET_FILE=secret_file, USER="police")

    def test_settings_of_kafka_where_the_broker_is_not_kafka(self) -> None:
        with pytest.raises(UsageError, match="MASH_KAFKA_BOOTSTRAP"):
            read_settings({"MASH_KAFKA_BOOTSTRAP": "kafka:9092"})


def assert_refused(name: str, code: str = "bad-setting", **settings: object) -> None:
    with pytest.raises(UsageError, match=rf"^{name}\b") as refused:
        kafka(**settings)
    assert refused.value.code == code
    assert "open sesame" not in refused.value.message
