"""Which records the hub has held for as long as the partnership's own table says. Erases and decides nothing.

A record is due once all of its events are: each kept for so many years from the day on which the hub came to know it,
or from its child's eighteenth birthday. What the table does not name, or has no birthday to count from, is kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.sources import source_event
from hub.chronology.source import SourceEvent
from hub.events.concern import CHILD_PART
from hub.events.directory import CountedFrom, RetentionRule
from hub.store.log import EventLog

_PAGE: Final = 1_000
_OF_AGE: Final = 18


class Due(NamedTuple):
    """A record that has been kept for long enough, since a day and by the rule that kept it longest."""

    subject: UUID
    agency: str
    events: int
    since: date
    rule: RetentionRule


@dataclass(slots=True)
class _Record:
    agency: str
    events: int = 0
    born: date | None = None
    unruled: bool = False
    latest: dict[str, date] = field(default_factory=dict)

    def take(self, source: SourceEvent, ruled: Mapping[str, RetentionRule]) -> None:
        """Take one more event of the record in."""
        sections = source.sections or {}
        kind = sections["what"]["type"]
        self.events += 1
        self.unruled = self.unruled or kind not in ruled
        day = source.known.date()
        self.latest[kind] = max(day, self.latest.get(kind, day))
        self.born = _born(sections) or self.born

    def due(self, subject: UUID, ruled: Mapping[str, RetentionRule]) -> Due | None:
        """Return since when it is due, None where it is kept for good."""
        if self.unruled:
            return None
        ends = [(_end(ruled[kind], latest, self.born), kind) for kind, latest in self.latest.items()]
        known = [(day, kind) for day, kind in ends if day is not None]
        if len(known) < len(ends):
            return None
        day, kind = max(known)
        return Due(subject, self.agency, self.events, day, ruled[kind])


def due_records(
    log: EventLog,
    agencies: Sequence[str],
    rules: Sequence[RetentionRule],
    day: date,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Due]:
    """Return the records of some agencies that are due on a day, those due for longest first; reads all of theirs."""
    ruled = {kind: rule for rule in rules for kind in rule.types}
    records: dict[UUID, _Record] = {}
    if ruled:
        for source in _events(log, agencies, progress):
            records.setdefault(source.subject, _Record(source.agency)).take(source, ruled)
    found = (record.due(subject, ruled) for subject, record in records.items())
    return sorted((each for each in found if each is not None and each.since <= day), key=lambda each: each.since)


def _events(log: EventLog, agencies: Sequence[str], progress: Callable[[int], None]) -> Iterator[SourceEvent]:
    """Yield what can still be read of agencies' events."""
    tags, after, read = [f"agency:{agency}" for agency in agencies], 0, 0
    while page := log.read(tags, after=after, limit=_PAGE):
        after, read = page[-1].position, read + len(page)
        sources = (source_event(stored) for stored in page if CHILD_PART in stored.parts)
        yield from (source for source in sources if source.sections is not None)
        progress(read)


def _born(sections: Mapping[str, Mapping[str, object]]) -> date | None:
    person = sections["subject"].get("person")
    born = person.get("born") if isinstance(person, dict) else None
    return date.fromisoformat(born["date"]) if born and born.get("date") else None


def _end(rule: RetentionRule, latest: date, born: date | None) -> date | None:
    if rule.counted_from is CountedFrom.KNOWN:
        return _years_after(latest, rule.years)
    return None if born is None else max(latest, _years_after(born, _OF_AGE + rule.years))


def _years_after(day: date, years: int) -> date:
    """Return the same day so many years on; of 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
