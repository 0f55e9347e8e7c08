"""When a review is due: by the clock, in working hours and in working days of England."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.events.reviews import OfficeHours, ReviewArrangement, Span
from hub.sharing.clocks import deadlines, ends, is_working_day, out_of_hours
from policies.model import RiskLevel

OFFICE = OfficeHours(opens=time(9), closes=time(17))
CEILING: Any = {"authority": "local", "ceiling": Span(amount=1, unit="working-days"), "ceiling_authority": "an Act"}
MOMENTS = st.timedeltas(timedelta(), timedelta(days=2_000)).map(lambda since: datetime(2024, 1, 1, tzinfo=UTC) + since)
SPANS = st.builds(Span, amount=st.integers(1, 30), unit=st.sampled_from(["hours", "working-hours", "working-days"]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(text: str) -> Span:
    amount, _, unit = text.partition(" ")
    return Span.model_validate({"amount": int(amount), "unit": unit})


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-11-20T15:00", "2 hours", "2026-11-20T17:00"),
        ("2026-11-20T23:00", "2 hours", "2026-11-21T01:00"),
        ("2026-11-23T15:00", "1 working-days", "2026-11-24T15:00"),
        ("2026-11-20T15:00", "1 working-days", "2026-11-23T15:00"),
        ("2026-11-21T15:00", "1 working-days", "2026-11-24T09:00"),
        ("2026-12-24T15:00", "1 working-days", "2026-12-29T15:00"),
        ("2026-12-25T15:00", "1 working-days", "2026-12-30T09:00"),
        ("2026-03-27T15:00", "1 working-days", "2026-03-30T14:00"),
        ("2026-11-20T16:00", "4 working-hours", "2026-11-23T12:00"),
        ("2026-11-20T05:00", "4 working-hours", "2026-11-20T13:00"),
        ("2026-11-20T20:00", "4 working-hours", "2026-11-23T13:00"),
        ("2026-11-23T09:00", "24 working-hours", "2026-11-25T17:00"),
        ("2026-08-28T15:00", "1 working-days", "2026-09-01T15:00"),
    ],
)
def test_a_length_of_time_ends(start: str, length: str, end: str) -> None:
    """Over a weekend, Christmas with its substitute day, the change to summer time, and the August bank holiday."""
    assert ends(at(start), span(length), OFFICE) == at(end)


@given(start=MOMENTS, length=SPANS)
def test_an_end_lies_after_the_beginning_and_where_people_work_on_a_working_day(start: datetime, length: Span) -> None:
    end = ends(start, length, OFFICE)

    assert end >= start + (timedelta(hours=length.amount) if "hours" in length.unit else timedelta())
    assert end > start
    assert length.unit == "hours" or is_working_day(end.date())


@given(start=MOMENTS, later=st.timedeltas(timedelta(), timedelta(days=40)), length=SPANS)
def test_what_begins_later_never_ends_earlier(start: datetime, later: timedelta, length: Span) -> None:
    assert ends(start, length, OFFICE) <= ends(start + later, length, OFFICE)


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-11-23T09:00", False),
        ("2026-11-23T16:59", False),
        ("2026-11-23T17:00", True),
        ("2026-11-23T08:59", True),
        ("2026-11-22T12:00", True),
        ("2026-12-28T12:00", True),
        ("2026-07-01T08:30", False),
    ],
)
def test_the_offices_are_closed_at_night_at_weekends_and_on_bank_holidays(moment: str, *, closed: bool) -> None:
    assert out_of_hours(at(moment), OFFICE) is closed


def test_without_office_hours_nobody_is_away_on_a_working_day() -> None:
    assert not out_of_hours(at("2026-11-23T03:00"), None)
    assert out_of_hours(at("2026-11-22T12:00"), None)


def test_what_has_no_local_clock_is_due_when_the_law_says() -> None:
    arrangement = ReviewArrangement(**CEILING, clocks={"red": Span(amount=2, unit="hours")})

    assert deadlines(at("2026-11-20T15:00"), "red", arrangement) == (at("2026-11-20T17:00"), at("2026-11-23T15:00"))
    for risk in {*RiskLevel} - {RiskLevel.RED}:
        assert deadlines(at("2026-11-20T15:00"), risk, arrangement) == (at("2026-11-23T15:00"),) * 2


@given(start=MOMENTS, local=SPANS)
def test_a_local_clock_is_never_due_after_the_ceiling(start: datetime, local: Span) -> None:
    due, ceiling = deadlines(start, "amber", ReviewArrangement(**CEILING, clocks={"amber": local}, office_hours=OFFICE))

    assert start < due <= ceiling


def test_a_clock_can_be_set_for_every_rating_that_there_is() -> None:
    rated = get_args(get_args(ReviewArrangement.model_fields["clocks"].annotation)[0])

    assert set(rated) == {*RiskLevel} - {RiskLevel.UNKNOWN}


@pytest.mark.parametrize(
    "wrong",
    [
        {"clocks": {"red": Span(amount=4, unit="working-hours")}},
        {"routes": [{"role": "auditor", "deputy": "auditor", "out_of_hours": "auditor"}] * 2},
        {"office_hours": {"opens": "17:00", "closes": "09:00"}},
        {"ceiling": {"amount": 0, "unit": "hours"}},
        {"ceiling": {"amount": 1, "unit": "weeks"}},
    ],
)
def test_an_arrangement_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReviewArrangement.model_validate({**CEILING, **wrong}, strict=False)
