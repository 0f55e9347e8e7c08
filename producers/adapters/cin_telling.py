"""How a census child's records are told: one event with the child's subject and flags, or a reject with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from hub.contract.details import AnyDetail
from hub.contract.event import Category, ConcernEvent, Origin
from producers.adapters.build import NO_CATEGORY, NO_SHARING, UnfitError, few, on_day, told
from producers.adapters.cin_identity import Identity
from producers.adapters.faults import Faults
from producers.adapters.port import Record, Reject

NO_ORIGIN = Origin()


@dataclass(frozen=True, slots=True)
class Return:
    """What the header says of the whole return."""

    recorded_at: datetime | None = None
    reference_date: date | None = None
    origin: Origin = NO_ORIGIN


class Telling(NamedTuple):
    """What is particular to one event."""

    day: date
    detail: AnyDetail
    category: Category = NO_CATEGORY


@dataclass(frozen=True, slots=True)
class Child:
    """Whom an episode's events are about; `who` is the refusal where that cannot be told."""

    who: Identity | UnfitError
    dates: Mapping[str, date | None]
    upn_unknown: str
    whole: Return

    def tell(self, place: str, faults: Faults, make: Callable[[], Telling]) -> Record | Reject:
        """Return the record that `make` describes, with the faults that it notes, or the reject that says why not."""
        return told(place, self._record, faults, make)

    def _record(self, place: str, faults: Faults, make: Callable[[], Telling]) -> Record:
        who = self.who
        if isinstance(who, UnfitError):
            raise UnfitError(who.reject_code, who.message)
        telling = make()
        event = ConcernEvent(
            occurred=on_day(telling.day),
            subject=who.subject,
            category=telling.category,
            detail=telling.detail,
            origin=self.whole.origin,
            quality=few([*who.flags, *faults.flags]),
            sharing=NO_SHARING,
            others=[],
            locations=[],
        )
        return Record(place, event, self.whole.recorded_at)
