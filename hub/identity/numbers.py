"""Identifiers made comparable, and which of them are strong: issued once, and right by their own check.

A number that fails its check is kept and compared as a weak one; it never links (96 % of UPNs in public sample returns
fail their check letter).
"""

from stdnum.exceptions import ValidationError
from stdnum.gb import nhs, upn

from hub.contract.person import IdentifierSystem

_UPN_LETTERS = frozenset("ABCDEFGHJKLMNPQRTUVWXYZ")


def normalise_number(value: str) -> str:
    """Return an identifier's letters and digits in capitals, without spaces, hyphens or slashes."""
    return "".join(letter for letter in value.upper() if letter.isalnum())


def is_nhs_number(number: str) -> bool:
    """Say whether a normalised number is an NHS number by its check digit (modulus 11) and not one digit ten times."""
    if len(number) != 10 or not _is_varied(number):
        return False
    try:
        nhs.validate(number)
    except ValidationError:
        return False
    return True


def is_upn(number: str) -> bool:
    """Say whether a normalised number is a permanent UPN by its form and check letter (DfE rules 1510, 1540, 1550).

    A temporary UPN, which ends in a letter, is another school's number tomorrow and so is weak.
    """
    if len(number) != 13 or number[0] not in _UPN_LETTERS or not _is_varied(number[1:]):
        return False
    return upn.calc_check_digit(number[1:]) == number[0]


def _is_varied(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(set(digits)) > 1


STRONG = {IdentifierSystem.NHS_NUMBER: is_nhs_number, IdentifierSystem.UPN: is_upn}
SHARED = frozenset({IdentifierSystem.LA_CHILD_ID, IdentifierSystem.PNC, IdentifierSystem.CRO, IdentifierSystem.ULN})
