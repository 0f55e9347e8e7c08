"""An agency's event as the chronology takes it, and whose it is. Pure; reads no log."""

from functools import lru_cache
from uuid import UUID

from hub.chronology.source import SourceEvent
from hub.events.concern import CHILD_PART, PERSON_PART
from hub.store.mapper import StoredEvent


def agency_of(stored: StoredEvent) -> str | None:
    """Return which agency's event it is, None for one that is no agency's."""
    return next((tag[7:] for tag in stored.tags if tag.startswith("agency:")), None)


def source_event(stored: StoredEvent) -> SourceEvent:
    """Return what the chronology needs of an agency's event."""
    subject = agency = ""
    for tag in stored.tags:
        if tag.startswith("subject:"):
            subject = tag[8:]
        elif tag.startswith("agency:"):
            agency = tag[7:]
    parts = stored.parts
    people = tuple([part for name, part in parts.items() if name.startswith(PERSON_PART)]) if len(parts) > 1 else ()
    return SourceEvent(
        stored.id, _subject(subject), agency, stored.position, stored.recorded_at, parts[CHILD_PART], people
    )


@lru_cache(maxsize=4096)
def _subject(text: str) -> UUID:
    return UUID(text)
