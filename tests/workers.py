"""Which process runs which tests: a file's stay together, and so do all that run on Kafka.

What a file's tests share is made once, and one process alone starts brokers. What takes longest goes first, so that
no process works on alone at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

KAFKA = "kafka"
# Files of which not every test on Kafka says so in its name.
_ON_KAFKA = ("test_agency_publishes.py", "test_storm.py", "test_long_storm.py", "test_three_nodes.py")
_LONGEST_FIRST = (
    "test_attack.py",
    "test_policy_versions.py",
    "test_relay_crashes.py",
    "test_demo.py",
    "test_command_backup.py",
)


class FilesAndKafka(LoadFileScheduling):  # type: ignore[misc] # it has no types
    """Shares out whole files, and all that runs on Kafka as if it were one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return KAFKA if _runs_on_kafka(nodeid) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Return the scheduler of `--dist=loadfile`."""
    return FilesAndKafka(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first; refuse a test on Kafka that its name does not give away."""
    strangers = [item.nodeid for item in items if item.get_closest_marker(KAFKA) and not _runs_on_kafka(item.nodeid)]
    if strangers:
        raise pytest.UsageError(f"tests/workers.py does not know that these run on Kafka: {strangers}")
    items.sort(key=_place)


def _runs_on_kafka(nodeid: str) -> bool:
    """Say whether a test runs on Kafka, or on its name's word might."""
    return KAFKA in nodeid or any(file in nodeid for file in _ON_KAFKA)


def _place(item: pytest.Item) -> int:
    if _runs_on_kafka(item.nodeid):
        return -1
    return _LONGEST_FIRST.index(item.path.name) if item.path.name in _LONGEST_FIRST else len(_LONGEST_FIRST)
