"""Text made fit for the contract, lines of every kind, and the tables that every adapter shares."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.contract.primitives import Prose
from hub.errors import UsageError
from producers.adapters import ADAPTERS, by_name, choose
from producers.adapters.faults import FAULTS, Faults
from producers.adapters.lines import lines
from producers.adapters.port import SENTENCES, RejectCode
from producers.adapters.text import pieces, tidy
from producers.files import read_records

PROSE = TypeAdapter(Prose)


@pytest.mark.parametrize(
    ("raw", "text", "faults"),
    [
        (" O'Brien ", "O'Brien", ()),
        ("\u00a0Siân\u00a0", "Siân", ()),
        ("Zoe\u0308", "Zoë", ()),
        ("a\tb\r\nc", "a b  c", ()),
        ("a\0b", "ab", ("control-characters",)),
        ("a\u200bb", "a\u200bb", ("invisible-characters",)),
        ("\u202eabc\u202c", "\u202eabc\u202c", ("invisible-characters",)),
        ("a\ud800b", "a\ufffdb", ("control-characters",)),
        ("", "", ()),
    ],
)
def test_text_is_made_fit_and_what_was_found_is_said(raw: str, text: str, faults: tuple[str, ...]) -> None:
    assert tidy(raw) == (text, faults)


@given(st.text(max_size=200))
def test_tidy_text_always_fits_the_contract(raw: str) -> None:
    text, _ = tidy(raw)
    assert not text or PROSE.validate_python(text) == text


@given(st.text(max_size=900))
def test_pieces_lose_nothing_and_fit_the_contract(raw: str) -> None:
    text, _ = tidy(raw)
    found = pieces(text, 300)
    assert "".join(found) == text
    faults = Faults()
    faults.add("stray-text", "x", text)
    assert "".join(flag.written or "" for flag in faults.flags) == text


def test_a_value_too_long_for_its_field_is_kept_whole_in_a_flag() -> None:
    faults = Faults()
    assert faults.fit("name", "x" * 120, 100) == "x" * 100
    assert [(flag.rule, flag.written) for flag in faults.flags] == [("too-long", "x" * 120)]


@given(st.binary(max_size=60).map(lambda data: bytes(b"ab\r\n"[byte % 4] for byte in data)), st.integers(1, 7))
def test_lines_of_every_end_are_the_same_in_any_pieces(data: bytes, size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    expected = re.split(rb"\r\n|\n|\r", data)
    if not expected[-1]:
        expected.pop()
    found = list(lines(Slow(data), 5))
    assert found == [(number, line if len(line) <= 5 else None) for number, line in enumerate(expected, 1)]


def test_every_reject_code_has_its_sentence_and_every_fault_its_own() -> None:
    assert set(SENTENCES) == set(RejectCode)
    assert all(sentence.endswith(".") for sentence in [*SENTENCES.values(), *FAULTS.values()])


def test_adapters_have_names_of_their_own() -> None:
    names = [adapter.name for adapter in ADAPTERS]
    assert len(set(names)) == len(names)
    assert [by_name(name) for name in names] == list(ADAPTERS)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<Message><Header/>", "cin-census"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<Message>", "cin-census"),
        (b"pupilonrolltableid,startdate,category\n", "school-exclusions"),
        (b"\xef\xbb\xbfCHILD,DOB,MISSING,MIS_START,MIS_END\r\n", "looked-after-missing"),
        (b"mis_end,mis_start,missing,dob,child\n", "looked-after-missing"),
        (b'{"specversion":"1.0","id":"1"}\n', "cloudevents"),
        (b'{\n  "resourceType": "Patient"', "fhir-patient"),
    ],
)
def test_an_adapter_is_chosen_by_content(head: bytes, name: str) -> None:
    assert choose(head, "file").name == name


@given(st.binary(max_size=80))
def test_recognising_never_fails(head: bytes) -> None:
    for adapter in ADAPTERS:
        assert adapter.recognises(head, "x") in {True, False}


def test_a_file_that_nobody_reads_and_a_name_that_nobody_has_are_refused_on_one_line() -> None:
    with pytest.raises(UsageError) as unknown_format:
        choose(b"%PDF-1.7", "notes.pdf")
    with pytest.raises(UsageError) as unknown_name:
        by_name("word-document")
    assert (unknown_format.value.code, unknown_name.value.code) == ("unknown-format", "unknown-adapter")
    assert "\n" not in f"{unknown_format.value}{unknown_name.value}"


@pytest.mark.parametrize("name", ["folder", "empty.csv", "missing.csv", "notes.txt"])
def test_a_path_that_is_no_readable_file_is_refused_on_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "notes.txt").write_text("to do")
    with pytest.raises(UsageError) as refused:
        list(read_records(tmp_path / name))
    assert "\n" not in str(refused.value)
