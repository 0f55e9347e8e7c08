"""Every door by which an ordinary viewer learns something, as a table: what is asked there, and what is said.

A door gives text: the answer or the error, the exit status, what stood on standard error, and every line logged.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry, generate_latest

from hub.application.chronologies import Window
from hub.application.decisions import decision_in_full
from hub.application.linking import Held
from hub.application.mending import kept_json
from hub.command_line.consuming import intake_json
from hub.command_line.status import status_json
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.errors import HubError
from hub.metrics import WatchCollector
from producers.receiver import Receiver
from tests.attack.worlds import IDENTIFIERS, NAMES, POLICE, PUPIL, SCHOOL, Named, World
from tests.hub_under_test import NURSE, OFFICER, HubUnderTest, Mash, Ran, asks, told
from tests.relay import messages, on_the_next_beat

Saying = Iterator[str]
_MANY = 10_000
_NOVEMBER = Window(date(2023, 11, 1), date(2023, 11, 30))


@dataclass(frozen=True)
class Site:
    """One of the two hubs, and what an attacker knows and asks there."""

    hub: HubUnderTest
    mash: Mash
    world: World
    persons: Sequence[UUID]
    moments: Sequence[datetime]

    @property
    def identifiers(self) -> tuple[str, ...]:
        return (*IDENTIFIERS, *self.world.identifiers)

    @property
    def names(self) -> tuple[Named, ...]:
        return (*NAMES, *self.world.names)


def said(ask: Callable[[], Any]) -> str:
    """Return an answer as its bytes would be, or the error."""
    try:
        return json.dumps(ask(), ensure_ascii=False, default=str)
    except HubError as error:
        return f"{type(error).__name__} {error.exit_status} {error.code} {error.message} {error.place}"


def ran(ran: Ran) -> str:
    """Return all that a command said."""
    return f"exit {ran.status}\n{ran.out}\nstderr: {ran.err}"


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect every line that anybody logs, at whatever level."""
    lines: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"log: {record.levelname} {record.name} {record.getMessage()}")

    root, handler = logging.getLogger(), Collecting(logging.DEBUG)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def found_by_identifier(site: Site, viewer: str, purpose: str) -> Saying:
    for each in site.identifiers:
        yield said(partial(site.hub.hub.finder.find, asks(viewer, purpose=purpose), identifier=each))


def found_by_name(site: Site, viewer: str, purpose: str) -> Saying:
    for family, given, born in site.names:
        day = date.fromisoformat(born) if born else None
        asked = asks(viewer, purpose=purpose)
        yield said(partial(site.hub.hub.finder.find, asked, family=family, given=given, born=day))


def shown(site: Site, viewer: str, purpose: str) -> Saying:
    for person in site.persons:
        yield said(partial(site.hub.hub.finder.show, person, asks(viewer, purpose=purpose)))


def chronology(site: Site, viewer: str, purpose: str) -> Saying:
    for person in site.persons:
        yield said(partial(site.hub.hub.chronologies.read, person, asks(viewer, purpose=purpose)))


def chronology_as_of(site: Site, viewer: str, purpose: str) -> Saying:
    for person, moment in product((site.persons[0], site.persons[-1]), site.moments):
        yield said(partial(site.hub.hub.chronologies.read, person, asks(viewer, purpose=purpose), as_of=moment))


def chronology_window(site: Site, viewer: str, purpose: str) -> Saying:
    read = site.hub.hub.chronologies.read
    yield said(partial(read, site.persons[0], asks(viewer, purpose=purpose), window=_NOVEMBER))


def reviews(site: Site, viewer: str, purpose: str) -> Saying:
    yield said(partial(site.hub.hub.reviews.open, asks(viewer, purpose=purpose)))


def refused(site: Site, viewer: str, purpose: str) -> Saying:
    """Questions that may not be put, about whoever is hidden."""
    hub, person = site.hub.hub, site.persons[-1]
    for asked in (asks(viewer, purpose="curiosity"), asks(viewer, purpose=purpose, reason="."), asks("nobody")):
        yield said(partial(hub.chronologies.read, person, asked))
    yield said(partial(hub.finder.find, asks(viewer, purpose=purpose), family="Example"))
    to_come = site.hub.clock.now() + timedelta(days=1)
    yield said(partial(hub.chronologies.read, person, asks(viewer, purpose=purpose), as_of=to_come))


def probed(site: Site, viewer: str, purpose: str) -> Saying:
    """Try to change who is who, for a record that an attacker believes there is."""
    asked, steward = asks(viewer, purpose=purpose), site.hub.hub.steward
    for each in site.world.hidden:
        if each.reference not in IDENTIFIERS:
            held = Held(each.agency, each.reference)
            yield said(partial(steward.unlink, held, asked))
            yield said(partial(steward.link, held, site.persons[0], asked))
            yield said(partial(steward.forbid, held, Held(SCHOOL, "S-1"), asked))


def decisions(site: Site) -> Saying:
    """The records that answers left, as whoever is no auditor sees them."""
    records = site.hub.hub.decisions.newest(_MANY, auditor=False)
    yield from (said(partial(decision_in_full, each, auditor=False)) for each in records)


def operations(site: Site) -> Saying:
    """What says how the hub is, and its metrics."""
    yield said(partial(status_json, site.hub.hub.watched()))
    registry = CollectorRegistry()
    registry.register(WatchCollector(site.hub.hub.watched))
    yield generate_latest(registry).decode()


def publishing(site: Site) -> Saying:
    """What comes of something that an agency sends about the child."""
    data = told("HO-1", nhs=PUPIL, on="2023-12-30")
    site.hub.publishes("housing", site.hub.message("housing", data, ce_id="ho-9"))
    yield said(partial(intake_json, site.hub.consumes()))
    yield said(lambda: [kept_json(each) for each in site.hub.hub.desk.all()])


def relayed(site: Site) -> Saying:
    """What the relay says it sent, and every message of it: in which order, how large, and what it holds."""
    yield str(on_the_next_beat(site.hub))
    owners = () if OFFICER in site.world.seers else ((POLICE, receipts_topic(POLICE)),)
    for agency, topic in ((SCHOOL, disclosures_topic(SCHOOL)), *owners):
        receiver = Receiver(site.hub.hub.credentials(agency))
        for message in messages(site.hub, topic):
            sizes = [
                len(message.key or b""),
                len(message.value),
                *((name, len(value)) for name, value in message.headers),
            ]
            yield f"{topic} {sizes} {receiver.read(message)}"


def at_the_command(site: Site) -> Saying:
    """The same by the command, for people and for programs, with exit status and standard error."""
    person = str(site.persons[-1])
    for viewer in (NURSE, "nobody"):
        question = ("--as", viewer, "--purpose", "s47", "--reason", "A reason in words")
        yield ran(site.mash("identity", "find", site.identifiers[-1], *question))
        yield ran(site.mash("chronology", person, *question, "--json"))
        yield ran(site.mash("chronology", person, *question, "--as-of", "2023-12-31"))
    for command in (("decisions", "list"), ("status",), ("quarantine", "list", "--all"), ("relay", "--once")):
        yield ran(site.mash(*command))


VIEWERS_DOORS: dict[str, Callable[[Site, str, str], Saying]] = {
    "find by identifier": found_by_identifier,
    "find by name": found_by_name,
    "identity show": shown,
    "chronology": chronology,
    "chronology as of": chronology_as_of,
    "chronology window": chronology_window,
    "identity reviews": reviews,
    "refusals": refused,
    "probing records": probed,
}
COMMON_DOORS: dict[str, Callable[[Site], Saying]] = {
    "publishing": publishing,
    "relay": relayed,
    "decisions": decisions,
    "operations": operations,
    "the command": at_the_command,
}
