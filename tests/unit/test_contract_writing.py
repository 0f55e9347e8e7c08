"""Events as canonical JSON: the shortened way to write them gives the bytes of the plain one, and they read back."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hub.contract.canonical import canonical
from hub.contract.event import ConcernEvent
from hub.contract.writing import event_text
from producers.adapters.port import Record
from producers.files import read_records
from producers.synthetic import families, tell
from tests.benchmarks.cin_file import write_census


def plainly(event: ConcernEvent) -> bytes:
    body = event.model_dump(mode="json", exclude_defaults=True)
    body.setdefault("detail", {})["type"] = event.detail.type
    return canonical(body)


def census(folder: Path) -> Iterator[ConcernEvent]:
    write_census(folder / "census.xml", 300, seed=3)
    return (each.event for each in read_records(folder / "census.xml") if isinstance(each, Record))


def stories() -> Iterator[ConcernEvent]:
    return (told.event for told in islice(tell(families(300, 5)), 4_000))


def test_an_event_is_written_as_the_plain_way_would(tmp_path: Path) -> None:
    for event in (*census(tmp_path), *stories()):
        assert event_text(event) == plainly(event)


def test_the_contract_has_nothing_that_canonical_json_writes_otherwise() -> None:
    schema = ConcernEvent.model_json_schema()
    objects = [each for each in [schema, *schema["$defs"].values()] if each["type"] == "object"]
    assert len(objects) > 40
    assert all(each["additionalProperties"] is False and "patternProperties" not in each for each in objects)
    assert all(name.isascii() for each in objects for name in each.get("properties", {}))
    assert '"type": "number"' not in json.dumps(schema)


def test_what_is_written_reads_back_as_the_same_event() -> None:
    for event in islice(stories(), 500):
        assert ConcernEvent.model_validate_json(event_text(event)) == event


def test_every_field_is_written_where_it_has_not_its_default_value() -> None:
    whole = {
        "category": {"need": "N1"},
        "corrects": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "detail": {"reason": "mistyped", "type": "correction"},
        "level": 4,
        "locations": [{"lines": ["1 Mill Lane"]}, {"postcode": "ZZ99 3VZ"}],
        "narrative": 'She said "nac ydw", a ffôn\n.',
        "occurred": {"accuracy": "UAA", "date": "2026-11-15"},
        "origin": {"record": "7"},
        "others": [{"kind": "other-adult"}],
        "quality": [{"field": "UPN", "rule": "1510"}],
        "sharing": {"purpose": "protection"},
        "subject": {"reference": "R-1"},
        "voice": {"words": "No."},
    }
    event = ConcernEvent.model_validate_json(json.dumps(whole))
    assert json.loads(event_text(event)) == whole
    assert set(whole) == set(ConcernEvent.model_fields) - {"retracts"}


def test_nothing_is_written_of_a_part_that_says_nothing() -> None:
    event = ConcernEvent.model_validate_json(
        b'{"detail":{"type":"death"},"occurred":{"date":"2026-11-20"},"origin":{},"sharing":{"handling":{}},'
        b'"quality":[],"subject":{"reference":"R-1"}}'
    )
    assert event_text(event) == (
        b'{"detail":{"type":"death"},"occurred":{"date":"2026-11-20"},"subject":{"reference":"R-1"}}'
    )
