"""A storm: the parts of a running hub killed at random under a load, and what must be true when it is over.

Every part is a process of its own: agencies that publish, consumers, the relay, the nodes of a real Kafka, PostgreSQL.
`kill` is a power cut; a part that was killed is started again a moment later.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson
import psutil

from hub.bootstrap import Hub
from hub.broker.kafka_server import Node
from hub.contract.ids import event_id
from hub.store import postgres_server
from hub.store.postgres_cluster import Cluster
from tests.hub_under_test import ROOT, clean_environment, new_nhs_number, told
from tests.relay import ABUSE, POLICE, SCHOOL

_PROGRAM = "from hub.command_line import main; main()"


class Part(Protocol):
    """Something that runs, and may be killed and started again."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    def start(self) -> None:
        """Start it where it does not run."""
        ...

    def kill(self) -> None:
        """End it as a power cut would."""
        ...


@dataclass
class Command:
    """A command of `mash` that goes on until it is stopped."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the command where it does not run."""
        if self._process is None or self._process.poll() is not None:
            with self.output.open("ab") as output:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _PROGRAM, *self.arguments],
                    cwd=ROOT,
                    env=clean_environment(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, seconds: float) -> int | None:
        """Ask it to end; return its status, or None where it did not end in time."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


@dataclass(frozen=True)
class KafkaNode:
    """One node of the Kafka."""

    node: Node

    @property
    def name(self) -> str:
        """What it is."""
        return f"kafka {self.node.number}"

    def start(self) -> None:
        """Start the node where it does not run."""
        self.node.start()
        self.node.wait()

    def kill(self) -> None:
        """End it at once."""
        self.node.kill()


@dataclass(frozen=True)
class Database:
    """The embedded PostgreSQL of a home."""

    home: Path
    name: str = "postgresql"

    def start(self) -> None:
        """Start the server where it does not run; it recovers by itself."""
        postgres_server.start(self.home)

    def kill(self) -> None:
        """End the server and all that it forked at once."""
        process = Cluster(self.home / "postgres").process()
        if process is not None:
            forked = process.children()
            # The server first: one that sees a child die would begin again, and its children go as it goes.
            process.kill()
            process.wait()
            for each in forked:
                with suppress(psutil.NoSuchProcess):
                    each.kill()


@dataclass
class Storm:
    """Parts, and the dice that say which is next."""

    parts: Sequence[Part]
    dice: random.Random
    killed: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start every part."""
        for part in self.parts:
            part.start()

    def rage(self, kills: int, pause: Callable[[random.Random], float]) -> None:
        """Kill one part after another, each started again before the next is killed."""
        for _ in range(kills):
            time.sleep(pause(self.dice))
            part = self.dice.choice(self.parts)
            part.kill()
            self.killed.append(part.name)
            time.sleep(self.dice.uniform(0, 1))
            for each in self.parts:
                each.start()


@dataclass(frozen=True, slots=True)
class Written:
    """An event as the load wrote it: whose, of which child, the how-manieth of that child."""

    agency: str
    reference: str
    number: int
    data: Mapping[str, Any]

    @property
    def ce_id(self) -> str:
        """The event's id in the agency's system."""
        return f"{self.reference}-{self.number}"

    @property
    def id(self) -> UUID:
        """The event's id in the log."""
        return event_id(self.agency, self.ce_id)

    def line(self) -> bytes:
        """Return the event as a line of CloudEvents."""
        envelope = {"specversion": "1.0", "id": self.ce_id, "source": self.agency}
        kind = f"uk.mash.{self.data['detail']['type']}.v1"
        return orjson.dumps({**envelope, "type": kind, "data": self.data}) + b"\n"


def load(children: int, each: int) -> list[Written]:
    """Return so many events of each child by its school and by the police, in the order in which they are written."""
    numbers = [new_nhs_number() for _ in range(children)]
    return [written for turn in range(each) for child in range(children) for written in _both(child, turn, numbers)]


def _both(child: int, turn: int, numbers: Sequence[str]) -> tuple[Written, Written]:
    school, police = f"S-{child}", f"P-{child}"
    known: dict[str, Any] = {"nhs": numbers[child], "given": f"Ada{chr(97 + child % 26)}", "words": f"Told {turn}"}
    return (
        Written(SCHOOL, school, turn, told(school, "school-attendance", **known)),
        Written(POLICE, police, turn, told(police, "police-incident", detail=ABUSE, **known)),
    )


def drop(folder: Path, name: str, events: Sequence[Written]) -> None:
    """Put a file of events into a watched folder, whole at once."""
    beside = folder / f".{name}"
    beside.write_bytes(b"".join(event.line() for event in events))
    beside.rename(folder / name)


def stored_positions(hub: Hub) -> dict[UUID, list[int]]:
    """Return at which positions each event is in the log."""
    positions: dict[UUID, list[int]] = {}
    position = 0
    while batch := hub.log.after(position, 1000):
        for stored in batch:
            positions.setdefault(stored.id, []).append(stored.position)
        position = batch[-1].position
    return positions


def check_stored(positions: Mapping[UUID, Sequence[int]], events: Sequence[Written]) -> None:
    """Check that each event is in the log exactly once, and each child's in the order in which they were written."""
    lost = [event.ce_id for event in events if event.id not in positions]
    doubled = [event.ce_id for event in events if len(positions.get(event.id, [])) > 1]
    assert (lost, doubled) == ([], [])
    by_child: dict[str, list[int]] = {}
    for event in sorted(events, key=lambda event: positions[event.id][0]):
        by_child.setdefault(event.reference, []).append(event.number)
    assert all(numbers == sorted(numbers) for numbers in by_child.values())
