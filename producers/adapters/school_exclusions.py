"""Termly suspensions and exclusions of the school census, as a CSV export with scrambled ids.

The child is `pupilonrolltableid`, one pupil on one school's roll; `sourceid` names the return. Category PERM is an
exclusion; FIXD and LNCH, and a category outside the list, which is flagged, are suspensions.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from hub.contract.codes import ExclusionReason
from hub.contract.details.education import SchoolExclusion, SchoolSuspension
from hub.contract.event import ConcernEvent, Origin
from hub.contract.person import PersonAsHeld, Subject
from hub.contract.primitives import Occurred
from producers.adapters import dates
from producers.adapters.build import NO_CATEGORY, NO_SHARING, UnfitError, certain, few, on_day, told
from producers.adapters.csv_rows import Row, heading_of, rows
from producers.adapters.faults import NOT_A_NUMBER, NOT_IN_LIST
from producers.adapters.port import Record, Reject, RejectCode

SYSTEM: Final = "School census: suspensions and exclusions"
_COLUMNS: Final = (
    "pupilonrolltableid", "NativeId", "termlyexclusionsonrolltableid", "termlyexclusionsonrollorderseqcolumn",
    "sourceid", "startdate", "sessions", "reason1", "reason2", "reason3", "category", "senprovision",
)  # fmt: skip
_TELLING: Final = frozenset({"pupilonrolltableid", "startdate", "category"})
_SESSIONS = re.compile(r"([0-9]{1,3})(?:\.(0|5)0*)?")
_NOBODY_ELSE = PersonAsHeld()


class SchoolExclusions:
    """Reads suspensions and exclusions of the school census."""

    name = "school-exclusions"
    title = "School census suspensions and exclusions (CSV)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the heading is that of the export."""
        return heading_of(head) >= _TELLING

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield each row's event or its reject."""
        for row in rows(stream, _COLUMNS):
            yield row if isinstance(row, Reject) else told(row.place, _record, row)


def _record(place: str, row: Row) -> Record:
    reference = certain(row.cells["pupilonrolltableid"], "pupilonrolltableid", row.faults)
    event = ConcernEvent(
        occurred=_occurred(row),
        subject=Subject(reference=reference, person=_NOBODY_ELSE),
        category=NO_CATEGORY,
        detail=_detail(row),
        origin=_origin(row),
        sharing=NO_SHARING,
        quality=few(row.faults.flags),
    )
    return Record(place, event)


def _origin(row: Row) -> Origin:
    name = "termlyexclusionsonrolltableid"
    return Origin(system=SYSTEM, record=row.faults.fit(name, row.cells[name], 64) or None)


def _occurred(row: Row) -> Occurred:
    written = dates.read_instant(row.cells["startdate"])
    if written is None:
        raise UnfitError(RejectCode.NO_DATE)
    if not dates.plausible(written.day):
        row.faults.add(dates.IMPLAUSIBLE, "startdate")
    return on_day(written.day) if written.at is None else Occurred(date=written.day, at=written.at)


def _detail(row: Row) -> SchoolExclusion | SchoolSuspension:
    cells = row.cells
    school = row.faults.fit("NativeId", cells["NativeId"], 64) or None
    needs = row.faults.fit("senprovision", cells["senprovision"], 100) or None
    reasons = [code for name in ("reason1", "reason2", "reason3") if (code := _reason(row, name)) is not None]
    category = cells["category"].upper()
    if category == "PERM":
        return SchoolExclusion(school=school, reasons=reasons, sessions=_sessions(row), special_needs=needs)
    if category not in {"FIXD", "LNCH"}:
        row.faults.add(NOT_IN_LIST, "category", cells["category"])
    return SchoolSuspension(
        school=school,
        reasons=reasons,
        sessions=_sessions(row),
        lunchtime=category == "LNCH",
        special_needs=needs,
    )


def _reason(row: Row, name: str) -> ExclusionReason | None:
    written = row.cells[name]
    if not written:
        return None
    try:
        return ExclusionReason(written.upper())
    except ValueError:
        row.faults.add(NOT_IN_LIST, name, written)
        return None


def _sessions(row: Row) -> str | None:
    written = row.cells["sessions"]
    found = _SESSIONS.fullmatch(written)
    if found is None:
        if written:
            row.faults.add(NOT_A_NUMBER, "sessions", written)
        return None
    whole = str(int(found[1]))
    return f"{whole}.5" if found[2] == "5" else whole
