"""The real Kafka of the tests: one broker a session, on free loopback ports, that ends with the session.

Tests that use it are marked `kafka`; where Java or Maven is missing they fail with the command that installs them, and
are never skipped. Topics and groups of a test begin with a prefix of its own, so that tests do not meet.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.broker.kafka_server import LocalKafka, local_kafka

_FIXTURES = frozenset({"kafka_server"})


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[LocalKafka]:
    """The session's broker, locked down as a partnership's own."""
    folder = Path(tempfile.mkdtemp(prefix="mash-kafka-"))
    server = local_kafka(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the broker."""
    for item in items:
        if isinstance(item, pytest.Function) and _FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.kafka)
