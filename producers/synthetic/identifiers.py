"""Numbers that no real person has: NHS numbers, UPNs, telephones, postcodes and agencies' own references.

- NHS numbers lie in 999 000 0000 to 999 999 9999, which is never issued, with a right check digit (modulus 11).
- UPNs have local authority code 999, which is no authority's, and a right check letter unless told otherwise.
- Telephones lie in the ranges that Ofcom keeps for drama.
- Postcodes begin with ZZ: no postcode area has these letters, so none can be a real address. ZZ99 is left out, because
  the Office for National Statistics gives ZZ99 codes a meaning (no fixed abode, abroad).
"""

from hub.contract.primitives import AgencyId
from producers.synthetic.dice import Dice
from producers.synthetic.partnership import HABITS

BLOCKS = 100_000
_REFERENCES_EACH = 40
_UPNS_EACH = 10
_REFERENCE_SPACE = 10_000_000
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def nhs_number(first_nine: str) -> str | None:
    """Return the number with its check digit; none where the sum has no check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else f"{first_nine}{check}"


def upn(digits: str, *, wrong: bool = False) -> str:
    """Return a unique pupil number of twelve digits and its check letter (CIN rule 1510), or the letter after it."""
    total = sum(int(digit) * weight for weight, digit in enumerate(digits, start=2))
    return f"{_UPN_LETTERS[(total + wrong) % 23]}{digits}"


class Numbers:
    """Hands out one family's numbers; families of different blocks never share one."""

    __slots__ = ("_block", "_references", "_single", "_twin", "_upns")

    def __init__(self, block: int) -> None:
        self._block = block
        nine = (f"999{block * 10 + place:06d}" for place in range(10))
        valid = [number for number in map(nhs_number, nine) if number is not None]
        self._single = iter(valid[0:7:2])
        self._twin = iter(valid[7:9])
        self._upns = 0
        self._references: dict[AgencyId, int] = {}

    def nhs_number(self, *, twin: bool = False) -> str:
        """Return an NHS number: each family has four that are not next to each other, and two that are, for twins."""
        return next(self._twin if twin else self._single)

    def upn(self, year: int, *, wrong: bool = False) -> str:
        """Return the family's next UPN, issued in this year; each family has up to ten."""
        serial = self._block * _UPNS_EACH + self._upns
        self._upns += 1
        return upn(f"999{2000 + serial // 1000:04d}{year % 100:02d}{serial % 1000:03d}", wrong=wrong)

    def reference(self, agency: AgencyId) -> str:
        """Return a new reference of the agency's own, as its system numbers people."""
        ordinal = self._references.get(agency, 0)
        self._references[agency] = ordinal + 1
        habits = HABITS[agency]
        place = (self._block * _REFERENCES_EACH + ordinal) * habits.multiplier % _REFERENCE_SPACE
        return f"{habits.prefix}{place:07d}"


def telephone(dice: Dice) -> str:
    """Return a number of one of Ofcom's drama ranges: no area, mobile or London."""
    last = f"{dice.between(0, 999):03d}"
    return dice.pick((f"01632 960{last}", f"07700 900{last}", f"07700 900{last}", f"020 7946 0{last}"))


def postcode(dice: Dice) -> str:
    """Return a postcode of the form `ZZ7 3LX`, which cannot be real."""
    letters = dice.pick(_INWARD_LETTERS) + dice.pick(_INWARD_LETTERS)
    return f"ZZ{dice.between(1, 98)} {dice.between(1, 9)}{letters}"
