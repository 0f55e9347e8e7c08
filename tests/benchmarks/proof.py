"""The log's tree: appending, proving, and verifying everything, each beside the least that its work can cost.

The tree alone is measured on leaves of 1 KB in memory; growing and reading again on rows that ingest has stored.
"""

import os
import random
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import psycopg
from pymerkle import InmemoryTree

from hub.application.verifying import verify_log
from hub.bootstrap import Hub, open_hub
from hub.broker.port import Received
from hub.contract.topics import concerns_topic
from hub.memory import collected_seldom
from hub.proof.hashing import fold, leaf_hashes
from hub.proof.tree import TILE, Leaf, Tree
from hub.signing.message import MessageWriter
from hub.store.bare_rows import all_rows
from tests.benchmarks.invented import stream
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench

APPENDED, PROOFS, EVENTS = 50_000, 2_000, 5_000
# The longest that the slowest of 20 proofs may take, in milliseconds, by the size of the tree.
SIZES = {1_000_000: 0.7, 10_000_000: 1.0}
_BATCH = 256
_ROUNDS = 3
_RECORD_BYTES = 44
_COPY = "COPY (SELECT id, type, tags, data FROM public.dcb_events_tt_main ORDER BY id) TO STDOUT (FORMAT binary)"


def measure(scale: float) -> Outcome:
    """Measure the tree alone, then on a log."""
    folder = Path(tempfile.mkdtemp(prefix="mash-tree-"))
    try:
        with collected_seldom():
            alone, figures = _alone(folder, scale)
            on_log, more = _on_log(scale)
    finally:
        shutil.rmtree(folder)
    return Outcome("The log's tree", [*alone, *on_log], figures | more)


def _alone(folder: Path, scale: float) -> tuple[list[Goal], dict[str, object]]:
    count = max(2_560, int(APPENDED * scale))
    leaves = [os.urandom(16) + bytes(1_008) for _ in range(count)]
    appended = [seconds(_append, Tree(folder / f"append-{turn}"), leaves) for turn in range(_ROUNDS)]
    written = [seconds(_write, folder / f"write-{turn}", count) for turn in range(_ROUNDS)]
    hashed = [(seconds(_hash_alone, leaves), seconds(_hash_tree, leaves)) for _ in range(_ROUNDS)]
    alone, tree = (middle(each) for each in zip(*hashed, strict=True))
    large = Tree(folder / "large")
    goals = [_proofs(large, int(size * scale), most) for size, most in SIZES.items()]
    return [
        *goals,
        Goal(f"durable append, batches of {_BATCH}", count / middle(appended), "leaves/s", 100_000),
        Goal("the whole tree from the leaves", count / tree, "leaves/s", 0.6, "bare SHA-256 of them", count / alone),
    ], {
        "a write and a sync of the same records, nothing else, leaves/s": round(count / middle(written)),
        **_pymerkle(leaves),
    }


def _proofs(tree: Tree, size: int, most: float) -> Goal:
    _grow(tree, size)
    picks = [random.randrange(size) for _ in range(PROOFS)]
    slow = percentile([seconds(tree.inclusion, index, size) * 1e3 for index in picks], 0.95)
    return Goal(f"inclusion proof at {size:,}, p95", slow, "ms", most, at_most=True)


def _pymerkle(leaves: list[bytes]) -> dict[str, object]:
    """Measure the same on pymerkle, which keeps its tree in memory and syncs nothing."""
    tree = InmemoryTree(algorithm="sha256")
    took = seconds(lambda: [tree.append_entry(leaf) for leaf in leaves])
    picks = [random.randrange(len(leaves)) for _ in range(PROOFS)]
    proofs = [seconds(tree.prove_inclusion, index, len(leaves)) * 1e3 for index in picks]
    return {
        "pymerkle, append in memory, leaves/s": round(len(leaves) / took),
        f"pymerkle, inclusion proof in memory at {len(leaves):,}, p95, ms": round(percentile(proofs, 0.95), 3),
    }


def _append(tree: Tree, leaves: list[bytes]) -> None:
    for start in range(0, len(leaves), _BATCH):
        with tree.growing():
            hashes = leaf_hashes(leaves[start : start + _BATCH])
            tree.append([Leaf(position, each) for position, each in enumerate(hashes, start + 1)])


def _write(path: Path, count: int) -> None:
    record = bytes(_BATCH * _RECORD_BYTES)
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    for start in range(0, count, _BATCH):
        os.pwrite(file, record, start * _RECORD_BYTES)
        os.fdatasync(file)
    os.close(file)


def _hash_alone(leaves: list[bytes]) -> None:
    for leaf in leaves:
        sha256(leaf).digest()


def _hash_tree(leaves: list[bytes]) -> None:
    for start in range(0, len(leaves) // TILE * TILE, TILE):
        fold(b"".join(leaf_hashes(leaves[start : start + TILE])))


def _grow(tree: Tree, size: int) -> None:
    with tree.growing():
        for start in range(tree.size, size, 4096):
            tree.append([Leaf(at + 1, sha256(at.to_bytes(8)).digest()) for at in range(start, min(start + 4096, size))])


def _on_log(scale: float) -> tuple[list[Goal], dict[str, object]]:
    count = max(500, int(EVENTS * scale))
    with workbench() as bench, open_hub(bench.settings) as hub:
        hub.tree.grow()
        took, ingest = {"ingest": 0.0, "grow": 0.0}, hub.ingest()
        for batch in _batches(hub, count):
            took["ingest"] += seconds(ingest.take, batch)
            took["grow"] += seconds(hub.tree.grow)
        hub.tree.checkpoint()
        with psycopg.connect(hub.urls.app, autocommit=True) as connection:
            rows = hub.log.head()
            copied = _best(lambda: _copy(connection))
            read = _best(lambda: sum(map(len, all_rows(connection))))
        verified = _best(lambda: _verify(hub))
    goals = [
        Goal("growing the tree beside ingest", took["grow"], "s", 0.05, "ingest", took["ingest"], at_most=True),
        Goal("rows read for verifying", rows / read, "rows/s", 0.5, "COPY ... TO of them", rows / copied),
    ]
    return goals, {"mash log verify, rows/s": round(rows / verified), "rows": rows}


def _batches(hub: Hub, count: int) -> list[list[Received]]:
    told = list(stream(count, seed=11))
    writers = {agency: MessageWriter(hub.credentials(agency)) for agency in {each.agency for each in told}}
    now = datetime.now(UTC)
    messages = [
        Received(
            concerns_topic(each.agency), 0, 0, writers[each.agency].write(each.event, now=now, ce_id=uuid4().hex), now
        )
        for each in told
    ]
    return [messages[start : start + 1000] for start in range(0, count, 1000)]


def _best(work: Callable[[], object]) -> float:
    return middle([seconds(work) for _ in range(_ROUNDS)])


def _copy(connection: psycopg.Connection[object]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for _ in copy:
            pass


def _verify(hub: Hub) -> None:
    if not verify_log(hub.tree).whole:
        raise RuntimeError("the log is not whole")
