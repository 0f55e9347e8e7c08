"""Whether each feed that the partnership counts on delivers as promised, never about a child.

An agency of which nothing is promised is not named: of a small one, each delivery would tell what must not be known.
For the same reason a feed that is on time is told to be so, and its day only once it is overdue.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from hub.application.asking import ENGLAND
from hub.application.directory import DirectoryReader
from hub.clock import Clock
from hub.store.log import EventLog


@dataclass(frozen=True, slots=True)
class Feed:
    """One agency's feed: whether it is overdue, and then the day on which it last delivered, None if it never did."""

    agency: str
    name: str
    within_days: int
    overdue: bool
    last: date | None = None


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
            day = last.astimezone(ENGLAND).date() if last is not None and overdue else None
            name = directory.agency(promise.agency).name
            found.append(Feed(promise.agency, name, promise.within_days, overdue, day))
        return sorted(found, key=lambda feed: feed.name)
