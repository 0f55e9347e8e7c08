"""From Kafka to stored: one consumer beside one on the embedded broker, and two beside one.

Every hub begins alike and without events; the group begins anew in every round.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from consumers.worker import take_in
from hub.bootstrap import INGEST_GROUP, open_hub
from hub.broker.kafka_topology import HUB
from hub.settings import Settings
from tests.benchmarks.cores import CORES, Together, together
from tests.benchmarks.invented import published
from tests.benchmarks.kafka_stand import KafkaStand, kafka_stand
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.workbench import Workbench, workbench

EVENTS = 20_000
ROUNDS = 3


def measure(scale: float) -> Outcome:
    """Publish the same events to both brokers, then take them in anew in every round in each way."""
    each = max(1_000, int(EVENTS * scale) // CORES)
    count = each * CORES
    with workbench() as bench, kafka_stand(bench.settings) as stand:
        on_kafka = replace(bench.settings, kafka=stand.signed_in(HUB))
        for settings in (bench.settings, on_kafka):
            together(published, [(settings, each, seed) for seed in range(CORES)])
        rounds = [_round(bench, stand, on_kafka, count) for _ in range(ROUNDS)]
    embedded, one, two = (list(column) for column in zip(*rounds, strict=True))
    rates = [[count / run.seconds for run in column] for column in (embedded, one, two)]
    beside = [ours / theirs for ours, theirs in zip(rates[1], rates[0], strict=True)]
    gained = [both / single for both, single in zip(rates[2], rates[1], strict=True)]
    return Outcome(
        f"From Kafka to stored, {count:,} events on {CORES} cores",
        [
            Goal(
                "one consumer", middle(rates[1]), "events/s", 0.8,
                "embedded broker, one consumer", middle(rates[1]) / middle(beside),
            ),
            Goal("two consumers", middle(rates[2]), "events/s", 1.5, "one", middle(rates[2]) / middle(gained)),
        ],
        {
            "embedded broker, one consumer, events/s": spread(rates[0]),
            "Kafka, one consumer, events/s": spread(rates[1]),
            "Kafka, two consumers, events/s": spread(rates[2]),
            "ratio to the embedded broker, by round": spread(beside, 3),
            "ratio of two to one, by round": spread(gained, 3),
            "processor of the consumers, microseconds an event": {
                name: spread([sum(run.processor) * 1e6 / count for run in column])
                for name, column in (("embedded", embedded), ("one", one), ("two", two))
            },
        },
    )  # fmt: skip


def _round(bench: Workbench, stand: KafkaStand, on_kafka: Settings, count: int) -> tuple[Together, Together, Together]:
    embedded = _taken(bench, bench.settings, 1, count)
    one = _taken(bench, on_kafka, 1, count)
    stand.forget(_GROUP)
    two = _taken(bench, on_kafka, CORES, count)
    stand.forget(_GROUP)
    return embedded, one, two


_GROUP = f"mash.{INGEST_GROUP}"


def _taken(bench: Workbench, settings: Settings, consumers: int, count: int) -> Together:
    copy = replace(bench.copy_of(bench.settings), kafka=settings.kafka)
    try:
        bench.settle()
        taken = together(_taking_in, [(copy,)] * consumers)
    finally:
        bench.drop(copy)
    stored = sum(sum(intake.stored.values()) for intake in taken.answers)
    if stored != count:
        raise RuntimeError(f"{stored} of {count} events were stored")
    return taken


def _taking_in(stack: ExitStack, settings: Settings) -> Callable[[], Any]:
    hub = stack.enter_context(open_hub(settings))
    hub.broker.lag(hub.group(INGEST_GROUP), hub.topics())  # So that importing the client is not timed.
    return lambda: take_in(hub, once=True, stop=threading.Event())
