"""One durable event at a time through the whole of ingest, beside the stock recorder's own single append of its row."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime
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
_WARMING = 20
_ROW_BYTES = 1_800
_KNOWN, _NEW, _STOCK, _BARE = (
    "ingest, known subject", "ingest, new subject", "stock conditional append", "stock append without condition",
)  # fmt: skip


def measure(scale: float) -> Outcome:
    """Take in one event of each kind in turn, and append a row to the stock recorder after each."""
    count = max(50, int(EVENTS * scale))
    with workbench() as bench, ExitStack() as stack:
        hub = stack.enter_context(open_hub(bench.settings))
        recorder = stack.enter_context(bench.stock_recorder())
        known, new = _messages(hub, count)
        ingest = hub.ingest()
        took: dict[str, list[float]] = {name: [] for name in (_KNOWN, _NEW, _STOCK, _BARE)}
        bench.settle()
        with collected_seldom():
            for one, other in zip(known, new, strict=True):
                took[_KNOWN].append(seconds(_stored, ingest, one))
                took[_NEW].append(seconds(_stored, ingest, other))
                row, more = _row(), _row()
                took[_STOCK].append(seconds(append_unless_recorded, recorder, [row]))
                took[_BARE].append(seconds(recorder.append, [more]))
    rates = {name: 1 / middle(each[_WARMING:]) for name, each in took.items()}
    return Outcome(
        f"One durable event, {count} of each kind in turn",
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
    told = list(stream(count + _WARMING, seed=5))
    return (
        [_received(hub, each, "KNOWN-1") for each in told[:count]],
        [_received(hub, each, f"NEW-{number}") for number, each in enumerate(told[:count])],
    )


def _stored(ingest: Ingest, received: Received) -> None:
    if ingest.take([received]).stored.total() != 1:
        raise RuntimeError("the event was not stored")


def _row() -> DCBEvent:
    """Return a row as large as ours, that nothing can compress, with as many tags."""
    return DCBEvent("referral", os.urandom(_ROW_BYTES), [f"event:{uuid4()}", f"subject:{uuid4()}", "agency:police"])


def _received(hub: Hub, told: Told, reference: str) -> Received:
    event = told.event.model_copy(
        update={"subject": told.event.subject.model_copy(update={"reference": reference}), "others": []}
    )
    message = MessageWriter(hub.credentials(told.agency)).write(event, now=datetime.now(UTC), ce_id=uuid4().hex)
    return Received(concerns_topic(told.agency), 0, 0, message, datetime.now(UTC))
