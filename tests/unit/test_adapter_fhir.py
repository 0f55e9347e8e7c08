"""FHIR patients: who somebody is as PDS holds it, and nothing of where they are if PDS says that they are at risk."""

import datetime as dt
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.details.records import PersonDetails
from hub.contract.person import AddressKind, Confidentiality, NameUse
from hub.contract.sharing import Sensitivity
from hub.errors import UsageError
from producers.adapters import fhir_documents
from producers.adapters.fhir_patient import FhirPatient
from producers.adapters.port import Record, Reject, RejectCode

NHS = "https://fhir.nhs.uk/Id/nhs-number"
STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

Json = dict[str, Any]


def nhs_number(value: str, status: str = "01") -> Json:
    return {
        "system": NHS,
        "value": value,
        "extension": [{"url": STATUS, "valueCodeableConcept": {"coding": [{"code": status}]}}],
    }


def security(*codes: str) -> Json:
    return {"security": [{"system": CONFIDENTIALITY, "code": code} for code in codes]}


def patient(**changes: Any) -> Json:
    held: Json = {
        "resourceType": "Patient",
        "id": "9000000009",
        "identifier": [nhs_number("9000000009")],
        "meta": {"versionId": "2", "lastUpdated": "2024-06-30T23:30:00Z", **security("U")},
        "name": [{"use": "usual", "given": ["Jane", "Marie"], "family": "Smith"}],
        "gender": "female",
        "birthDate": "2010-10-22",
        "address": [{"use": "home", "line": ["1 Trevelyan Square", "Leeds"], "postalCode": "LS1 6AE"}],
        "telecom": [{"system": "phone", "value": "01632960587"}, {"system": "email", "value": "jane@example.com"}],
        "generalPractitioner": [{"identifier": {"value": "Y12345"}}],
        "contact": [
            {"relationship": [{"coding": [{"code": "C"}]}], "telecom": [{"system": "phone", "value": "01632960000"}]}
        ],
    }
    return {name: value for name, value in (held | changes).items() if value is not None}


def read(*resources: Json, indent: int | None = None) -> list[Record | Reject]:
    return read_bytes("\n".join(json.dumps(each, indent=indent) for each in resources).encode())


def read_bytes(data: bytes) -> list[Record | Reject]:
    return list(FhirPatient().read(BytesIO(data)))


def told(**changes: Any) -> Record:
    (record,) = read(patient(**changes))
    assert isinstance(record, Record), record
    return record


def flags(record: Record) -> list[str]:
    return [flag.rule for flag in record.event.quality]


def test_a_patient_becomes_the_details_of_a_person() -> None:
    record = told()
    person = record.event.subject.person
    assert record.event.subject.reference == "9000000009"
    assert isinstance(record.event.detail, PersonDetails)
    assert record.event.detail.source_version == "2"
    assert [(name.given, name.family, name.use) for name in person.names] == [("Jane Marie", "Smith", NameUse.USUAL)]
    assert [(each.value, each.verified) for each in person.identifiers] == [("9000000009", True)]
    assert person.sex == "F"
    assert person.addresses[0].postcode == "LS1 6AE"
    assert (person.telephones, person.general_practice) == (["01632960587"], "Y12345")
    assert record.event.others[0].person.telephones == ["01632960000"]
    assert flags(record) == []


def test_it_is_of_the_day_in_england_on_which_it_was_last_changed() -> None:
    record = told()
    assert record.event.occurred.date == dt.date(2024, 7, 1)
    assert record.recorded_at == dt.datetime(2024, 6, 30, 23, 30, tzinfo=dt.UTC)


def test_without_that_day_it_is_of_the_latest_that_it_states_to_be_in_force() -> None:
    names = [{"family": "Smith", "period": {"start": start}} for start in ("2019-01-01", "2024-02-01")]
    record = told(meta=security("U"), name=names)
    assert (record.event.occurred.date, record.event.occurred.accuracy) == (dt.date(2024, 2, 1), "EEE")
    assert flags(record) == ["no-date-held"]


def test_a_record_that_names_no_day_at_all_is_of_an_unknown_one() -> None:
    record = told(meta=security("U"))
    assert record.event.occurred.accuracy == "UUU"
    (reject,) = read(patient(meta=security("U"), birthDate=None))
    assert isinstance(reject, Reject)
    assert reject.code is RejectCode.NO_DATE


@pytest.mark.parametrize("code", ["R", "V", "REDACTED", "X"])
def test_of_a_restricted_patient_nothing_leaves_that_says_where_they_are(code: str) -> None:
    record = told(meta=security(code), name=[{"family": "Smith", "period": {"start": "2024-01-01"}}])
    held = record.event.model_dump_json()
    for hidden in ("LS1", "Trevelyan", "01632960587", "01632960000", "Y12345", "jane@example.com"):
        assert hidden not in held
    assert record.event.subject.person.confidentiality is not Confidentiality.UNRESTRICTED
    assert record.event.sharing.sensitivity == [Sensitivity.PDS_RESTRICTED]
    assert [flag.field for flag in record.event.quality if flag.rule == "restricted-content"] == [
        "address",
        "telecom",
        "generalPractitioner",
        "contact",
    ]
    assert record.event.subject.person.names[0].family == "Smith"


@pytest.mark.parametrize(
    "meta",
    [
        security("U", "R"),
        {"security": [{"code": "R"}]},
        {"security": [{"system": "urn:other", "code": "V"}]},
        {"security": {"code": "U"}},
        {"security": ["R"]},
        {"security": [{"system": CONFIDENTIALITY}]},
    ],
)
def test_a_label_that_is_doubled_misplaced_or_unreadable_restricts(meta: Json) -> None:
    record = told(meta={"lastUpdated": "2024-06-30T10:00:00Z", **meta})
    assert record.event.subject.person.addresses == []
    assert record.event.sharing.sensitivity == [Sensitivity.PDS_RESTRICTED]


@pytest.mark.parametrize("meta", [security(), security("U"), {"security": [{"system": "urn:other", "code": "test"}]}])
def test_a_record_that_is_not_labelled_is_not_restricted(meta: Json) -> None:
    assert told(meta={"lastUpdated": "2024-06-30T10:00:00Z", **meta}).event.subject.person.addresses


@pytest.mark.parametrize(
    ("identifier", "value", "verified", "found"),
    [
        (nhs_number("900 000 0009"), "9000000009", True, []),
        (nhs_number("9000000009", "02"), "9000000009", False, []),
        (nhs_number("9000000008"), "9000000008", False, ["nhs-number-check"]),
        (nhs_number("12345"), "12345", False, ["nhs-number-check"]),
        ({"system": "urn:hospital", "value": "H1"}, "H1", False, []),
    ],
)
def test_an_nhs_number_is_verified_by_its_status_and_its_check_digit(
    identifier: Json, value: str, verified: bool, found: list[str]
) -> None:
    record = told(identifier=[identifier])
    (held,) = record.event.subject.person.identifiers
    assert (held.value, held.verified, flags(record)) == (value, verified, found)


@pytest.mark.parametrize(
    ("gender", "sex", "found"),
    [
        ("male", "M", []),
        ("female", "F", []),
        ("other", "U", []),
        ("unknown", "U", []),
        (None, None, []),
        ("x", None, ["not-in-code-list"]),
    ],
)
def test_gender_becomes_sex(gender: str | None, sex: str | None, found: list[str]) -> None:
    record = told(gender=gender)
    assert (record.event.subject.person.sex, flags(record)) == (sex, found)


@pytest.mark.parametrize(
    ("written", "day", "accuracy"),
    [
        ("2010", dt.date(2010, 6, 15), "UUA"),
        ("2010-10", dt.date(2010, 10, 15), "UAA"),
        ("2010-10-22", dt.date(2010, 10, 22), "AAA"),
    ],
)
def test_a_partial_birth_date_does_not_pretend(written: str, day: dt.date, accuracy: str) -> None:
    born = told(birthDate=written).event.subject.person.born
    assert born is not None
    assert (born.date, born.accuracy) == (day, accuracy)


def test_death_with_and_without_a_date() -> None:
    died = told(deceasedDateTime="2024-03-01T00:00:00+00:00").event.subject.person.died
    assert died is not None
    assert died.date == dt.date(2024, 3, 1)
    undated = told(deceasedBoolean=True)
    assert (undated.event.subject.person.died, flags(undated)) == (None, ["death-undated"])


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"multipleBirthInteger": 2}, True),
        ({"multipleBirthInteger": 1}, None),
        ({"multipleBirthInteger": 0}, None),
        ({"multipleBirthBoolean": True}, True),
        ({"multipleBirthBoolean": False}, False),
        ({}, None),
        ({"multipleBirthBoolean": "yes"}, None),
        ({"multipleBirthInteger": "2"}, None),
    ],
)
def test_multiple_birth(changes: Json, held: bool | None) -> None:
    assert told(**changes).event.subject.person.multiple_birth is held


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"name": [{"family": "Smith", "use": "stage"}]}, ("not-in-code-list", "name.use", "stage")),
        ({"address": [{"line": ["1 Road"], "use": "work"}]}, ("not-in-code-list", "address.use", "work")),
        ({"birthDate": "2010-02-30"}, ("unreadable-date", "birthDate", "2010-02-30")),
        ({"birthDate": "0001-01-01"}, ("implausible-year", "birthDate", None)),
        ({"deceasedDateTime": "lately"}, ("unreadable-date", "deceasedDateTime", "lately")),
        ({"name": [{"family": "Smith"}] * 25}, ("too-long", "name", None)),
        ({"multipleBirthInteger": True}, ("not-in-code-list", "multipleBirthInteger", None)),
    ],
)
def test_a_fault_in_a_patient_is_a_flag(changes: Json, flag: tuple[str, str, str | None]) -> None:
    record = told(**changes)
    assert [(each.rule, each.field, each.written) for each in record.event.quality] == [flag]


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": [{"system": NHS}, {"system": "urn:x", "value": "\x00"}, {"system": NHS, "value": "\x01"}]},
        {"identifier": [{"system": NHS, "value": "1", "extension": [{"url": "urn:other"}]}]},
        {"identifier": [{"system": NHS, "value": "1", "extension": [{"url": STATUS, "valueCodeableConcept": 1}]}]},
        {"name": [{"use": "usual"}, {"given": "Jane"}, {"given": [1]}]},
        {"address": [{"use": "home"}, {"line": "x"}]},
        {"generalPractitioner": [{"identifier": "Y1"}, {"identifier": {}}]},
        {"extension": [{"url": "urn:other"}, {"url": "urn:NHSCommunication", "extension": "x"}]},
        {"contact": [{"name": "x", "relationship": [{"coding": [{}]}]}]},
    ],
    ids=range(8),
)
def test_parts_without_content_are_passed_over(changes: Json) -> None:
    assert told(**changes).event.subject.reference == "9000000009"


def test_what_was_no_longer_used_is_old() -> None:
    ended = {"period": {"start": "2019-01-01", "end": "2020-01-01"}}
    record = told(
        name=[{"family": "Jones", "use": "usual", **ended}, {"family": "Smith", "use": "usual"}],
        address=[{"line": ["1 Old Road"], "use": "home", **ended}, {"line": ["2 New Road"], "use": "temp"}],
    )
    person = record.event.subject.person
    assert [name.use for name in person.names] == [NameUse.OLD, NameUse.USUAL]
    assert [address.kind for address in person.addresses] == [AddressKind.OLD, AddressKind.TEMPORARY]


def test_language_and_interpreter() -> None:
    parts = [
        {"url": "language", "valueCodeableConcept": {"coding": [{"code": "fr", "display": "French"}]}},
        {"url": "interpreterRequired", "valueBoolean": True},
    ]
    person = told(extension=[{"url": "urn:Extension-UKCore-NHSCommunication", "extension": parts}]).event.subject.person
    assert (person.language, person.interpreter) == ("French", True)


@pytest.mark.parametrize(
    "name", ["O'Brien", "Llŷr", "محمد", "\u200fعلي", "a\u200bb", "'; DROP TABLE x; --", "<script>", "e\u0301"]
)
def test_names_of_every_kind_are_kept(name: str) -> None:
    record = told(name=[{"family": name}])
    assert record.event.subject.person.names[0].family == name.replace("e\u0301", "é")
    assert flags(record) == (["invisible-characters"] if any(mark in name for mark in "\u200f\u200b") else [])


def test_a_name_longer_than_any_is_cut_and_kept_whole_in_a_flag() -> None:
    record = told(name=[{"family": "x" * 250}])
    assert record.event.subject.person.names[0].family == "x" * 100
    assert "".join(flag.written or "" for flag in record.event.quality) == "x" * 250


BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": patient(id=f"900000000{digit}")} for digit in range(3)]}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_gives_each_of_its_patients(indent: int | None) -> None:
    found = read(BUNDLE, indent=indent)
    assert [each.place for each in found] == [f"line 1 entry[{number}]" for number in (1, 2, 3)]
    assert all(isinstance(each, Record) for each in found)


def test_one_patient_a_line_and_one_bad_line_takes_no_other_with_it() -> None:
    good = json.dumps(patient()).encode()
    for bad in (
        b'{"resourceType": "Patient", "id": ',
        b"{",
        b'{"id": "1", "id": "2"}',
        b"[1, 2]",
        b'{"resourceType": "Flag"}',
        b"\xff",
    ):
        for data in (b"\n".join((good, bad, good)), b"\n".join((bad, good, good)) if bad.startswith(b"{") else good):
            found = read_bytes(data)
            assert sum(isinstance(each, Record) for each in found) == data.count(good), bad
            assert len(found) == len(data.splitlines()), bad


def test_a_bundle_that_is_cut_off_gives_what_stands_before_the_cut() -> None:
    whole = json.dumps(BUNDLE, indent=1)
    at = whole.rindex("Trevelyan")
    found = read_bytes(whole[:at].encode())
    assert [type(each) for each in found] == [Record, Record, Reject]
    reject = found[-1]
    assert isinstance(reject, Reject)
    assert reject.code is RejectCode.TRUNCATED
    assert reject.place == f"line {whole[:at].count(chr(10)) + 1} column {len(whole[:at].splitlines()[-1]) + 1}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"resourceType": "Patient", "id": "1"', RejectCode.TRUNCATED),
        (b'{"resourceType": "Patient",, "id": "1"}', RejectCode.MALFORMED),
        (b'{"resourceType": "Patient", "id": "1", "id": "2"}', RejectCode.MALFORMED),
        (b'{"resourceType": "Patient", "id": NaN}', RejectCode.MALFORMED),
        (b'{"resourceType": "Patient", "id": "1", "x": ' + b"[" * 100 + b"]" * 100 + b"}", RejectCode.MALFORMED),
        (b"[" * 5000, RejectCode.MALFORMED),
        (b'{"resourceType": "Patient", "id": "\xff"}', RejectCode.MALFORMED),
        (b'{"resourceType": "Patient"}', RejectCode.NO_REFERENCE),
        (b'{"resourceType": "Patient", "id": 9}', RejectCode.NO_REFERENCE),
        (b'{"resourceType": "Observation"}', RejectCode.UNKNOWN_KIND),
        (b"{}", RejectCode.UNKNOWN_KIND),
        (b"[]", RejectCode.UNKNOWN_KIND),
    ],
)
def test_what_is_no_patient_is_one_reject(data: bytes, code: RejectCode) -> None:
    (reject,) = read_bytes(data)
    assert isinstance(reject, Reject)
    assert reject.code is code


@pytest.mark.parametrize("data", [b"", b" \n ", b"CHILD,DOB\n1,2", b"<Message/>", b"\x00\x00", b"null"])
def test_what_is_no_json_is_refused_on_one_line(data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read_bytes(data)
    assert refused.value.code in {"empty-file", "wrong-kind"}


@pytest.mark.parametrize("lead", [b'{"resourceType": "Patient", "id": "', b'{\n"resourceType": "Patient",\n"id": "'])
def test_a_document_larger_than_any_real_one_is_refused(lead: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_documents, "MAX_DOCUMENT", 10_000)
    (reject,) = read_bytes(lead + b"x" * 20_000 + b'"}')
    assert isinstance(reject, Reject)
    assert reject.code is RejectCode.TOO_LARGE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["system", "code", "value", "period", "start", "end", "line", "coding", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(patient())), JSON, max_size=4))
def test_anything_in_any_field_gives_one_record_or_one_reject(changes: Json) -> None:
    found = read(patient() | changes)
    assert len(found) == (len(changes.get("entry", [0])) if changes.get("resourceType") == "Bundle" else 1)


@given(st.binary(max_size=80))
def test_any_bytes_after_a_brace_are_one_result_each(data: bytes) -> None:
    assert read_bytes(b"{" + data)
