"""Broken, hostile and oversized census files: all records before the fault, then one reject that names its place."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, UsageError
from producers.adapters import choose
from producers.adapters.cin_census import CinCensus
from producers.adapters.cin_tree import MAX_ELEMENTS, MAX_FIELD
from producers.adapters.port import Record, Reject, RejectCode
from tests.census_xml import (
    assessment,
    census,
    child,
    cin_plan,
    cp_plan,
    enquiry,
    episode,
    identifiers,
    only,
    read,
    records,
    rules,
)

ENTITIES = '<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
EXTERNAL = '<!DOCTYPE r [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd">'
SECOND = identifiers(LAchildID="C0002", UPN=None)
WHOLE = census(
    child(episode(assessment(), cin_plan(), enquiry(DateOfInitialCPC="2024-02-01"), cp_plan(reviews=["2024-02-20"]))),
    child(episode(assessment(), CINclosureDate="2024-03-20", ReasonForClosure="RC7"), who=SECOND),
)


class Long(BytesIO):
    """A stream that makes its bytes as they are read."""

    def __init__(self, before: bytes, filler: bytes, times: int, after: bytes) -> None:
        super().__init__()
        self._pieces = iter([before, *([filler] * times), after])

    def read(self, size: int | None = -1, /) -> bytes:
        return next(self._pieces, b"")


def split(found: list[Record | Reject]) -> tuple[list[Record], list[Reject]]:
    return [each for each in found if isinstance(each, Record)], [each for each in found if isinstance(each, Reject)]


def around(mark: str, text: str) -> tuple[bytes, bytes]:
    before, after = text.encode().split(mark.encode(), 1)
    return before, after


@pytest.mark.parametrize("markup", [ENTITIES, EXTERNAL, REMOTE])
@pytest.mark.parametrize("used", ["&c;", "&secret;", "1A"])
def test_a_document_type_is_one_clear_reject_and_nothing_in_it_is_read(markup: str, used: str) -> None:
    text = markup + census(child(episode(ReferralSource=used)))
    (reject,) = read(text)
    assert isinstance(reject, Reject)
    assert reject.code is RejectCode.FORBIDDEN_MARKUP
    assert "root:" not in reject.reason


def test_an_entity_that_nobody_declared_stops_the_file_there() -> None:
    told, (reject,) = split(read(census(child(episode()), child(episode(ReferralSource="&x;"), who=SECOND))))
    assert len(told) == 1
    assert reject.code is RejectCode.MALFORMED
    assert reject.place.endswith("Child[2]")


def test_the_five_entities_of_xml_itself_are_text() -> None:
    record = only(records(census(child(episode("<Note>a &lt;b&gt; &amp; &#233;</Note>")))), "referral")
    assert [flag.written for flag in record.event.quality] == ["a <b> & é"]


@given(st.integers(min_value=len(WHOLE.partition("<Message>")[2]) // 20, max_value=len(WHOLE) - 1))
def test_a_file_cut_anywhere_gives_what_is_complete_and_one_reject_for_the_rest(at: int) -> None:
    complete = {record.place: record.event for record in records(WHOLE)}
    told, rejects = split(read(WHOLE[:at]))
    assert [reject.code for reject in rejects] == [RejectCode.TRUNCATED]
    assert all(complete[record.place] == record.event for record in told)
    closed = [WHOLE[:at].count(f"</{name}>") for name in ("Assessments", "CINPlanDates", "Section47", "CINdetails")]
    types = [record.event.type for record in told]
    assert [types.count(name) for name in ("assessment", "cin-plan", "section-47", "referral")] == closed


def test_the_reject_of_a_cut_names_line_and_column() -> None:
    text = WHOLE.replace("<Child>", "\n<Child>")
    _, (reject,) = split(read(text[: text.index("CINclosureDate>")]))
    assert reject.place.startswith("line 3 column ")
    assert reject.place.endswith("Child[2]")


@pytest.mark.parametrize("size", [MAX_FIELD + 1, 200_000])
def test_a_field_larger_than_any_real_one_rejects_its_record_alone(size: int) -> None:
    long = assessment().replace("2024-02-12", "x" * size)
    told, (reject,) = split(read(census(child(episode(long, assessment())), child(episode(), who=SECOND))))
    assert [record.event.type for record in told] == ["referral", "assessment", "referral"]
    assert (reject.code, reject.place) == (RejectCode.TOO_LARGE, "line 1 Child[1]/CINdetails[1]/Assessments[1]")


def memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "mark", ["<LAchildID>", "<ReferralSource>", "<AssessmentActualStartDate>", "<Children>", "<Disability>"]
)
def test_a_field_of_50_mb_is_refused_in_little_memory_and_the_rest_is_read(mark: str) -> None:
    text = census(child(episode(assessment())), child(episode(), who=SECOND))
    before, after = around(mark, text)
    stream = Long(before + mark.encode(), b"x" * 50_000, 1_000, after)
    found: list[Record | Reject] = []
    assert memory(lambda: found.extend(CinCensus().read(stream))) < 5_000_000
    told, rejects = split(found)
    assert told[-1].event.subject.reference == "C0002"
    assert rejects
    assert {reject.code for reject in rejects} <= {RejectCode.TOO_LARGE, RejectCode.STRAY}


@pytest.mark.parametrize("opening", [b"<!-- ", b'<LAchildID note="', b"<"])
def test_a_comment_attribute_or_name_of_50_mb_ends_the_reading_in_little_memory(opening: bytes) -> None:
    before, after = around("<LAchildID>", census(child(episode()), child(episode(), who=SECOND)))
    stream = Long(before + opening, b"x" * 50_000, 1_000, after)
    found: list[Record | Reject] = []
    assert memory(lambda: found.extend(CinCensus().read(stream))) < 10_000_000
    assert [each.code for each in found if isinstance(each, Reject)] == [RejectCode.TOO_LARGE]


def test_a_child_with_more_elements_than_any_real_one_is_one_reject() -> None:
    many = child(episode(*[assessment()] * (MAX_ELEMENTS // 4)))
    told, (reject,) = split(read(census(child(episode()), many, child(episode(), who=SECOND))))
    assert [record.place for record in told] == ["line 1 Child[1]/CINdetails[1]", "line 1 Child[3]/CINdetails[1]"]
    assert (reject.code, reject.place) == (RejectCode.TOO_LARGE, "line 1 Child[2]")


def test_a_child_nested_deeper_than_any_real_one_is_one_reject() -> None:
    deep = child(episode("<a>" * 5000 + "</a>" * 5000))
    told, (reject,) = split(read(census(child(episode()), deep, child(episode(), who=SECOND))))
    assert len(told) == 2
    assert reject.code is RejectCode.TOO_DEEP


def test_memory_does_not_grow_with_the_number_of_children() -> None:
    one = child(episode(assessment(), cin_plan())).encode()
    before, after = around("<mark/>", census("<mark/>"))

    def run(times: int) -> int:
        stream = Long(before, one * 20, times, after)
        return memory(lambda: sum(1 for _ in CinCensus().read(stream)))

    run(5)
    assert run(100) < run(10) + 300_000


def declared(name: str, text: str, codec: str) -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(codec)


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 with mark": lambda text: declared("UTF-16", text, "utf-16"),
    "utf-16 big endian": lambda text: declared("UTF-16", text, "utf-16-be"),
    "utf-16 undeclared": lambda text: text.encode("utf-16-le"),
    "latin-1": lambda text: declared("ISO-8859-1", text, "latin-1"),
    "windows-1252": lambda text: declared("windows-1252", text, "cp1252"),
    "crlf": lambda text: text.replace("><", ">\r\n<").encode(),
    "cr": lambda text: text.replace("><", ">\r<").encode(),
    "comment first": lambda text: f"<!-- made by <Software> -->\n{text}".encode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_usual_encoding_and_line_end_is_read(encode: Callable[[str], bytes]) -> None:
    data = encode(census(child(episode("<Note>Zoë O’Brien</Note>".replace("’", "'")))))
    assert choose(data[:4096], "return.xml").name == "cin-census"
    assert [flag.written for flag in only(records(data), "referral").event.quality] == ["Zoë O'Brien"]


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (b'<?xml version="1.0" encoding="utf-8"?>{}', RejectCode.WRONG_ENCODING, 1),
        (b'<?xml version="1.0" encoding="utf-16"?>{}', RejectCode.WRONG_ENCODING, 0),
        (b'<?xml version="1.0" encoding="no-such-thing"?>{}', RejectCode.WRONG_ENCODING, 0),
        (b'<?xml version="1.0" encoding="gb2312"?>{}', RejectCode.WRONG_ENCODING, 0),
    ],
)
def test_a_declared_encoding_that_is_not_the_file_s_is_said(data: bytes, code: RejectCode, told: int) -> None:
    body = census(child(episode()), child(episode("<Note>Zoë</Note>" + " " * 20), who=SECOND)).encode("latin-1")
    found, (reject,) = split(read(data.replace(b"{}", body)))
    assert (reject.code, len(found)) == (code, told)


def test_a_control_character_stops_the_file_there() -> None:
    told, (reject,) = split(read(census(child(episode()), child(episode("<Note>\0</Note>"), who=SECOND))))
    assert (len(told), reject.code) == (1, RejectCode.MALFORMED)


@pytest.mark.parametrize(
    "written",
    [
        "O'Brien",
        "Siân Llŷr Ŵyn",
        "عَلِيّ",
        "\u202eevil\u202c",
        "a\u200bb",
        "'; DROP TABLE children; --",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "Zoe\u0308",
    ],
)
def test_text_of_every_kind_is_kept(written: str) -> None:
    record = only(records(census(child(episode(f"<Note>{written}</Note>")))), "referral")
    kept = [flag.written for flag in record.event.quality if flag.rule == "unknown-element"]
    assert kept == [written.replace("&lt;", "<").replace("&gt;", ">").replace("e\u0308", "ë")]
    hidden = any(letter in written for letter in "\u202e\u200b")
    assert ("invisible-characters" in rules(record)) is hidden


@pytest.mark.parametrize(
    "data", [b"", b"   ", b"\0\0\0", b"CHILD,DOB\n1,2\n", b'{"resourceType": "Patient"}', b"\x89PNG\r\n", b"<"]
)
def test_what_is_no_xml_is_refused_on_one_line(data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read(data)
    assert refused.value.code in {"empty-file", "wrong-kind"}
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("data", [b"<Pupils/>", b"<html><body/></html>", b"<ns:Message xmlns:ns='x'/>"])
def test_xml_of_another_kind_is_refused_on_one_line(data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read(data)
    assert refused.value.code == "wrong-kind"


def test_what_stands_beside_the_children_is_rejected_with_its_line() -> None:
    text = census(child(episode()), "\nlost words\n<Chid/>", child(episode(), who=SECOND))
    told, rejects = split(read(text))
    assert len(told) == 2
    assert [reject.code for reject in rejects] == [RejectCode.STRAY] * 2
    assert [reject.place for reject in rejects] == ["line 3 Children", "line 3"]
    assert "lost" not in "".join(reject.reason for reject in rejects)


def test_markup_after_the_end_is_said() -> None:
    told, (reject,) = split(read(census(child(episode())) + "<Message/>"))
    assert (len(told), reject.code) == (1, RejectCode.MALFORMED)


@pytest.mark.parametrize(
    ("written", "flags"),
    [
        ("2024-01-08", []),
        ("08/01/2024", []),
        ("8/1/2024", []),
        ("2024-Jan-08 00:00:00", []),
        ("2024-01-08T00:00:00", []),
        (" 2024-01-08 ", []),
        ("0001-01-01", ["implausible-year"]),
    ],
)
def test_dates_in_other_forms_are_read(written: str, flags: list[str]) -> None:
    record = only(records(census(child(episode(CINreferralDate=written)))), "referral")
    assert [rule for rule in rules(record) if rule in {"implausible-year", "unreadable-date"}] == flags


@pytest.mark.parametrize("written", ["30/02/2024", "2024-02-30", "45292", "01/08/24", "2024-1-8x", "n/k", "13/31/2024"])
def test_a_referral_whose_date_cannot_be_read_is_rejected(written: str) -> None:
    (reject,) = read(census(child(episode(CINreferralDate=written))))
    assert isinstance(reject, Reject)
    assert reject.code is RejectCode.NO_DATE
    assert written not in reject.reason


def test_year_9999_is_kept_and_flagged() -> None:
    who = identifiers(PersonBirthDate="9999-12-31", PersonDeathDate="0001-01-01")
    found = records(census(child(episode(assessment("9999-12-31", "9999-12-31")), who=who)))
    assert "implausible-year" in rules(only(found, "assessment"))
    assert only(found, "death").event.occurred.date.year == 1


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_our_own_errors(data: bytes) -> None:
    for text in (data, b"<Message><Children>" + data + b"</Children></Message>"):
        with suppress(HubError):
            read(text)


def test_a_stream_that_breaks_is_our_own_error() -> None:
    class Broken:
        def read(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(HubError) as refused:
        list(CinCensus().read(cast("BinaryIO", Broken())))
    assert refused.value.code == "unreadable-file"
