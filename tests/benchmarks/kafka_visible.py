"""From publishing to being seen in a chronology, one event at a time on an idle system, with `mash consume` running.

Each child is told of twice: first unknown, so that a person must be found before anybody can ask, then known.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from random import choices, uniform
from string import ascii_lowercase
from uuid import UUID

from hub.application.asking import Asked
from hub.application.leaving import AT_ONCE
from hub.bootstrap import Hub, open_hub
from hub.broker.kafka import KafkaBroker
from hub.clock import SystemClock
from hub.contract.event import ConcernEvent
from hub.contract.person import Name, PersonAsHeld, Subject
from hub.contract.primitives import PartialDate
from hub.contract.topics import HUB
from hub.settings import Settings
from producers.publisher import Publisher
from tests.benchmarks.filling import is_plain
from tests.benchmarks.invented import stream
from tests.benchmarks.kafka_stand import KafkaStand, kafka_stand
from tests.benchmarks.report import Goal, Outcome, middle, percentile
from tests.benchmarks.workbench import workbench
from tests.hub_under_test import environment_of, mash_process

CHILDREN = 100
AGENCY = "police"
_MOST_MS = 250.0
_WARMING = 5
_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = (0.05, 0.6)
_ASKED = Asked("mash.analyst", "benchmark", "mash-screening", "A benchmark asks what a MASH screening would ask.")
_NEW, _KNOWN = "of a child not known yet", "of a known child"


def measure(scale: float) -> Outcome:
    """Publish an event, ask for the chronology until it is there, wait a moment, and go on with the next."""
    children = _WARMING + max(20, int(CHILDREN * scale))
    with workbench() as bench, kafka_stand(bench.settings) as stand:
        settings = replace(bench.copy_of(bench.settings), kafka=stand.signed_in(HUB))
        with open_hub(settings, leaving=AT_ONCE) as hub, _consuming(settings, stand):
            took = _told_twice(hub, stand, children)
    return Outcome(
        f"From publishing to a chronology on Kafka, {children - _WARMING} children of two events",
        [
            Goal(f"p95, {name}", percentile(each[_WARMING:], 0.95), "ms", _MOST_MS, at_most=True)
            for name, each in took.items()
        ],
        {
            f"{name}, ms": {
                "p50": round(middle(each[_WARMING:])), "p95": round(percentile(each[_WARMING:], 0.95)),
                "max": round(max(each[_WARMING:])),
            }
            for name, each in took.items()
        },
    )  # fmt: skip


def _told_twice(hub: Hub, stand: KafkaStand, children: int) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {_NEW: [], _KNOWN: []}
    plain = cycle([each.event for each in stream(1_000, seed=17) if is_plain(each.event)])
    with closing(KafkaBroker(stand.signed_in(AGENCY)).producer()) as producer:
        publisher = Publisher(hub.credentials(AGENCY), producer, SystemClock())
        for number in range(children):
            for items, name in enumerate(took, 1):
                event = _about(next(plain), number, items)
                start = time.perf_counter()
                publisher.publish(event)
                _wait_for(hub, _reference(number), items)
                took[name].append((time.perf_counter() - start) * 1000)
                time.sleep(uniform(*_PAUSE_SECONDS))
    return took


def _about(event: ConcernEvent, number: int, item: int) -> ConcernEvent:
    """Return an event about a child who is like no other."""
    name = Name(family="".join(choices(ascii_lowercase, k=12)).title(), given="Robin")
    born = PartialDate(date=date(2008, 1, 1) + timedelta(days=17 * number))
    subject = Subject(reference=_reference(number), person=PersonAsHeld(names=[name], born=born))
    origin = event.origin.model_copy(update={"record": f"R-{number}-{item}"})
    return event.model_copy(update={"subject": subject, "origin": origin, "others": []})


def _reference(number: int) -> str:
    return f"VISIBLE-{number}"


def _seen(hub: Hub, reference: str) -> int:
    """Return how many items a chronology of the child shows, 0 while it is not known who the child is."""
    subject = hub.vault.find_subject(AGENCY, reference)
    linked = hub.identity_index.get([subject]) if subject is not None else {}
    if subject is None or subject not in linked:
        return 0
    person: UUID = linked[subject].person
    return len(hub.chronologies.read(person, _ASKED)["items"])


def _wait_for(hub: Hub, reference: str, items: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while (seen := _seen(hub, reference)) != items:
        if time.monotonic() > until:
            raise RuntimeError(f"{seen} of {items} events were seen in a chronology")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _consuming(settings: Settings, stand: KafkaStand) -> Iterator[None]:
    """Run `mash consume` as an operator does."""
    environment = {**environment_of(settings), **stand.server.settings(stand.secrets.file(HUB))}
    with mash_process(environment, "consume", "--json", stdout=subprocess.DEVNULL, stderr=None) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=30) != 0:
                raise RuntimeError("mash consume failed; what it printed says why")
