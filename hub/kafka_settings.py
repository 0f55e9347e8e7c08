"""The settings of Kafka, from the environment and the secret file; each is checked, and a fault names the setting.

What is not encrypted stays on this machine: a partnership's records never cross a network in the clear.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from hub.broker.kafka_connection import MECHANISMS, SCRAM, SECURITY, KafkaConnection
from hub.errors import UsageError
from hub.store.secret_file import read_secret

KAFKA_NAMES: Final = frozenset(
    {
        "MASH_KAFKA_BOOTSTRAP",
        "MASH_KAFKA_SECURITY",
        "MASH_KAFKA_CA_FILE",
        "MASH_KAFKA_USER",
        "MASH_KAFKA_SECRET_FILE",
    }
)


def read_kafka(given: Mapping[str, str]) -> KafkaConnection:
    """Read how to reach Kafka; raises `UsageError` naming the setting that is missing or wrong."""
    bootstrap = _bootstrap(given)
    security = given.get("MASH_KAFKA_SECURITY", "SASL_SSL")
    if security not in SECURITY:
        raise _bad("MASH_KAFKA_SECURITY", f"is none of {', '.join(SECURITY)}")
    connection = KafkaConnection(bootstrap, security, _ca_file(given), *_sign_in(given, security))
    if not connection.encrypted and not all(_here(_host(each)) for each in bootstrap.split(",")):
        raise _bad("MASH_KAFKA_SECURITY", f"may be {security} on this machine only: use SSL or SASL_SSL")
    if not connection.encrypted and connection.ca_file is not None:
        raise _bad("MASH_KAFKA_CA_FILE", f"is of no use with {security}: use SSL or SASL_SSL")
    return connection


def signed_in_by(connection: KafkaConnection, secret: Path) -> KafkaConnection:
    """Return the same connection for the user of a secret file that `mash kafka apply` wrote; raises `UsageError`."""
    user, password, mechanism = _secret(read_secret(secret).decode())
    return replace(connection, user=user, password=password, mechanism=mechanism)


def _bootstrap(given: Mapping[str, str]) -> str:
    addresses = [each.strip() for each in _needed(given, "MASH_KAFKA_BOOTSTRAP", "MASH_BROKER=kafka").split(",")]
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise _bad("MASH_KAFKA_BOOTSTRAP", "is not host:port, or several of them with commas between")
    return ",".join(addresses)


def _ca_file(given: Mapping[str, str]) -> Path | None:
    if "MASH_KAFKA_CA_FILE" not in given:
        return None
    path = Path(given["MASH_KAFKA_CA_FILE"])
    try:
        if b"-----BEGIN CERTIFICATE-----" in path.read_bytes():
            return path.absolute()
    except OSError as error:
        raise _bad("MASH_KAFKA_CA_FILE", f"cannot be read: {error.strerror}") from error
    raise _bad("MASH_KAFKA_CA_FILE", "holds no certificate in PEM")


def _sign_in(given: Mapping[str, str], security: str) -> tuple[str | None, str | None, str]:
    """Return the user, the password and the mechanism."""
    if not security.startswith("SASL_"):
        return None, None, SCRAM
    path = Path(_needed(given, "MASH_KAFKA_SECRET_FILE", security))
    try:
        written = read_secret(path).decode().strip()
    except UnicodeDecodeError as error:
        raise _bad("MASH_KAFKA_SECRET_FILE", "is not text") from error
    except UsageError as error:
        raise UsageError(f"MASH_KAFKA_SECRET_FILE: {error.message}", code=error.code, place=error.place) from error
    if not written:
        raise _bad("MASH_KAFKA_SECRET_FILE", "is empty")
    if not written.startswith("{"):
        return _needed(given, "MASH_KAFKA_USER", "a secret file that holds the password alone"), written, SCRAM
    user, password, mechanism = _secret(written)
    if given.get("MASH_KAFKA_USER", user) != user:
        raise _bad("MASH_KAFKA_USER", "is another user than that of MASH_KAFKA_SECRET_FILE")
    return user, password, mechanism


def _secret(written: str) -> tuple[str, str, str]:
    """Read what `mash kafka apply --secrets` wrote."""
    try:
        body = json.loads(written)
        user, password, mechanism = body["user"], body["password"], body.get("mechanism", SCRAM)
    except (ValueError, KeyError) as error:
        raise _bad("MASH_KAFKA_SECRET_FILE", "does not hold a user and a password") from error
    if not all(isinstance(each, str) and each for each in (user, password)):
        raise _bad("MASH_KAFKA_SECRET_FILE", "does not hold a user and a password")
    if mechanism not in MECHANISMS:
        raise _bad("MASH_KAFKA_SECRET_FILE", f"names a mechanism that is none of {', '.join(MECHANISMS)}")
    return user, password, mechanism


def _needed(given: Mapping[str, str], name: str, why: str) -> str:
    if name not in given:
        raise _bad(name, f"is not set; {why} needs it")
    return given[name]


def _host(address: str) -> str:
    return address.rpartition(":")[0].removeprefix("[").removesuffix("]")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad(name: str, what: str) -> UsageError:
    return UsageError(f"{name} {what}.", code="bad-setting")
