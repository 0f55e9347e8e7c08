"""Who asked for an erasure, approved, refused and carried it out, and the legal holds that forbid it. Pure data.

They name subjects, persons, users and agencies by id, and are never erased themselves: their words name nobody.
"""

from enum import StrEnum
from typing import Annotated, get_args
from uuid import UUID

from pydantic import Field

from hub.contract.primitives import Agency, Day, Line, Strict, Word

Id = Annotated[UUID, Field(strict=False)]
Ids = Annotated[list[Id], Field(max_length=10_000)]
Days = Annotated[int, Field(ge=1, le=365)]


class Cause(StrEnum):
    """Why an erasure is asked for: a person's own decision, the table of retention, or its source's instruction."""

    DECISION = "decision"
    RETENTION = "retention"
    PURGE = "purge"


class ErasureRequested(Strict):
    """It was asked that records be erased: those of a person by then, or a single one; by a user, or the source."""

    erasure: Id
    person: Id | None
    subjects: Annotated[Ids, Field(min_length=1)]
    waiting_days: Days
    authority: Line
    reason: Line
    user: Word | None
    agency: Agency
    by: Word
    cause: Cause = Cause.DECISION


class ErasureApproved(Strict):
    """A second person, of another agency, approved it."""

    erasure: Id
    reason: Line
    user: Word
    agency: Agency
    by: Word


class ErasureRefused(Strict):
    """Somebody who could have approved it refused it, or its records are no longer that person's; it is over."""

    erasure: Id
    reason: Line
    user: Word | None
    agency: Agency | None
    by: Word


class ErasureCarriedOut(Strict):
    """From here on these have no key: the records, and the searches whose words found nobody but their person."""

    erasure: Id
    subjects: Ids
    decisions: list[Id]
    by: Word


class LegalHoldPlaced(Strict):
    """Nothing of these is erased until after a day, or until the hold is ended; its owner is a person of an agency."""

    hold: Id
    person: Id | None
    subjects: Annotated[Ids, Field(min_length=1)]
    until: Day
    reason: Line
    user: Word
    agency: Agency
    by: Word


class LegalHoldEnded(Strict):
    """A hold was ended by a person of the agency that placed it."""

    hold: Id
    reason: Line
    user: Word
    by: Word


ErasureEvent = (
    ErasureRequested | ErasureApproved | ErasureRefused | ErasureCarriedOut | LegalHoldPlaced | LegalHoldEnded
)
ERASURE_EVENTS: dict[str, type[ErasureEvent]] = {model.__name__: model for model in get_args(ErasureEvent)}
