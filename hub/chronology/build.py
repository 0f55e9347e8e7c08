"""Make a child's chronology: the events known at a moment, as items in order. The same events give the same items.

Arrival order changes only when the hub knew: `known`, `position`, `until`, and the flag `in-future`, which is relative
to it. What several agencies tell of one thing stays several items, side by side.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from hub.chronology.flags import add_flags
from hub.chronology.items import Flag, FlagCode, Item, Status, corrects
from hub.chronology.occurrence import UNKNOWN, occurrence
from hub.chronology.order import sort_key
from hub.chronology.source import Sections, SourceEvent
from hub.chronology.threads import Thread, threads, type_of

_FRAME: Final = ("subject", "what", "when", "source", "sharing")


def chronology(events: Sequence[SourceEvent], *, as_of: int) -> list[Item]:
    """Return the items of one child as the hub knew them at position `as_of`, in order."""
    items = [_item(thread) for thread in threads(_known(events, as_of))]
    items.sort(key=lambda item: sort_key(item.occurred, item.type, item.agency, item.first))
    add_flags(items)
    return items


def _known(events: Iterable[SourceEvent], as_of: int) -> dict[UUID, SourceEvent]:
    """Return each event known by then once, as it was first known."""
    known: dict[UUID, SourceEvent] = {}
    for event in events:
        if event.position <= as_of:
            first = known.setdefault(event.event, event)
            if event.position < first.position:
                known[event.event] = event
    return known


def _item(thread: Thread) -> Item:
    standing = thread.standing
    word = thread.retraction or standing
    sections = standing.sections
    return Item(
        event=word.event,
        first=thread.first.event,
        subject=standing.subject,
        agency=standing.agency,
        type=type_of(standing),
        position=word.position,
        known=word.known,
        occurred=UNKNOWN if sections is None else occurrence(sections.get("when")),
        status=_status(thread),
        sections=sections if thread.retraction is None else _frame(sections, thread.retraction.sections),
        people=standing.people if thread.retraction is None else (),
        history=thread.history,
        notes=thread.notes,
        flags=_flags(thread),
    )


def _status(thread: Thread) -> Status:
    if thread.standing.sections is None:
        return Status.ERASED
    if thread.retraction is not None:
        return Status.RETRACTED
    if thread.standing is not thread.first:
        return Status.CORRECTED
    return Status.CORRECTED if thread.notes and any(map(corrects, thread.notes)) else Status.CURRENT


def _frame(sections: Sections | None, retraction: Sections | None) -> Sections | None:
    """Return what a retracted item still says; the reason only where it asks for no more care than the item did."""
    if sections is None:
        return None
    frame = {name: sections[name] for name in _FRAME if name in sections}
    if retraction is not None and _asks_no_more_care(retraction, sections):
        reason = retraction.get("narrative", {}).get("detail")
        frame.update({"narrative": {"detail": reason}} if reason else {})
    return frame


def _asks_no_more_care(retraction: Sections, item: Sections) -> bool:
    labels = set(retraction.get("sharing", {}).get("sensitivity", ()))
    handling = retraction.get("source", {}).get("handling") or {}
    return labels.issubset(item.get("sharing", {}).get("sensitivity", ())) and handling in ({}, _handling(item))


def _handling(item: Sections) -> Mapping[str, Any]:
    handling: Mapping[str, Any] = item.get("source", {}).get("handling") or {}
    return handling


def _flags(thread: Thread) -> tuple[Flag, ...]:
    if thread.foreign is not None:
        return (Flag(FlagCode.FOREIGN_CORRECTION, (thread.foreign,)),)
    return (Flag(FlagCode.CORRECTIONS_IN_CIRCLE),) if thread.in_circle else ()
