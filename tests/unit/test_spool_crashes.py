"""A publisher that is killed at random points: all that it said was accepted is delivered, each child's in order.

The broker is a file that takes some of a batch before it goes away, as a real one does.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

from hub.broker.port import Message
from hub.clock import SystemClock
from hub.errors import RetryableError
from producers.outbox import Outbox
from producers.spool import Spool
from producers.spool_folder import read_status

TOPIC = "mash.concerns.police"
CHILDREN = 3
PROGRAM = "from tests.unit.test_spool_crashes import publish_until_killed as run; import sys; run(*sys.argv[1:])"


class FileProducer:
    """Appends to a file, and is away at random."""

    def __init__(self, path: Path, seed: int, away: float) -> None:
        self._path = path
        self._random = random.Random(seed)
        self._away = away

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Store the messages, or some of them and say that the broker is away."""
        away = self._random.random() < self._away
        some = messages[: self._random.randrange(len(messages) + 1)] if away else messages
        with self._path.open("ab") as file:
            file.write(b"".join(b"%b %b\n" % (each.key, each.value) for each in some))
        if away:
            raise RetryableError("The broker does not answer.", code="broker-away")

    def close(self) -> None:
        """Do nothing."""


def publish_until_killed(folder: str, seed: str, start: str) -> None:
    """Accept numbered messages for a few children, telling of each batch only after it was accepted."""
    home, dice = Path(folder), random.Random(int(seed))
    spool = Spool(home / "spool", TOPIC, segment_bytes=2000)
    outbox = Outbox(TOPIC, FileProducer(home / "broker", int(seed), 0.6), SystemClock(), spool)
    outbox.keep_draining()
    told = os.open(home / "accepted", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in count(int(start)):
        batch = [number * 10 + each for each in range(dice.randrange(1, 9))]
        outbox.send([Message(b"child-%d" % (each % CHILDREN), (), b"%d" % each) for each in batch])
        os.write(told, json.dumps(batch).encode() + b"\n")
        if dice.random() < 0.2:
            time.sleep(dice.random() * 0.02)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_was_accepted_is_delivered_in_order_after_any_kill(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for kill in range(6):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path), str(seed * 100 + kill), str(kill * 1_000_000)],
            env=environment,
        ) as process:
            known = len(accepted(tmp_path))
            while len(accepted(tmp_path)) == known and process.poll() is None:
                time.sleep(0.01)
            time.sleep(dice.random() * 0.3)
            assert process.poll() is None
            process.kill()

    assert read_status(tmp_path / "spool").damaged == 0
    drained(tmp_path)

    delivered = delivered_first(tmp_path)
    for child in range(CHILDREN):
        numbers = [each for each in delivered if each % CHILDREN == child]
        assert numbers == sorted(numbers)
    promised = accepted(tmp_path)
    assert len(promised) > 6
    assert set(promised) <= set(delivered)


def accepted(folder: Path) -> list[int]:
    path = folder / "accepted"
    return [each for line in path.read_text().splitlines() for each in json.loads(line)] if path.exists() else []


def delivered_first(folder: Path) -> list[int]:
    """Return the delivered numbers, each where it first stands."""
    return list(dict.fromkeys(int(line.split()[1]) for line in (folder / "broker").read_text().splitlines()))


def drained(folder: Path) -> None:
    spool = Spool(folder / "spool", TOPIC)
    outbox = Outbox(TOPIC, FileProducer(folder / "broker", 0, 0.0), SystemClock(), spool)
    while outbox.drain():
        pass
    outbox.close()
