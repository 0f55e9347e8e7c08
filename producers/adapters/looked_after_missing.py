"""Missing episodes of looked-after children, as the SSDA903 return writes them (CSV, day/month/year).

M is missing, whereabouts unknown; A is away from placement without authorisation. The duration does not matter: any
length of time is recorded.
"""

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final

from hub.contract.codes import MissingKind
from hub.contract.details.police import MissingPerson
from hub.contract.event import ConcernEvent, Origin
from hub.contract.person import Identifier, IdentifierSystem, PersonAsHeld, Subject
from hub.contract.primitives import Occurred
from producers.adapters import dates
from producers.adapters.build import NO_CATEGORY, NO_SHARING, UnfitError, certain, exact, few, told
from producers.adapters.csv_rows import Row, heading_of, rows
from producers.adapters.faults import ENDS_BEFORE_START, NOT_IN_LIST
from producers.adapters.port import Record, Reject, RejectCode

SYSTEM: Final = "SSDA903: missing"
_COLUMNS: Final = ("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END")
_ORIGIN = Origin(system=SYSTEM)


class LookedAfterMissing:
    """Reads missing episodes of looked-after children."""

    name = "looked-after-missing"
    title = "Missing episodes of looked-after children (SSDA903, CSV)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the heading is that of the return."""
        return heading_of(head) >= {name.lower() for name in _COLUMNS}

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield each row's event or its reject."""
        for row in rows(stream, _COLUMNS):
            yield row if isinstance(row, Reject) else told(row.place, _record, row)


def _record(place: str, row: Row) -> Record:
    reference = certain(row.cells["CHILD"], "CHILD", row.faults)
    start = _day(row, "MIS_START")
    if start is None:
        raise UnfitError(RejectCode.NO_DATE)
    born, end = _day(row, "DOB"), _day(row, "MIS_END")
    if end is not None and end < start:
        row.faults.add(ENDS_BEFORE_START, "MIS_END")
    person = PersonAsHeld(
        identifiers=[Identifier(system=IdentifierSystem.LA_CHILD_ID, value=reference)],
        born=exact(born) if born is not None else None,
    )
    event = ConcernEvent(
        occurred=Occurred(date=start, until=end),
        subject=Subject(reference=reference, person=person),
        category=NO_CATEGORY,
        detail=MissingPerson(kind=_kind(row), ended=end),
        origin=_ORIGIN,
        sharing=NO_SHARING,
        quality=few(row.faults.flags),
    )
    return Record(place, event)


def _day(row: Row, name: str) -> date | None:
    written = row.cells[name]
    day = dates.read_day(written)
    if day is None:
        if written and name != "MIS_START":
            row.faults.add(dates.UNREADABLE, name, written)
        return None
    if not dates.plausible(day):
        row.faults.add(dates.IMPLAUSIBLE, name)
    return day


def _kind(row: Row) -> MissingKind | None:
    written = row.cells["MISSING"]
    try:
        return MissingKind(written.upper())
    except ValueError:
        row.faults.add(NOT_IN_LIST, "MISSING", written)
        return None
