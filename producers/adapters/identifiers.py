"""Check digits and letters of the numbers that agencies hold. A number that fails is kept and flagged, never dropped.

In public sample returns 96 % of the UPNs fail their check letter: refusing them would refuse nearly all data.
"""

import re
from operator import mul

from stdnum.gb import nhs

NHS_NUMBER_CHECK = "nhs-number-check"
UPN_LENGTH = "upn-length"

_ISSUERS = (
    "001-005 201-213 301-320 330-336 340-344 350-359 370-373 380-384 390-394 420 660-681 701-708 800-803 805-808 "
    "810-813 815 816 820-823 825 826 830 831 835-841 845 846 850-852 855-857 860 861 865-896 908 909 916 919 921 925 "
    "926 928 929 931 933 935-938 940-943"
)
# Letters have values too: the last character of a temporary UPN is one.
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)} | {str(digit): digit for digit in range(10)}
_WEIGHTS = range(2, 14)
_UPN = re.compile(r"[A-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
_GAPS = re.compile(r"[\s\u00ad\u200b-\u200f\ufeff-]+")


def _codes(ranges: str) -> frozenset[str]:
    pairs = (span.split("-") for span in ranges.split())
    return frozenset(f"{code:03d}" for pair in pairs for code in range(int(pair[0]), int(pair[-1]) + 1))


# Local authority codes since April 1998 and the pseudo codes, as rule 1530 lists them since 2023-24.
UPN_ISSUERS = _codes(_ISSUERS)


def read_nhs_number(text: str) -> tuple[str, bool]:
    """Return the NHS number without spaces or hyphens, and whether its check digit (modulus 11) holds."""
    compact = _GAPS.sub("", text)
    if len(compact) != 10 or not (compact.isascii() and compact.isdigit()):
        return text, False
    return compact, bool(nhs.is_valid(compact))


def upn_faults(number: str) -> list[str]:
    """Return the CIN rules (1510, 1530, 1540, 1550) that a UPN breaks."""
    if len(number) != 13:
        return [UPN_LENGTH]
    faults = []
    if number[1:4] not in UPN_ISSUERS:
        faults.append("1530")
    if not (number[4:12].isascii() and number[4:12].isdigit()):
        faults.append("1540")
    if number[12] not in _VALUES:
        faults.append("1550")
    if not faults or faults == ["1530"]:
        faults += _check_letter(number)
    return faults


def _check_letter(number: str) -> list[str]:
    digits = number[1:]
    if not (digits[:3].isascii() and digits[:3].isdigit()):
        return []
    total = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, digits)))
    return [] if _LETTERS[total % 23] == number[0] else ["1510"]


def former_upn_faults(number: str) -> list[str]:
    """Return rule 1560Q where a former UPN is not in the form of one (a letter, eleven digits, a digit or letter)."""
    return [] if _UPN.fullmatch(number) else ["1560Q"]
