"""In what a decision taken again differs from its record: item by item and facet by facet. Knows no cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from hub.events.decisions import DecidedItem, DisclosureDecided, ShownItem

# The whole of a record but what is compared item by item, and which software wrote it.
_APART: Final = {"shown", "outcomes", "software"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: of the record as a whole, of an event, or of an item as its viewer knew it."""

    of: str
    what: str
    recorded: Any
    replayed: Any


def differences(recorded: DisclosureDecided, replayed: DisclosureDecided) -> list[Difference]:
    """Return all in which two records of one decision differ; none where the answer is the same to the byte."""
    return [*_as_a_whole(recorded, replayed), *_decided(recorded, replayed), *_shown(recorded, replayed)]


def _as_a_whole(recorded: DisclosureDecided, replayed: DisclosureDecided) -> Iterable[Difference]:
    one, other = recorded.model_dump(mode="json", exclude=_APART), replayed.model_dump(mode="json", exclude=_APART)
    return (Difference("decision", name, one[name], other[name]) for name in one if one[name] != other[name])


def _decided(recorded: DisclosureDecided, replayed: DisclosureDecided) -> Iterable[Difference]:
    one = {each.event: each for each in recorded.decided}
    other = {each.event: each for each in replayed.decided}
    for event in one | other:
        before, after = one.get(event), other.get(event)
        if before is None or after is None:
            yield Difference(f"event {event}", "decided", before and before.verdict, after and after.verdict)
        else:
            yield from _of_one_event(before, after)


def _of_one_event(before: DecidedItem, after: DecidedItem) -> Iterable[Difference]:
    place = f"event {before.event}"
    if before.verdict != after.verdict:
        yield Difference(place, "verdict", before.verdict, after.verdict)
    for facet in sorted({*before.facets} ^ {*after.facets}):
        yield Difference(place, f"facet {facet}", facet in before.facets, facet in after.facets)
    if before.rules != after.rules:
        yield Difference(place, "rules", before.rules, after.rules)


def _shown(recorded: DisclosureDecided, replayed: DisclosureDecided) -> Iterable[Difference]:
    if recorded.shown == replayed.shown:
        return
    one, other = _by_id(recorded.shown), _by_id(replayed.shown)
    found = [
        Difference(f"item {name}", "content", one.get(name), other.get(name))
        for name in one | other
        if one.get(name) != other.get(name)
    ]
    yield from found or [Difference("decision", "order", list(one), list(other))]


def _by_id(items: Iterable[ShownItem]) -> dict[str, str]:
    return {item.id: item.hash for item in items}
