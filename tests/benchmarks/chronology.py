"""A chronology of 500 items from 6 agencies, decided and recorded, in a small log and in one of a million events.

Beside each read the stock recorder reads the same 500 events, and our own SQL reads them with nothing else done.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from hub.application.asking import Asked
from hub.application.leaving import AT_ONCE
from hub.bootstrap import Hub, open_hub
from hub.memory import collected_seldom
from hub.settings import Settings
from hub.store.recorder import LogDatastore, LogRecorder
from tests.benchmarks.cores import CORES, together
from tests.benchmarks.filling import AGENCIES, ITEMS, child_tags, filling, link_child, shares
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.stock import read_any
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import Workbench, stock_recorder, workbench

SMALL, LARGE = 100_000, 1_000_000
READS = 200
_WARMING = 5
_MOST_MS = 25.0
_ASKED = Asked("mash.analyst", "benchmark", "mash-screening", "A benchmark asks what a MASH screening would ask.")


@dataclass(slots=True)
class _Subject:
    """One log with what is measured on it, and the milliseconds of each reading by its name."""

    events: int
    settings: Settings
    ways: dict[str, Callable[[], object]] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)

    def once(self) -> None:
        """Measure each way once."""
        for name, way in self.ways.items():
            self.took.setdefault(name, []).append(seconds(way) * 1000)


def measure(scale: float) -> Outcome:
    """Build both logs, then read in turn from the one and the other."""
    with workbench() as bench, ExitStack() as stack:
        small, large = (_built(bench, max(10_000, int(events * scale))) for events in (SMALL, LARGE))
        for subject in (small, large):
            subject.ways = _ways(stack, bench, subject.settings)
        bench.settle()
        with collected_seldom():
            for _ in range(_WARMING):
                small.once()
                large.once()
            small.took, large.took = {}, {}
            for _ in range(READS):
                small.once()
                large.once()
    whole, stock, alone = (large.took[name] for name in _WAYS)
    p95 = percentile(whole, 0.95)
    return Outcome(
        f"Chronology of {ITEMS} items from {len(AGENCIES)} agencies in a log of {large.events:,} events, {READS} reads",
        [
            Goal("p95, decided and recorded", p95, "ms", _MOST_MS, at_most=True),
            Goal(
                "median as the log grows", middle(whole), "ms", 1.2,
                f"in {small.events:,} events", middle(small.took[_WHOLE]), at_most=True,
            ),
            Goal(
                "the read alone, median", middle(alone), "ms", round(1 / 3, 3),
                "stock read of the same events", middle(stock), at_most=True,
            ),
        ],
        {
            f"{name}, in {subject.events:,} events, ms": {
                "p50": round(middle(subject.took[name]), 2), "p95": round(percentile(subject.took[name], 0.95), 2),
            }
            for name in _WAYS
            for subject in (small, large)
        },
    )  # fmt: skip


_WHOLE, _STOCK, _ALONE = _WAYS = ("decided and recorded", "stock read", "our read alone")


def _built(bench: Workbench, events: int) -> _Subject:
    settings = bench.copy_of(bench.settings)
    together(filling, [(settings, share) for share in shares(events, CORES)])
    return _Subject(events, settings)


def _ways(stack: ExitStack, bench: Workbench, settings: Settings) -> dict[str, Callable[[], object]]:
    hub = stack.enter_context(open_hub(settings, leaving=AT_ONCE))
    person, tags = link_child(hub), child_tags(hub)
    stock = stock_recorder(bench.superuser(settings))
    stack.callback(stock.datastore.close)
    ours = LogRecorder(LogDatastore(str(settings.database_url)))
    stack.callback(ours.datastore.close)
    whole = partial(_read, hub, person)
    for name, found in (("chronology", len(whole())), ("stock", len(read_any(stock, tags)))):
        # A few of the invented items are retracted, and shown to nobody who was not shown them; a few call for a task.
        if not ITEMS * 0.99 <= found <= ITEMS * 1.01:
            raise RuntimeError(f"{name}: {found} of {ITEMS}")
    return {_WHOLE: whole, _STOCK: partial(read_any, stock, tags), _ALONE: partial(ours.with_any_tag, tags)}


def _read(hub: Hub, person: UUID) -> list[object]:
    items: list[object] = hub.chronologies.read(person, _ASKED)["items"]
    return items
