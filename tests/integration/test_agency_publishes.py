"""What an agency runs on its own machine, on a real Kafka: our publisher, and one in Go written from the page alone.

Where Go is missing these tests fail, and are never skipped: the example is part of the contract.
"""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_server import LocalKafka
from hub.broker.port import Message
from hub.contract.ids import event_id
from hub.signing.credentials import Credentials, new_credentials
from hub.signing.keys import SigningKey
from hub.signing.message import MessageReader
from hub.signing.sealing import PayloadOpener
from producers import Publisher
from producers.spool_folder import read_status
from tests.hub_under_test import ROOT, HubUnderTest, mash_process, told
from tests.kafka_harness import QUICK, connection_of
from tests.waiting import until

EXAMPLE = ROOT / "docs" / "examples" / "go"


@dataclass
class AgencysMachine:
    """An agency's folder, its files from the partnership in it, and the partnership's Kafka."""

    folder: Path
    server: LocalKafka
    agency: str
    hub: X25519PrivateKey
    held: Credentials
    broker: KafkaBroker

    @property
    def environment(self) -> dict[str, str]:
        """The settings of `mash publish`."""
        return self.server.settings(self.server.admin_secret)

    @property
    def credentials(self) -> Path:
        """The agency's credentials file."""
        return self.folder / "credentials.json"

    def publisher(self) -> Publisher:
        """Return the agency's publisher."""
        producer = KafkaBroker(connection_of(self.server), QUICK).producer()
        return Publisher.open(self.credentials, producer, spool=self.folder / "spool")

    def arrived(self, wanted: int) -> list[dict[str, str]]:
        """Return the data of all that arrived, opened and verified as the hub does."""
        key = SigningKey(self.held.key_id, self.agency, self.held.public, datetime(2020, 1, 1, tzinfo=UTC))
        reader = MessageReader(PayloadOpener(self.hub), {key.id: key})
        consumer = self.broker.consumer(f"mash.{uuid4().hex[:8]}", [f"mash.concerns.{self.agency}"])
        found: list[dict[str, str]] = []

        def enough() -> bool:
            found.extend(json.loads(reader.read(each.message).payload)["data"] for each in consumer.poll(500, 1.0))
            return len(found) >= wanted

        until(enough)
        consumer.close()
        return found


@pytest.fixture
def machine(kafka_server: LocalKafka, tmp_path: Path) -> AgencysMachine:
    agency, hub = f"police-{uuid4().hex[:6]}", X25519PrivateKey.generate()
    held = new_credentials(agency, hub.public_key())
    held.save(tmp_path / "credentials.json")
    broker = KafkaBroker(connection_of(kafka_server), QUICK)
    broker.create_topics({f"mash.concerns.{agency}": 3})
    return AgencysMachine(tmp_path, kafka_server, agency, hub, held, broker)


@pytest.fixture(scope="session")
def go_publisher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in Go, built."""
    go = shutil.which("go")
    if go is None:
        pytest.fail("Go 1.26 is missing, which builds docs/examples/go: install it from https://go.dev/dl")
    program = tmp_path_factory.mktemp("go") / "publish"
    built = subprocess.run([go, "build", "-o", program, "."], cwd=EXAMPLE, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return program


def test_the_example_in_go_makes_a_message_that_the_hub_stores(new_hub: HubUnderTest, go_publisher: Path) -> None:
    credentials = new_hub.settings.credentials("police")
    printed = subprocess.run(
        [go_publisher, "-credentials", credentials, "-id", "incident-7"],
        input=json.dumps(told("P-1", words="<Äda> & 'Ben'")), capture_output=True, text=True, check=True,
    )  # fmt: skip
    made = json.loads(printed.stdout)
    headers = tuple((each["name"], base64.b64decode(each["value"])) for each in made["headers"])
    message = Message(base64.b64decode(made["key"]), headers, base64.b64decode(made["value"]))

    taken = new_hub.at_door("police", message)

    assert made["topic"] == "mash.concerns.police"
    assert message.key == Credentials.load(credentials).message_key("P-1")
    assert (sum(taken.stored.values()), sum(taken.quarantined.values())) == (1, 0)


def test_the_example_in_go_and_our_publisher_meet_on_a_real_kafka(machine: AgencysMachine, go_publisher: Path) -> None:
    subprocess.run(
        [
            go_publisher, "-credentials", machine.credentials, "-bootstrap", machine.server.bootstrap,
            "-user", machine.server.admin_secret, "-id", "incident-7",
        ],
        input=json.dumps(told("P-1", words="from Go")), text=True, check=True, timeout=60,
    )  # fmt: skip
    with Publisher.connect(
        machine.credentials, kafka=connection_of(machine.server), spool=machine.folder / "spool"
    ) as publisher:
        publisher.publish(told("P-1", words="from Python"))

    assert [each["narrative"] for each in machine.arrived(2)] == ["from Go", "from Python"]


def test_the_example_of_the_agencies_page_runs_as_it_stands(machine: AgencysMachine) -> None:
    page = (ROOT / "docs" / "for-agencies.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    local = example.replace('"kafka.example:9093", "SASL_SSL", Path("ca.pem")', '"BOOTSTRAP", "SASL_PLAINTEXT", None')
    program = local.replace("BOOTSTRAP", machine.server.bootstrap)
    shutil.copy(machine.server.admin_secret, machine.folder / "kafka-user.json")

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=machine.folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"accepted {event_id(machine.agency, 'first-event')}" in ran.stdout
    assert "stored by Kafka: True" in ran.stdout
    assert [each["narrative"] for each in machine.arrived(1)] == ["A first event, about nobody."]


def test_events_wait_for_a_kafka_that_is_away_and_go_out_in_order(machine: AgencysMachine) -> None:
    (node,) = machine.server.nodes
    with machine.publisher() as publisher:
        publisher.publish(told("P-1", words="0"))
        node.pause(paused=True)
        try:
            for number in range(1, 5):
                publisher.publish(told("P-1", words=str(number)))
            waiting = publisher.status().count
        finally:
            node.pause(paused=False)
        assert publisher.wait_until_sent(60)

    assert waiting == 4
    told_words = dict.fromkeys(each["narrative"] for each in machine.arrived(5))
    assert list(told_words) == ["0", "1", "2", "3", "4"]


def test_the_command_watches_on_an_agencys_machine_and_stops_in_time_even_with_kafka_away(
    machine: AgencysMachine,
) -> None:
    folder, (node,) = machine.folder / "in", machine.server.nodes
    folder.mkdir()
    arguments = ("publish", "--credentials", str(machine.credentials), "--watch", str(folder), "--json")

    def put(name: str) -> None:
        line = {"specversion": "1.0", "id": name, "data": told("P-1", words=name)}
        (folder / name).write_text(json.dumps(line) + "\n")

    with mash_process(machine.environment, *arguments) as process:
        put("first.jsonl")
        until((folder / "done" / "first.jsonl").exists)
        node.pause(paused=True)
        try:
            put("second.jsonl")
            until((folder / "done" / "second.jsonl").exists)
            assert not read_status_is_empty(folder / ".spool")
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
            took = time.monotonic() - asked
        finally:
            node.pause(paused=False)
    assert (process.returncode, took < 10) == (0, True), (took, err)
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["done/first.jsonl", "done/second.jsonl"]

    with mash_process(machine.environment, *arguments) as process:
        until(lambda: read_status_is_empty(folder / ".spool"))
        process.terminate()
        process.communicate(timeout=60)
    words = [each["narrative"] for each in machine.arrived(2)]
    assert list(dict.fromkeys(words)) == ["first.jsonl", "second.jsonl"]


def read_status_is_empty(spool: Path) -> bool:
    return read_status(spool).count == 0
