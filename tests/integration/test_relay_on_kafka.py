"""The relay on a locked-down Kafka: the hub's own user may send in transactions, a recipient reads its own topics."""

import json
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from consumers.relay import Relay
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.kafka_server import LocalKafka
from hub.contract.relayed import Disclosure
from hub.contract.topics import disclosures_topic
from hub.errors import HubError
from producers.receiver import Receiver
from tests.broker_harness import take
from tests.hub_under_test import HubUnderTest, Mash
from tests.kafka import emptied
from tests.kafka_harness import QUICK
from tests.relay import SCHOOL, incident, pupil


def signed_in(server: LocalKafka, secret: Path) -> KafkaBroker:
    """Return the broker as one of its users meets it."""
    told = json.loads(secret.read_text())
    who = (told["user"], told["password"], told["mechanism"])
    return KafkaBroker(KafkaConnection(server.bootstrap, "SASL_PLAINTEXT", None, *who), QUICK)


def test_the_hub_sends_and_only_the_recipient_reads(
    emptied_kafka: LocalKafka, new_hub: HubUnderTest, mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied(emptied_kafka)
    for name, value in emptied_kafka.settings(emptied_kafka.admin_secret).items():
        monkeypatch.setenv(name, value)
    assert mash("kafka", "apply", "--secrets", str(tmp_path)).status == 0
    new_hub.hub.broker = signed_in(emptied_kafka, tmp_path / "hub.json")

    Relay(new_hub.hub, Event()).run(once=True)
    incident(new_hub, "kafka", pupil(new_hub, "kafka"))
    done = Relay(new_hub.hub, Event()).run(once=True)

    assert done.disclosures == 1
    school = signed_in(emptied_kafka, tmp_path / f"{SCHOOL}.json")
    with closing(school.consumer(f"{SCHOOL}.intake", [disclosures_topic(SCHOOL)])) as consumer:
        (received,) = take(consumer, 1, 30.0)
    content = Receiver(new_hub.hub.credentials(SCHOOL)).read(received.message).content
    assert isinstance(content, Disclosure)
    assert content.references == ["S-kafka"]
    housing = signed_in(emptied_kafka, tmp_path / "housing.json")
    with pytest.raises(HubError) as refused:
        housing.consumer("housing.intake", [disclosures_topic(SCHOOL)])
    assert refused.value.code == "unknown-topic"
    with pytest.raises(HubError):
        school.transactional("relay")
