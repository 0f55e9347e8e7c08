"""Ingest from the embedded broker on both cores, beside bare verification and the stock recorder's append."""

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from statistics import mean
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT

from consumers.worker import take_in
from hub.bootstrap import open_hub
from hub.settings import Settings
from hub.store.recorder import LogDatastore, LogRecorder
from tests.benchmarks.cores import CORES, Together, together
from tests.benchmarks.invented import published
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.stock import append_unless_recorded
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import Workbench, workbench

EVENTS = 100_000
ROUNDS = 3
BATCH = 1_000
_SIGNED_BYTES = 1_700
_VERIFIED = 20_000


def measure(scale: float) -> Outcome:
    """Publish once, then take it all in anew in every round, each time beside the two comparators."""
    each = max(1_000, int(EVENTS * scale) // CORES)
    with workbench() as bench:
        sent = together(published, [(bench.settings, each, seed) for seed in range(CORES)])
        bench.settle()
        rounds = [_round(bench, each * CORES) for _ in range(ROUNDS)]
    ours, verified, stock, row_bytes, taken = (list(column) for column in zip(*rounds, strict=True))
    limits = [min(pair) for pair in zip(verified, stock, strict=True)]
    ratios = [one / limit for one, limit in zip(ours, limits, strict=True)]
    slower = "the recorder's conditional append" if middle(stock) < middle(verified) else "Ed25519 on both cores"
    return Outcome(
        f"Ingest of {each * CORES:,} events on {CORES} cores",
        [Goal("ingest", middle(ours), "events/s", 0.7, slower, middle(ours) / middle(ratios))],
        {
            "ingest, events/s": spread(ours),
            "bare Ed25519 verification on both cores, 1/s": spread(verified),
            "stock conditional append in batches of 1,000, events/s": spread(stock),
            "ratio to the slower of the two, by round": spread(ratios, 3),
            "mean message, bytes sealed": round(sum(size for _, size in sent.answers) / (each * CORES)),
            "mean row, bytes": round(mean(row_bytes)),
            "processor of the two workers, microseconds an event": spread(
                [sum(run.processor) * 1e6 / (each * CORES) for run in taken]
            ),
        },
    )


def _round(bench: Workbench, events: int) -> tuple[float, float, float, float, Together]:
    copy = bench.copy_of(bench.settings)
    try:
        verified = together(_verifying, [(_VERIFIED,)] * CORES)
        bench.settle()
        taken = together(_taking_in, [(copy,)] * CORES)
        stored = sum(sum(intake.stored.values()) for intake in taken.answers)
        if stored != events:
            raise RuntimeError(f"{stored} of {events} events were stored")
        rows = _rows(bench, copy)
    finally:
        bench.drop(copy)
    bench.settle()
    with bench.stock_recorder() as recorder:
        stock = _appended(recorder, rows)
    return (
        events / taken.seconds,
        _VERIFIED * CORES / verified.seconds,
        stock,
        mean(len(row.data) for row in rows),
        taken,
    )


def _taking_in(stack: ExitStack, settings: Settings) -> Callable[[], Any]:
    hub = stack.enter_context(open_hub(settings))
    return lambda: take_in(hub, once=True, stop=threading.Event())


def _verifying(_: ExitStack, count: int) -> Callable[[], Any]:
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    signed = [(key.sign(text), text) for text in (os.urandom(_SIGNED_BYTES) for _ in range(count))]

    def verify() -> None:
        for signature, text in signed:
            public.verify(signature, text)

    return verify


def _rows(bench: Workbench, settings: Settings) -> list[DCBEvent]:
    """Return the rows that ingest stored, to be stored again by the stock recorder."""
    recorder = LogRecorder(LogDatastore(bench.superuser(settings)))
    try:
        stored = recorder.read()
        return [each.event for each in stored if any(tag.startswith("subject:") for tag in each.event.tags)]
    finally:
        recorder.datastore.close()


def _appended(recorder: PostgresDCBRecorderTT, rows: list[DCBEvent]) -> float:
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]

    def append() -> None:
        for batch in batches:
            append_unless_recorded(recorder, batch)

    return len(rows) / seconds(append)
