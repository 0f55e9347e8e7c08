"""Commitments: one section is proved by its salt and value, and nothing is learnt of the others."""

import hmac
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.canonical import canonical
from hub.errors import HubError
from hub.store.commitments import commitment, open_commitment, part_key, salt
from hub.store.frame import COMMITMENT_BYTES, parse
from hub.store.mapper import DraftPart
from tests.sealed_rows import CHILD, CONTENT, EVENT, KEYS, SUBJECTS, sealed

CHILD_KEY = KEYS[CHILD] or b""
words = st.from_regex(r"[a-z][a-z0-9._:-]{0,20}", fullmatch=True)


def held(data: bytes) -> list[bytes]:
    commitments = parse(data).commitments
    return [commitments[at : at + COMMITMENT_BYTES] for at in range(0, len(commitments), COMMITMENT_BYTES)]


@given(st.binary(min_size=32, max_size=32), st.uuids(), words)
def test_a_part_key_is_hkdf_expand(key: bytes, event: UUID, part: str) -> None:
    expanded = HKDFExpand(SHA256(), 32, event.bytes + part.encode()).derive(key)
    assert part_key(key, event, part) == expanded


def test_hkdf_expand_is_that_of_rfc_5869() -> None:
    """Appendix A.1: the first block is HMAC(PRK, info | 0x01), which is how a part key is made."""
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert HKDFExpand(SHA256(), 42, info).derive(prk).hex() == okm
    assert hmac.digest(prk, info + b"\x01", "sha256").hex() == okm[:64]


@given(st.binary(min_size=32, max_size=32), words, words, st.binary(max_size=100))
def test_a_commitment_is_what_the_design_says(key: bytes, part: str, section: str, value: bytes) -> None:
    made = hmac.digest(key, b"commit" + section.encode(), "sha256")
    assert salt(key, part, section) == made
    assert commitment(key, part, section, value) == sha256(made + f"{part}/{section}\0".encode() + value).digest()


def test_every_section_is_proved_by_its_salt_and_value_alone() -> None:
    data = sealed().event.data
    order = [(part, section) for part in sorted(CONTENT) for section in sorted(CONTENT[part])]
    for index, (part, section) in enumerate(order):
        key = part_key(KEYS[SUBJECTS[part]] or b"", EVENT, part)
        value = canonical(CONTENT[part][section])
        assert open_commitment(data, part, section, salt(key, part, section), value) == index
        assert held(data)[index] == commitment(key, part, section, value)


def test_what_was_not_sealed_is_not_proved() -> None:
    data = sealed().event.data
    key = part_key(CHILD_KEY, EVENT, "child")
    good = salt(key, "child", "what")
    value = canonical(CONTENT["child"]["what"])
    for part, section, with_salt, other in [
        ("child", "what", good, canonical({"category": "none"})),
        ("child", "what", salt(key, "child", "when"), value),
        ("child", "when", good, value),
        ("person:0", "what", good, value),
    ]:
        with pytest.raises(HubError) as caught:
            open_commitment(data, part, section, with_salt, other)
        assert caught.value.code == "not-committed"


def test_the_salt_of_one_section_tells_nothing_of_another() -> None:
    key = part_key(CHILD_KEY, EVENT, "child")
    assert len({salt(key, "child", section) for section in CONTENT["child"]}) == len(CONTENT["child"])


@pytest.mark.parametrize(("sections", "count"), [(0, 0), (1, 16), (15, 16), (16, 16), (17, 32), (40, 48)])
def test_they_are_filled_up_to_a_multiple_of_sixteen(sections: int, count: int) -> None:
    part = DraftPart("child", CHILD, {f"s{number}": b"1" for number in range(sections)})
    commitments = held(sealed(parts=(part,)).event.data)
    assert len(set(commitments)) == len(commitments) == count


def test_the_same_value_in_another_event_has_another_commitment() -> None:
    first, second = sealed().event.data, sealed(id=UUID(int=1)).event.data
    assert not set(held(first)) & set(held(second))


def test_what_follows_the_commitments_in_the_list_is_random() -> None:
    first, second = held(sealed().event.data), held(sealed().event.data)
    assert first[:5] == second[:5]
    assert not set(first[5:]) & set(second[5:])
