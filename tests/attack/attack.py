"""Make the two hubs of a world, one with what is hidden and one without, and compare what their doors say.

Everything else is alike in them: what was told and when, one clock that stands still between tellings, the ids of
records.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from psycopg.conninfo import conninfo_to_dict

from hub.application.linking import Held
from hub.bootstrap import open_hub
from hub.clock import FixedClock, SystemClock
from hub.events.circumstances import HiddenIdentity
from hub.settings import Settings
from hub.store import postgres_vault
from tests.attack.by_http import over_http
from tests.attack.canonical import canonical_lines, differences
from tests.attack.doors import COMMON_DOORS, VIEWERS_DOORS, Saying, Site, at_the_command, logged
from tests.attack.worlds import AFTER, ALSO_HIDDEN, BEFORE, POLICE, VIEWERS, WORLDS, World
from tests.hub_under_test import BEGAN, HubTemplate, HubUnderTest, asks, mash_on
from tests.relay import on_the_next_beat, relays
from tests.reviews import MANAGER

Capsys = pytest.CaptureFixture[str]
Doors = Mapping[str, Callable[[Site], Saying]]
_STEP = timedelta(hours=3)
_ALL_DECISIONS = 10_000


@dataclass(frozen=True)
class Pair:
    """The two hubs of a world, and whom and which moments an attacker asks about in both."""

    world: World
    hidden: HubUnderTest
    absent: HubUnderTest
    persons: Sequence[UUID]
    moments: Sequence[datetime]

    def leaks(self, capsys: Capsys, doors: Doors | None = None) -> list[str]:
        """Return every difference between what the two hubs say at some doors, or all, each named by its door."""
        tried = doors_of(self.world) if doors is None else doors
        one, other = (self._heard(hub, tried, capsys) for hub in (self.hidden, self.absent))
        return [f"{name}: {each}" for name in tried for each in differences(one[name], other[name])]

    def _heard(self, hub: HubUnderTest, doors: Doors, capsys: Capsys) -> dict[str, list[str]]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(SystemClock, "now", lambda _: hub.clock.now())
            site = Site(hub, mash_on(hub.settings, patched, capsys), self.world, self.persons, self.moments)
            said = {name: _heard(door(site)) for name, door in doors.items()}
        chance = [str(each.id) for each in hub.hub.decisions.newest(_ALL_DECISIONS)]
        return {name: canonical_lines(text, chance) for name, text in said.items()}


@contextmanager
def base_of(template: HubTemplate, home: Path) -> Iterator[HubTemplate]:
    """Yield the hub from which both hubs of every world are copied: it has heard what is told before."""
    shutil.copytree(template.home, home)
    urls = template.server.make(template=template.database)
    settings, clock = Settings(home, urls.app, urls.owner, urls.keys), FixedClock(BEGAN)
    try:
        with _numbered_subjects("before"), open_hub(settings, clock) as opened:
            hub = HubUnderTest(settings, urls, clock, opened)
            relays(hub)
            for telling in BEFORE:
                clock.advance(_STEP)
                hub.hears(telling.agency, telling.data, ce_id=telling.ce_id)
            relays(hub)
            in_both = [each for world in WORLDS for each in world.instead if each is not None]
            opened.vault.made([(each.agency, each.reference) for each in (*AFTER, *in_both)])
        yield HubTemplate(template.server, home, str(conninfo_to_dict(urls.superuser)["dbname"]))
    finally:
        template.server.drop(urls)


@contextmanager
def pair_of(base: HubTemplate, world: World, folder: Path) -> Iterator[Pair]:
    """Yield the two hubs of a world."""
    with base.copied(folder / "hidden") as hidden, base.copied(folder / "absent") as absent:
        moments = _live(hidden, world, hidden=True)
        _live(absent, world, hidden=False)
        told_of = (BEFORE[0], AFTER[-1], *world.hidden)
        persons = dict.fromkeys(hidden.person(each.agency, each.reference) for each in told_of)
        yield Pair(world, hidden, absent, list(persons), moments)


def doors_of(world: World) -> Doors:
    """Return every door of a world's attackers, by name."""
    doors: dict[str, Callable[[Site], Saying]] = {
        f"{name} by {viewer} for {purpose}": _asked_by(door, viewer, purpose)
        for viewer, purpose in VIEWERS
        if viewer not in world.seers
        for name, door in VIEWERS_DOORS.items()
    }
    by_http = {"the API and the pages": over_http}
    common = {name: door for name, door in COMMON_DOORS.items() if world.at_command or door is not at_the_command}
    return doors | by_http | common


def _asked_by(door: Callable[[Site, str, str], Saying], viewer: str, purpose: str) -> Callable[[Site], Saying]:
    return lambda site: door(site, viewer, purpose)


@contextmanager
def _numbered_subjects(name: str) -> Iterator[None]:
    """Number new subjects instead of leaving their ids to chance, so that both hubs give the same record the same."""
    numbers = count()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgres_vault, "uuid4", lambda: uuid5(NAMESPACE_OID, f"{name} {next(numbers)}"))
        yield


def _live(hub: HubUnderTest, world: World, *, hidden: bool) -> list[datetime]:
    """Tell what is hidden, or let the same time pass, and what comes after; return moments to ask about."""
    hub.clock.advance(_STEP * len(BEFORE))
    moments = [hub.clock.now()]
    hidden_or_not = world.hidden if hidden else world.instead or (None,) * len(world.hidden)
    with _numbered_subjects("after"):
        for telling in (*hidden_or_not, *AFTER):
            hub.clock.advance(_STEP)
            if telling is not None:
                hub.hears(telling.agency, telling.data, ce_id=telling.ce_id)
            if telling is not None and telling == ALSO_HIDDEN and world.hides is not None:
                _hide(hub, *world.hides, hidden=hidden)
            relays(hub)
            moments.append(hub.clock.now())
    on_the_next_beat(hub)
    # As where it runs: how far it is behind would count all that was recorded since it did.
    hub.hub.tree.grow()
    return moments


def _hide(hub: HubUnderTest, identity: HiddenIdentity, reference: str, *, hidden: bool) -> None:
    """Let the manager hide a record, and beside it one that is hidden in the other hub too."""
    records = [Held(ALSO_HIDDEN.agency, ALSO_HIDDEN.reference)]
    if hidden:
        records.append(Held(POLICE, reference))
    hub.hub.recorder.hide(identity, records, asks(MANAGER))


def _heard(door: Saying) -> str:
    """Return what a door said, what stood on standard error meanwhile, and what was logged."""
    written = StringIO()
    with logged() as lines, redirect_stderr(written):
        text = "\n".join(door)
    return "\n".join([text, written.getvalue(), *lines])
