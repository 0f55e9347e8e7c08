"""What every adapter of an agency's file keeps to: a stream of bytes in, one `Record` or `Reject` out for each record.

An adapter reads as it goes, in constant memory. It raises `UsageError` only where the file is not of its kind at all;
whatever else is wrong with a record is a quality flag on its event, or a `Reject` that says where the record stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

from hub.contract.event import ConcernEvent


class RejectCode(StrEnum):
    """Why a record cannot become an event."""

    NO_REFERENCE = "no-reference"
    NO_DATE = "no-date"
    NO_EPISODE = "no-episode"
    UNKNOWN_KIND = "unknown-kind"
    STRAY = "stray"
    WRONG_COLUMNS = "wrong-columns"
    WRONG_ENCODING = "wrong-encoding"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    FORBIDDEN_MARKUP = "forbidden-markup"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY_FAULTS = "too-many-faults"
    NOT_VALID = "not-valid"
    FOREIGN_SOURCE = "foreign-source"


SENTENCES: dict[RejectCode, str] = {
    RejectCode.NO_REFERENCE: "The record does not say which child it is about.",
    RejectCode.NO_DATE: "The record has no date that can be read.",
    RejectCode.NO_EPISODE: "The child's record tells of nothing that happened.",
    RejectCode.UNKNOWN_KIND: "The record is of a kind that this adapter does not know.",
    RejectCode.STRAY: "Something stands where only records should be.",
    RejectCode.WRONG_COLUMNS: "The row has more or fewer cells than the heading.",
    RejectCode.WRONG_ENCODING: "The text is not in the encoding that the file claims.",
    RejectCode.MALFORMED: "The file breaks the rules of its format here.",
    RejectCode.TRUNCATED: "The file ends in the middle of a record.",
    RejectCode.FORBIDDEN_MARKUP: "The file declares a document type or entities, which are never read.",
    RejectCode.TOO_LARGE: "The record or one of its fields is larger than any real one.",
    RejectCode.TOO_DEEP: "The record is nested deeper than any real one.",
    RejectCode.TOO_MANY_FAULTS: "The record has more faults than an event can carry.",
    RejectCode.NOT_VALID: "The record does not fit the contract.",
    RejectCode.FOREIGN_SOURCE: "The record names another agency as its source.",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One event and where it stands in the file; `source` is the agency that the file itself names, if any."""

    place: str
    event: ConcernEvent
    recorded_at: datetime | None = None
    ce_id: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that cannot become an event: its place, a stable code and a reason without personal data."""

    place: str
    code: RejectCode
    reason: str


class Adapter(Protocol):
    """Reads one kind of file."""

    @property
    def name(self) -> str:
        """Return the name that people give on the command line."""
        ...

    @property
    def title(self) -> str:
        """Return what the adapter reads, in words."""
        ...

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the first bytes of a file look like this adapter's kind."""
        ...

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield a record or a reject for everything in the stream; raises `UsageError` on another kind of file."""
        ...
