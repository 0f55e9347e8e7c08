"""What the pages say of Kafka by name is so in the code: topics, settings, services, metrics, dead letters."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from consumers.dead_letters import _dead_letter
from hub.application.ingest import KeptAside
from hub.application.watching import Feed, Watched
from hub.broker.kafka_topology import PARTITIONS, RETENTION_DAYS
from hub.broker.port import Message, Received
from hub.contract.reasons import QuarantineReason
from hub.contract.topics import DEAD_LETTERS, RELAY, concerns_topic, disclosures_topic, receipts_topic
from hub.kafka_settings import KAFKA_NAMES
from hub.metrics import WatchCollector
from tests.compose import CHECKOUT, HUB

RUNNING = (CHECKOUT / "docs" / "running-kafka.md").read_text(encoding="utf-8")
OPERATING = (CHECKOUT / "docs" / "operating.md").read_text(encoding="utf-8")
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("topic", [concerns_topic, disclosures_topic, receipts_topic])
def test_an_agencys_topics_are_as_the_page_has_them(topic: Callable[[str], str]) -> None:
    assert f"| `{topic('<agency>')}` | {PARTITIONS} | {RETENTION_DAYS} days |" in RUNNING


def test_the_hubs_own_topics_are_as_the_page_has_them() -> None:
    assert f"| `{DEAD_LETTERS}` | {PARTITIONS} | {RETENTION_DAYS} days |" in RUNNING
    assert f"| `{RELAY}` | 1 |" in RUNNING


def test_every_setting_of_kafka_is_on_its_page() -> None:
    assert set(re.findall(r"MASH_KAFKA_\w+", RUNNING)) == KAFKA_NAMES


@pytest.mark.parametrize("name", sorted(HUB))
def test_every_service_is_on_the_page_with_what_it_runs(name: str) -> None:
    by_script = {"topics": "mash kafka apply", "serve": "mash serve"}
    command = by_script.get(name) or " ".join(HUB[name]["command"][:2])
    assert f"| `{name}` | `{command}" in RUNNING


def test_every_metric_is_on_the_operators_page_and_no_other() -> None:
    watched = Watched(NOW, [Feed("police", 1, 2.0)], {"empty": 1}, {"identity": 0})
    served = {metric.name for metric in WatchCollector(lambda: watched).collect()}
    section = OPERATING.partition("| metric |")[2].partition("### ")[0]
    assert set(re.findall(r"`(mash_\w+)`", section)) == served


def test_every_header_of_a_dead_letter_is_on_the_operators_page() -> None:
    received = Received("mash.concerns.police", 0, 1, Message(b"", (), b""), NOW)
    letter = _dead_letter(KeptAside(UUID(int=1), QuarantineReason.EMPTY, received))
    section = OPERATING.partition("### Dead letters")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(mash-\w+)`", section)) == {name for name, _ in letter.headers}
