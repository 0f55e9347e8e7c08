"""The tree follows the log: every row once, wherever it crashes, and the same tree whoever makes it anew."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import hub.application.proving
from hub.application.proving import TREE, LogTree
from hub.application.verifying import verify_log
from hub.proof.comparing import Kind
from hub.proof.leaf import PADDED_TYPE
from hub.proof.tree import Leaf, Tree
from hub.store.follower import stored_position
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent
from hub.store.postgres_server import ServerUrls
from tests.log_rows import PlainSealer

NOW = datetime(2026, 3, 4, tzinfo=UTC)


class Crash(BaseException):
    """The process is gone: nothing in the code may catch it."""


@pytest.fixture
def log(new_database: ServerUrls) -> Iterator[EventLog]:
    """An empty log."""
    log = EventLog.connect(new_database.app, PlainSealer())
    yield log
    log.close()


@pytest.fixture
def opened(new_database: ServerUrls, tmp_path: Path) -> Iterator[Callable[..., LogTree]]:
    """Opens the tree of a folder, as each process does."""
    trees: list[LogTree] = []

    def opened(folder: str = "log") -> LogTree:
        trees.append(LogTree(new_database.app, tmp_path / folder, tmp_path / "key"))
        return trees[-1]

    yield opened
    for tree in trees:
        tree.close()


def append(log: EventLog, count: int, type: str = "referral") -> None:
    log.append([DraftEvent(uuid4(), type, (), ()) for _ in range(count)], at=NOW)


def crash(*_: object) -> None:
    raise Crash


def test_a_crash_between_append_and_position_adds_nothing_twice(
    log: EventLog, opened: Callable[..., LogTree], monkeypatch: pytest.MonkeyPatch, new_database: ServerUrls
) -> None:
    append(log, 300)
    with monkeypatch.context() as patch:
        patch.setattr(hub.application.proving, "advance", crash)
        with pytest.raises(Crash):
            opened().grow()
    append(log, 5)

    tree = opened()
    tree.grow()

    assert tree.tree.size == 305
    assert verify_log(tree).whole
    with psycopg.connect(new_database.app) as connection:
        assert stored_position(connection, TREE) == 305


def test_a_crash_before_the_append_loses_nothing(
    log: EventLog, opened: Callable[..., LogTree], monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, 300)
    tree = opened()
    with monkeypatch.context() as patch:
        patch.setattr(tree.tree, "append", crash)
        with pytest.raises(Crash):
            tree.grow()
    assert opened().grow().size == 300


@pytest.mark.parametrize("kept", [0, 1, 299, 300, 301, 511, 512, 513, 514])
def test_a_crash_anywhere_in_the_leaves_heals_to_the_same_tree(
    log: EventLog, opened: Callable[..., LogTree], kept: int
) -> None:
    append(log, 300)
    append(log, 1, PADDED_TYPE)
    append(log, 3)
    whole = opened("whole")
    whole.grow()
    shutil.copytree(whole.folder, whole.folder.with_name("torn"))
    os.truncate(whole.folder.with_name("torn") / "leaves", kept * 44 + 20)

    torn = opened("torn")
    torn.grow()

    assert (torn.tree.size, torn.tree.root()) == (515, whole.tree.root())
    assert verify_log(torn).whole


def test_a_tree_that_was_lost_is_made_anew_the_same(log: EventLog, opened: Callable[..., LogTree]) -> None:
    for _ in range(3):
        append(log, 100)
        append(log, 1, PADDED_TYPE)
    first = opened()
    first.grow()
    another = opened("another")
    assert another.grow().size == 768
    assert another.tree.root() == first.tree.root()


def test_padding_fills_to_a_multiple_of_256_whatever_was_there(log: EventLog, opened: Callable[..., LogTree]) -> None:
    tree = opened()
    for count, size in ((254, 256), (255, 512), (256, 1024), (0, 1280)):
        if count:
            append(log, count)
        append(log, 1, PADDED_TYPE)
        assert tree.grow().size == size
    assert verify_log(tree).whole


@pytest.mark.parametrize("rows", [[], [1], [300], [3, 0, 5]])
def test_padding_that_ends_what_is_read_at_once_is_no_fault(
    log: EventLog, opened: Callable[..., LogTree], rows: list[int]
) -> None:
    for count in [2, *rows]:
        if count:
            append(log, count)
        append(log, 1, PADDED_TYPE)
    tree = opened()
    tree.grow()
    found = verify_log(tree)
    assert (found.faults, found.good, found.whole) == ([], log.head(), True)


def test_padding_that_is_another_is_the_fault_of_its_row(log: EventLog, opened: Callable[..., LogTree]) -> None:
    append(log, 2)
    append(log, 1, PADDED_TYPE)
    tree = opened()
    tree.grow()
    tree.tree.close()
    forged = Tree(tree.folder)
    leaves = list(forged.leaves())
    os.truncate(tree.folder / "leaves", 0)
    with forged.growing():
        forged.append([*leaves[:9], Leaf(3, bytes(32)), *leaves[10:]])
    found = verify_log(opened())
    assert ([(each.position, each.kind) for each in found.faults], found.good) == ([(3, Kind.ALTERED)], 2)


def test_two_at_once_add_each_row_once(log: EventLog, opened: Callable[..., LogTree]) -> None:
    one, other = opened(), opened()
    for _ in range(4):
        append(log, 10)
        one.grow()
        append(log, 10)
        other.grow()
    assert verify_log(one).whole
    assert one.tree.size == 80


def test_what_is_recorded_and_not_in_the_tree_is_counted(log: EventLog, opened: Callable[..., LogTree]) -> None:
    append(log, 5)
    tree = opened()
    tree.grow()
    append(log, 2)
    found = verify_log(tree)
    assert (found.good, found.unproved, found.whole) == (5, 2, True)
