"""Short ways to write a child's events for the chronology's tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hub.chronology.build import chronology
from hub.chronology.items import FlagCode, Item
from hub.chronology.source import SourceEvent

NAMESPACE = UUID("6a3f9c1e-7d52-4c0b-9a51-0d5b6a1f2c3d")
SUBJECT = uuid5(NAMESPACE, "subject")
FIRST_KNOWN = datetime(2025, 6, 1, 9, tzinfo=UTC)
ALL = 10**9


def event_id(name: str) -> UUID:
    """Return the id of the event that a test calls so."""
    return uuid5(NAMESPACE, name)


def known_at(position: int) -> datetime:
    """Return when the hub knew the event at a position."""
    return FIRST_KNOWN + timedelta(hours=position)


def event(
    name: str,
    position: int,
    kind: str = "safeguarding-concern",
    *,
    on: str = "2025-03-01",
    agency: str = "police",
    occurred: Mapping[str, Any] | None = None,
    person: Mapping[str, Any] | None = None,
    recorded: str | None = None,
    corrects: str | None = None,
    retracts: str | None = None,
    **sections: Mapping[str, Any],
) -> SourceEvent:
    """Return an event; what it corrects or retracts is named as tests name events."""
    origin = {"corrects": corrects, "retracts": retracts}
    stored: dict[str, Mapping[str, Any]] = {
        "subject": {"kind": "child", "reference": "R-1", "person": person or {}},
        "what": {"type": kind},
        "when": {"occurred": {"date": on, **(occurred or {})}, "recorded": recorded or "2025-05-01T12:00:00Z"},
        "detail": {"type": kind},
        "narrative": {"detail": {"reason": f"detail of {name}"}},
        "source": {"agency": agency},
        "origin": {"ce_id": name, **{key: str(event_id(value)) for key, value in origin.items() if value}},
        **sections,
    }
    return SourceEvent(event_id(name), SUBJECT, agency, position, known_at(position), stored, ())


def erased(name: str, position: int, *, agency: str = "police") -> SourceEvent:
    """Return an event whose content was erased."""
    return SourceEvent(event_id(name), SUBJECT, agency, position, known_at(position), None, (None,))


def items_of(*events: SourceEvent, as_of: int = ALL) -> list[Item]:
    """Return the chronology of some events."""
    return chronology(events, as_of=as_of)


def flags_of(item: Item) -> set[FlagCode]:
    """Return the codes of an item's flags."""
    return {flag.code for flag in item.flags}
