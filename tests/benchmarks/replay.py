"""Past decisions taken again, exactly and under a draft, beside unsealing the same records alone. One core.

The history is made by the hub itself: one child of 100 items, asked about again and again.
"""

import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from hub.application.asking import Asked
from hub.application.decisions import DECISIONS_TAG, Recorded
from hub.application.impact import Draft, ImpactTally, drafted, tried
from hub.application.leaving import AT_ONCE
from hub.application.replaying import Ending
from hub.bootstrap import Hub, open_hub
from hub.memory import collected_seldom
from tests.benchmarks.cores import CORES, together
from tests.benchmarks.filling import Share, filling, link_child
from tests.benchmarks.report import Goal, Outcome, middle
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench

DECISIONS = 10_000
VERDICTS = 1_000_000
ROUNDS = 3
_REPLAYED = 200
_BATCH = 25
_EVENTS, _ITEMS = 2_000, 100
_REASONS = ("mash-screening", "s47")
_DRAFT = """
@id("draft-opens") @authority("None") @reason("A draft.") @facets("what")
permit (principal, action == Action::"see", resource) when { principal.agency_kind == AgencyKind::"housing" };
"""


def measure(scale: float) -> Outcome:
    """Make a history, then take the same decisions again in each way in turn."""
    with workbench() as bench, ExitStack() as stack:
        settings = bench.copy_of(bench.settings)
        together(filling, [(settings, Share(_EVENTS // CORES, _ITEMS // CORES, at)) for at in range(CORES)])
        hub = stack.enter_context(open_hub(settings, leaving=AT_ONCE))
        number = max(50, int(DECISIONS * scale))
        verdicts, draft = _history(hub, number), drafted(None, _DRAFT)
        places = _places(hub)
        some = places[: min(_REPLAYED, number)]
        a_decision = verdicts / number
        ways: dict[str, tuple[Callable[[], object], float]] = {
            "replayed": (partial(_replayed, hub, some), len(some) * a_decision),
            "under a draft": (partial(_impact, hub, draft, places), verdicts),
            "unsealed alone": (partial(_unsealed, hub, places), verdicts),
        }
        bench.settle()
        rates: dict[str, list[float]] = {name: [] for name in ways}
        used: dict[str, list[float]] = {name: [] for name in ways}
        with collected_seldom():
            for _ in range(ROUNDS):
                for name, (way, items) in ways.items():
                    began = time.process_time()
                    rates[name].append(items / seconds(way))
                    used[name].append(items / (time.process_time() - began))
        more = _memory(hub, draft, places)
    replayed, tried_again, unsealed = (middle(rates[name]) for name in ways)
    return Outcome(
        f"Replay of {len(some)} and impact on {number:,} decisions of {a_decision:.0f} verdicts, one core",
        [
            Goal("replayed exactly, verdicts a second", replayed, "/s", 100_000),
            Goal(f"impact on {VERDICTS:,} verdicts, two cores", VERDICTS / tried_again / CORES, "s", 30, at_most=True),
            Goal("memory of twice the decisions", more[1], "MiB", 1.5, "of as many", more[0], at_most=True),
        ],
        {
            "verdicts a second under a draft": round(tried_again),
            "verdicts a second unsealed alone": round(unsealed),
            "verdicts a processor second of this process": {name: round(middle(rate)) for name, rate in used.items()},
            "replay, ratio to unsealing": round(replayed / unsealed, 4),
            "impact, ratio to unsealing": round(tried_again / unsealed, 3),
        },
    )


def _history(hub: Hub, number: int) -> int:
    """Ask as often about one child, for two purposes in turn; return how many verdicts that gave."""
    child = link_child(hub)
    for at in range(number):
        purpose = _REASONS[at % len(_REASONS)]
        hub.chronologies.read(child, Asked("mash.analyst", "benchmark", purpose, "A benchmark asks."))
    (last,) = hub.decisions.newest(1)
    return number * len(last.decided)


def _places(hub: Hub) -> list[Recorded]:
    return hub.decisions.places(DECISIONS_TAG, after=0, upto=hub.log.head(), limit=10**6)


def _batches(places: list[Recorded]) -> list[list[str]]:
    tags = [f"decision:{each.id}" for each in places]
    return [tags[start : start + _BATCH] for start in range(0, len(tags), _BATCH)]


def _replayed(hub: Hub, places: list[Recorded]) -> None:
    for tags in _batches(places):
        for decision in hub.decisions.tagged(tags):
            if hub.replayer.replay(decision).ending is not Ending.SAME:
                raise RuntimeError("a decision is not the same again")


def _impact(hub: Hub, draft: Draft, places: list[Recorded]) -> ImpactTally:
    tally = ImpactTally()
    for tags in _batches(places):
        for decision in hub.decisions.tagged(tags):
            tally.add(tried(hub.replayer, decision, draft))
    if tally.counts["decisions"] != len(places):
        raise RuntimeError("a decision was not tried")
    return tally


def _unsealed(hub: Hub, places: list[Recorded]) -> None:
    for tags in _batches(places):
        hub.log.read(tags)


def _memory(hub: Hub, draft: Draft, places: list[Recorded]) -> tuple[float, float]:
    """Return the most memory that half of the decisions take under a draft, and that all take, in MiB."""
    taken = []
    for some in (places[: len(places) // 2], places):
        tracemalloc.start()
        _impact(hub, draft, some)
        taken.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    return taken[0], taken[1]
