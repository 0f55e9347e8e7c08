"""In what a decision taken again differs from its record: item by item and facet by facet. Knows no cause."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from hub.events.decisions import DecidedItem, DisclosureDecided, ShownItem

# The whole of a record but what is compared item by item, which software wrote it, and what is no function of the log.
_APART: Final = {"shown", "outcomes", "grounds", "software", "checkpoint"}
# What records from before it do not hold.
_SINCE: Final = {"law_on", "previous", "links"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: of the record as a whole, of an event, or of an item as its viewer knew it."""

    of: str
    what: str
    recorded: Any
    replayed: Any


def differences(recorded: DisclosureDecided, replayed: DisclosureDecided) -> list[Difference]:
    """Return all in which two records of one decision differ; none where the answer is the same to the byte."""
    compared = (_as_a_whole, _decided, _grounds, _shown)
    return [found for compare in compared for found in compare(recorded, replayed)]


def _as_a_whole(recorded: DisclosureDecided, replayed: DisclosureDecided) -> Iterable[Difference]:
    apart = _APART if recorded.grounds is not None else _APART | _SINCE
    one, other = recorded.model_dump(mode="json", exclude=apart), replayed.model_dump(mode="json", exclude=apart)
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
    if before.obligations is not None and before.obligations != after.obligations:
        yield Difference(place, "obligations", before.obligations, after.obligations)


def _grounds(recorded: DisclosureDecided, replayed: DisclosureDecided) -> Iterable[Difference]:
    if recorded.grounds is None or (recorded.grounds, recorded.outcomes) == (replayed.grounds, replayed.outcomes):
        return
    one, other = recorded.grounds_by_event, replayed.grounds_by_event
    for event in one.keys() & other.keys():
        if one[event] != other[event]:
            yield Difference(f"event {event}", "facts", asdict(one[event]), asdict(other[event]))


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
