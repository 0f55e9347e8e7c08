"""The engines on which every contract of the broker runs."""

import pytest

from tests.broker_harness import Harness, MemoryHarness, embedded_harness
from tests.fakes_broker import MemoryBroker
from tests.kafka_harness import kafka_harness

ENGINES = [
    "memory",
    pytest.param("embedded", marks=pytest.mark.postgres),
    pytest.param("kafka", marks=pytest.mark.kafka),
]


def engine(request: pytest.FixtureRequest) -> Harness:
    """Return the engine that a fixture's parameter names."""
    if request.param == "memory":
        return MemoryHarness(MemoryBroker())
    if request.param == "kafka":
        return kafka_harness(request.getfixturevalue("kafka_server"))
    return embedded_harness(request.getfixturevalue("new_database"))
