"""Real public files, faulty on purpose: every record in them is an event or a reject, counted here in another way.

The same holds for them after any damage: what can still be parsed is counted again, what cannot ends in one reject.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.details.education import SchoolExclusion, SchoolSuspension
from hub.contract.details.social_care import Referral
from hub.contract.event import ConcernEvent
from hub.errors import HubError
from producers.adapters.cin_census import CinCensus
from producers.adapters.fhir_patient import FhirPatient
from producers.adapters.looked_after_missing import LookedAfterMissing
from producers.adapters.port import Record, Reject, RejectCode
from producers.adapters.school_exclusions import SchoolExclusions
from producers.files import read_records
from tests.conftest import SHARED_DATA

CENSUSES = ("CIN_Census_2021.xml", "CIN_Census_2024.xml", "CIN_Census_2026.xml")
SCHOOL = "school/2025_summer_termlyexclusionsonroll.csv"
MISSING = "looked_after/missing.csv"
PATIENT = "pds/Patient.json"
EVERY = (*(f"cin/{name}" for name in CENSUSES), SCHOOL, MISSING, PATIENT)
MODULES = ("Assessments", "Section47", "CINPlanDates", "ChildProtectionPlans")
BROKEN = {RejectCode.MALFORMED, RejectCode.TRUNCATED, RejectCode.WRONG_ENCODING, RejectCode.FORBIDDEN_MARKUP}

damage = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from("rid"), st.binary(max_size=3)), max_size=4
)


def damaged(data: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    """Replace, insert or delete a few bytes at a few places."""
    for where, how, new in changes:
        at = int(where * len(data))
        data = data[:at] + (b"" if how == "d" else new) + data[at + (0 if how == "i" else max(len(new), 1)) :]
    return data


def written(element: ElementTree.Element, path: str) -> list[str]:
    return [text for each in element.findall(path) if (text := (each.text or "").strip())]


def of_details(details: ElementTree.Element) -> int:
    conferences = {*written(details, "DateOfInitialCPC"), *written(details, "Section47/DateOfInitialCPC")}
    reviews = details.findall("ChildProtectionPlans/Reviews/CPPreviewDate")
    modules = sum(len(details.findall(name)) for name in MODULES)
    return 1 + bool(written(details, "CINclosureDate")) + len(conferences) + len(reviews) + modules


def of_census(data: bytes) -> int:
    """Count, with another parser's tree, what a census tells."""
    root = ElementTree.fromstring(data)  # noqa: S314 - the damaged samples are our own, and hold no document type
    told = 0
    for child in root.iter("Child"):
        deaths = len(written(child, "ChildIdentifiers/PersonDeathDate")[:1])
        told += (deaths + sum(map(of_details, child.findall("CINdetails")))) or 1
    return told


def of_rows(data: bytes) -> int:
    return sum(bool(row.strip(b"\0 \t,")) for row in re.split(rb"\r\n|\r|\n", data)[1:])


def sample(name: str) -> bytes:
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not beside this checkout")
    return (SHARED_DATA / name).read_bytes()


def events(found: list[Record | Reject]) -> Iterator[ConcernEvent]:
    return (each.event for each in found if isinstance(each, Record))


@pytest.mark.parametrize("name", EVERY)
def test_every_record_of_a_real_file_becomes_an_event(shared_data: Path, name: str) -> None:
    found = list(read_records(shared_data / name))
    assert found
    assert not [each for each in found if isinstance(each, Reject)]
    for event in events(found):
        assert ConcernEvent.model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize("name", CENSUSES)
def test_a_census_is_told_module_by_module(shared_data: Path, name: str) -> None:
    found = list(read_records(shared_data / "cin" / name))
    assert len(found) == of_census((shared_data / "cin" / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("CIN_Census_2021.xml", {"death": 1, "referral": 1, "case-closure": 1, "assessment": 1}),
        ("CIN_Census_2024.xml", {"death": 0, "referral": 2, "case-closure": 2, "assessment": 2}),
        ("CIN_Census_2026.xml", {"death": 0, "referral": 2, "case-closure": 2, "assessment": 2}),
    ],
)
def test_the_types_of_a_census(shared_data: Path, name: str, counts: dict[str, int]) -> None:
    types = Counter(event.type for event in events(list(read_records(shared_data / "cin" / name))))
    assert types >= Counter(counts | {"cp-conference": 3, "cin-plan": 1, "section-47": 1, "cp-plan": 1})


@pytest.mark.parametrize(
    ("name", "kind", "flags"),
    [
        ("CIN_Census_2021.xml", "referral", {"1510", "1530", "8525Q", "stray-text", "implausible-year", "4016"}),
        ("CIN_Census_2021.xml", "assessment", {"1103", "8565"}),
        ("CIN_Census_2021.xml", "cp-plan", {"1105", "8565", "2885"}),
        ("CIN_Census_2021.xml", "section-47", {"2889"}),
        ("CIN_Census_2021.xml", "cp-conference", {"1104", "8875"}),
        ("CIN_Census_2024.xml", "referral", {"1510", "4180", "stray-text", "1570", "1580", "8600"}),
        ("CIN_Census_2024.xml", "assessment", {"8608", "8565", "not-in-code-list", "1103", "8897Q"}),
        ("CIN_Census_2026.xml", "assessment", {"8608", "8565", "not-in-code-list", "1103", "8897Q"}),
    ],
)
def test_the_faults_of_a_census_are_flags(shared_data: Path, name: str, kind: str, flags: set[str]) -> None:
    found = events(list(read_records(shared_data / "cin" / name)))
    assert flags <= {flag.rule for event in found if event.type == kind for flag in event.quality}


def test_pre_proceedings_of_2026_are_not_lost(shared_data: Path) -> None:
    first = next(events(list(read_records(shared_data / "cin" / "CIN_Census_2026.xml"))))
    assert isinstance(first.detail, Referral)
    assert first.detail.pre_proceedings is not None
    assert len(first.detail.pre_proceedings.model_dump(exclude_none=True)) == 10


def test_the_same_record_in_two_returns_is_the_same_event(shared_data: Path) -> None:
    of = {
        year: {event.model_dump_json() for event in events(list(read_records(shared_data / "cin" / name)))}
        for year, name in zip((2021, 2024, 2026), CENSUSES, strict=True)
    }
    assert len(of[2024] & of[2026]) == len(of[2024]) - 1


def test_a_school_census_row_by_row(shared_data: Path) -> None:
    found = list(read_records(shared_data / SCHOOL))
    assert len(found) == of_rows((shared_data / SCHOOL).read_bytes()) == 10_770
    details = Counter(type(event.detail) for event in events(found))
    assert details == {SchoolExclusion: 4337, SchoolSuspension: 6433}
    flagged = Counter((flag.rule, flag.written) for event in events(found) for flag in event.quality)
    assert flagged == {("not-in-code-list", "OT"): 800}


def test_missing_episodes_row_by_row(shared_data: Path) -> None:
    found = list(read_records(shared_data / MISSING))
    assert len(found) == of_rows((shared_data / MISSING).read_bytes()) == 43
    assert {event.type for event in events(found)} == {"missing-person"}


def test_the_patient_of_pds(shared_data: Path) -> None:
    (event,) = events(list(read_records(shared_data / PATIENT)))
    person = event.subject.person
    assert [(each.system.value, each.verified) for each in person.identifiers] == [("nhs-number", True)]
    assert (person.language, person.interpreter, len(person.addresses)) == ("French", True, 2)
    assert person.died is not None


@pytest.mark.parametrize("name", CENSUSES)
@given(changes=damage)
def test_a_damaged_census_loses_nothing(name: str, changes: list[tuple[float, str, bytes]]) -> None:
    data = damaged(sample(f"cin/{name}"), changes)
    with suppress(HubError):
        found = list(CinCensus().read(BytesIO(data)))
        try:
            expected = of_census(data)
        except (ElementTree.ParseError, ValueError, LookupError):
            assert isinstance(found[-1], Reject)
            assert found[-1].code in BROKEN
        else:
            beside = [each for each in found if isinstance(each, Reject) and each.code is RejectCode.STRAY]
            assert len(found) - len(beside) == expected


@pytest.mark.parametrize("name", CENSUSES)
@given(where=st.floats(0, 1, exclude_max=True))
def test_a_census_cut_off_anywhere_gives_what_was_complete(name: str, where: float) -> None:
    data = sample(f"cin/{name}")
    complete = {each.place: each for each in CinCensus().read(BytesIO(data))}
    cut = data[: int(where * len(data))]
    with suppress(HubError):
        *told, last = CinCensus().read(BytesIO(cut))
        assert isinstance(last, Reject)
        assert last.code is RejectCode.TRUNCATED
        assert all(complete[each.place] == each for each in told)
        assert len(told) >= sum(cut.count(f"</{module}>".encode()) for module in MODULES)


@given(changes=damage)
def test_a_damaged_table_loses_no_row(changes: list[tuple[float, str, bytes]]) -> None:
    data = damaged(sample(MISSING), changes)
    with suppress(HubError):
        assert len(list(LookedAfterMissing().read(BytesIO(data)))) == of_rows(data)


@given(changes=damage)
def test_a_damaged_school_table_loses_no_row(changes: list[tuple[float, str, bytes]]) -> None:
    data = damaged(sample(SCHOOL)[:6_000], changes)
    with suppress(HubError):
        assert len(list(SchoolExclusions().read(BytesIO(data)))) == of_rows(data)


@given(changes=damage)
def test_a_damaged_patient_is_one_event_or_one_reject(changes: list[tuple[float, str, bytes]]) -> None:
    with suppress(HubError):
        assert len(list(FhirPatient().read(BytesIO(damaged(sample(PATIENT), changes))))) == 1
