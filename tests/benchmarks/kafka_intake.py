"""From Kafka to stored: one consumer beside one on the embedded broker, and two beside one.

Every hub begins alike and without events; the group begins anew in every round. What the processor is used for is told
too, by the consumers and by both servers, since on few cores that is what serialises two consumers.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import psutil

from consumers.worker import take_in
from hub.bootstrap import INGEST_GROUP, open_hub
from hub.contract.topics import HUB
from hub.settings import Settings
from tests.benchmarks.cores import CORES, Together, together
from tests.benchmarks.invented import published
from tests.benchmarks.kafka_stand import KafkaStand, kafka_stand
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.workbench import Workbench, workbench

EVENTS = 20_000
ROUNDS = 3
_GROUP = f"mash.{INGEST_GROUP}"
_POSTMASTER = "postgres/data/postmaster.pid"


def measure(scale: float) -> Outcome:
    """Publish the same events to both brokers, then take them in anew in every round in each way."""
    each = max(1_000, int(EVENTS * scale) // CORES)
    count = each * CORES
    with workbench() as bench, kafka_stand(bench.settings) as stand:
        on_kafka = replace(bench.settings, kafka=stand.signed_in(HUB))
        for settings in (bench.settings, replace(bench.settings, kafka=stand.as_administrator())):
            together(published, [(settings, each, seed) for seed in range(CORES)])
        rounds = [_round(bench, stand, on_kafka, count) for _ in range(ROUNDS)]
    columns = dict(zip(("embedded", "one", "two"), zip(*rounds, strict=True), strict=True))
    rates = [[count / run.together.seconds for run in column] for column in columns.values()]
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
            **{
                f"processor, {name}, microseconds an event": {
                    what: round(middle([run.processor[what] for run in column]) * 1e6 / count)
                    for what in ("consumers", "PostgreSQL", "Kafka")
                }
                for name, column in columns.items()
            },
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    """One taking in, and the processor seconds of whoever had part in it."""

    together: Together
    processor: dict[str, float]


def _round(bench: Workbench, stand: KafkaStand, on_kafka: Settings, count: int) -> tuple[_Run, _Run, _Run]:
    embedded = _taken(bench, stand, bench.settings, 1, count)
    one = _taken(bench, stand, on_kafka, 1, count)
    stand.forget(_GROUP)
    two = _taken(bench, stand, on_kafka, CORES, count)
    stand.forget(_GROUP)
    return embedded, one, two


def _taken(bench: Workbench, stand: KafkaStand, settings: Settings, consumers: int, count: int) -> _Run:
    copy = replace(bench.copy_of(bench.settings), kafka=settings.kafka)
    try:
        bench.settle()
        before = _servers(bench, stand)
        taken = together(_taking_in, [(copy,)] * consumers)
        after = _servers(bench, stand)
    finally:
        bench.drop(copy)
    stored = sum(sum(intake.stored.values()) for intake in taken.answers)
    if stored != count:
        raise RuntimeError(f"{stored} of {count} events were stored")
    return _Run(taken, {"consumers": sum(taken.processor), **{name: after[name] - before[name] for name in after}})


def _servers(bench: Workbench, stand: KafkaStand) -> dict[str, float]:
    """Return the processor seconds that each server has used by now."""
    (node,) = stand.server.nodes
    kafka = node.process()
    postmaster = psutil.Process(int((bench.settings.home / _POSTMASTER).read_text().split()[0]))
    processes = [postmaster, *postmaster.children()]
    return {
        "PostgreSQL": sum(_used(each) for each in processes) + _used_by_ended(postmaster),
        "Kafka": _used(kafka) if kafka is not None else 0.0,
    }


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _used_by_ended(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


def _taking_in(stack: ExitStack, settings: Settings) -> Callable[[], Any]:
    hub = stack.enter_context(open_hub(settings))
    hub.broker.waiting(hub.group(INGEST_GROUP), hub.topics())  # So that importing the client is not timed.
    return lambda: take_in(hub, once=True, stop=threading.Event())
