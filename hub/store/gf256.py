"""Shamir's secret sharing over GF(256): split bytes so that any m of n shares give them back and fewer tell nothing.

The field is that of AES (x^8 + x^4 + x^3 + x + 1); a share is the value of a random polynomial of degree m - 1 for each
byte, at the share's index, and the secret is the value at 0 (Shamir, "How to share a secret", 1979). Says nothing about
whether shares belong together: that is the caller's.
"""

from collections.abc import Callable, Mapping
from functools import reduce

_POLYNOMIAL = 0x11B


def split(secret: bytes, threshold: int, count: int, random: Callable[[int], bytes]) -> dict[int, bytes]:
    """Return shares by index, from 1 on; any `threshold` of them give the secret back."""
    if not 1 <= threshold <= count <= 255:
        raise ValueError("a secret is split among at most 255, of whom at least one is needed")
    polynomials = [(byte, *random(threshold - 1)) for byte in secret]
    return {index: bytes(_value_at(index, each) for each in polynomials) for index in range(1, count + 1)}


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Return what these shares give: the secret if they belong together and are enough, else random bytes."""
    weights = {index: _weight(index, shares) for index in shares}
    columns = zip(*shares.values(), strict=True)
    return bytes(
        reduce(int.__xor__, (_times(weights[index], byte) for index, byte in zip(shares, column, strict=True)))
        for column in columns
    )


def _value_at(point: int, coefficients: tuple[int, ...]) -> int:
    return reduce(lambda value, coefficient: _times(value, point) ^ coefficient, reversed(coefficients), 0)


def _weight(index: int, indexes: Mapping[int, bytes]) -> int:
    """Return Lagrange's weight at 0 of one index among all."""
    others = [other for other in indexes if other != index]
    return reduce(_times, (_divided(other, other ^ index) for other in others), 1)


def _powers() -> list[int]:
    powers = [1]
    while len(powers) < 255:
        doubled = powers[-1] << 1
        tripled = doubled ^ powers[-1]
        powers.append(tripled ^ _POLYNOMIAL if tripled > 255 else tripled)
    return powers


_EXP = _powers()
_LOG = {power: exponent for exponent, power in enumerate(_EXP)}


def _times(left: int, right: int) -> int:
    return _EXP[(_LOG[left] + _LOG[right]) % 255] if left and right else 0


def _divided(left: int, right: int) -> int:
    return _EXP[(_LOG[left] - _LOG[right]) % 255] if left else 0
