"""Which process runs which tests: a file's stay together, and so do all that run on Kafka.

What a file's tests share is made once, and one process alone starts brokers. What takes longest goes first, so that
no process works on alone at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

KAFKA = "kafka"
_LONGEST_FIRST = (
    "test_attack.py",
    "test_relay_crashes.py",
    "test_demo.py",
    "test_command_backup.py",
    "test_policy_versions.py",
)


class FilesAndGroups(LoadGroupScheduling):  # type: ignore[misc] # it has no types
    """Shares out whole groups, and whole files of what is in none."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        scope: str = super()._split_scope(nodeid)
        return file if scope == nodeid else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    """Return the scheduler of `--dist=loadgroup`."""
    return FilesAndGroups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group what runs on Kafka, and put what takes longest first."""
    for item in items:
        if item.get_closest_marker(KAFKA):
            item.add_marker(pytest.mark.xdist_group(KAFKA))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker(KAFKA):
        return -1
    return _LONGEST_FIRST.index(item.path.name) if item.path.name in _LONGEST_FIRST else len(_LONGEST_FIRST)
