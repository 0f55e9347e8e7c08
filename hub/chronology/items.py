"""The items of a chronology: what the agency holds now, what it held before, and what the hub noticed about it.

An item says when the thing happened and when the hub knew. To whom it is shown is not decided here: what a flag rests
on and what a note says may not be the viewer's to see, and each carries what that decision needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.chronology.occurrence import Occurrence
from hub.chronology.source import Sections


class Status(StrEnum):
    """Where an item stands as of the moment of the chronology."""

    # As the word: what an enum hashes by itself, it hashes in Python.
    __hash__ = str.__hash__

    CURRENT = "current"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    ERASED = "erased"


class FlagCode(StrEnum):
    """What the chronology noticed about an item."""

    AFTER_DEATH = "after-death"
    BEFORE_BIRTH = "before-birth"
    IN_FUTURE = "in-future"
    AFTER_CLOSURE = "after-closure"
    DATE_UNRELIABLE = "date-unreliable"
    DATES_OUT_OF_ORDER = "dates-out-of-order"
    FOREIGN_CORRECTION = "foreign-correction"
    CORRECTIONS_IN_CIRCLE = "corrections-in-circle"


SENTENCES: dict[FlagCode, str] = {
    FlagCode.AFTER_DEATH: "This is dated after the recorded death.",
    FlagCode.BEFORE_BIRTH: "This is dated before the recorded birth, or too long before it to be about this child.",
    FlagCode.IN_FUTURE: "This is dated later than the moment at which the hub was told of it.",
    FlagCode.AFTER_CLOSURE: "This is dated after the agency closed the case, with no new referral between.",
    FlagCode.DATE_UNRELIABLE: "The date cannot be relied on: its year is unknown or not believable.",
    FlagCode.DATES_OUT_OF_ORDER: "This ends before it begins.",
    FlagCode.FOREIGN_CORRECTION: "This says that it changes another agency's record, which only that agency can do.",
    FlagCode.CORRECTIONS_IN_CIRCLE: "The agency's corrections name one another in a circle; the earliest begins it.",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing noticed. Where it `rests_on` items, only those may be told who may see at least one of them."""

    code: FlagCode
    rests_on: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier version of an item, believed from `known` until something first replaced or withdrew it.

    Where that was known no later than the version itself, the hub never believed it.
    """

    event: UUID
    subject: UUID
    position: int
    known: datetime
    until_position: int
    until: datetime
    retracted: bool
    sections: Sections | None
    people: tuple[Mapping[str, Any] | None, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What the agency said about its own record; its sections have handling and sensitivity of their own.

    `withdrawn` where the agency took the note itself back.
    """

    event: UUID
    subject: UUID
    position: int
    known: datetime
    withdrawn: bool
    sections: Sections | None


def corrects(note: Note) -> bool:
    """Say whether a note still corrects the record that it is about."""
    kind = None if note.sections is None else note.sections.get("what", {}).get("type")
    return kind == "correction" and not note.withdrawn


@dataclass(slots=True)
class Item:
    """One record of one agency as it stands. Changed by nobody once made; unfrozen only because freezing costs twice.

    `event` is the agency's last word (of a retracted item the retraction), `first` the event that it began with. Of a
    retracted item `sections` holds the frame (subject, what, when, source, sharing) and in `narrative` the reason; what
    was believed is in `history`. Of an erased item `sections` is None.
    """

    event: UUID
    first: UUID
    subject: UUID
    agency: str
    type: str | None
    position: int
    known: datetime
    occurred: Occurrence
    status: Status
    sections: Sections | None
    people: tuple[Mapping[str, Any] | None, ...]
    history: tuple[Version, ...]
    notes: tuple[Note, ...]
    flags: tuple[Flag, ...]


def events_of(item: Item) -> set[UUID]:
    """Return all events that an item has ever been."""
    return {item.event, item.first, *(version.event for version in item.history)}
