"""When each agency's feed last brought anything, of those that the partnership counts on. Never about a child.

An agency of which nothing is promised is not named: of a small one, each delivery would tell what must not be known.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from hub.application.asking import ENGLAND
from hub.application.directory import DirectoryReader
from hub.clock import Clock
from hub.store.log import EventLog


@dataclass(frozen=True, slots=True)
class Feed:
    """One agency's feed: the day on which it last delivered, None where it never did."""

    agency: str
    name: str
    delivered: date | None
    overdue: bool


class Feeds:
    """Tells how the feeds stand."""

    def __init__(self, log: EventLog, directory: DirectoryReader, clock: Clock) -> None:
        self._log = log
        self._directory = directory
        self._clock = clock

    def promised(self) -> list[Feed]:
        """Return each feed that is promised, by the names of the agencies."""
        directory, now = self._directory.load(), self._clock.now()
        found = []
        for promise in directory.feeds:
            last = self._log.last_at(f"agency:{promise.agency}")
            overdue = last is None or now - last > timedelta(days=promise.within_days)
            day = None if last is None else last.astimezone(ENGLAND).date()
            found.append(Feed(promise.agency, directory.agency(promise.agency).name, day, overdue))
        return sorted(found, key=lambda feed: feed.name)
