"""Gather an agency's record with its corrections and retractions into one thread, and find which word of it stands.

Only the agency that made a record changes it. Of several changes to one record the one that the agency recorded last
stands, then the higher id: never the one that arrived last, so that arrival order changes nothing. A retraction takes
back what it names with all that was built on it, unless it is taken back itself or the agency states the record anew.
A `correction` event restates nothing: it is a note. Changes that name one another in a circle are cut at the earliest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub.chronology.items import Note, Version
from hub.chronology.source import SourceEvent

_NEVER_RECORDED = datetime.min.replace(tzinfo=UTC)

Order = tuple[datetime, UUID]


@dataclass(slots=True)
class Thread:
    """One record: the event it began with, the one that stands, the retraction if it is retracted, and the rest."""

    first: SourceEvent
    standing: SourceEvent
    retraction: SourceEvent | None = None
    history: tuple[Version, ...] = ()
    notes: tuple[Note, ...] = ()
    foreign: UUID | None = None
    in_circle: bool = False


@dataclass(slots=True)
class _Node:
    event: SourceEvent
    type: str | None
    order: Order
    target: UUID | None = None
    changes: list["_Node"] = field(default_factory=list)
    stands: "_Node | None" = None
    would_stand: "_Node | None" = None
    retracted_by: "_Node | None" = None
    out: bool = False
    until: SourceEvent | None = None


def threads(events: Mapping[UUID, SourceEvent]) -> Iterator[Thread]:
    """Give the threads of a child's events; each event is in exactly one of them."""
    targets, foreign = _targets(events)
    if not targets and not foreign:
        yield from (Thread(event, event) for event in events.values())
        return
    involved = {**targets, **dict.fromkeys(targets.values())}
    for event in events.values():
        if event.event not in involved:
            yield Thread(event, event, foreign=foreign.get(event.event))
    yield from _linked_threads(events, targets, list(involved), foreign)


def type_of(event: SourceEvent) -> str | None:
    """Return an event's type, or None where it was erased."""
    if event.sections is None:
        return None
    name: str | None = event.sections.get("what", {}).get("type")
    return name


def _targets(events: Mapping[UUID, SourceEvent]) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
    """Return what each event changes among these events, its own agency's and other agencies' apart."""
    own: dict[UUID, UUID] = {}
    foreign: dict[UUID, UUID] = {}
    for event in events.values():
        origin = event.sections.get("origin") if event.sections is not None else None
        if not origin or not ("retracts" in origin or "corrects" in origin):
            continue
        target = _named(origin.get("retracts") or origin.get("corrects"), events)
        if target is not None and target is not event:
            (own if target.agency == event.agency else foreign)[event.event] = target.event
    return own, foreign


def _named(text: Any, events: Mapping[UUID, SourceEvent]) -> SourceEvent | None:
    try:
        return events.get(UUID(text))
    except (AttributeError, TypeError, ValueError):
        return None


def _linked_threads(
    events: Mapping[UUID, SourceEvent], targets: Mapping[UUID, UUID], involved: list[UUID], foreign: Mapping[UUID, UUID]
) -> Iterator[Thread]:
    nodes = {id_: _node(events[id_], targets.get(id_)) for id_ in involved}
    cut = _cut_circles(nodes)
    for node in nodes.values():
        if node.target is not None:
            nodes[node.target].changes.append(node)
    for node in nodes.values():
        node.changes.sort(key=lambda change: change.order)
    for root in nodes.values():
        if root.target is None:
            yield _thread(root, foreign.get(root.event.event), in_circle=root.event.event in cut)


def _node(event: SourceEvent, target: UUID | None) -> _Node:
    return _Node(event, type_of(event), (_recorded(event), event.event), target)


def _recorded(event: SourceEvent) -> datetime:
    """Return when the agency recorded the event, by its own clock."""
    text = (event.sections or {}).get("when", {}).get("recorded")
    try:
        moment = datetime.fromisoformat(text) if text else _NEVER_RECORDED
    except ValueError:
        return _NEVER_RECORDED
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _cut_circles(nodes: Mapping[UUID, _Node]) -> set[UUID]:
    """Make the earliest node of each circle change nothing; return those."""
    cut: set[UUID] = set()
    seen: set[UUID] = set()
    for start in nodes:
        path: dict[UUID, None] = {}
        here: UUID | None = start
        while here is not None and here not in seen and here not in path:
            path[here] = None
            here = nodes[here].target
        if here is not None and here in path:
            walked = list(path)
            circle = (nodes[id_] for id_ in walked[walked.index(here) :])
            earliest = min(circle, key=lambda node: node.order)
            earliest.target = None
            cut.add(earliest.event.event)
        seen.update(path)
    return cut


def _thread(root: _Node, foreign: UUID | None, *, in_circle: bool) -> Thread:
    tree = [root]
    for node in tree:
        tree.extend(node.changes)
    for node in reversed(tree):
        _decide(node)
    for node in tree:
        _bound(node)
    standing = root.would_stand or root
    retraction = None if root.retracted_by is None else root.retracted_by.event
    shown = {standing.event.event} if retraction is None else {retraction.event}
    rest = sorted((node for node in tree if node.event.event not in shown), key=lambda node: node.order)
    return Thread(
        first=root.event,
        standing=standing.event,
        retraction=retraction,
        history=tuple(_version(node) for node in rest if _is_version(node)),
        notes=tuple(_note(node) for node in rest if not _is_version(node)),
        foreign=foreign,
        in_circle=in_circle,
    )


def _is_version(node: _Node) -> bool:
    return node.type not in {"correction", "retraction"}


def _decide(node: _Node) -> None:
    """Find what stands for a node, once it is known what stands for each of its changes; the last recorded counts."""
    node.stands = node.would_stand = node
    for change in reversed(node.changes):
        result = change.stands
        if result is None:
            continue
        if result.type == "retraction":
            node.retracted_by = node.retracted_by or result
        elif result.type != "correction":
            node.would_stand = result
            break
    node.stands = None if node.retracted_by is not None else node.would_stand


def _bound(node: _Node) -> None:
    """Find what first replaced or withdrew each change of a node, and the node itself; parents come before changes."""
    node.out = node.out or node.stands is None
    bound = node.until
    for change in reversed(node.changes):
        change.until = bound
        change.out = node.out and change.type != "retraction"
        bound = _earlier(bound, _replacement(change))
    node.until = bound


def _replacement(change: _Node) -> SourceEvent | None:
    """Return what displaces a node: its change, and in place of a mere note what the agency stated upon it."""
    if change.type != "correction":
        return change.event
    return change.stands.event if change.stands is not None and change.stands is not change else None


def _earlier(one: SourceEvent | None, other: SourceEvent | None) -> SourceEvent | None:
    if one is None or other is None:
        return one or other
    return one if one.position <= other.position else other


def _version(node: _Node) -> Version:
    event = node.event
    until = node.until if node.until is not None and node.until.position > event.position else event
    return Version(
        event=event.event,
        subject=event.subject,
        position=event.position,
        known=event.known,
        until_position=until.position,
        until=until.known,
        retracted=node.out,
        sections=event.sections,
        people=event.people,
    )


def _note(node: _Node) -> Note:
    event = node.event
    return Note(
        event=event.event,
        subject=event.subject,
        position=event.position,
        known=event.known,
        withdrawn=node.out,
        sections=event.sections,
    )
