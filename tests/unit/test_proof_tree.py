"""The log's tree: Go's implementation agrees with every root and proof, and a crash leaves nothing that cannot heal."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.errors import HubError
from hub.proof.checkpoint import Checkpoint, encode_hash
from hub.proof.files import export, tile_path
from hub.proof.hashing import EMPTY_ROOT, leaf_hash, node_hash, verify_consistency, verify_inclusion
from hub.proof.note import Note
from hub.proof.tree import Leaf, Tree
from tests.tlog_go import GoTlog, b64

RANDOM = random.Random(6962)


def content(index: int) -> bytes:
    return b"leaf %d" % index


def grown(folder: Path, size: int, batch: int = 4096) -> Tree:
    tree = Tree(folder)
    with tree.growing():
        for start in range(0, size, batch):
            tree.append([Leaf(at + 1, leaf_hash(content(at))) for at in range(start, min(start + batch, size))])
    return tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """A tree of 100,000 leaves."""
    made = grown(tmp_path_factory.mktemp("tree"), 100_000)
    yield made
    made.close()


def inclusion(tree: Tree, index: int, size: int) -> dict[str, Any]:
    proof = tree.inclusion(index, size)
    verify_inclusion(leaf_hash(content(index)), index, size, proof, tree.root(size))
    return {
        "op": "inclusion", "size": size, "root": b64(tree.root(size)), "index": index, "leaf": b64(content(index)),
        "proof": [encode_hash(each) for each in proof],
    }  # fmt: skip


def consistency(tree: Tree, old: int, new: int) -> dict[str, Any]:
    proof = tree.consistency(old, new)
    verify_consistency(old, tree.root(old), new, tree.root(new), proof)
    return {
        "op": "consistency", "from": old, "old": b64(tree.root(old)), "size": new, "root": b64(tree.root(new)),
        "proof": [encode_hash(each) for each in proof],
    }  # fmt: skip


class TestGoAgrees:
    def test_on_every_root_up_to_300(self, tree: Tree, go_tlog: GoTlog) -> None:
        leaves = [b64(content(index)) for index in range(300)]
        go_tlog.accepts([
            {"op": "root", "root": b64(tree.root(size)), "leaves": leaves[:size]} for size in range(1, 301)
        ])  # fmt: skip

    def test_on_proofs_of_leaves_in_every_size_up_to_300(self, tree: Tree, go_tlog: GoTlog) -> None:
        go_tlog.accepts([
            inclusion(tree, index, size)
            for size in range(1, 301)
            for index in (range(size) if size < 34 else {0, size - 1, *RANDOM.sample(range(size), 8)})
        ])  # fmt: skip

    def test_on_continuations_between_every_size_up_to_300(self, tree: Tree, go_tlog: GoTlog) -> None:
        go_tlog.accepts([
            consistency(tree, old, new)
            for new in range(1, 301)
            for old in (range(1, new + 1) if new < 34 else {1, new, *RANDOM.sample(range(1, new), 8)})
        ])  # fmt: skip

    def test_on_random_sizes_up_to_100_thousand(self, tree: Tree, go_tlog: GoTlog) -> None:
        sizes = [256, 257, 65_535, 65_536, 65_537, tree.size, *(RANDOM.randint(1, tree.size) for _ in range(60))]
        proofs = [inclusion(tree, RANDOM.randrange(size), size) for size in sizes for _ in range(3)]
        go_tlog.accepts(proofs + [consistency(tree, RANDOM.randint(1, size), size) for size in sizes])

    @pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, 70_000])
    def test_on_the_exported_tiles(self, tree: Tree, go_tlog: GoTlog, tmp_path: Path, size: int) -> None:
        export(tree, str(Note(Checkpoint("a", size, tree.root(size)).text, ())), size, tmp_path)
        case = {"op": "tiles", "folder": str(tmp_path), "size": size, "root": b64(tree.root(size))}
        go_tlog.accepts([case])
        assert go_tlog.judge([{**case, "root": b64(EMPTY_ROOT)}]) != ["ok"]

    def test_what_is_exported_is_never_taken_back(self, tree: Tree, tmp_path: Path) -> None:
        def note(origin: str, size: int) -> str:
            return str(Note(Checkpoint(origin, size, tree.root(size)).text, ("\u2014 a AAAAAAAAAA==\n",)))

        assert export(tree, note("a", 600), 600, tmp_path) == 4
        assert export(tree, note("a", 600), 600, tmp_path) == 0
        for origin, size in (("a", 599), ("b", 700)):
            with pytest.raises(HubError, match="later checkpoint, or one of another log"):
                export(tree, note(origin, size), size, tmp_path)
        (tmp_path / tile_path(0, 1)).write_bytes(bytes(8192))
        with pytest.raises(HubError, match="tile/0/001 there is another"):
            export(tree, note("a", 700), 700, tmp_path)
        assert (tmp_path / "checkpoint").read_text() == note("a", 600)

    def test_and_refuses_what_is_wrong(self, tree: Tree, go_tlog: GoTlog) -> None:
        right, continued = inclusion(tree, 5, 300), consistency(tree, 200, 300)
        wrong: list[dict[str, Any]] = [
            {**right, "index": 6}, {**right, "leaf": b64(b"other")}, {**continued, "from": 199},
        ]  # fmt: skip
        assert "ok" not in go_tlog.judge(wrong)


class TestWrongProofs:
    @pytest.mark.parametrize(
        "change",
        [
            lambda proof: proof[:-1],
            lambda proof: [*proof, proof[0]],
            lambda proof: proof[::-1],
            lambda proof: [proof[0][:-1] + b"!", *proof[1:]],
            lambda proof: [proof[0][:-1], *proof[1:]],
        ],
        ids=["cut", "longer", "turned round", "other hash", "short hash"],
    )
    def test_are_refused(self, tree: Tree, change: Callable[[list[bytes]], list[bytes]]) -> None:
        with pytest.raises(HubError):
            verify_inclusion(leaf_hash(content(77)), 77, 300, change(tree.inclusion(77, 300)), tree.root(300))
        with pytest.raises(HubError):
            verify_consistency(77, tree.root(77), 300, tree.root(300), change(tree.consistency(77, 300)))

    def test_of_what_never_was_are_not_made(self, tree: Tree) -> None:
        for index, size in ((300, 300), (0, tree.size + 1), (-1, 3)):
            with pytest.raises(HubError):
                tree.inclusion(index, size)
        with pytest.raises(HubError):
            tree.consistency(10, 9)


@pytest.mark.parametrize("size", [1, 255, 256, 300, 5000])
@pytest.mark.parametrize("lost", [1, 43, 44, 45, 700])
def test_a_torn_tail_is_cut_and_grown_anew(tmp_path: Path, size: int, lost: int) -> None:
    whole = grown(tmp_path / "whole", size)
    grown(tmp_path / "torn", size).close()
    leaves = tmp_path / "torn" / "leaves"
    os.truncate(leaves, max(leaves.stat().st_size - lost, 0))

    torn = Tree(tmp_path / "torn")
    with torn.growing():
        assert torn.size == max(size * 44 - lost, 0) // 44
        torn.append(list(whole.leaves(torn.size)))

    assert (torn.size, torn.root()) == (size, whole.root())
    torn.verify_files()


def test_zeros_that_a_power_cut_left_in_the_tail_are_cut(tmp_path: Path) -> None:
    grown(tmp_path, 600).close()
    with (tmp_path / "leaves").open("r+b") as file:
        file.seek(500 * 44 + 9)
        file.write(bytes(2 * 44))
    assert Tree(tmp_path).size == 500


@pytest.mark.parametrize("level", ["level-1", "level-2"])
def test_a_level_that_is_lost_is_made_anew(tmp_path: Path, level: str) -> None:
    before = grown(tmp_path, 70_000)
    root = before.root()
    (tmp_path / level).unlink()
    after = Tree(tmp_path)
    with after.growing():
        pass
    assert after.root() == root
    after.verify_files()


def test_a_reader_needs_no_level_that_is_not_written_yet(tmp_path: Path) -> None:
    """A writer syncs the leaves first: whoever reads just then, or after a crash there, makes the rest itself."""
    whole = grown(tmp_path, 70_000)
    root, proof = whole.root(), whole.inclusion(3, 70_000)
    os.truncate(tmp_path / "level-1", 250 * 32)
    (tmp_path / "level-2").unlink()
    reader = Tree(tmp_path)
    assert (reader.root(), reader.inclusion(3, 70_000)) == (root, proof)
    reader.verify_files()


@pytest.mark.parametrize("at", [3, 20, 41])
def test_a_damaged_leaf_is_the_trees_fault_and_no_events(tmp_path: Path, at: int) -> None:
    tree = grown(tmp_path, 70_000)
    with (tmp_path / "leaves").open("r+b") as file:
        file.seek(500 * 44 + at)
        file.write(b"!")
    with pytest.raises(HubError, match="leaf 500 is damaged"):
        tree.verify_files()


def test_a_damaged_level_is_named(tmp_path: Path) -> None:
    tree = grown(tmp_path, 70_000)
    with (tmp_path / "level-1").open("r+b") as file:
        file.write(b"!")
    with pytest.raises(HubError, match="level-1 is damaged"):
        tree.verify_files()


def test_two_processes_see_what_the_other_appended(tmp_path: Path) -> None:
    one, other = grown(tmp_path, 300), Tree(tmp_path)
    with one.growing():
        one.append([Leaf(301, leaf_hash(content(300)))])
    with other.growing():
        assert other.size == 301
        other.append([Leaf(302, leaf_hash(content(301)))])
    one.refresh()
    assert one.root() == other.root() == grown(tmp_path / "again", 302).root()


def test_positions_have_gaps_and_indexes_have_none(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    with tree.growing():
        tree.append([Leaf(position, leaf_hash(b"")) for position in (3, 4, 9, 9, 12)])
    assert [tree.index_of(position) for position in (1, 3, 5, 9, 10, 12, 13)] == [0, 0, 2, 2, 4, 4, 5]


def test_a_tile_is_where_the_protocol_says() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(2, 0, 17) == "tile/2/000.p/17"


def test_the_hashes_are_those_of_the_rfc() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node_hash(leaf_hash(b""), leaf_hash(b"\0")).hex() == (
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    )
