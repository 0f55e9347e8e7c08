"""Faults of a record that do not stop it: collected while it is read, carried by its event as quality flags.

A CIN rule is named by its number (`quality.RULES`), everything else by a code of `FAULTS`. What was written is kept
in the flag only where no field of the event holds it, so that an identifier never leaks out of the subject.
"""

from functools import lru_cache
from typing import Final

from hub.contract.event import QualityFlag
from producers.adapters import dates, identifiers, text

MAX_FLAGS: Final = 100
_WRITTEN_SIZE: Final = 300
_NAME_SIZE: Final = 100

UNKNOWN_ELEMENT = "unknown-element"
REPEATED = "repeated-element"
STRAY_TEXT = "stray-text"
NOT_IN_LIST = "not-in-code-list"
NOT_A_NUMBER = "not-a-number"
ENDS_BEFORE_START = "ends-before-start"
NO_DATE_HELD = "no-date-held"
RESTRICTED_CONTENT = "restricted-content"
TOO_LONG = "too-long"
DEATH_UNDATED = "death-undated"

FAULTS: dict[str, str] = {
    dates.IMPLAUSIBLE: "The year lies so far off that it is likely to be mistyped.",
    dates.UNREADABLE: "This is not a date, or not certainly one date.",
    identifiers.NHS_NUMBER_CHECK: "The NHS number fails its check digit or is not ten digits.",
    identifiers.UPN_LENGTH: "The UPN does not have 13 characters.",
    text.CONTROL: "Control characters were taken out.",
    text.INVISIBLE: "The text holds characters that cannot be seen; they are kept.",
    UNKNOWN_ELEMENT: "The record holds a field that its format does not have.",
    REPEATED: "The record holds a field twice that it may hold once; the first is used.",
    STRAY_TEXT: "Text stands where only fields should be.",
    NOT_IN_LIST: "The code is not in its list.",
    NOT_A_NUMBER: "This is not a number of sessions.",
    ENDS_BEFORE_START: "The end is before the start.",
    NO_DATE_HELD: "The record does not say when it was made: the latest date that it states to be in force is used.",
    RESTRICTED_CONTENT: "The record is restricted and yet held this: it was left out.",
    TOO_LONG: "The value is too long for its field.",
    DEATH_UNDATED: "The person is held as dead, and no date is given.",
}


class Faults:
    """The flags of one record, in the order in which they were found."""

    __slots__ = ("flags",)

    def __init__(self) -> None:
        self.flags: list[QualityFlag] = []

    def add(self, rule: str, field: str, written: str = "") -> None:
        """Note a fault; what was written is kept whole, over several flags if it is long."""
        if not written:
            self.flags.append(_flag(rule, field, None))
            return
        for piece in text.pieces(written, _WRITTEN_SIZE):
            self.flags.append(_flag(rule, field, piece))

    def fit(self, field: str, raw: str, size: int) -> str:
        """Return the text as the contract takes it; of one that is too long the whole is kept in the flag."""
        clean = self.tidy(field, raw)
        if len(clean) > size:
            self.add(TOO_LONG, field, clean)
        return clean[:size].strip()

    def tidy(self, field: str, raw: str) -> str:
        """Return the text as the contract takes it, noting what was found in it."""
        clean, found = text.tidy(raw)
        for code in found:
            self.add(code, field)
        return clean


def field_name(raw: str) -> str:
    """Return a name from a file as a flag can carry it."""
    return text.tidy(raw)[0][:_NAME_SIZE] or "?"


@lru_cache(maxsize=4096)
def _flag(rule: str, field: str, written: str | None) -> QualityFlag:
    return QualityFlag(rule=rule, field=field, written=written)
