"""CloudEvents lines: an agency that speaks the contract already is held to it, line by line."""

import datetime as dt
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import UsageError
from producers.adapters.cloudevents import CloudEvents
from producers.adapters.port import Record, Reject, RejectCode

Json = dict[str, Any]
DATA: Json = {
    "occurred": {"date": "2024-01-08"},
    "subject": {"reference": "C1"},
    "detail": {"type": "safeguarding-concern", "raised_by": "teacher"},
    "narrative": "Came to school without a coat again.",
}


def line(**changes: Any) -> bytes:
    held: Json = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "schools-trust",
        "type": "uk.mash.safeguarding-concern.v1",
        "time": "2024-01-08T10:00:00Z",
        "data": DATA,
    }
    return json.dumps({name: value for name, value in (held | changes).items() if value is not None}).encode()


def read(*rows: bytes) -> list[Record | Reject]:
    return list(CloudEvents().read(BytesIO(b"\n".join(rows))))


def test_a_line_is_its_event_with_the_id_time_and_source_it_gives() -> None:
    (record,) = read(line())
    assert isinstance(record, Record)
    assert (record.ce_id, record.source, record.place) == ("a-1", "schools-trust", "line 1")
    assert record.recorded_at == dt.datetime(2024, 1, 8, 10, tzinfo=dt.UTC)
    assert (record.event.type, record.event.narrative) == ("safeguarding-concern", DATA["narrative"])


def test_what_may_be_left_out_is_left_to_the_publisher() -> None:
    (record,) = read(line(id=None, source=None, type=None, time=None, datacontenttype="application/json", subject="x"))
    assert isinstance(record, Record)
    assert (record.ce_id, record.source, record.recorded_at) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"{", RejectCode.MALFORMED),
        (b'{"specversion": "1.0", "specversion": "1.0"}', RejectCode.MALFORMED),
        (b'{"specversion": "1.0", "data": NaN}', RejectCode.MALFORMED),
        (b'{"specversion": "1.0", "data": ' + b"[" * 200 + b"]" * 200 + b"}", RejectCode.MALFORMED),
        (b'{"specversion": "1.0", "data": "\\ud800"}', RejectCode.MALFORMED),
        (b'{"specversion": "1.0", "data": "\xff"}', RejectCode.MALFORMED),
        (b"[]", RejectCode.MALFORMED),
        (line(specversion="0.3"), RejectCode.MALFORMED),
        (line(data=None), RejectCode.NOT_VALID),
        (line(data=[DATA]), RejectCode.NOT_VALID),
        (line(data=DATA | {"subject": {}}), RejectCode.NO_REFERENCE),
        (line(data=DATA | {"John Smith": 1}), RejectCode.NOT_VALID),
        (line(data=DATA | {"occurred": {"date": "2024-02-30"}}), RejectCode.NOT_VALID),
        (
            line(data=DATA | {"occurred": {"date": "2024-01-08", "at": "0001-01-01T00:00:00+05:00"}}),
            RejectCode.NOT_VALID,
        ),
        (line(data=DATA | {"detail": {"type": "John Smith"}}), RejectCode.NOT_VALID),
        (line(data=DATA | {"narrative": "e\u0301"}), RejectCode.NOT_VALID),
        (line(data=DATA | {"level": 10**30}), RejectCode.NOT_VALID),
        (line(type="uk.mash.referral.v1"), RejectCode.NOT_VALID),
        (line(time="yesterday"), RejectCode.NOT_VALID),
        (line(time="2024-01-08T10:00:00"), RejectCode.NOT_VALID),
        (line(time="0001-01-01T00:00:00+05:00"), RejectCode.NOT_VALID),
        (line(id="a b"), RejectCode.NOT_VALID),
        (line(id=7), RejectCode.NOT_VALID),
        (line(extra="x"), RejectCode.NOT_VALID),
        (line(padding="x" * 2_000_000), RejectCode.TOO_LARGE),
    ],
    ids=range(25),
)
def test_a_bad_line_is_rejected_without_a_word_of_what_it_says(row: bytes, code: RejectCode) -> None:
    first, reject, last = read(line(), row, line(id="a-2"))
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert isinstance(reject, Reject)
    assert (reject.place, reject.code) == ("line 2", code)
    assert "John" not in reject.reason
    assert "\n" not in reject.reason


def test_the_reason_names_the_field() -> None:
    (reject,) = read(line(data=DATA | {"subject": {"reference": "x" * 65}}))
    assert isinstance(reject, Reject)
    assert reject.reason == "subject.reference: string too long"


@pytest.mark.parametrize("data", [b"", b"\n \n", b"CHILD,DOB", b"<Message/>", b"[1]"])
def test_what_is_no_json_lines_is_refused_on_one_line(data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read(data)
    assert refused.value.code in {"empty-file", "wrong-kind"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*DATA, "type", "at", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["specversion", "id", "source", "type", "time", "data"]), JSON, max_size=3),
    st.booleans(),
)
def test_anything_in_any_attribute_is_one_record_or_one_reject(changes: Json, within: bool) -> None:
    row = line(data=DATA | changes) if within else line(**changes)
    assert len(read(row)) == 1
