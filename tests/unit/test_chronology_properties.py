"""What holds of any chronology: arrival order, what is not yet known, duplicates, and that no event is lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.chronology.build import chronology
from hub.chronology.items import FlagCode, Item
from hub.chronology.source import SourceEvent
from tests.chronology_events import ALL, erased, event, items_of, known_at

NOWHEN = datetime.min.replace(tzinfo=UTC)
AGENCIES = ("police", "hospital-trust", "childrens-social-care")
KINDS = ("referral", "assessment", "case-closure", "death", "ae-attendance", "person-details")
DATES = st.sampled_from(["2024-12-31", "2025-01-01", "2025-01-02", "2025-02-15"])


@st.composite
def _histories(draw: st.DrawFn, *, circles: bool = True) -> list[SourceEvent]:
    """Events of one child that correct and retract one another at will, in order of arrival."""
    size = draw(st.integers(1, 12))
    return [draw(_one_event(index, size if circles else index)) for index in range(size)]


@st.composite
def _one_event(draw: st.DrawFn, index: int, targets: int) -> SourceEvent:
    agency = draw(st.sampled_from(AGENCIES))
    if draw(st.integers(0, 9)) == 0:
        return erased(str(index), index + 1, agency=agency)
    target = str(draw(st.integers(0, targets - 1))) if targets and draw(st.booleans()) else None
    change = draw(st.sampled_from(["corrects", "correction", "retraction"])) if target else None
    kind = draw(st.sampled_from(KINDS)) if change in {None, "corrects"} else change
    born = draw(st.sampled_from([{}, {"born": {"date": "2025-01-01"}}, {"died": {"date": "2025-01-01"}}]))
    occurred: dict[str, Any] = {"accuracy": draw(st.sampled_from(["AAA", "UAA", "EAA", "UUA", "UUU"]))}
    if occurred["accuracy"] == "AAA" and draw(st.booleans()):
        occurred["until"] = draw(DATES)
    return event(
        str(index),
        index + 1,
        str(kind),
        agency=agency,
        on=draw(DATES),
        occurred=occurred,
        person=born,
        recorded=f"2025-05-0{draw(st.integers(1, 3))}T00:00:00Z",
        corrects=target if change != "retraction" else None,
        retracts=target if change == "retraction" else None,
    )


def _without_arrival(items: Sequence[Item]) -> list[Item]:
    """Blank out when the hub knew, and what is relative to it."""
    return [
        replace(
            item,
            position=0,
            known=NOWHEN,
            history=tuple(
                replace(one, position=0, known=NOWHEN, until_position=0, until=NOWHEN) for one in item.history
            ),
            notes=tuple(replace(one, position=0, known=NOWHEN) for one in item.notes),
            flags=tuple(flag for flag in item.flags if flag.code is not FlagCode.IN_FUTURE),
        )
        for item in items
    ]


def _events_in(item: Item) -> list[Any]:
    return [item.event, *(one.event for one in item.history), *(one.event for one in item.notes)]


@given(_histories(), st.randoms(use_true_random=False))
def test_arrival_order_never_changes_the_final_chronology(events: list[SourceEvent], random: Any) -> None:
    shuffled = random.sample(events, len(events))
    arrived = [replace(one, position=n, known=known_at(n)) for n, one in enumerate(shuffled, 1)]
    assert _without_arrival(items_of(*arrived)) == _without_arrival(items_of(*events))


@given(_histories(), st.integers(0, 13))
def test_as_of_never_shows_what_came_later(events: list[SourceEvent], as_of: int) -> None:
    then = chronology(events, as_of=as_of)
    assert then == chronology([one for one in events if one.position <= as_of], as_of=ALL)
    assert all(item.position <= as_of for item in then)
    assert {id_ for item in then for id_ in _events_in(item)} == {one.event for one in events if one.position <= as_of}


@given(_histories(), st.data())
def test_any_interleaving_of_duplicates_is_the_same_as_none(events: list[SourceEvent], data: st.DataObject) -> None:
    again = [
        replace(one, position=20 + n, known=known_at(20 + n))
        for n, one in enumerate(data.draw(st.lists(st.sampled_from(events), max_size=8)))
    ]
    mixed = data.draw(st.permutations([*events, *again]))
    assert chronology(mixed, as_of=ALL) == chronology(events, as_of=ALL)


@given(_histories())
def test_every_event_is_an_item_or_in_the_history_or_a_note_of_exactly_one(events: list[SourceEvent]) -> None:
    places = Counter(id_ for item in items_of(*events) for id_ in _events_in(item))
    assert places == Counter(one.event for one in events)


@given(_histories())
def test_an_item_holds_the_records_of_one_agency_only(events: list[SourceEvent]) -> None:
    agencies = {one.event: one.agency for one in events}
    assert all({agencies[id_] for id_ in _events_in(item)} == {item.agency} for item in items_of(*events))


@given(_histories(circles=False))
def test_what_history_says_was_believed_stood_in_the_chronology_of_then(events: list[SourceEvent]) -> None:
    for item in items_of(*events):
        for version in item.history:
            if version.until_position > version.position:
                then = {one.event for one in chronology(events, as_of=version.until_position - 1)}
                assert version.event in then


@given(_histories())
def test_items_are_sorted_by_what_is_possible(events: list[SourceEvent]) -> None:
    bounds = [(item.occurred.earliest, item.occurred.latest) for item in items_of(*events)]
    assert bounds == sorted(bounds)
