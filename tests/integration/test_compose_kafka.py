"""The Kafka of docker-compose.yml without Docker: its own settings, made into a server by the image's own program.

Ports, folders and names of hosts are replaced, nothing else; the certificate is made as docs/running-kafka.md says, and
topics and users by the script of the service `topics`.
"""

import json
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_programs import java, libraries
from hub.broker.kafka_server import _free_ports
from hub.errors import UsageError
from hub.kafka_settings import read_kafka
from tests.compose import CHECKOUT, commands, environment
from tests.hub_under_test import HubUnderTest, Ran, clean_environment, environment_of, ran_as_process, told
from tests.kafka_harness import QUICK

HOST = "localhost"
PORTS = (":9091", ":9092", ":9093")
START_SECONDS = 60


@dataclass
class Composed:
    """A hub and a Kafka, set up as their services are."""

    folder: Path
    hub: HubUnderTest
    given: dict[str, str]
    places: dict[str, str]

    def environment(self, service: str) -> dict[str, str]:
        """Return a service's environment, with the places that it has here."""
        there = re.compile("|".join(map(re.escape, self.places)))
        written = environment(service, self.given).items()
        found = {name: there.sub(lambda place: self.places[place[0]], text) for name, text in written}
        kept = {name: text for name, text in environment_of(self.hub.settings).items() if name in found}
        return {**found, **kept}

    def ran(self, service: str, *arguments: str) -> Ran:
        """Run the command as a service does."""
        return ran_as_process(self.environment(service), *arguments)

    def topics(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script of the service `topics`, with a `mash` to be found on the path."""
        program = self.folder / "bin" / "mash"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from hub.command_line import main; main()" "$@"\n')
        program.chmod(0o700)
        settings = clean_environment(self.environment("topics"))
        settings |= {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}
        script = ["sh", str(CHECKOUT / "docker" / "topics.sh"), *arguments]
        return subprocess.run(script, env=settings, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def composed(shared_hub: HubUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Kafka with the settings of its service, on ports of this module."""
    folder = tmp_path_factory.mktemp("composed")
    made = subprocess.run(
        ["sh", "-euc", commands("docs/running-kafka.md", "openssl")], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "KAFKA_HOST": HOST}, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    names = ("POSTGRES", "OWNER", "APP", "KEYS", "KAFKA")
    given = {"KAFKA_HOST": HOST, **{f"{name}_PASSWORD": secrets.token_hex(32) for name in names}}
    places = {
        **{port: f":{here}" for port, here in zip(PORTS, _free_ports(len(PORTS)), strict=True)},
        "/run/secrets/kafka-certificate": str(folder / "kafka.pem"),
        "/etc/mash/ca.pem": str(folder / "ca.pem"),
        "/var/lib/kafka/data": str(folder / "data"),
        "/var/lib/mash": str(shared_hub.settings.home),
        "/tmp/": f"{folder}/",  # noqa: S108 - what is replaced
    }
    found = Composed(folder, shared_hub, given, places)
    with serving(found):
        yield found


@contextmanager
def serving(composed: Composed) -> Iterator[None]:
    """Format the disk and serve as the image does, for the length of a `with`."""
    settings = {**os.environ, **composed.environment("kafka"), "CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw"}
    folders = [composed.folder / name for name in ("default", "mounted", "config")]
    for folder in folders:
        folder.mkdir()
    machine = [java(), "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{libraries()}/*"]
    setup = [*machine, "kafka.docker.KafkaDockerWrapper", "setup"]
    for name, folder in zip(("default", "mounted", "final"), folders, strict=True):
        setup += [f"--{name}-configs-dir", str(folder)]
    done = subprocess.run(setup, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    output = composed.folder / "output"
    with output.open("w") as out:
        server = subprocess.Popen(
            [*machine, "kafka.Kafka", str(folders[2] / "server.properties")], stdout=out, stderr=out
        )
    try:
        wait_for(int(composed.places[":9091"][1:]), server, output)
        yield
    finally:
        server.terminate()
        server.wait(30)


def wait_for(port: int, server: subprocess.Popen[bytes], output: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, output.read_text()[-2000:]
        assert time.monotonic() < ends, output.read_text()[-2000:]
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


@pytest.mark.kafka
def test_the_kafka_of_the_compose_file_carries_the_hubs_messages(composed: Composed) -> None:
    applied = composed.topics("--json")
    assert applied.returncode == 0, applied.stderr
    secret = Path(composed.environment("consume")["MASH_KAFKA_SECRET_FILE"])
    assert secret.stat().st_mode & 0o777 == 0o600
    assert composed.given["KAFKA_PASSWORD"] not in applied.stdout + applied.stderr

    again = composed.topics()
    assert "Nothing to do" in again.stdout, again.stdout + again.stderr
    doctor = composed.ran("consume", "doctor")
    assert doctor.status == 0, doctor.out

    file = composed.folder / "file.jsonl"
    file.write_text('{"specversion": "1.0", "id": "1", "data": ' + json.dumps(told("P-1")) + "}\n")
    sent = composed.ran("consume", "publish", "--agency", "police", "--json", str(file))
    assert (sent.status, sent.json["published"]) == (0, 1), sent.err
    assert composed.ran("status", "status", "--json").json["feeds"]
    assert composed.ran("consume", "consume", "--once", "--json").json["stored"] == 1
    relayed = composed.ran("relay", "relay", "--once", "--json")
    assert relayed.status == 0, relayed.err


@pytest.mark.kafka
def test_who_reaches_it_over_the_network_needs_its_certificates_authority_and_is_not_the_administrator(
    composed: Composed,
) -> None:
    strict = ssl.create_default_context(cafile=str(composed.folder / "ca.pem"))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    place = ("127.0.0.1", int(composed.places[":9092"][1:]))
    with socket.create_connection(place) as plain, strict.wrap_socket(plain, server_hostname=HOST) as secure:
        assert secure.version() == "TLSv1.3"

    admin = composed.folder / "wrong.json"
    admin.touch(mode=0o600)
    for mechanism in ("PLAIN", "SCRAM-SHA-512"):
        password = composed.given["KAFKA_PASSWORD"]
        admin.write_text(json.dumps({"user": "admin", "password": password, "mechanism": mechanism}))
        connection = read_kafka({**composed.environment("consume"), "MASH_KAFKA_SECRET_FILE": str(admin)})
        with pytest.raises(UsageError) as refused:
            KafkaBroker(connection, QUICK).version()
        assert refused.value.code == "sign-in-refused"
