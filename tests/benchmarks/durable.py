"""One durable event at a time through the whole of ingest, beside the stock recorder's own single append of its row.

The ways take turns by blocks, so that all meet the same machine while each runs as it does in steady use: one after
another of its own kind. Every agency writes with one writer, as its publisher does, and so under one data key an hour.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from eventsourcing.dcb.api import DCBEvent

from hub.application.ingest import Ingest
from hub.bootstrap import Hub, open_hub
from hub.broker.port import Received
from hub.contract.topics import concerns_topic
from hub.memory import collected_seldom
from hub.signing.message import MessageWriter
from producers.synthetic import Told
from tests.benchmarks.invented import stream
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.stock import append_unless_recorded
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench

EVENTS = 500
_BLOCK = 25
_WARMING = _BLOCK
_ROW_BYTES = 1_800
_KNOWN, _NEW, _STOCK, _BARE = (
    "ingest, known subject", "ingest, new subject", "stock conditional append", "stock append without condition",
)  # fmt: skip


def measure(scale: float) -> Outcome:
    """Take in a block of events of each kind in turn, and append as many rows to the stock recorder in each way."""
    count = max(50, int(EVENTS * scale))
    with workbench() as bench, ExitStack() as stack:
        hub = stack.enter_context(open_hub(bench.settings))
        recorder = stack.enter_context(bench.stock_recorder())
        known, new = _messages(hub, count)
        ingest = hub.ingest()
        ways: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
            _KNOWN: (partial(_stored, ingest), known),
            _NEW: (partial(_stored, ingest), new),
            _STOCK: (partial(append_unless_recorded, recorder), [[_row()] for _ in range(count)]),
            _BARE: (recorder.append, [[_row()] for _ in range(count)]),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        bench.settle()
        with collected_seldom():
            for start in range(0, count, _BLOCK):
                for name, (work, items) in ways.items():
                    took[name] += [seconds(work, item) for item in items[start : start + _BLOCK]]
    rates = {name: 1 / middle(each[_WARMING:]) for name, each in took.items()}
    return Outcome(
        f"One durable event, {count} of each kind in blocks of {_BLOCK}",
        [
            Goal(_KNOWN, rates[_KNOWN], "events/s", 0.8, _STOCK, rates[_STOCK]),
            Goal(_NEW, rates[_NEW], "events/s", 0.45, _STOCK, rates[_STOCK]),
        ],
        {
            f"{name}, microseconds": {
                "p50": round(middle(each[_WARMING:]) * 1e6), "p95": round(percentile(each[_WARMING:], 0.95) * 1e6),
            }
            for name, each in took.items()
        }
        | {
            "ratio to the append without condition": {
                name: round(rates[name] / rates[_BARE], 2) for name in (_KNOWN, _NEW)
            }
        },
    )  # fmt: skip


def _messages(hub: Hub, count: int) -> tuple[list[Received], list[Received]]:
    """Return messages about a child known by then, and as many each of a child not known yet."""
    told = list(stream(count, seed=5))
    writers = {agency: MessageWriter(hub.credentials(agency)) for agency in {each.agency for each in told}}
    return (
        [_received(writers[each.agency], each, "KNOWN-1") for each in told],
        [_received(writers[each.agency], each, f"NEW-{number}") for number, each in enumerate(told)],
    )


def _stored(ingest: Ingest, received: Received) -> None:
    if ingest.take([received]).stored.total() != 1:
        raise RuntimeError("the event was not stored")


def _row() -> DCBEvent:
    """Return a row as large as ours, that nothing can compress, with as many tags."""
    return DCBEvent("referral", os.urandom(_ROW_BYTES), [f"event:{uuid4()}", f"subject:{uuid4()}", "agency:police"])


def _received(writer: MessageWriter, told: Told, reference: str) -> Received:
    event = told.event.model_copy(
        update={"subject": told.event.subject.model_copy(update={"reference": reference}), "others": []}
    )
    message = writer.write(event, now=datetime.now(UTC), ce_id=uuid4().hex)
    return Received(concerns_topic(told.agency), 0, 0, message, datetime.now(UTC))
