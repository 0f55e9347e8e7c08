"""Draining what an agency's spool holds once the broker is back, beside publishing the same events live."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from hub.bootstrap import open_hub
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_connection import KafkaConnection
from hub.broker.port import Message
from hub.clock import SystemClock
from hub.contract.topics import concerns_topic
from hub.errors import RetryableError
from hub.memory import collected_seldom
from hub.settings import Settings
from hub.signing.credentials import Credentials
from producers.adapters.port import Record
from producers.publisher import Published, Publisher
from producers.spool import Spool
from tests.benchmarks.cores import together
from tests.benchmarks.invented import stream
from tests.benchmarks.kafka_stand import kafka_stand
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench

EVENTS = 100_000
ROUNDS = 3
AGENCY = "police"
_DIFFERENT = 20_000


class _Away:
    """The producer of a broker that is away."""

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        raise RetryableError("The broker is away.", code="broker-away")

    def close(self) -> None:
        pass


def measure(scale: float) -> Outcome:
    """Publish live, then spool the same with the broker away and drain it, in every round."""
    count = max(5_000, int(EVENTS * scale))
    with workbench() as bench, kafka_stand(bench.settings) as stand:
        rounds = together(_publishing, [(bench.settings, stand.signed_in(AGENCY), count)]).answers[0]
    live, spooled, drained = (list(column) for column in zip(*rounds, strict=True))
    ratios = [one / other for one, other in zip(drained, live, strict=True)]
    return Outcome(
        f"Draining a spool of {count:,} events to Kafka",
        [Goal("drain", middle(drained), "events/s", 0.8, "publishing live", middle(drained) / middle(ratios))],
        {
            "drained, events/s": spread(drained),
            "published live, events/s": spread(live),
            "published into the spool, events/s": spread(spooled),
            "ratio of draining to live, by round": spread(ratios, 3),
        },
    )


def _publishing(stack: ExitStack, settings: Settings, connection: KafkaConnection, count: int) -> Callable[[], Any]:
    hub = stack.enter_context(open_hub(settings))
    credentials = hub.credentials(AGENCY)
    told = stream(min(count, _DIFFERENT), seed=11)
    different = [Record("", each.event, each.recorded_at, each.ce_id) for each in told]
    stack.enter_context(collected_seldom())
    records = list(islice(cycle(different), count))
    return lambda: [_round(credentials, connection, records) for _ in range(ROUNDS)]


def _round(
    credentials: Credentials, connection: KafkaConnection, records: Sequence[Record]
) -> tuple[float, float, float]:
    count, topic = len(records), concerns_topic(credentials.agency)
    with tempfile.TemporaryDirectory(prefix="mash-bench-spool-") as folder:
        with closing(Publisher(credentials, _Away(), SystemClock(), Spool(Path(folder), topic))) as away:
            spooling = seconds(away.publish_records, records, Published())
        producer = KafkaBroker(connection).producer()
        with closing(Publisher(credentials, producer, SystemClock(), Spool(Path(folder), topic))) as back:
            if back.drain() == 0 or back.status().count >= count:
                raise RuntimeError("nothing was drained")
            left = back.status().count
            draining = seconds(_drain, back)
            live = seconds(back.publish_records, records, Published())
    return count / live, count / spooling, left / draining


def _drain(publisher: Publisher) -> None:
    while publisher.drain():
        pass
