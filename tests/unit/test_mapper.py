"""Sealed rows: they open to what was sealed, to nothing when erased, and not at all when anything was altered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.canonical import canonical
from hub.errors import HubError
from hub.store.frame import MAGIC, RECORDED_AT_OFFSET, parse, subjects_in
from hub.store.mapper import DraftEvent, DraftPart, Mapper
from hub.store.upcasting import Upcasters
from tests.sealed_rows import AT, CHILD, CONTENT, EVENT, FATHER, KEYS, draft, sealed

MAPPER = Mapper(Upcasters())
STAMP = range(RECORDED_AT_OFFSET, RECORDED_AT_OFFSET + 8)

names = st.text("abcxyz0129", min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=10)
contents = st.dictionaries(names, st.dictionaries(names, values, max_size=20), min_size=1, max_size=4)


def moved(row: DCBSequencedEvent, **changes: Any) -> DCBSequencedEvent:
    event = row.event
    return DCBSequencedEvent(
        DCBEvent(changes.get("type", event.type), changes.get("data", event.data), changes.get("tags", [*event.tags])),
        row.position,
    )


def error(row: DCBSequencedEvent, keys: dict[UUID, bytes | None] = KEYS) -> HubError:
    with pytest.raises(HubError) as caught:
        MAPPER.open(row, keys)
    return caught.value


def altered(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


class TestOpening:
    def test_gives_back_what_was_sealed(self) -> None:
        event = MAPPER.open(sealed(), KEYS)
        assert (event.position, event.recorded_at, event.id, event.type) == (7, AT, EVENT, "safeguarding-concern")
        assert event.tags == ("agency:school", f"subject:{CHILD}")
        assert event.parts == CONTENT

    @given(contents, st.datetimes())
    def test_gives_back_any_event(self, content: dict[str, dict[str, Any]], at: Any) -> None:
        at = at.replace(tzinfo=AT.tzinfo)
        subjects = {name: uuid4() for name in content}
        parts = tuple(
            DraftPart(name, subjects[name], {section: canonical(value) for section, value in sections.items()})
            for name, sections in content.items()
        )
        keys: dict[UUID, bytes | None] = {subject: subject.bytes * 2 for subject in subjects.values()}
        row = MAPPER.seal(DraftEvent(uuid4(), "any", (), parts), keys, at)
        event = MAPPER.open(DCBSequencedEvent(row, 1), keys)
        assert event.parts == content
        assert event.recorded_at == at
        assert sorted(subjects_in(row.data)) == sorted(subjects.values())

    def test_needs_no_order_of_tags(self) -> None:
        row = sealed()
        assert MAPPER.open(moved(row, tags=row.event.tags[::-1]), KEYS) == MAPPER.open(row, KEYS)

    def test_takes_the_moment_that_the_append_function_wrote(self) -> None:
        row = sealed()
        stamp = (1_772_357_400_000_001).to_bytes(8)
        event = MAPPER.open(moved(row, data=row.event.data[:8] + stamp + row.event.data[16:]), KEYS)
        assert (event.recorded_at - AT.replace(microsecond=0)).microseconds == 1

    def test_the_clear_header_is_where_the_append_function_expects_it(self) -> None:
        data = sealed().event.data
        assert data.startswith(MAGIC)
        assert int.from_bytes(data[RECORDED_AT_OFFSET:][:8]) == round(AT.timestamp() * 1_000_000)

    def test_nothing_sealed_can_be_read_in_the_row(self) -> None:
        data = sealed().event.data
        for word in (b"neglect", b"Ffion", b"Neill", b"narrative", b"category", b"2026-02-27"):
            assert word not in data

    def test_the_same_event_never_seals_to_the_same_bytes(self) -> None:
        first, second = parse(sealed().event.data), parse(sealed().event.data)
        for one, other in zip(first.parts, second.parts, strict=True):
            assert one.nonce != other.nonce
            assert one.ciphertext != other.ciphertext


class TestErasure:
    def test_an_erased_part_is_none_and_the_others_open(self) -> None:
        event = MAPPER.open(sealed(), {**KEYS, FATHER: None})
        assert event.parts == {"child": CONTENT["child"], "person:0": None}

    def test_an_event_of_erased_parts_alone_still_opens(self) -> None:
        event = MAPPER.open(sealed(), {CHILD: None, FATHER: None})
        assert event.parts == {"child": None, "person:0": None}
        assert event.id == EVENT

    def test_a_key_that_is_not_there_is_no_erasure(self) -> None:
        found = error(sealed(), {CHILD: KEYS[CHILD]})
        assert (found.code, found.place) == ("key-missing", "position 7")

    def test_nothing_is_sealed_for_an_erased_subject(self) -> None:
        with pytest.raises(HubError) as caught:
            MAPPER.seal(draft(), {**KEYS, FATHER: None}, AT)
        assert caught.value.code == "subject-erased"


class TestDamage:
    def test_every_altered_byte_but_the_stamp_is_noticed(self) -> None:
        row = sealed()
        data = row.event.data
        for place in set(range(len(data))) - set(STAMP):
            found = error(moved(row, data=altered(data, place)))
            assert found.code in {"row-damaged", "row-newer", "key-missing"}, place
            assert found.place == "position 7"

    def test_an_altered_stamp_is_another_moment_or_noticed(self) -> None:
        row = sealed()
        for place in STAMP:
            event = MAPPER.open(moved(row, data=altered(row.event.data, place)), KEYS)
            assert event.recorded_at != AT
            assert event.parts == CONTENT
        for stamp in (b"\x7f" * 8, b"\x80" * 8):
            assert error(moved(row, data=row.event.data[:8] + stamp + row.event.data[16:])).code == "row-damaged"

    def test_with_one_part_erased_all_else_is_still_bound(self) -> None:
        row = sealed()
        data = row.event.data
        erased = parse(data).parts[1].ciphertext
        for place in set(range(len(data) - len(erased))) - set(STAMP):
            found = error(moved(row, data=altered(data, place)), {**KEYS, FATHER: None})
            assert found.code in {"row-damaged", "row-newer", "key-missing"}, place

    def test_every_cut_is_noticed(self) -> None:
        row = sealed()
        for length in range(len(row.event.data)):
            assert error(moved(row, data=row.event.data[:length])).code == "row-damaged", length

    @pytest.mark.parametrize("extra", [b"\x00", b"MASH", b"x" * 100])
    def test_nothing_may_follow(self, extra: bytes) -> None:
        row = sealed()
        assert error(moved(row, data=row.event.data + extra)).code == "row-damaged"

    @given(st.binary(max_size=200), st.integers(0, 18))
    def test_garbage_is_damage_and_nothing_else(self, garbage: bytes, kept: int) -> None:
        row = sealed()
        found = error(moved(row, data=row.event.data[:kept] + garbage))
        assert found.code in {"row-damaged", "row-newer", "key-missing"}
        assert found.place == "position 7"

    @pytest.mark.parametrize(
        "change",
        [
            lambda tags: [*tags, "agency:police"],
            lambda tags: tags[1:],
            lambda tags: [tag.replace("school", "police") for tag in tags],
            lambda tags: [tag.replace(str(EVENT), str(uuid4())) for tag in tags],
            lambda tags: [tag.replace("event:", "event-") for tag in tags],
            lambda tags: [tag.replace(str(EVENT), "no-id") for tag in tags],
            lambda tags: [],
        ],
        ids=["added", "taken away", "replaced", "another event", "no event", "an id that is none", "none"],
    )
    def test_other_tags_are_noticed(self, change: Callable[[list[str]], list[str]]) -> None:
        row = sealed()
        found = error(moved(row, tags=change(row.event.tags)))
        assert (found.code, found.place) == ("row-damaged", "position 7")

    def test_another_type_is_noticed(self) -> None:
        assert error(moved(sealed(), type="referral")).code == "row-damaged"

    def test_a_tag_that_became_the_type_is_noticed(self) -> None:
        row = sealed()
        joined = f"{row.event.type}\0{row.event.tags[0]}"
        assert error(moved(row, type=joined, tags=row.event.tags[1:])).code == "row-damaged"

    def test_a_row_in_anothers_place_is_noticed(self) -> None:
        row, other = sealed(), sealed(id=uuid4())
        assert error(moved(row, data=other.event.data)).code == "row-damaged"

    def test_a_key_of_another_is_noticed(self) -> None:
        assert error(sealed(), {CHILD: KEYS[FATHER], FATHER: KEYS[FATHER]}).code == "row-damaged"

    def test_swapped_parts_are_noticed(self) -> None:
        """Two parts of one person and one length: only their names tell them apart."""
        content = {"child": {"people": "one"}, "children": {"people": "two"}}
        row = sealed(content=content)
        first, second = parse(row.event.data).parts
        swapped = row.event.data.replace(first.ciphertext + second.ciphertext, second.ciphertext + first.ciphertext)
        assert error(moved(row, data=swapped)).code == "row-damaged"

    def test_a_part_that_was_taken_out_is_noticed(self) -> None:
        """The directory names one part fewer, and its ciphertext is gone."""
        row = sealed()
        data = row.event.data
        father = parse(data).parts[1]
        start = data.index(b"\x08person:0")
        entry = data[start : start + 9 + 32]
        without = data.replace(entry, b"").removesuffix(father.ciphertext)
        count = data.index(b"\x02\x05child")
        without = without[:count] + b"\x01" + without[count + 1 :]
        assert [part.name for part in parse(without).parts] == ["child"]
        assert error(moved(row, data=without)).code == "row-damaged"

    @pytest.mark.parametrize(("place", "name"), [(4, "layout"), (5, "cipher")])
    def test_a_row_of_a_later_release_is_named(self, place: int, name: str) -> None:
        row = sealed()
        data = row.event.data[:place] + b"\x09" + row.event.data[place + 1 :]
        found = error(moved(row, data=data))
        assert found.code == "row-newer"
        assert f"{name} 9" in str(found)


class TestSealing:
    def test_adds_the_tag_of_the_event(self) -> None:
        assert sealed().event.tags == ["agency:school", f"event:{EVENT}", f"subject:{CHILD}"]

    @pytest.mark.parametrize(
        "sections",
        [
            {"a": b""},
            {"a": b"nonsense"},
            {"a": b"1 "},
            {"a": b'{"b":1,"a":2}'},
            {"a": b'{"a":1,"a":2}'},
            {"a": b'"\\u0041"'},
            {"a": b"NaN"},
            {"a": b'"\xff"'},
            {"a": b'1,"b":2'},
            {"a": b'{"x":1', "b": b"2}"},
            {"a": b'1,"aa":{"x":1', "b": b"2}"},
            {"a": b"[" * 2000 + b"]" * 2000},
        ],
    )
    def test_what_would_not_read_back_is_refused(self, sections: dict[str, bytes]) -> None:
        with pytest.raises(HubError) as caught:
            MAPPER.seal(draft(parts=(DraftPart("child", CHILD, sections),)), KEYS, AT)
        assert caught.value.code == "not-canonical"

    @pytest.mark.parametrize("name", ["", "Child", "a b", 'a"', "ä", "a/b", "a\x00", "-a", "a" * 64])
    def test_a_name_that_is_no_plain_word_is_refused(self, name: str) -> None:
        for part in (DraftPart(name, CHILD, {}), DraftPart("child", CHILD, {name: b"1"})):
            with pytest.raises(HubError) as caught:
                MAPPER.seal(draft(parts=(part,)), KEYS, AT)
            assert caught.value.code == "bad-name"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"parts": ()}, "event-too-large"),
            ({"parts": (DraftPart("child", CHILD, {}),) * 2}, "bad-name"),
            ({"parts": tuple(DraftPart(f"p{n}", CHILD, {}) for n in range(65))}, "event-too-large"),
            ({"tags": ("agency:school\n",)}, "bad-tag"),
            ({"tags": ("agency:\x00",)}, "bad-tag"),
            ({"type": "a\x00b"}, "bad-tag"),
            ({"schema_version": 2}, "schema-version"),
            ({"schema_version": 0}, "schema-version"),
        ],
    )
    def test_what_a_row_cannot_hold_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(HubError) as caught:
            MAPPER.seal(draft(**changes), KEYS, AT)
        assert caught.value.code == code

    def test_a_subject_without_a_key_is_refused(self) -> None:
        with pytest.raises(HubError) as caught:
            MAPPER.seal(draft(), {}, AT)
        assert caught.value.code == "key-missing"

    def test_a_part_may_be_empty(self) -> None:
        assert MAPPER.open(sealed(content={"child": {}}), KEYS).parts == {"child": {}}
