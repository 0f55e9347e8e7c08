"""A whole hub on a real Kafka, through the command: what an agency publishes comes into a child's chronology."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_server import LocalKafka
from hub.broker.kafka_topology import PARTITIONS
from hub.errors import HubError
from tests.hub_under_test import ANALYST, HubUnderTest, environment_of, mash_process, ran_as_process, told
from tests.integration.test_command_publish import CENSUS, CHILD
from tests.kafka_harness import QUICK, connection_of, remove
from tests.waiting import until

TOLD = "safeguarding-concern"
QUESTION = ("--as", ANALYST, "--purpose", "s47", "--reason", "Section 47 enquiry", "--json")


@pytest.fixture
def environment(new_hub: HubUnderTest, kafka_server: LocalKafka) -> Iterator[dict[str, str]]:
    """The settings of a hub on the session's broker, with the topics of its agencies, which go when the test does."""
    broker, topics = KafkaBroker(connection_of(kafka_server), QUICK), new_hub.hub.topics()
    broker.create_topics(dict.fromkeys(topics, PARTITIONS))
    yield {
        **environment_of(new_hub.settings),
        **kafka_server.settings(kafka_server.admin_secret),
    }
    remove(broker, topics, "mash.ingest")


def test_from_an_agencys_file_over_kafka_to_a_childs_chronology(environment: dict[str, str], tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    census.write_text(CENSUS.format(children=CHILD.format(reference="AB12", day=1)))

    sent = ran_as_process(environment, "publish", "--agency", "childrens-social-care", "--json", str(census))
    before = ran_as_process(environment, "doctor", "--json")
    taken = ran_as_process(environment, "consume", "--once", "--json")
    again = ran_as_process(environment, "consume", "--once", "--json")
    (child,) = ran_as_process(environment, "identity", "find", "AB12", *QUESTION).json["children"]
    items = ran_as_process(environment, "chronology", child["person"], *QUESTION).json["items"]

    assert (sent.status, sent.json["published"]) == (0, 1), sent.err
    assert detail(before.json, "ingest") == "1 messages wait to be taken in"
    assert (taken.json["stored"], taken.json["duplicates"]) == (1, 0), taken.err
    assert (again.json["stored"], again.json["duplicates"]) == (0, 0)
    assert [item["facets"]["when"]["occurred"] for item in items] == ["2025-05-01"]


def test_doctor_says_which_kafka_it_is(environment: dict[str, str]) -> None:
    ran = ran_as_process(environment, "doctor", "--json")

    assert ran.status == 0, ran.out
    assert detail(ran.json, "broker").startswith("Kafka 4.")
    assert detail(ran.json, "broker").endswith(f"SASL_PLAINTEXT at {environment['MASH_KAFKA_BOOTSTRAP']}")


@pytest.mark.parametrize(
    ("changed", "repair"),
    [
        ({"MASH_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, "start Kafka"),
        ({"MASH_KAFKA_USER": "nobody", "MASH_KAFKA_SECRET_FILE": "{wrong}"}, "correct MASH_KAFKA_USER"),
    ],
    ids=["away", "refused"],
)
def test_doctor_says_how_to_reach_it_again(
    environment: dict[str, str], tmp_path: Path, changed: dict[str, str], repair: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("wrong")
    changed = {name: value.format(wrong=wrong) for name, value in changed.items()}

    ran = ran_as_process({**environment, **changed}, "doctor", "--json")

    (check,) = [check for check in ran.json["checks"] if check["name"] == "broker"]
    assert (ran.status, check["ok"]) == (1, False)
    assert check["repair"].startswith(repair)


def test_the_hub_makes_no_topics_on_kafka(new_hub: HubUnderTest, kafka_server: LocalKafka) -> None:
    settings = replace(new_hub.settings, kafka=connection_of(kafka_server))
    hub = replace(new_hub.hub, settings=settings)
    topic = f"mash.concerns.{uuid4().hex[:8]}"

    hub.make_topics([topic])

    with pytest.raises(HubError) as refused:
        hub.broker.consumer(hub.group("ingest"), [topic])
    assert refused.value.code == "unknown-topic"


@pytest.mark.parametrize("command", ["consume", "relay"])
def test_asked_to_stop_it_ends_in_time_while_kafka_does_not_answer(
    environment: dict[str, str], kafka_server: LocalKafka, new_hub: HubUnderTest, command: str
) -> None:
    (node,) = kafka_server.nodes
    with closing(KafkaBroker(connection_of(kafka_server)).producer()) as producer:
        producer.send("mash.concerns.police", [new_hub.message("police", told("P-1"))])
    with mash_process(environment, command) as process:
        until(lambda: command == "relay" or new_hub.events(TOLD))
        node.pause(paused=True)
        try:
            time.sleep(3)
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            took = time.monotonic() - asked
        finally:
            node.pause(paused=False)

    assert took < 10


def detail(found: dict[str, list[dict[str, str]]], name: str) -> str:
    """Return what a check of `mash doctor` says."""
    (check,) = [check for check in found["checks"] if check["name"] == name]
    return check["detail"]
