"""How a census child's records are told: one event with the child's subject and flags, or a reject with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from hub.contract.details import AnyDetail
from hub.contract.event import Category, ConcernEvent, Origin
from producers.adapters.build import NO_SHARING, UnfitError, few, on_day, told
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


# What is particular to one event: its day, its detail, its category.
Telling = tuple[date, AnyDetail, Category]


class Child:
    """Whom an episode's events are about; `who` is the refusal where that cannot be told.

    The first event of a child is validated as a whole. The others are copies of it in which only parts differ that are
    validated by themselves, which is twice as fast; the tests validate each of them as a whole again.
    """

    def __init__(
        self, who: Identity | UnfitError, dates: Mapping[str, date | None], upn_unknown: str, whole: Return
    ) -> None:
        self.dates = dates
        self.upn_unknown = upn_unknown
        self.whole = whole
        self._who = who
        self._first: ConcernEvent | None = None

    def tell(self, place: str, faults: Faults, make: Callable[[], Telling]) -> Record | Reject:
        """Return the record that `make` describes, with the faults that it notes, or the reject that says why not."""
        return told(place, self._record, faults, make)

    def _record(self, place: str, faults: Faults, make: Callable[[], Telling]) -> Record:
        who = self._who
        if isinstance(who, UnfitError):
            raise UnfitError(who.reject_code, who.message)
        day, detail, category = make()
        quality = few([*who.flags, *faults.flags])
        if self._first is not None:
            changed = {"occurred": on_day(day), "detail": detail, "category": category, "quality": quality}
            return Record(place, self._first.model_copy(update=changed), self.whole.recorded_at)
        self._first = ConcernEvent(
            occurred=on_day(day),
            subject=who.subject,
            category=category,
            detail=detail,
            origin=self.whole.origin,
            quality=quality,
            sharing=NO_SHARING,
            others=[],
            locations=[],
        )
        return Record(place, self._first, self.whole.recorded_at)
