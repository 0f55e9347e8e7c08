"""An agency joins while the hub takes in: nothing is restarted, and nobody else waits for its topic to be made."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import consumers.worker
from consumers.worker import take_in
from hub.application.ingest import Intake
from hub.broker.kafka_topology import PARTITIONS
from hub.contract.codes import AgencyKind
from hub.contract.topics import concerns_topic
from tests.hub_under_test import HubUnderTest, told
from tests.waiting import until


@pytest.fixture
def asking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the directory again as often as messages are polled for."""
    monkeypatch.setattr(consumers.worker, "DIRECTORY_SECONDS", 0.0)


@contextmanager
def taking_in(hub: HubUnderTest) -> Iterator[tuple[threading.Thread, Intake]]:
    """Take in beside, for the length of a `with`; yield the thread, which ends when the topics are others."""
    stop, seen = threading.Event(), Intake()

    def count(total: Intake) -> None:
        seen.stored = total.stored

    thread = threading.Thread(target=lambda: take_in(hub.hub, once=False, stop=stop, on_batch=count))
    thread.start()
    try:
        yield thread, seen
    finally:
        stop.set()
        thread.join(60)


@pytest.mark.usefixtures("asking_often")
def test_an_agency_whose_topic_is_not_made_yet_keeps_nobody_elses_messages_waiting(new_hub: HubUnderTest) -> None:
    with taking_in(new_hub) as (thread, seen):
        new_hub.hub.directory.register_agency("ambulance", "Ambulance Service", AgencyKind.HEALTH, by="tester")
        time.sleep(1.5)
        new_hub.publishes("police", new_hub.message("police", told("P-1")))
        until(lambda: not thread.is_alive() or sum(seen.stored.values()) == 1)
        assert thread.is_alive()

        new_hub.hub.broker.create_topics({concerns_topic("ambulance"): PARTITIONS})
        until(lambda: not thread.is_alive())
