"""Dates, times and partial dates as agencies write them; what can be misread is not read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.dates import local_day, plausible, read_day, read_instant, read_moment, read_partial

EIGHTH = dt.date(2024, 1, 8)


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-08",
        "20240108",
        "2024/01/08",
        "08/01/2024",
        "8/1/2024",
        "08-01-2024",
        "08.01.2024",
        "2024-Jan-08",
        "2024-Jan-08 00:00:00",
        "2024-January-08",
        "08-Jan-2024",
        "8 January 2024",
        "08/JAN/2024",
        "2024-01-08T00:00:00",
        "2024-01-08 00:00:00.000",
        "2024-01-08Z",
        "2024-01-08T23:30:00",
    ],
)
def test_one_day_in_many_forms(written: str) -> None:
    assert read_day(written) == EIGHTH


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2024-02-30",
        "30/02/2024",
        "31/04/2024",
        "01/13/2024",
        "08/01/24",
        "2024-13-01",
        "2024-W01-1",
        "45292",
        "45292.5",
        "1704672000",
        "08/01.2024",
        "2024-Xyz-08",
        "2024-J-08",
        "2024-01-08T25:00:00",
        "2024-01-08T10:00:00+99:00",
        "\uff10\uff18/\uff10\uff11/\uff12\uff10\uff12\uff14",
        "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0668",
        "yesterday",
        "2024-01-08 or so",
        "0000-01-01",
    ],
)
def test_what_is_no_certain_day_is_not_read(written: str) -> None:
    assert read_day(written) is None


def test_months_are_told_apart_by_three_letters() -> None:
    assert read_day("2024-Mar-08") == dt.date(2024, 3, 8)
    assert read_day("2024-Jun-08") == dt.date(2024, 6, 8)
    assert read_day("2024-Jul-08") == dt.date(2024, 7, 8)


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max, dt.date(1066, 4, 13), dt.date(2101, 1, 1)])
def test_a_year_far_off_is_read_and_is_not_plausible(day: dt.date) -> None:
    assert read_day(day.isoformat()) == day
    assert not plausible(day)


@pytest.mark.parametrize("year", [1900, 1965, 2100])
def test_years_of_living_people_are_plausible(year: int) -> None:
    assert plausible(dt.date(year, 1, 1))


def test_midnight_is_padding_and_another_time_is_a_moment_in_england() -> None:
    padded, told = read_instant("2025-Jun-02 00:00:00"), read_instant("2025-Jun-02 14:30:00")
    assert padded is not None
    assert told is not None
    assert (padded.day, padded.at) == (dt.date(2025, 6, 2), None)
    assert told.at == dt.datetime(2025, 6, 2, 13, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-05-23T11:14:05", dt.datetime(2024, 5, 23, 10, 14, 5, tzinfo=dt.UTC)),
        ("2024-12-23T11:14:05", dt.datetime(2024, 12, 23, 11, 14, 5, tzinfo=dt.UTC)),
        ("2024-05-23T11:14:05Z", dt.datetime(2024, 5, 23, 11, 14, 5, tzinfo=dt.UTC)),
        ("2024-05-23T11:14:05+02:00", dt.datetime(2024, 5, 23, 9, 14, 5, tzinfo=dt.UTC)),
        ("2024-05-23T00:00:00", dt.datetime(2024, 5, 22, 23, 0, tzinfo=dt.UTC)),
        ("2024-05-23", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("", None),
    ],
)
def test_a_moment_without_an_offset_is_meant_in_england(written: str, moment: dt.datetime | None) -> None:
    assert read_moment(written) == moment


def test_the_day_of_a_moment_is_the_day_in_england() -> None:
    assert local_day(dt.datetime(2024, 7, 1, 23, 30, tzinfo=dt.UTC)) == dt.date(2024, 7, 2)
    assert local_day(dt.datetime.min.replace(tzinfo=dt.UTC)) == dt.date.min


@pytest.mark.parametrize(
    ("written", "day", "accuracy"),
    [
        ("2010", dt.date(2010, 6, 15), "UUA"),
        ("2010-10", dt.date(2010, 10, 15), "UAA"),
        ("2010-10-22", dt.date(2010, 10, 22), "AAA"),
    ],
)
def test_an_unknown_day_is_the_middle_of_its_month_and_never_the_first(
    written: str, day: dt.date, accuracy: str
) -> None:
    read = read_partial(written)
    assert read is not None
    assert (read.date, read.accuracy) == (day, accuracy)


@pytest.mark.parametrize("written", ["", "0000", "2010-13", "10-2010", "201", "2010-10-32"])
def test_what_is_no_partial_date_is_not_read(written: str) -> None:
    assert read_partial(written) is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_not_and_never_an_error(written: str) -> None:
    read_day(written)
    read_instant(written)
    read_moment(written)
    read_partial(written)


@given(st.datetimes(), st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y-%b-%d %H:%M:%S"]))
def test_what_is_written_in_a_known_form_is_read_back(moment: dt.datetime, form: str) -> None:
    written = moment.strftime(form).replace(f"{moment.year}", f"{moment.year:04d}", 1)
    read = read_instant(written)
    if moment.year > 1000:
        assert read is not None
        assert read.day == moment.date()
