"""Fifty analysts at the pages for ten minutes, who think between them, while agencies publish 200 events a second.

The server and the consumer run as an operator runs them. Analysts come over HTTP as a browser without scripts does:
each states a purpose, looks for a child by number, reads the chronology, asks why, and goes on to another. What is
timed is what each waits for, from sending to the whole page, redirections and the boundary of its answer included.
"""

import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from random import Random
from threading import Barrier, Event
from typing import Any

import httpx
import psutil

from consumers.worker import take_in
from hub.application.asking import Asked
from hub.application.leaving import AT_ONCE
from hub.bootstrap import INGEST_GROUP, Hub, open_hub
from hub.broker.port import Message
from hub.contract.topics import concerns_topic
from hub.events.directory import UserRegistered
from hub.settings import Settings
from hub.sign_in.service import open_sign_in
from hub.signing.message import MessageWriter
from producers.synthetic import at_rate
from tests.benchmarks.cores import CORES, together
from tests.benchmarks.invented import published, stream
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.workbench import workbench
from tests.hub_under_test import environment_of, mash_process
from tests.pages import Visitor
from tests.serving import free_port, until_ready

ANALYSTS, SECONDS, A_SECOND, HELD = 50, 600, 200, 20_000
_PUBLISHED_A_SECOND, _BATCH = 210, 21
_THINK_SECONDS = (2.0, 10.0)
_CHILDREN = 200
_SAMPLE_SECONDS = 2.0
_STOP_SECONDS = 30
_SETTLED = 0.4
_STATED = {"purpose": "mash-screening", "reason": "A benchmark asks what a MASH screening would ask.", "risk": "amber"}
_ASKED = Asked("mash.analyst", "benchmark", _STATED["purpose"], _STATED["reason"])
_CHRONOLOGY = "a chronology"


def measure(scale: float) -> Outcome:
    """Build a hub from invented families, then let the analysts work and the agencies publish."""
    seconds = max(30.0, SECONDS * scale)
    with workbench() as bench:
        port = free_port()
        settings = bench.copy_of(bench.settings)
        held = max(4_000, int(HELD * scale))
        together(published, [(settings, held // CORES, seed) for seed in range(CORES)])
        with open_hub(settings, leaving=AT_ONCE) as hub:
            take_in(hub, once=True, stop=Event())
            hub.identify()
            numbers = _numbers(hub)
            sessions = _sessions(hub)
            bench.settle()
            with _running(settings, port) as processes:
                found = _worked(hub, settings, f"http://127.0.0.1:{port}", sessions, numbers, seconds, processes)
    return _outcome(found, seconds, held)


@dataclass
class _Found:
    """What the analysts waited for, in milliseconds by page; what went wrong; what was taken in; memory in MiB."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    lines: list[int] = field(default_factory=list)
    taken_a_second: float = 0.0
    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def _outcome(found: _Found, seconds: float, held: int) -> Outcome:
    waits = list(chain.from_iterable(found.waits.values()))
    grown = {name: _grown(sizes) for name, sizes in found.memory.items()}
    return Outcome(
        f"{ANALYSTS} analysts for {seconds:.0f} s at {CORES} workers, on {held:,} events and what comes in beside them",
        [
            Goal("what an analyst waits for, p95", percentile(waits, 0.95), "ms", 250.0, at_most=True),
            Goal("errors", found.errors.total(), "pages", 0, at_most=True),
            Goal("taken in beside it", found.taken_a_second, "events/s", A_SECOND),
            *(
                Goal(f"memory of {name}, end to settled", each, "times", 1.1, at_most=True)
                for name, each in grown.items()
            ),
        ],
        {
            "pages": len(waits),
            "pages a second": round(len(waits) / seconds, 1),
            "lines of a chronology": {"p50": middle(found.lines), "max": max(found.lines)},
            **{
                f"{name}, ms": {"count": len(each), "p50": round(middle(each)), "p95": round(percentile(each, 0.95))}
                for name, each in found.waits.items()
            },
            **{
                f"memory of {name}, MiB": {"settled": round(_settled(sizes)), "end": round(sizes[-1])}
                for name, sizes in found.memory.items()
            },
            **({"what went wrong": dict(found.errors)} if found.errors else {}),
        },
    )


def _grown(sizes: Sequence[float]) -> float:
    """Return the memory of the last tenth to that of the tenth that begins once caches are full."""
    tenth = max(1, len(sizes) // 10)
    return middle(sizes[-tenth:]) / middle(sizes[int(len(sizes) * _SETTLED) :][:tenth])


def _settled(sizes: Sequence[float]) -> float:
    return sizes[int(len(sizes) * _SETTLED)]


def _worked(
    hub: Hub,
    settings: Settings,
    address: str,
    sessions: Sequence[dict[str, str]],
    numbers: Sequence[str],
    seconds: float,
    processes: dict[str, "subprocess.Popen[str]"],
) -> _Found:
    found, everybody = _Found(), Barrier(len(sessions) + 1)
    with ThreadPoolExecutor(len(sessions) + 1) as pool:
        publishing = pool.submit(together, _publishing, [(settings, seconds)])
        working = [
            pool.submit(_analyst, address, cookies, numbers, Random(at), seconds, everybody, found)
            for at, cookies in enumerate(sessions)
        ]
        everybody.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for name, process in processes.items():
                found.memory[name].append(_memory(process))
            time.sleep(_SAMPLE_SECONDS)
        for each in working:
            each.result()
        run = publishing.result()
    waiting = sum(each.count for each in hub.broker.waiting(hub.group(INGEST_GROUP), hub.topics()).values())
    (sent,) = run.answers
    found.taken_a_second = (sent - waiting) / run.seconds
    return found


def _analyst(
    address: str,
    cookies: dict[str, str],
    numbers: Sequence[str],
    random: Random,
    seconds: float,
    everybody: Barrier,
    found: _Found,
) -> None:
    """Work until the time is over: one child after another, each in an episode of its own."""
    with httpx.Client(base_url=address, cookies=cookies, follow_redirects=True, timeout=60) as client:
        visitor = Visitor(client)

        def waits(name: str, act: Callable[..., str], *arguments: str, **fields: str) -> None:
            time.sleep(random.uniform(*_THINK_SECONDS))
            began = time.perf_counter()
            act(*arguments, **fields)
            found.waits[name].append((time.perf_counter() - began) * 1000)
            if visitor.status != 200:
                raise _WrongError(f"{name}: {visitor.status}")

        everybody.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                _one_child(visitor, waits, random.choice(numbers), found)
            except (_WrongError, httpx.TransportError, AssertionError) as error:
                found.errors[str(error) or type(error).__name__] += 1


class _WrongError(Exception):
    """A page is not what it should be."""


def _one_child(visitor: Visitor, waits: Callable[..., None], number: str, found: _Found) -> None:
    waits("the first page", visitor.get, "/")
    waits("the purpose", visitor.get, "/work")
    waits("to a new episode", visitor.post, "/work", **_STATED)
    episode = visitor.at
    waits("possible matches", visitor.post, f"{episode}/find", identifier=number)
    waits(_CHRONOLOGY, visitor.opens, rf"{episode}/child/[^/\"]+")
    if not (lines := visitor.text.count('id="line-')):
        raise _WrongError(f"{_CHRONOLOGY}: no line")
    found.lines.append(lines)
    waits("why", visitor.opens, rf"{episode}/child/[^/\"]+/why/[^\"]+")


def _numbers(hub: Hub) -> list[str]:
    """Return the numbers of children whom the analysts find and may read of."""
    told = chain.from_iterable(stream(1_000, seed) for seed in range(CORES))
    numbers = dict.fromkeys(
        each.value for one in told for each in one.event.subject.person.identifiers if each.system == "nhs-number"
    )
    found = (number for number in numbers if hub.finder.find(_ASKED, identifier=number)["children"])
    return list(islice(found, _CHILDREN))


def _sessions(hub: Hub) -> list[dict[str, str]]:
    """Sign in so many analysts, each a user of their own; return their cookies."""
    with open_sign_in(hub) as sign_in:
        began = []
        for number in range(ANALYSTS):
            user = UserRegistered(
                id=f"analyst.{number}", name=f"Analyst {number}", agency="childrens-social-care",
                roles=["mash-analyst"], by="benchmark",
            )  # fmt: skip
            hub.directory.register_user(user)
            held = hub.directory.load().user(user.id)
            secret = sign_in.sessions.begin(held, sign_in.clock.now(), replacing=None)
            began.append({sign_in.cookies.session: secret})
        return began


def _publishing(stack: ExitStack, settings: Settings, seconds: float) -> Callable[[], int]:
    """Return what publishes families that nobody has told of, a little faster than it must be taken in."""
    hub = stack.enter_context(open_hub(settings))
    producer = stack.enter_context(closing(hub.broker.producer()))
    writers = {agency: MessageWriter(hub.credentials(agency)) for agency in hub.directory.load().agencies}
    events = stream(int(seconds * _PUBLISHED_A_SECOND), seed=CORES)
    batches = iter(lambda: list(islice(events, _BATCH)), [])

    def publish() -> int:
        sent = 0
        for batch in at_rate(batches, _PUBLISHED_A_SECOND / _BATCH, sleep=time.sleep, now=time.monotonic):
            by_agency: dict[str, list[Message]] = defaultdict(list)
            for told in batch:
                written = writers[told.agency].write(told.event, now=datetime.now(UTC), ce_id=told.ce_id)
                by_agency[told.agency].append(written)
            for agency, messages in by_agency.items():
                producer.send(concerns_topic(agency), messages)
            sent += len(batch)
        return sent

    return publish


@contextmanager
def _running(settings: Settings, port: int) -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """Run the server and the consumer as an operator does, by their names."""
    environment = {**environment_of(settings), "MASH_PORT": str(port)}
    silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    commands = {"the server": ("serve", "--workers", str(CORES)), "the consumer": ("consume",)}
    with ExitStack() as stack:
        processes = {}
        for name, command in commands.items():
            processes[name] = stack.enter_context(mash_process(environment, *command, **silent))
            stack.callback(_stopped, processes[name])
        until_ready(port, processes["the server"])
        yield processes


def _stopped(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    if process.wait(_STOP_SECONDS) != 0:
        raise RuntimeError("a process of the hub failed")


def _memory(process: "subprocess.Popen[str]") -> float:
    """Return the MiB that a process and what it started have for themselves."""
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        for each in (root, *root.children(recursive=True)):
            used += each.memory_full_info().uss / 2**20
    return used
