"""School suspensions and exclusions, and missing episodes: every row is an event or a reject, in any file."""

import datetime as dt
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.details.education import SchoolExclusion, SchoolSuspension
from hub.contract.details.police import MissingPerson
from hub.errors import UsageError
from producers.adapters.looked_after_missing import LookedAfterMissing
from producers.adapters.port import Record, Reject, RejectCode
from producers.adapters.school_exclusions import SchoolExclusions

SCHOOL_HEADING = (
    "pupilonrolltableid,NativeId,termlyexclusionsonrolltableid,termlyexclusionsonrollorderseqcolumn,sourceid,startdate,"
    "sessions,reason1,reason2,reason3,category,senprovision"
)
MISSING_HEADING = "CHILD,DOB,MISSING,MIS_START,MIS_END"
SUSPENDED = "p1,SCH3,t1,1,s1,2025-Jun-02 00:00:00,10.0,DB,,VP,FIXD,E"
MISSED = "510000,12/03/2002,M,13/11/2017,25/11/2017"


def school(*rows: str) -> list[Record | Reject]:
    return list(SchoolExclusions().read(BytesIO("\n".join((SCHOOL_HEADING, *rows)).encode())))


def missing(*rows: str) -> list[Record | Reject]:
    return missing_bytes("\n".join((MISSING_HEADING, *rows)).encode())


def missing_bytes(data: bytes) -> list[Record | Reject]:
    return list(LookedAfterMissing().read(BytesIO(data)))


def told(found: list[Record | Reject]) -> Record:
    (record,) = found
    assert isinstance(record, Record), record
    return record


def refused(found: list[Record | Reject]) -> Reject:
    (reject,) = found
    assert isinstance(reject, Reject)
    return reject


def flags(record: Record) -> list[tuple[str, str, str | None]]:
    return [(flag.rule, flag.field, flag.written) for flag in record.event.quality]


def test_a_fixed_term_is_a_suspension() -> None:
    record = told(school(SUSPENDED))
    assert isinstance(record.event.detail, SchoolSuspension)
    assert record.event.detail.sessions == "10"
    assert [code.value for code in record.event.detail.reasons] == ["DB", "VP"]
    assert (record.event.detail.school, record.event.detail.special_needs) == ("SCH3", "E")
    assert record.event.subject.reference == "p1"
    assert record.event.occurred.date == dt.date(2025, 6, 2)
    assert (record.place, record.event.origin.record) == ("line 2", "t1")
    assert flags(record) == []


def test_a_permanent_one_is_an_exclusion_and_a_lunchtime_a_suspension() -> None:
    exclusion, lunchtime = school(SUSPENDED.replace("FIXD", "PERM"), SUSPENDED.replace("FIXD", "LNCH"))
    assert isinstance(exclusion, Record)
    assert isinstance(exclusion.event.detail, SchoolExclusion)
    assert isinstance(lunchtime, Record)
    assert isinstance(lunchtime.event.detail, SchoolSuspension)
    assert lunchtime.event.detail.lunchtime


@pytest.mark.parametrize(
    ("before", "after", "flag"),
    [
        (",DB,", ",OT,", ("not-in-code-list", "reason1", "OT")),
        ("FIXD", "WXYZ", ("not-in-code-list", "category", "WXYZ")),
        ("10.0", "ten", ("not-a-number", "sessions", "ten")),
        ("10.0", "1000", ("not-a-number", "sessions", "1000")),
        ("2025", "0025", ("implausible-year", "startdate", None)),
        ("SCH3", "S" * 80, ("too-long", "NativeId", "S" * 80)),
    ],
)
def test_a_fault_in_a_row_is_a_flag(before: str, after: str, flag: tuple[str, str, str | None]) -> None:
    assert flags(told(school(SUSPENDED.replace(before, after, 1)))) == [flag]


@pytest.mark.parametrize(
    ("written", "held"), [("0.5", "0.5"), ("7", "7"), ("007.0", "7"), ("12.50", "12.5"), ("", None)]
)
def test_sessions_are_decimal_text(written: str, held: str | None) -> None:
    detail = told(school(SUSPENDED.replace("10.0", written))).event.detail
    assert isinstance(detail, SchoolSuspension)
    assert detail.sessions == held


def test_a_time_of_day_is_kept() -> None:
    record = told(school(SUSPENDED.replace("00:00:00", "14:30:00")))
    assert record.event.occurred.at == dt.datetime(2025, 6, 2, 13, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("p1,", ",", RejectCode.NO_REFERENCE),
        ("p1,", f"{'p' * 65},", RejectCode.NOT_VALID),
        ("2025-Jun-02 00:00:00", "", RejectCode.NO_DATE),
        ("2025-Jun-02", "2025-Feb-30", RejectCode.NO_DATE),
        ("2025-Jun-02 00:00:00", "45810", RejectCode.NO_DATE),
        (",E", "", RejectCode.WRONG_COLUMNS),
        (",E", ",E,extra", RejectCode.WRONG_COLUMNS),
    ],
)
def test_what_cannot_be_an_event_is_rejected_with_its_line(before: str, after: str, code: RejectCode) -> None:
    reject = refused(school(SUSPENDED.replace(before, after, 1)))
    assert (reject.place, reject.code) == ("line 2", code)


def test_a_missing_episode() -> None:
    record = told(missing(MISSED))
    assert isinstance(record.event.detail, MissingPerson)
    assert record.event.detail.kind is not None
    assert (record.event.detail.kind.value, record.event.detail.ended) == ("M", dt.date(2017, 11, 25))
    assert record.event.occurred.date == dt.date(2017, 11, 13)
    assert record.event.subject.reference == "510000"
    assert record.event.subject.person.born is not None
    assert record.event.subject.person.born.date == dt.date(2002, 3, 12)


@pytest.mark.parametrize(
    ("before", "after", "flag"),
    [
        (",M,", ",X,", ("not-in-code-list", "MISSING", "X")),
        (",M,", ",,", ("not-in-code-list", "MISSING", None)),
        ("12/03/2002", "30/02/2002", ("unreadable-date", "DOB", "30/02/2002")),
        ("12/03/2002", "03/25/2002", ("unreadable-date", "DOB", "03/25/2002")),
        ("25/11/2017", "25/11/17", ("unreadable-date", "MIS_END", "25/11/17")),
        ("25/11/2017", "12/11/2017", ("ends-before-start", "MIS_END", None)),
        ("25/11/2017", "25/11/9999", ("implausible-year", "MIS_END", None)),
    ],
)
def test_a_fault_in_an_episode_is_a_flag(before: str, after: str, flag: tuple[str, str, str | None]) -> None:
    assert flags(told(missing(MISSED.replace(before, after, 1)))) == [flag]


def test_an_episode_that_goes_on_has_no_end() -> None:
    detail = told(missing("510000,12/03/2002,M,13/11/2017,")).event.detail
    assert isinstance(detail, MissingPerson)
    assert detail.ended is None


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + f"{MISSING_HEADING}\r\n{MISSED}\r\n".encode(),
        f"{MISSING_HEADING}\r{MISSED}".encode(),
        f"{MISSING_HEADING}\n\n{MISSED}\n\n,,,,\n".encode(),
        f"child , dob,Missing,mis_start,MIS_END\n{MISSED}\n".encode(),
        f'"CHILD","DOB","MISSING","MIS_START","MIS_END"\n{MISSED}'.encode(),
        b"MIS_END,MIS_START,MISSING,DOB,CHILD\n25/11/2017,13/11/2017,M,12/03/2002,510000",
        f"{MISSING_HEADING}\n510000, 12/03/2002 ,M,\u00a013/11/2017,25/11/2017".encode(),
    ],
    ids=["mark and crlf", "cr", "blank rows", "case", "quoted", "order", "spaces"],
)
def test_the_same_file_in_many_forms(data: bytes) -> None:
    assert told(missing_bytes(data)).event == told(missing(MISSED)).event


def test_a_column_that_the_format_does_not_have_is_kept() -> None:
    data = f"{MISSING_HEADING},Notes\n{MISSED},said she was fine\n{MISSED},\n".encode()
    first, second = missing_bytes(data)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert flags(first) == [("unknown-element", "notes", "said she was fine")]
    assert flags(second) == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"1,12/03/2002,M,13/11/2017,25/11/2017 \xe9", RejectCode.WRONG_ENCODING),
        (b'"1,12/03/2002,M,13/11/2017,25/11/2017', RejectCode.MALFORMED),
        (b'1,"12/03/2002"x,M,13/11/2017,25/11/2017', RejectCode.MALFORMED),
        (b"1," + b"x" * 100_000, RejectCode.TOO_LARGE),
        (b"1,12/03/2002", RejectCode.WRONG_COLUMNS),
    ],
)
def test_one_bad_line_never_takes_the_next_ones_with_it(row: bytes, code: RejectCode) -> None:
    data = b"\n".join((MISSING_HEADING.encode(), MISSED.encode(), row, MISSED.encode(), MISSED.encode()))
    found = missing_bytes(data)
    assert [type(each) for each in found] == [Record, Reject, Record, Record]
    reject = found[1]
    assert isinstance(reject, Reject)
    assert (reject.place, reject.code) == ("line 3", code)


def test_nul_characters_are_taken_out_and_said() -> None:
    record = told(missing(MISSED.replace("25/11/2017", "25/11\x00/2017")))
    assert record.event == told(missing(MISSED)).event.model_copy(update={"quality": record.event.quality})
    assert flags(record) == [("control-characters", "MIS_END", None)]


def test_a_reference_with_a_control_character_could_be_another_child_s() -> None:
    assert refused(missing(MISSED.replace("510000", "51\x000000"))).code is RejectCode.NO_REFERENCE


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xff\xfe\0", b"<Message/>", b"a,b,c\n1,2,3\n", MISSED.encode(), b"\0" * 50]
)
@pytest.mark.parametrize("adapter", [SchoolExclusions(), LookedAfterMissing()], ids=["school", "missing"])
def test_a_file_of_another_kind_is_refused_on_one_line(
    adapter: SchoolExclusions | LookedAfterMissing, data: bytes
) -> None:
    with pytest.raises(UsageError) as refusal:
        list(adapter.read(BytesIO(data)))
    assert refusal.value.code in {"empty-file", "wrong-kind"}
    assert "\n" not in str(refusal.value)


def test_a_heading_that_names_a_column_twice_has_no_one_meaning() -> None:
    with pytest.raises(UsageError):
        missing_bytes(f"{MISSING_HEADING},child\n{MISSED},2".encode())


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_rows_give_one_result_each_at_most(rows: list[bytes]) -> None:
    data = b"\n".join((MISSING_HEADING.encode(), *rows))
    found = missing_bytes(data)
    places = [each.place for each in found]
    assert len(set(places)) == len(places)
