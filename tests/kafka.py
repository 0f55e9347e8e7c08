"""The real Kafka of the tests: one broker a session, on free loopback ports, that ends with the session.

Tests that use it are marked `kafka`; where Java or Maven is missing they fail with the command that installs them, and
are never skipped. Topics and groups of a test begin with a prefix of its own, so that tests do not meet. Tests of what
a whole broker holds have another one, which each finds bare.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.broker.kafka_admin import EVERY_GRANT, administrator
from hub.broker.kafka_plan import Action, Change
from hub.broker.kafka_server import ADMIN, LocalKafka, local_kafka
from hub.broker.kafka_topology import Topology, User
from tests.kafka_harness import connection_of
from tests.waiting import until

_FIXTURES = frozenset({"kafka_server", "emptied_kafka"})

# No broker of a test runs for long enough to win back what the second compiler takes.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[LocalKafka]:
    """The session's broker, locked down as a partnership's own."""
    yield from _serving()


@pytest.fixture(scope="session")
def emptied_kafka() -> Iterator[LocalKafka]:
    """Another broker, for tests that own all that is on it and begin with `emptied`."""
    yield from _serving()


def _serving() -> Iterator[LocalKafka]:
    folder = Path(tempfile.mkdtemp(prefix="mash-kafka-"))
    server = local_kafka(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def emptied(server: LocalKafka) -> LocalKafka:
    """Remove every topic, grant and user but the administrator."""
    with administrator(connection_of(server)) as admin:
        topics = [name for name in admin.client.list_topics() if not name.startswith("__")]
        if topics:
            admin.client.delete_topics(topics)
        admin.client.delete_acls([EVERY_GRANT])
        users = [Change(Action.REMOVE, user) for user in admin.found().users if user.name != ADMIN]
        admin.apply(users)
        until(lambda: admin.found() == Topology({}, frozenset({User(ADMIN)}), frozenset()), "Kafka is not empty")
    return server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the broker."""
    for item in items:
        if isinstance(item, pytest.Function) and _FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.kafka)
