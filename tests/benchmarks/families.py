"""Invented families on one core: 100,000 events in under a minute."""

from collections.abc import Callable
from contextlib import ExitStack

from hub.memory import collected_seldom
from producers.synthetic import families, tell
from tests.benchmarks.cores import together
from tests.benchmarks.report import Goal, Outcome, middle, spread

EVENTS = 100_000
ROUNDS = 3
_FAMILIES = 6_000
_MOST_SECONDS = 60.0


def measure(scale: float) -> Outcome:
    """Tell as many families as give so many events, in a process of its own, a few times."""
    number = max(20, int(_FAMILIES * scale))
    runs = [together(_telling, [(number, seed)]) for seed in range(ROUNDS)]
    events = [run.answers[0] for run in runs]
    took = [run.seconds / told * EVENTS for run, told in zip(runs, events, strict=True)]
    return Outcome(
        f"Invented families: {middle(events):,.0f} events",
        [Goal(f"{EVENTS:,} events", middle(took), "s", _MOST_SECONDS, at_most=True)],
        {
            "seconds for 100,000 events": spread(took),
            "processor seconds for 100,000 events": spread(
                [run.processor[0] / told * EVENTS for run, told in zip(runs, events, strict=True)]
            ),
        },
    )


def _telling(stack: ExitStack, number: int, seed: int) -> Callable[[], int]:
    stack.enter_context(collected_seldom())
    return lambda: sum(1 for _ in tell(families(number, seed)))
