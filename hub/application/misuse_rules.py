"""Rules that find reads somebody should look into: each says in a sentence what it found. No scores, nothing learned.

Pure. An alert is about one viewer on one day, in one week or in one month, and its id follows from that: a judgement
of it stands, whatever period is asked about, and what is done again later is a new alert.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from hub.events.decisions import DisclosureDecided

Reads = Sequence[DisclosureDecided]

FOLLOWED_WITHIN: Final = timedelta(days=28)
MANY_CHILDREN: Final = 30
SAME_WORDS: Final = 5
_ENGLAND: Final = ZoneInfo("Europe/London")
_ALERTS: Final = UUID("c2a3f6de-50b4-5d0c-8a55-6a6f0b1f1f0e")
_NIGHT_ENDS, _NIGHT_BEGINS = 6, 22
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """What one rule found of one viewer."""

    id: UUID
    rule: str
    viewer: str
    agency: str
    at: datetime
    sentence: str
    decisions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What rules need beside the reads: whose duty it is to read at night, which reads something followed.

    And which are of a child to whose family the viewer is related, as far as that was ever recorded.
    """

    on_duty: Collection[str]
    followed: Collection[UUID]
    until: datetime
    of_own: Collection[UUID] = ()


def out_of_hours(reads: Reads, known: Known) -> Iterator[Alert]:
    """Find reads at night or at a weekend by those who are not on emergency duty."""
    odd = [each for each in reads if each.viewer not in known.on_duty and _is_out_of_hours(each)]
    for (_, day), found in _grouped(odd, lambda each: (each.viewer, _day(each))).items():
        yield _alert("out-of-hours", found, f"{len(found)} reads at night or at a weekend on {day}.", day)


def high_volume(reads: Reads, known: Known) -> Iterator[Alert]:
    """Find who read of many different children in one day."""
    _ = known
    for (_, day), found in _grouped(reads, lambda each: (each.viewer, _day(each))).items():
        children = len({each.person for each in found})
        if children > MANY_CHILDREN:
            yield _alert("high-volume", found, f"{children} different children on {day}.", day)


def same_words(reads: Reads, known: Known) -> Iterator[Alert]:
    """Find one reason given again and again in a week, for different children."""
    _ = known
    kept = [each for each in reads if not each.child_erased]
    for (_, words), found in _grouped(kept, lambda each: (each.viewer, f"{_week(each)} {_words(each)}")).items():
        children = len({each.person for each in found})
        if children >= SAME_WORDS:
            yield _alert("same-words", found, f"The same reason in words for {children} children in a week.", words)


def nothing_followed(reads: Reads, known: Known) -> Iterator[Alert]:
    """Find reads after which the viewer's agency recorded nothing of the child for four weeks."""
    due = [each for each in reads if each.shown and each.at + FOLLOWED_WITHIN <= known.until]
    alone = [each for each in due if each.id not in known.followed]
    for (_, child), found in _grouped(alone, lambda each: (each.viewer, f"{_month(each)} {each.person}")).items():
        what = f"{len(found)} reads of one child in a month, and nothing recorded within four weeks."
        yield _alert("nothing-followed", found, what, child)


def own_family(reads: Reads, known: Known) -> Iterator[Alert]:
    """Find reads of a child to whose family the viewer is related: before that was recorded, or tried since."""
    own = [each for each in reads if each.id in known.of_own]
    for (_, child), found in _grouped(own, lambda each: (each.viewer, f"{_month(each)} {each.person}")).items():
        what = f"{len(found)} reads in a month of a child to whose family the viewer is related."
        yield _alert("own-family", found, what, child)


RULES: Final[Mapping[str, Callable[[Reads, Known], Iterator[Alert]]]] = {
    "out-of-hours": out_of_hours,
    "high-volume": high_volume,
    "same-words": same_words,
    "nothing-followed": nothing_followed,
    "own-family": own_family,
}


def _grouped(
    reads: Iterable[DisclosureDecided], key: Callable[[DisclosureDecided], tuple[str, str]]
) -> Mapping[tuple[str, str], list[DisclosureDecided]]:
    groups: dict[tuple[str, str], list[DisclosureDecided]] = defaultdict(list)
    for each in reads:
        groups[key(each)].append(each)
    return groups


def _alert(rule: str, found: Reads, sentence: str, what: str) -> Alert:
    first = found[0]
    name = uuid5(_ALERTS, f"{rule}/{first.viewer}/{what}")
    return Alert(name, rule, first.viewer, first.agency, first.at, sentence, tuple(each.id for each in found))


def _is_out_of_hours(read: DisclosureDecided) -> bool:
    at = read.at.astimezone(_ENGLAND)
    return at.weekday() >= _SATURDAY or not _NIGHT_ENDS <= at.hour < _NIGHT_BEGINS


def _day(read: DisclosureDecided) -> str:
    day: date = read.at.astimezone(_ENGLAND).date()
    return day.isoformat()


def _week(read: DisclosureDecided) -> str:
    return read.at.astimezone(_ENGLAND).strftime("%G-W%V")


def _month(read: DisclosureDecided) -> str:
    return _day(read)[:7]


def _words(read: DisclosureDecided) -> str:
    return " ".join(read.reason.casefold().split())
