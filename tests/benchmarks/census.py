"""A CIN census from the file to signed, sealed messages on one core, beside bare `iterparse`; the peak of memory."""

import resource
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.broker.port import Message
from hub.clock import SystemClock
from hub.memory import collected_seldom
from hub.signing.credentials import new_credentials
from producers.files import read_records
from producers.publisher import Published, Publisher
from tests.benchmarks.cin_file import write_census
from tests.benchmarks.cores import Together, together
from tests.benchmarks.report import Goal, Outcome, middle, spread

CHILDREN = 10_000
ROUNDS = 5
_AGENCY = "childrens-social-care"
_MEMORY_MIB = 150


class _Counting:
    """Takes messages as a broker does, and counts them."""

    sent = 0

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        self.sent += len(messages)

    def close(self) -> None:
        pass


def measure(scale: float) -> Outcome:
    """Read the file three ways in each round, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="mash-bench-") as folder:
        path = Path(folder) / "cin-census.xml"
        events = write_census(path, max(100, int(CHILDREN * scale)), seed=7)
        rounds = [tuple(together(work, [(path,)]) for work in (_parsing, _reading, _publishing)) for _ in range(ROUNDS)]
        size = path.stat().st_size
    parsed, unsigned, signed = (list(column) for column in zip(*rounds, strict=True))
    _check_counts(events, unsigned, signed)
    ratios = [parse.processor[0] / read.processor[0] for parse, read in zip(parsed, unsigned, strict=True)]
    rates = [events / run.processor[0] for run in signed]
    peaks = [run.answers[0][1] for run in signed]
    bare = [events / run.processor[0] for run in parsed]
    return Outcome(
        f"CIN census of {max(100, int(CHILDREN * scale)):,} children ({events:,} events) to messages, one core",
        [
            Goal("signed and sealed", middle(rates), "events/s", 5_000),
            Goal("unsigned", middle(bare) * middle(ratios), "events/s", 0.12, "bare iterparse", middle(bare)),
            Goal("peak memory of the process", max(peaks), "MiB", _MEMORY_MIB, at_most=True),
        ],
        {
            "file, MB": round(size / 1e6, 1),
            "signed and sealed, events a second of processor": spread(rates),
            "the same by the clock": spread([events / run.seconds for run in signed]),
            "unsigned, events a second of processor": spread([events / run.processor[0] for run in unsigned]),
            "bare iterparse of as many events": spread(bare),
            "unsigned to bare iterparse, by round": spread(ratios, 3),
            "peak memory, MiB": spread(peaks),
            "memory before the first record, MiB": spread([run.answers[0][2] for run in signed]),
        },
    )


def _check_counts(events: int, unsigned: Sequence[Together], signed: Sequence[Together]) -> None:
    counts = {run.answers[0] for run in unsigned} | {run.answers[0][0] for run in signed}
    if counts != {events}:
        raise RuntimeError(f"{events} events are in the file, and {sorted(counts)} came of it")


def _parsing(_: ExitStack, path: Path) -> Callable[[], None]:
    def parse() -> None:
        for _, element in ET.iterparse(path):  # noqa: S314 - our own generator wrote the file
            element.clear()

    return parse


def _reading(stack: ExitStack, path: Path) -> Callable[[], int]:
    stack.enter_context(collected_seldom())
    return lambda: sum(1 for _ in read_records(path))


def _publishing(stack: ExitStack, path: Path) -> Callable[[], tuple[int, float, float]]:
    stack.enter_context(collected_seldom())
    producer, result = _Counting(), Published()
    publisher = Publisher(new_credentials(_AGENCY, X25519PrivateKey.generate().public_key()), producer, SystemClock())
    before = _peak_mib()

    def publish() -> tuple[int, float, float]:
        publisher.publish_records(read_records(path), result)
        return producer.sent, _peak_mib(), before

    return publish


def _peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
