"""Dates without pretended precision: intervals, order, what is noticed, and cutting by time."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from hub.chronology.items import SENTENCES, FlagCode
from hub.chronology.occurrence import UNKNOWN, born_between, interval, occurrence
from hub.chronology.order import TYPE_ORDER
from hub.chronology.window import page, within
from hub.contract.details import DETAILS
from hub.contract.primitives import Precision
from tests.chronology_events import erased, event, event_id, flags_of, items_of


def _order(*events: Any) -> list[str]:
    names = {one.event: one.sections["origin"]["ce_id"] for one in events}
    forwards = [names[item.event] for item in items_of(*events)]
    assert forwards == [names[item.event] for item in items_of(*reversed(events))]
    return forwards


@pytest.mark.parametrize(
    ("accuracy", "first", "last"),
    [
        ("AAA", "2020-06-15", "2020-06-15"),
        ("UAA", "2020-06-01", "2020-06-30"),
        ("EAA", "2020-06-01", "2020-06-30"),
        ("UUA", "2020-01-01", "2020-12-31"),
        ("AUA", "2020-01-01", "2020-12-31"),
        ("UEA", "2020-01-01", "2020-12-31"),
        ("UUE", "2019-01-01", "2021-12-31"),
        ("AAU", "0001-01-01", "9999-12-31"),
    ],
)
def test_a_partial_date_means_an_interval(accuracy: str, first: str, last: str) -> None:
    assert interval(date(2020, 6, 15), accuracy) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("accuracy", ["".join(letters) for letters in product("AEU", repeat=3)])
@pytest.mark.parametrize("day", [date.min, date(2024, 2, 29), date.max])
def test_every_accuracy_of_every_date_has_an_interval_that_holds_it(accuracy: str, day: date) -> None:
    first, last = interval(day, accuracy)
    assert first <= day <= last


def test_a_less_precise_date_sorts_where_it_may_have_begun() -> None:
    assert _order(
        event("exact", 1, on="2020-06-15"),
        event("month", 2, on="2020-06-15", occurred={"accuracy": "UAA"}),
        event("year", 3, on="2020-06-15", occurred={"accuracy": "UUA"}),
        event("first of the month", 4, on="2020-06-01"),
        event("unknown", 5, on="2020-06-15", occurred={"accuracy": "UUU"}),
    ) == ["unknown", "year", "first of the month", "month", "exact"]


def test_a_day_sorts_before_its_times_and_times_among_themselves() -> None:
    assert _order(
        event("night", 1, occurred={"at": "2025-03-01T23:30:00Z"}),
        event("noon", 2, occurred={"at": "2025-03-01T13:00:00+01:00"}),
        event("day", 3),
        event("next day", 4, on="2025-03-02"),
    ) == ["day", "noon", "night", "next day"]


def test_one_day_follows_the_course_of_a_case_and_then_agency_and_id() -> None:
    assert _order(
        event("closed", 1, "case-closure"),
        event("plan", 2, "cp-plan"),
        event("conference", 3, "cp-conference"),
        event("enquiry", 4, "section-47"),
        event("referral", 5, "referral"),
        *(event(f"incident at {letter}", n, "police-incident", agency=letter) for n, letter in enumerate("fbdace", 6)),
    ) == [*(f"incident at {letter}" for letter in "abcdef"), "referral", "enquiry", "conference", "plan", "closed"]


def test_the_course_of_a_case_places_every_type() -> None:
    assert set(TYPE_ORDER) == set(DETAILS)


def test_estimates_order_items_that_precision_cannot() -> None:
    assert _order(
        event("later", 1, on="2020-06-20", occurred={"accuracy": "EAA"}),
        event("sooner", 2, on="2020-06-10", occurred={"accuracy": "EAA"}),
    ) == ["sooner", "later"]


@pytest.mark.parametrize(
    "when",
    [
        None,
        {},
        {"occurred": {}},
        {"occurred": {"date": "2020-02-30"}},
        {"occurred": {"date": "1700006400"}},
        {"occurred": {"date": 7}},
        {"occurred": {"date": "2020-01-01", "at": "1700000000"}},
        {"occurred": {"date": "0001-01-01", "at": "0001-01-01T00:00:00+23:00"}},
        {"occurred": {"date": "2020-01-01", "accuracy": "???"}},
    ],
)
def test_what_cannot_be_read_as_a_date_is_unknown(when: Any) -> None:
    assert occurrence(when) == UNKNOWN


def test_an_unreadable_birth_is_no_birth() -> None:
    assert born_between({"date": "2020-02-30"}) is None


def test_a_time_that_contradicts_its_date_counts_and_is_flagged() -> None:
    (item,) = items_of(event("a", 1, on="2025-03-01", occurred={"at": "2025-03-09T10:00:00Z"}))
    assert item.occurred.earliest == date(2025, 3, 9)
    assert flags_of(item) == {FlagCode.DATE_UNRELIABLE}


def test_precision_and_estimate_are_told_apart() -> None:
    estimated = occurrence({"occurred": {"date": "2020-06-15", "accuracy": "EAA"}})
    assert (estimated.precision, estimated.estimated) == (Precision.DAY, True)


@pytest.mark.parametrize(
    ("on", "occurred", "flag"),
    [
        ("9999-12-31", {}, FlagCode.IN_FUTURE),
        ("2025-06-03", {}, FlagCode.IN_FUTURE),
        ("2025-06-01", {"at": "2025-06-01T11:00:00Z"}, FlagCode.IN_FUTURE),
        ("0001-01-01", {}, FlagCode.DATE_UNRELIABLE),
        ("2025-03-01", {"accuracy": "AAU"}, FlagCode.DATE_UNRELIABLE),
        ("2025-03-01", {"until": "2025-02-01"}, FlagCode.DATES_OUT_OF_ORDER),
    ],
)
def test_impossible_dates_are_kept_and_flagged(on: str, occurred: dict[str, Any], flag: FlagCode) -> None:
    (item,) = items_of(event("a", 1, on=on, occurred=occurred))
    assert flag in flags_of(item)


@pytest.mark.parametrize(("on", "occurred"), [("2025-06-01", {}), ("2025-06-15", {"accuracy": "UAA"})])
def test_what_may_have_happened_before_it_was_known_is_not_in_the_future(on: str, occurred: dict[str, Any]) -> None:
    (item,) = items_of(event("a", 1, on=on, occurred=occurred))
    assert item.flags == ()


def test_a_death_flags_what_is_dated_after_it_and_names_what_says_so() -> None:
    items = items_of(
        event("before", 1, on="2025-01-01"),
        event("death", 2, "death", on="2025-02-01", agency="hospital-trust"),
        event("closed", 3, "case-closure", on="2025-02-10"),
        event("census", 4, "referral", on="2025-01-02", person={"died": {"date": "2025-02-03"}}, agency="housing"),
        event("after", 5, on="2025-02-02"),
        event("long after", 6, on="2025-03-01"),
    )
    flags = {item.event: item.flags for item in items if item.flags}
    assert {event: {flag.code for flag in found} for event, found in flags.items()} == {
        event_id("after"): {FlagCode.AFTER_DEATH},
        event_id("long after"): {FlagCode.AFTER_DEATH},
    }
    assert flags[event_id("after")][0].rests_on == (event_id("death"),)
    assert flags[event_id("long after")][0].rests_on == (event_id("death"), event_id("census"))


def test_a_retracted_or_erased_death_flags_nothing() -> None:
    later = event("later", 4, on="2025-05-01")
    retracted = [event("death", 1, "death", on="2025-02-01"), event("r", 2, "retraction", retracts="death")]
    assert [item.flags for item in items_of(*retracted, erased("x", 3), later)] == [(), (), ()]


@pytest.mark.parametrize(
    ("kind", "on", "flagged"),
    [
        ("school-suspension", "2015-05-31", True),
        ("referral", "2015-05-31", False),
        ("referral", "2014-08-25", False),
        ("referral", "2014-08-24", True),
        ("ae-attendance", "2015-06-01", False),
    ],
)
def test_before_birth_only_work_with_the_unborn_child_is_possible(kind: str, on: str, *, flagged: bool) -> None:
    (item,) = items_of(event("a", 1, kind, on=on, person={"born": {"date": "2015-06-01"}}))
    assert flags_of(item) == ({FlagCode.BEFORE_BIRTH} if flagged else set())


def test_an_unborn_childs_own_attendance_is_possible() -> None:
    born = event("born", 1, person={"born": {"date": "2015-06-01"}})
    subject = {"kind": "unborn-child", "reference": "U-1"}
    items = items_of(born, event("unborn", 2, "ae-attendance", on="2015-03-01", subject=subject))
    assert [item.flags for item in items] == [(), ()]


def test_without_a_birth_of_its_own_an_item_is_before_birth_only_if_all_say_so() -> None:
    early = event("early", 1, "missing-person", on="2012-01-01", agency="housing")
    one = event("one", 2, person={"born": {"date": "2015-06-01"}})
    other = event("other", 3, person={"born": {"date": "2015-06-02"}})
    disputed = event("disputed", 4, person={"born": {"date": "2005-06-01"}})
    assert items_of(early, one, other)[0].flags[0].rests_on == (event_id("one"), event_id("other"))
    assert items_of(early, one, other, disputed)[0].flags == ()


def test_activity_after_closure_is_flagged_until_a_new_referral() -> None:
    csc = "childrens-social-care"
    items = items_of(
        event("referral", 1, "referral", on="2025-01-01", agency=csc),
        event("same day", 2, "assessment", on="2025-02-01", agency=csc),
        event("closed", 3, "case-closure", on="2025-02-01", agency=csc),
        event("after", 4, "assessment", on="2025-02-02", agency=csc),
        event("other agency", 5, "assessment", on="2025-02-02", agency="housing"),
        event("new contact", 6, "contact", on="2025-02-03", agency=csc),
        event("after contact", 9, "cp-plan", on="2025-02-04", agency=csc),
        event("again", 7, "referral", on="2025-03-01", agency=csc),
        event("reopened", 8, "section-47", on="2025-03-02", agency=csc),
    )
    flags = {item.event: item.flags for item in items if item.flags}
    assert list(flags) == [event_id("after"), event_id("after contact")]
    assert flags[event_id("after")][0].code is FlagCode.AFTER_CLOSURE
    assert flags[event_id("after")][0].rests_on == (event_id("closed"),)


def test_every_flag_has_its_sentence() -> None:
    assert set(SENTENCES) == set(FlagCode)


def test_a_window_keeps_what_may_overlap_it() -> None:
    items = items_of(
        event("before", 1, on="2025-01-31"),
        event("into", 2, on="2025-01-15", occurred={"until": "2025-02-01"}),
        event("month", 3, on="2025-02-15", occurred={"accuracy": "UAA"}),
        event("undated", 4, occurred={"accuracy": "UUU"}),
        event("after", 5, on="2025-02-11"),
        erased("erased", 6),
    )
    kept = {item.event for item in within(items, date(2025, 2, 1), date(2025, 2, 10))}
    assert kept == {event_id(name) for name in ("into", "month", "undated", "erased")}
    assert within(items) == items


def test_pages_give_everything_once() -> None:
    first, last = page("abcde", start=0, limit=3), page("abcde", start=3, limit=3)
    assert (first.items, first.next_start) == (("a", "b", "c"), 3)
    assert (last.items, last.next_start) == (("d", "e"), None)
