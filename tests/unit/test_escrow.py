"""Shares of the master key: any m of n restore it; anything else is an error that says what is wrong, never a key."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, UsageError
from hub.store.escrow import join_shares, restore_master_key, split_master_key
from hub.store.master_key import FileMasterKey, MasterKeyVersion

AT = datetime(2026, 3, 1, tzinfo=UTC)
MASTER = MasterKeyVersion(2, os.urandom(32), AT)
SHARES = split_master_key(MASTER, 3, 5)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def error(shares: list[str]) -> HubError:
    with pytest.raises(HubError) as caught:
        join_shares(shares, AT)
    return caught.value


def test_a_share_is_one_line_that_can_be_read_out() -> None:
    for share in SHARES:
        assert re.fullmatch(r"MASH1(-[0-9A-HJKMNP-TV-Z]{5}){17}", share)


@pytest.mark.parametrize("chosen", [*combinations(range(5), 3), *combinations(range(5), 4), range(5), (4, 2, 0)])
def test_any_three_of_five_restore_the_key(chosen: tuple[int, ...]) -> None:
    assert join_shares([SHARES[index] for index in chosen], AT) == MASTER


@given(st.integers(2, 16).flatmap(lambda count: st.tuples(st.integers(2, count), st.just(count))))
def test_any_split_is_restored(split: tuple[int, int]) -> None:
    threshold, count = split
    assert join_shares(split_master_key(MASTER, threshold, count)[-threshold:], AT) == MASTER


def test_what_people_do_when_they_copy_by_hand_is_understood() -> None:
    def copied(share: str) -> str:
        words = share.lower().replace("0", "o").replace("1", "l").replace("mashl", "mash1").split("-")
        return "-\n  ".join("-".join(words[at : at + 4]) for at in range(0, len(words), 4))

    assert join_shares([copied(share) for share in SHARES[:3]], AT) == MASTER


def test_too_few_shares_are_counted() -> None:
    assert error([]).code == error(SHARES[:1]).code == error(SHARES[:2]).code == "shares-too-few"
    assert "Of the 3 different shares that are needed, there are 2." in str(error(SHARES[:2]))


def test_the_same_share_twice_counts_once() -> None:
    assert error([SHARES[0], SHARES[1], SHARES[0]]).code == "shares-too-few"


def test_shares_of_different_splits_are_noticed() -> None:
    again = split_master_key(MASTER, 3, 5)
    assert error([*SHARES[:2], again[2]]).code == "shares-mixed"


def test_a_mistyped_share_is_named() -> None:
    """Every letter of a share, and any two neighbours that were swapped."""
    share = SHARES[1]
    places = [place for place, letter in enumerate(share) if place > 5 and letter != "-"]
    wrong = [
        share[:place] + LETTERS[(LETTERS.index(share[place]) + 1) % 32] + share[place + 1 :] for place in places[:-1]
    ]
    wrong += [
        share[:place] + share[place + 1] + share[place] + share[place + 2 :]
        for place in places[:-2]
        if share[place + 1] not in {"-", share[place]}
    ]
    for each in wrong:
        found = error([SHARES[0], each, SHARES[2]])
        assert (found.code, found.place) == ("share-mistyped", "share 2")


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda share: "",
        lambda share: "no share",
        lambda share: "MASH1",
        lambda share: "MASH1-A",
        lambda share: share[:-3],
        lambda share: share + "-ABCDE",
        lambda share: "MASH2" + share[5:],
    ],
    ids=["nothing", "a word", "a prefix", "a letter", "cut", "too long", "another format"],
)
def test_what_is_no_share_is_named(spoilt: Callable[[str], str]) -> None:
    found = error([spoilt(SHARES[0]), *SHARES[:3]])
    assert (found.code, found.place) == ("share-mistyped", "share 1")


def test_shares_that_were_forged_give_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share with a good checksum and a wrong value: the check value of the key tells."""
    same_group = iter([b"\x00" * 4, b"\x00" * 4])

    def random(size: int) -> bytes:
        return next(same_group) if size == 4 else os.urandom(size)

    first, second = (split_master_key(MASTER, 3, 5, random) for _ in range(2))
    assert error([*first[:2], second[2]]).code == "shares-wrong"


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (1, 3), (0, 0), (4, 3), (2, 17)])
def test_a_split_that_makes_no_sense_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(UsageError) as caught:
        split_master_key(MASTER, threshold, count)
    assert caught.value.code == "bad-shares"


def test_the_drill(tmp_path: Path) -> None:
    """The file is lost; three keepers come together; what was wrapped before opens again."""
    path = tmp_path / "master-key.json"
    master = FileMasterKey.create(path, AT)
    wrapped = master.wrap(1, b"k" * 32, b"place")
    shares = split_master_key(master.version(1), 3, 5)
    path.unlink()
    restored = restore_master_key([shares[4], shares[0], shares[2]], path, AT)
    assert restored.unwrap(1, wrapped, b"place") == b"k" * 32
    assert path.stat().st_mode & 0o777 == 0o600
