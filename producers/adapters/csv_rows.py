"""Rows of a CSV export, one a line, by the names of its heading in any order and case. Knows nothing of children.

None of the exports read here has free text, so a quoted line break is a fault and not a row of two lines: one bad line
never swallows the ones after it.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from hub.errors import UsageError
from producers.adapters.faults import UNKNOWN_ELEMENT, Faults, field_name
from producers.adapters.lines import lines
from producers.adapters.port import SENTENCES, Reject, RejectCode

MAX_LINE: Final = 64_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line, its cells by the names asked for, tidied, and the faults found so far."""

    line: int
    cells: Mapping[str, str]
    faults: Faults

    @property
    def place(self) -> str:
        """Where the row stands."""
        return f"line {self.line}"


def heading_of(head: bytes) -> frozenset[str]:
    """Return the names of the first line, made comparable."""
    first = head.decode("utf-8-sig", errors="replace").splitlines()[:1]
    return frozenset(_comparable(cell) for line in first for cell in next(csv.reader([line]), []))


def rows(stream: BinaryIO, required: Sequence[str]) -> Iterator[Row | Reject]:
    """Yield each row or why it cannot be read; raises `UsageError` where the heading lacks a required name."""
    numbered = lines(stream, MAX_LINE)
    first = next(numbered, None)
    if first is None:
        raise UsageError("The file is empty.", code="empty-file")
    try:
        names = [_comparable(cell) for cell in next(csv.reader([(first[1] or b"").decode("utf-8-sig")]), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError("The file's first line is no heading.", code="wrong-kind") from error
    missing = [name for name in required if name.lower() not in names]
    if missing:
        raise UsageError(f"The file's heading has no column {missing[0]}.", code="wrong-kind")
    if len(set(names)) < len(names):
        raise UsageError("The file's heading names a column twice.", code="wrong-kind")
    wanted = {name.lower(): name for name in required}
    for line, raw in numbered:
        if raw is None:
            yield Reject(f"line {line}", RejectCode.TOO_LARGE, SENTENCES[RejectCode.TOO_LARGE])
        elif raw.strip(b"\0 \t,"):
            yield _row(line, raw, names, wanted)


def _comparable(cell: str) -> str:
    return cell.strip().lower()


def _row(line: int, raw: bytes, names: Sequence[str], wanted: Mapping[str, str]) -> Row | Reject:
    try:
        cells = next(csv.reader([raw.decode()], strict=True), [])
    except UnicodeDecodeError:
        return Reject(f"line {line}", RejectCode.WRONG_ENCODING, SENTENCES[RejectCode.WRONG_ENCODING])
    except csv.Error:
        return Reject(f"line {line}", RejectCode.MALFORMED, SENTENCES[RejectCode.MALFORMED])
    if len(cells) != len(names):
        return Reject(f"line {line}", RejectCode.WRONG_COLUMNS, SENTENCES[RejectCode.WRONG_COLUMNS])
    faults = Faults()
    found: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=True):
        if name in wanted:
            found[wanted[name]] = faults.tidy(wanted[name], cell)
        elif cell.strip():
            faults.add(UNKNOWN_ELEMENT, field_name(name), faults.tidy(field_name(name), cell))
    return Row(line, found, faults)
