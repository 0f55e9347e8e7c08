"""Rows that an earlier release wrote still open, brought to the present schema step by step."""

from datetime import datetime
from uuid import UUID

import pytest

from hub.errors import HubError
from hub.store.commitments import open_commitment, part_key, salt
from hub.store.mapper import Mapper
from hub.store.upcasting import Parts, Upcasters
from tests.sealed_rows import AT, CHILD, EVENT, FATHER, KEYS, ROWS, draft, kept_row, sealed

TYPE = "safeguarding-concern"
KEPT = sorted(path.stem for path in ROWS.glob("*.json"))


def level_in_words(parts: Parts) -> Parts:
    child = parts["child"]
    if child is None:
        return parts
    what = {**child["what"], "level": ("universal", "early", "child-in-need", "statutory")[child["what"]["level"]]}
    return {**parts, "child": {**child, "what": what}}


def voice_is_a_list(parts: Parts) -> Parts:
    child = parts["child"]
    return parts if child is None else {**parts, "child": {**child, "voice": [child["voice"]]}}


@pytest.fixture
def later() -> Mapper:
    """The mapper of a release that changed the type twice."""
    upcasters = Upcasters()
    upcasters.register(TYPE, 1, level_in_words)
    upcasters.register(TYPE, 2, voice_is_a_list)
    return Mapper(upcasters)


def test_there_are_rows_of_each_layout() -> None:
    assert {name.split("-schema")[0] for name in KEPT} == {"layout-1"}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_row_opens_as_it_did(name: str) -> None:
    kept = kept_row(name)
    event = Mapper(Upcasters()).open(kept.row, kept.keys)
    assert event.id == UUID(kept.opened["id"])
    assert event.recorded_at == datetime.fromisoformat(kept.opened["recorded_at"])
    assert list(event.tags) == kept.opened["tags"]
    assert event.parts == kept.opened["parts"]


def test_a_kept_rows_commitments_still_open() -> None:
    row = kept_row("layout-1-schema-1").row
    key = part_key(KEYS[CHILD] or b"", EVENT, "child")
    assert open_commitment(row.event.data, "child", "voice", salt(key, "child", "voice"), b"null") == 1


def test_a_kept_row_opens_in_the_present_schema(later: Mapper) -> None:
    kept = kept_row("layout-1-schema-1")
    child = later.open(kept.row, kept.keys).parts["child"]
    assert child is not None
    assert child["what"]["level"] == "statutory"
    assert child["voice"] == [None]
    assert child["when"] == kept.opened["parts"]["child"]["when"]


def test_an_erased_part_stays_none_through_every_step(later: Mapper) -> None:
    kept = kept_row("layout-1-schema-1")
    assert later.open(kept.row, {CHILD: None, FATHER: None}).parts == {"child": None, "person:0": None}


def test_each_version_takes_only_the_steps_that_it_lacks(later: Mapper) -> None:
    upcasters = Upcasters()
    upcasters.register(TYPE, 1, level_in_words)
    content = {"child": {"what": {"level": "early"}, "voice": "hungry"}}
    row = sealed(Mapper(upcasters), content=content, schema_version=2)
    assert later.open(row, KEYS).parts == {"child": {"what": {"level": "early"}, "voice": ["hungry"]}}


def test_what_is_written_now_needs_no_step(later: Mapper) -> None:
    row = sealed(later, schema_version=3)
    assert later.open(row, KEYS).parts == Mapper(Upcasters()).open(sealed(), KEYS).parts


def test_nothing_is_written_in_an_older_schema(later: Mapper) -> None:
    with pytest.raises(HubError) as caught:
        later.seal(draft(schema_version=1), KEYS, AT)
    assert caught.value.code == "schema-version"


def test_a_row_of_a_later_schema_is_named(later: Mapper) -> None:
    row = sealed(later, schema_version=3)
    with pytest.raises(HubError, match="version 3 of safeguarding-concern") as caught:
        Mapper(Upcasters()).open(row, KEYS)
    assert (caught.value.code, caught.value.place) == ("row-newer", "position 7")


@pytest.mark.parametrize("version", [0, 2, 3])
def test_steps_are_registered_in_order(version: int) -> None:
    with pytest.raises(HubError) as caught:
        Upcasters().register(TYPE, version, level_in_words)
    assert caught.value.code == "upcaster-order"
