"""How an agency's event is split: every place stands in the section `location`, all free text in `narrative`."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from hub.contract.details import DETAILS, FREE_TEXT, PLACES
from hub.contract.person import PersonAsHeld
from hub.contract.primitives import Line
from hub.events.concern import WHERE, child_sections, people_sections

MARKER = "1 New Street"
LINE = TypeAdapter(Line).json_schema()["maxLength"]
NAMED_LIKE_A_PLACE = re.compile(
    r"address|postcode|place|placement|site|school|setting|accommodation|arrangement|taken|found|where|location|home"
    r"|hospital|ward|organisation|town|street|phone|mail|practice|centre|refuge"
)


def sections(**data: Any) -> dict[str, Any]:
    """Return the sections of an event, parsed."""
    event: dict[str, Any] = {
        "occurred": {"date": "2024-01-01"},
        "subject": {"kind": "child", "reference": "P-1"},
        "detail": {"type": "contact"},
        **data,
    }
    made = child_sections(event, {"ce_id": "1"}, "2024-01-01T09:00:00Z", "police")
    return {name: json.loads(section) for name, section in made.items()}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def fields_below(model: type[BaseModel]) -> Iterator[str]:
    """Name the fields of a detail, and as `outer.inner` those of the records that stand in it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            yield from (f"{name}.{below}" for below in fields_below(inner))


@pytest.mark.parametrize("kind", sorted(DETAILS))
def test_no_detail_has_a_field_named_like_a_place_that_is_not_marked(kind: str) -> None:
    like = {name for name in fields_below(DETAILS[kind]) if NAMED_LIKE_A_PLACE.search(name)}

    assert like <= set(PLACES.get(kind, ()))


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in PLACES.items() for field in fields])
def test_a_place_in_a_detail_is_kept_as_a_place_and_nowhere_else(kind: str, field: str) -> None:
    made = sections(detail={"type": kind, field: MARKER})

    assert made.pop("location") == {"detail": {field: MARKER}}
    assert made["detail"] == {"type": kind}
    assert MARKER not in json.dumps(made)


def test_the_places_that_details_name() -> None:
    assert {f"{kind}.{field}" for kind, fields in PLACES.items() for field in fields} == {
        "ae-attendance.site", "child-death-notification.place", "child-looked-after.placement", "death.place",
        "early-help.organisation", "health-encounter.site", "homeless.accommodation", "lado-allegation.setting",
        "missing-person.found_at", "police-protection.taken_to", "private-fostering.arrangement", "restraint.setting",
        "school-attendance.school", "school-exclusion.school", "school-suspension.school",
    }  # fmt: skip


def takes_a_line(model: type[BaseModel], field: str) -> bool:
    """Say whether a field, or a list in it, takes text as long as a line."""
    return f'"maxLength":{LINE}' in json.dumps(model.model_json_schema()["properties"][field], separators=(",", ":"))


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, name) for kind, model in DETAILS.items() for name in model.model_fields]
)
def test_every_line_that_a_detail_takes_is_free_text_or_a_place(kind: str, field: str) -> None:
    if takes_a_line(DETAILS[kind], field):
        assert field in (*FREE_TEXT[kind], *PLACES[kind])


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in FREE_TEXT.items() for field in fields])
def test_free_text_in_a_detail_is_kept_as_narrative_and_nowhere_else(kind: str, field: str) -> None:
    made = sections(detail={"type": kind, field: MARKER}, narrative="Seen there")

    assert made.pop("narrative") == {"text": "Seen there", "detail": {field: MARKER}}
    assert made["detail"] == {"type": kind}
    assert MARKER not in json.dumps(made)


def test_who_reported_it_is_kept_as_narrative() -> None:
    made = sections(origin={"system": "RMS", "reported_by": MARKER})

    assert made.pop("narrative") == {"reported_by": MARKER}
    assert made["source"] == {"agency": "police", "handling": {}, "system": "RMS"}


def test_a_note_on_another_person_is_sealed_with_them_as_narrative() -> None:
    (made,) = people_sections({"others": [{"kind": "parent-or-carer", "note": MARKER}]})

    assert {name: json.loads(section) for name, section in made.items()} == {
        "people": {"kind": "parent-or-carer"}, "narrative": {"note": MARKER},
    }  # fmt: skip


def test_what_else_a_detail_says_stays_there() -> None:
    made = sections(detail={"type": "missing-person", "kind": "M", "found_at": MARKER})

    assert made["detail"] == {"type": "missing-person", "kind": "M"}
    assert sections(detail={"type": "referral", "source": "1A"})["detail"] == {"type": "referral", "source": "1A"}


@pytest.mark.parametrize(
    "field",
    [
        *WHERE, "address.line", "address.use", "postalCode", "PostCode", "post_code", "telecom", "Mobile", "e-mail",
        "generalPractitioner", "GPcode", "NativeId", "URN", "LAEstab", "schoolName", "HomeTown", "taken_to", "found_at",
        "detail.taken_to", "locations.lines",
    ],
)  # fmt: skip
def test_what_was_written_for_a_place_is_kept_as_a_place(field: str) -> None:
    flag = {"rule": "too-long", "field": field, "written": MARKER}

    made = sections(quality=[flag])

    assert made.pop("location") == {"as_written": [flag]}
    assert made["what"]["quality"] == [{"rule": "too-long", "field": field}]
    assert MARKER not in json.dumps(made)


@pytest.mark.parametrize("rule", ["unknown-element", "stray-text"])
def test_what_no_format_knows_may_be_a_place(rule: str) -> None:
    assert sections(quality=[{"rule": rule, "field": "x", "written": MARKER}])["location"]["as_written"]


@pytest.mark.parametrize(
    "field", ["level", "upn", "Ethnicity", "LAchildID", "CINreferralDate", "gender", "MISSING", "sessions", "category"]
)
def test_what_was_written_for_something_else_stays_with_its_flag(field: str) -> None:
    flag = {"rule": "8500", "field": field, "written": "iii"}

    made = sections(quality=[flag])

    assert made["what"]["quality"] == [flag]
    assert "location" not in made


def test_a_flag_that_quotes_nothing_moves_nothing() -> None:
    assert "location" not in sections(quality=[{"rule": "too-long", "field": "address.line"}])


def test_no_field_of_a_person_that_is_named_like_a_place_stands_outside_the_places() -> None:
    like = {name for name in PersonAsHeld.model_fields if NAMED_LIKE_A_PLACE.search(name)}

    assert like <= set(WHERE)
