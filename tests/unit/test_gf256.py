"""Shamir's sharing over GF(256), against shares that another program made and against its own promises."""

import os
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store.gf256 import combine, split

SECRET = b"a master key of thirty-two bytes"
# Made by pyshamir 1.1.0, a port of the scheme of HashiCorp Vault: any three of five.
FOREIGN = {
    8: "8383f42e8768222db62e3eef9723d7f4bb0b95682c434dae1d64f1faeba27e8b",
    133: "6ab110ed5da3563055b12b2b8cd89a47c4c9832ab5a56e8e9570ee2c4d005b55",
    235: "42ea10e91d3f9dd438defe3ac59eccf51784af954ff339d11395e0e6db836f7c",
    66: "8b5dc537b336ebfd7f291df19d1b8e06c6c0503886cb5852928061d63583693a",
    252: "d49036898e89bdcc2aaf9ed932b35e2e5eb28810209430a5f65be3e55ab2b4cf",
}


@pytest.mark.parametrize("indexes", [*combinations(FOREIGN, 3), *combinations(FOREIGN, 5)])
def test_combines_shares_that_another_program_made(indexes: tuple[int, ...]) -> None:
    assert combine({index: bytes.fromhex(FOREIGN[index]) for index in indexes}) == SECRET


@given(st.data())
def test_any_threshold_of_shares_gives_the_secret_back(data: st.DataObject) -> None:
    secret = data.draw(st.binary(min_size=1, max_size=40))
    count = data.draw(st.integers(1, 255))
    threshold = data.draw(st.integers(1, min(count, 8)))
    shares = split(secret, threshold, count, os.urandom)
    chosen = data.draw(st.permutations(sorted(shares)))[:threshold]
    assert combine({index: shares[index] for index in chosen}) == secret


def test_one_share_too_few_fits_every_secret() -> None:
    """For each possible secret there is a third share that would have given it: two shares tell nothing."""
    first, second, _ = split(b"\x2a", 3, 3, os.urandom).items()
    possible = {combine(dict([first, second, (3, bytes([byte]))])) for byte in range(256)}
    assert len(possible) == 256


@pytest.mark.parametrize(("threshold", "count"), [(0, 3), (4, 3), (2, 256)])
def test_an_impossible_split_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="at most 255"):
        split(b"secret", threshold, count, os.urandom)
