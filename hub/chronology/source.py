"""What a chronology is made from: the events of one child as the log opens them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

Sections = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class SourceEvent:
    """One event read back; `sections` is None where it was erased, and so is each of `people` that was.

    `position` and `known` say when the hub knew. Changed by nobody once made; unfrozen because freezing costs thrice.
    """

    event: UUID
    subject: UUID
    agency: str
    position: int
    known: datetime
    sections: Sections | None
    people: tuple[Mapping[str, Any] | None, ...] = ()
