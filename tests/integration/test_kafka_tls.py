"""The Kafka adapter before a server with a certificate: it goes on only where an authority it was given signed that."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_connection import KafkaConnection
from hub.errors import HubError, RetryableError, UsageError
from tests.kafka_harness import QUICK


@dataclass
class Listener:
    """A port that shakes hands and then says nothing; notes who shook hands."""

    address: str
    ca_file: Path
    greeted: list[str | None] = field(default_factory=list)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    certificate = self_signed(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Listener(f"127.0.0.1:{server.getsockname()[1]}", certificate)
        server.settimeout(0.1)
        with greeting(server, context, made.greeted):
            yield made


@contextmanager
def greeting(server: socket.socket, context: ssl.SSLContext, greeted: list[str | None]) -> Iterator[None]:
    """Accept whoever comes, in a thread, for the length of a `with`."""
    done = threading.Event()

    def greet() -> None:
        while not done.is_set():
            with suppress(OSError):
                client, _ = server.accept()
                client.settimeout(2.0)
                with client, context.wrap_socket(client, server_side=True) as secure:
                    greeted.append(secure.version())
                    done.wait(0.2)

    thread = threading.Thread(target=greet)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def self_signed(path: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that nobody else vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.stem)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("authority", ["another", "the system's"])
def test_a_certificate_of_nobody_known_is_refused_at_once(listener: Listener, tmp_path: Path, authority: str) -> None:
    ca_file = self_signed(tmp_path / "other.pem") if authority == "another" else None
    began = time.monotonic()

    with pytest.raises(UsageError, match="MASH_KAFKA_CA_FILE") as refused:
        KafkaBroker(KafkaConnection(listener.address, "SSL", ca_file)).version()

    assert refused.value.code == "certificate-refused"
    assert time.monotonic() - began < 5
    assert listener.greeted == []


def test_a_certificate_of_the_given_authority_is_accepted(listener: Listener) -> None:
    with pytest.raises(RetryableError):
        KafkaBroker(KafkaConnection(listener.address, "SSL", listener.ca_file), QUICK).version()

    assert set(listener.greeted) <= {"TLSv1.3", "TLSv1.2"}
    assert listener.greeted


def test_a_certificate_of_another_host_is_refused(listener: Listener) -> None:
    port = listener.address.rpartition(":")[2]

    with pytest.raises(HubError) as refused:
        KafkaBroker(KafkaConnection(f"localhost:{port}", "SSL", listener.ca_file), QUICK).version()

    assert refused.value.code == "certificate-refused"
