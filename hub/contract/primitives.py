"""The small types that every model of the contract is built from: bounded NFC text, partial dates, ids.

All models are strict: an unknown field, a number where text belongs, or text that is not NFC is refused.
"""

import datetime as dt
import re
import unicodedata
from enum import StrEnum
from typing import Annotated, NewType, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from hub.errors import UsageError

T = TypeVar("T", bound=BaseModel)
AgencyId = NewType("AgencyId", str)
EventId = NewType("EventId", UUID)
SubjectId = NewType("SubjectId", UUID)
PersonId = NewType("PersonId", UUID)

AGENCY_ID_PATTERN = r"^[a-z][a-z0-9-]{1,39}$"
RESERVED_AGENCIES = frozenset({"hub", "mash", "admin", "node"})
ACCURACY_PATTERN = r"^[AEU]{3}$"


class Strict(BaseModel):  # noqa: PLW1641 - pydantic gives frozen models their hash
    """A frozen record that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    def __eq__(self, other: object) -> bool:
        """Compare by fields; leaving out what has its default value compares often, and pydantic's own way is slow."""
        return type(self) is type(other) and self.__dict__ == other.__dict__


def shared(default: T) -> T:
    """Give every record the same frozen default: pydantic would otherwise copy it, deeply, for each."""
    field: T = Field(default_factory=lambda: default)
    return field


def _is_clean(text: str) -> str:
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        raise ValueError("text is not in Unicode normal form C")
    if not text.isprintable() and any(
        unicodedata.category(letter) in {"Cc", "Cs"} and letter != "\n" for letter in text
    ):
        raise ValueError("text holds a control character")
    return text


Clean = AfterValidator(_is_clean)
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, strict=True), Clean]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strict=True), Clean]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strict=True), Clean]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, strict=True), Clean]
Agency = Annotated[str, StringConstraints(pattern=AGENCY_ID_PATTERN, strict=True)]
Count = Annotated[int, Field(ge=0, le=10_000)]


def _with_zone(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("a moment lies beyond the calendar") from error


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")


def _day(value: object) -> object:
    """Read a written date; pydantic would take a number in quotes for seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value) is not None:
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("a date is written 2026-11-22")


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if _INSTANT.fullmatch(value) is not None:
            return dt.datetime.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("a moment is written 2026-11-22T09:30:00Z")


def _day_or_instant(value: object) -> object:
    read = _day(value) if isinstance(value, str) and _DAY.fullmatch(value) else _instant(value)
    if not isinstance(read, dt.date):
        raise ValueError("a date is written 2026-11-22, a moment 2026-11-22T09:30:00Z")
    return _with_zone(read) if isinstance(read, dt.datetime) else read


Day = Annotated[dt.date, BeforeValidator(_day)]
Moment = Annotated[dt.datetime, BeforeValidator(_instant), AfterValidator(_with_zone)]
DayOrMoment = Annotated[dt.datetime | dt.date, BeforeValidator(_day_or_instant)]


class Precision(StrEnum):
    """How finely a partial date is known."""

    TIME = "time"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class PartialDate(Strict):
    """A date of which the day, month or year may be estimated or unknown (MAIS `PartialDate`).

    `accuracy` has three letters, for day, month and year: A accurate, E estimated, U unknown.
    """

    date: Day
    accuracy: Annotated[str, StringConstraints(pattern=ACCURACY_PATTERN)] = "AAA"

    @property
    def precision(self) -> Precision:
        """Name the finest part of the date that is known."""
        return _precision(self.accuracy)

    @property
    def exact(self) -> bool:
        """Say whether day, month and year are all known accurately."""
        return self.accuracy == "AAA"


def _precision(accuracy: str) -> Precision:
    day, month, year = (letter != "U" for letter in accuracy)
    if not year:
        return Precision.UNKNOWN
    if not month:
        return Precision.YEAR
    return Precision.DAY if day else Precision.MONTH


class Occurred(Strict):
    """When something happened: a partial date, with the moment in UTC where the agency holds a time of day."""

    date: Day
    accuracy: Annotated[str, StringConstraints(pattern=ACCURACY_PATTERN)] = "AAA"
    at: Moment | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _time_needs_a_known_day(self) -> Self:
        if self.at is not None and self.accuracy[0] == "U":
            raise ValueError("a time of day needs a known day")
        return self

    @property
    def precision(self) -> Precision:
        """Name the finest part that is known."""
        return Precision.TIME if self.at is not None else _precision(self.accuracy)


def checked_agency_id(text: str) -> str:
    """Return an agency's id; raises `UsageError` where it cannot be one."""
    if re.fullmatch(AGENCY_ID_PATTERN, text) is None:
        raise UsageError("An agency's id is 2 to 40 small letters, digits and hyphens.", code="bad-agency-id")
    if text in RESERVED_AGENCIES:
        raise UsageError(f"No agency can be called {text}: on the broker, that is the hub's own.", code="bad-agency-id")
    return text
