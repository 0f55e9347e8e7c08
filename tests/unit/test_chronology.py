"""What stands, what stood before, and what was said about it: corrections, retractions, erasure, duplicates."""

from typing import Any

import pytest

from hub.chronology.items import FlagCode, Item, Status
from hub.chronology.source import SourceEvent
from tests.chronology_events import ALL, erased, event, event_id, flags_of, items_of, known_at


def _only(*events: SourceEvent, as_of: int = ALL) -> Item:
    (item,) = items_of(*events, as_of=as_of)
    return item


def test_an_item_carries_its_source_as_the_agency_gave_it() -> None:
    source = {"agency": "police", "handling": {"source": "1", "information": "B", "code": "C", "conditions": ["S2"]}}
    item = _only(event("a", 3, source=source))
    assert item.sections is not None
    assert item.sections["source"] == source
    assert (item.position, item.known, item.status) == (3, known_at(3), Status.CURRENT)


def test_agencies_that_tell_of_one_thing_stand_side_by_side() -> None:
    items = items_of(event("a", 1, agency="police"), event("b", 2, agency="hospital-trust"))
    assert [item.agency for item in items] == ["hospital-trust", "police"]


def test_an_event_that_comes_again_changes_nothing() -> None:
    once = items_of(event("a", 4), event("b", 5))
    assert items_of(event("b", 5), event("a", 9), event("a", 4), event("b", 7)) == once


def test_a_correction_replaces_its_record_and_keeps_what_was_believed_until_then() -> None:
    item = _only(event("wrong", 1, on="2025-02-01"), event("right", 5, on="2025-02-11", corrects="wrong"))
    assert (item.event, item.first, item.status) == (event_id("right"), event_id("wrong"), Status.CORRECTED)
    assert item.occurred.earliest.isoformat() == "2025-02-11"
    (before,) = item.history
    assert (before.event, before.known, before.until, before.retracted) == (
        event_id("wrong"),
        known_at(1),
        known_at(5),
        False,
    )


def test_before_the_correction_was_known_the_record_was_current() -> None:
    item = _only(event("wrong", 1), event("right", 5, corrects="wrong"), as_of=4)
    assert (item.event, item.status, item.history) == (event_id("wrong"), Status.CURRENT, ())


def test_a_correction_that_arrives_before_its_record_ends_the_same() -> None:
    early = _only(event("right", 1, corrects="wrong"), event("wrong", 2), as_of=1)
    assert (early.event, early.status) == (event_id("right"), Status.CURRENT)
    late = _only(event("right", 1, corrects="wrong"), event("wrong", 2))
    assert (late.event, late.first, late.status) == (event_id("right"), event_id("wrong"), Status.CORRECTED)
    assert late.history[0].until == late.history[0].known == known_at(2)


def test_a_chain_of_corrections_is_one_item() -> None:
    chain = [event("0", 1)] + [event(str(n), n + 1, corrects=str(n - 1)) for n in range(1, 2000)]
    item = _only(*chain)
    assert item.event == event_id("1999")
    assert len(item.history) == 1999


def test_of_two_corrections_the_one_recorded_last_stands_however_they_arrive() -> None:
    first = event("first", 9, corrects="a", recorded="2025-05-02T10:00:00Z")
    second = event("second", 2, corrects="a", recorded="2025-05-02T12:00:00+01:00")
    item = _only(event("a", 1), first, second)
    assert item.event == event_id("second")
    assert {version.event for version in item.history} == {event_id("a"), event_id("first")}


def test_a_correction_notice_is_a_note_on_its_record() -> None:
    item = _only(event("a", 1), event("c", 2, "correction", corrects="a"))
    assert (item.event, item.status, item.history) == (event_id("a"), Status.CORRECTED, ())
    assert [note.event for note in item.notes] == [event_id("c")]


def test_a_notice_that_was_taken_back_leaves_its_record_current() -> None:
    item = _only(event("a", 1), event("c", 2, "correction", corrects="a"), event("r", 3, "retraction", retracts="c"))
    assert item.status is Status.CURRENT
    assert {note.event: note.withdrawn for note in item.notes} == {event_id("c"): True, event_id("r"): False}


def test_what_is_stated_upon_a_notice_replaces_the_record() -> None:
    item = _only(event("a", 1), event("c", 2, "correction", corrects="a"), event("x", 3, corrects="c"))
    assert (item.event, item.status) == (event_id("x"), Status.CORRECTED)
    assert [(version.event, version.until) for version in item.history] == [(event_id("a"), known_at(3))]


def test_a_retracted_item_stays_in_its_place_without_what_it_told() -> None:
    told = event("a", 1, narrative={"text": "words"}, on="2025-01-01")
    items = items_of(told, event("b", 2, on="2025-02-01"), event("r", 3, "retraction", on="2025-05-01", retracts="a"))
    item = items[0]
    assert (item.event, item.first, item.status) == (event_id("r"), event_id("a"), Status.RETRACTED)
    assert (item.type, item.occurred.earliest.isoformat()) == ("safeguarding-concern", "2025-01-01")
    assert item.sections is not None
    assert set(item.sections) == {"subject", "what", "when", "source", "narrative"}
    assert item.sections["narrative"] == {"detail": {"reason": "detail of r"}}
    (believed,) = item.history
    assert believed.sections is told.sections
    assert (believed.retracted, believed.until) == (True, known_at(3))


def test_before_the_retraction_was_known_the_record_was_current() -> None:
    item = _only(event("a", 1), event("r", 3, "retraction", retracts="a"), as_of=2)
    assert (item.event, item.status) == (event_id("a"), Status.CURRENT)


@pytest.mark.parametrize(
    "care", [{"sharing": {"sensitivity": ["informant"]}}, {"source": {"agency": "police", "handling": {"code": "C"}}}]
)
def test_a_retraction_that_asks_for_more_care_than_its_record_keeps_its_reason(care: dict[str, Any]) -> None:
    item = _only(event("a", 1), event("r", 2, "retraction", retracts="a", **care))
    assert item.sections is not None
    assert "narrative" not in item.sections


def test_of_two_retractions_the_one_recorded_last_is_the_last_word() -> None:
    later = event("later", 2, "retraction", retracts="a", recorded="2025-05-03T00:00:00Z")
    sooner = event("sooner", 3, "retraction", retracts="a", recorded="2025-05-02T00:00:00Z")
    item = _only(event("a", 1), later, sooner)
    assert (item.event, [note.event for note in item.notes]) == (event_id("later"), [event_id("sooner")])


@pytest.mark.parametrize("recorded", ["", "soon", "2025-05-02T10:00:00"])
def test_a_change_without_a_readable_time_of_recording_still_counts(recorded: str) -> None:
    when = {"occurred": {"date": "2025-03-01"}, "recorded": recorded}
    assert _only(event("a", 1), event("b", 2, corrects="a", when=when)).event == event_id("b")


def test_retracting_a_correction_brings_the_record_back() -> None:
    item = _only(event("a", 1), event("b", 2, corrects="a"), event("r", 3, "retraction", retracts="b"))
    assert (item.event, item.status) == (event_id("a"), Status.CURRENT)
    assert [(version.event, version.retracted) for version in item.history] == [(event_id("b"), True)]
    assert [note.event for note in item.notes] == [event_id("r")]


def test_retracting_a_retraction_brings_the_record_back() -> None:
    item = _only(event("a", 1), event("r", 2, "retraction", retracts="a"), event("s", 3, "retraction", retracts="r"))
    assert (item.event, item.status) == (event_id("a"), Status.CURRENT)
    assert {note.event: note.withdrawn for note in item.notes} == {event_id("r"): True, event_id("s"): False}


def test_a_retracted_record_takes_its_earlier_corrections_with_it() -> None:
    retraction = event("r", 3, "retraction", retracts="a", recorded="2025-05-03T00:00:00Z")
    item = _only(event("a", 1), event("b", 2, corrects="a", recorded="2025-05-02T00:00:00Z"), retraction)
    assert item.status is Status.RETRACTED
    assert {version.event: version.until for version in item.history} == {
        event_id("a"): known_at(2),
        event_id("b"): known_at(3),
    }


def test_a_record_that_the_agency_states_anew_after_retracting_it_stands() -> None:
    retraction = event("r", 2, "retraction", retracts="a", recorded="2025-05-02T00:00:00Z")
    item = _only(event("a", 1), retraction, event("b", 3, corrects="a", recorded="2025-05-03T00:00:00Z"))
    assert (item.event, item.status) == (event_id("b"), Status.CORRECTED)


def test_only_its_own_agency_corrects_a_record() -> None:
    items = items_of(event("a", 1), event("b", 2, agency="housing", corrects="a"))
    mine = next(item for item in items if item.agency == "police")
    other = next(item for item in items if item.agency == "housing")
    assert (mine.status, mine.flags) == (Status.CURRENT, ())
    assert flags_of(other) == {FlagCode.FOREIGN_CORRECTION}
    assert other.flags[0].rests_on == (event_id("a"),)


def test_a_change_to_what_nobody_knows_is_an_item_of_its_own_and_says_no_more() -> None:
    item = _only(event("r", 1, "retraction", retracts="elsewhere"))
    assert (item.type, item.status, item.flags) == ("retraction", Status.CURRENT, ())


@pytest.mark.parametrize("size", [2, 3, 7])
def test_corrections_in_a_circle_lose_nothing_and_say_so(size: int) -> None:
    circle = [
        event(str(n), size - n, corrects=str((n + 1) % size), recorded=f"2025-05-{n + 1:02}T00:00:00Z")
        for n in range(size)
    ]
    item = _only(*circle)
    assert item.first == event_id("0")
    assert flags_of(item) == {FlagCode.CORRECTIONS_IN_CIRCLE}
    assert len(item.history) == size - 1


def test_a_record_that_names_itself_is_just_a_record() -> None:
    item = _only(event("a", 1, corrects="a"))
    assert (item.status, item.flags) == (Status.CURRENT, ())


def test_an_erased_record_says_so_and_nothing_else() -> None:
    item = _only(erased("a", 1))
    assert (item.status, item.type, item.sections, item.people, item.flags) == (Status.ERASED, None, None, (None,), ())


def test_an_erased_record_that_was_corrected_is_in_the_history_as_erased() -> None:
    item = _only(erased("a", 1), event("b", 2, corrects="a"))
    assert (item.event, item.status) == (event_id("b"), Status.CORRECTED)
    assert item.history[0].sections is None


def test_an_erased_record_that_was_retracted_is_erased() -> None:
    item = _only(erased("a", 1), event("r", 2, "retraction", retracts="a"))
    assert (item.status, item.sections) == (Status.ERASED, None)


def test_a_third_party_can_be_erased_alone() -> None:
    told = event("a", 1)
    kept = {"kind": "other-adult", "relationship": "MTH"}
    item = _only(SourceEvent(told.event, told.subject, told.agency, 1, told.known, told.sections, (None, kept)))
    assert (item.status, item.people) == (Status.CURRENT, (None, kept))


@pytest.mark.parametrize("origin", [{"corrects": "no id"}, {"retracts": None, "corrects": 7}, {}])
def test_an_origin_that_names_no_event_changes_nothing(origin: dict[str, Any]) -> None:
    assert _only(event("a", 1, origin=origin)).status is Status.CURRENT
