"""Publishing with signing and sealing, beside bare kafka-python sending the same bytes with the same care."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from typing import Any

from kafka import KafkaProducer as BareProducer

from hub.bootstrap import open_hub
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_connection import KafkaConnection, Timing
from hub.broker.kafka_producer import producer_options
from hub.broker.port import Message
from hub.clock import SystemClock
from hub.contract.topics import concerns_topic
from hub.memory import collected_seldom
from hub.settings import Settings
from hub.signing.credentials import Credentials
from hub.signing.message import MessageWriter
from producers.adapters.port import Record
from producers.publisher import Published, Publisher
from tests.benchmarks.cores import together
from tests.benchmarks.invented import stream
from tests.benchmarks.kafka_stand import kafka_stand
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.timing import seconds
from tests.benchmarks.workbench import workbench

EVENTS = 100_000
ROUNDS = 5
AGENCY = "police"
_DIFFERENT = 20_000


def measure(scale: float) -> Outcome:
    """Publish the same events in every round, then send what came of them, both from one process."""
    count = max(5_000, int(EVENTS * scale))
    with workbench() as bench, kafka_stand(bench.settings) as stand:
        arguments = (bench.settings, stand.signed_in(AGENCY), count)
        rounds = together(_publishing, [arguments]).answers[0]
    ours, written, bare, size = (list(column) for column in zip(*rounds, strict=True))
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return Outcome(
        f"Publishing {count:,} events to Kafka, signed and sealed",
        [
            Goal(
                "publish, signed and sealed", middle(ours), "events/s", 0.4,
                "bare kafka-python, same bytes", middle(ours) / middle(ratios),
            )
        ],
        {
            "publish, events/s": spread(ours),
            "bare kafka-python, events/s": spread(bare),
            "signing and sealing alone, events/s": spread(written),
            "ratio to bare kafka-python, by round": spread(ratios, 3),
            "mean message, bytes sealed": round(middle(size)),
        },
    )  # fmt: skip


def _publishing(stack: ExitStack, settings: Settings, connection: KafkaConnection, count: int) -> Callable[[], Any]:
    """Return what measures every round; each begins with connections of its own that are warm."""
    hub = stack.enter_context(open_hub(settings))
    credentials = hub.credentials(AGENCY)
    told = stream(min(count, _DIFFERENT), seed=11)
    records = [Record("", each.event, each.recorded_at, each.ce_id) for each in told]
    stack.enter_context(collected_seldom())
    return lambda: [_round(credentials, connection, list(islice(cycle(records), count))) for _ in range(ROUNDS)]


def _round(
    credentials: Credentials, connection: KafkaConnection, records: Sequence[Record]
) -> tuple[float, float, float, float]:
    producer = KafkaBroker(connection).producer()
    publisher = Publisher(credentials, producer, SystemClock())
    publisher.publish_records(records[:100], Published())
    result = Published()
    took = seconds(publisher.publish_records, records, result)
    producer.close()
    if result.published != len(records):
        raise RuntimeError(f"{result.published} of {len(records)} events were published")
    messages: list[Message] = []
    writing = seconds(lambda: messages.extend(_written(credentials, records)))
    client = BareProducer(**_bare_options(connection))
    _send(client, messages[:100])
    bare = seconds(_send, client, messages)
    client.close()
    count = len(records)
    return count / took, count / writing, count / bare, sum(len(each.value) for each in messages) / count


def _written(credentials: Credentials, records: Sequence[Record]) -> Iterator[Message]:
    writer, clock = MessageWriter(credentials), SystemClock()
    for each in records:
        yield writer.write(each.event, now=clock.now(), recorded_at=each.recorded_at, ce_id=each.ce_id)


def _bare_options(connection: KafkaConnection) -> dict[str, Any]:
    """Return kafka-python's own, but for the care that our producer takes too and batches as large."""
    ours = producer_options(connection, Timing())
    alike = ("acks", "enable_idempotence", "batch_size", "linger_ms", "max_request_size")
    return {**connection.options(), **{name: ours[name] for name in alike}}


def _send(client: Any, messages: Sequence[Message]) -> None:
    topic = concerns_topic(AGENCY)
    sent = [client.send(topic, each.value, each.key, list(each.headers)) for each in messages]
    client.flush()
    if not all(each.succeeded() for each in sent):
        raise RuntimeError("a message was not delivered")
