"""Bring names and postcodes into a form that can be compared. Never changes what an agency holds.

Example: `O’Brien-Łukasz`, `O'BRIEN LUKASZ` and `obrien łukasz` compare as one name; `Siân` compares with `Sian`.
"""

import re
import unicodedata
from dataclasses import dataclass

_FOLDED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "\u0131": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
_NOT_SPACING = str.maketrans(dict.fromkeys("'`´ʹʻʼʽˈ‘’‛′ʿʾ＇ـ"))  # noqa: RUF001 - apostrophes of many keyboards, tatweel
_WORDS_OF_ASCII = re.compile(r"[a-z0-9]+")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
_NO_PLACE = "ZZ99"
_NOBODY = re.compile(r"unborn(baby|child)?|unknown|unnamed|not(known|given|stated)|anonymous|nk|tb[ac]")
_ANY_INFANT = re.compile(r"baby(boy|girl|of)?|infant|newborn|boy|girl|male|female|twin(1|2|one|two)?")


@dataclass(frozen=True, slots=True)
class Comparable:
    """One name made comparable: all its letters as a whole, and its words."""

    whole: str
    words: tuple[str, ...]


def normalise_name(text: str | None) -> Comparable | None:
    """Return a name's comparable form, or None where it names nobody: empty, `-`, `not known`."""
    if text is None:
        return None
    folded = text.casefold().translate(_NOT_SPACING)
    words = tuple(_WORDS_OF_ASCII.findall(folded)) if folded.isascii() else _words(folded)
    whole = "".join(words)
    return Comparable(whole, words) if whole and not _NOBODY.fullmatch(whole) else None


def normalise_given(text: str | None) -> Comparable | None:
    """Return a given name's comparable form, or None where it could be any newborn: `Baby`, `Twin One`, `Girl`."""
    name = normalise_name(text)
    return None if name is None or _ANY_INFANT.fullmatch(name.whole) else name


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a name in any script, without accents, marks of direction or letters of no width."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    letters = []
    for letter in unicodedata.normalize("NFKD", composed.translate(_FOLDED)).translate(_NOT_SPACING):
        category = unicodedata.category(letter)
        if category == "Cf" or (category == "Mn" and _is_accent(letter)):
            continue
        letters.append(letter if category[0] in "LMN" else " ")
    return tuple("".join(letters).split())


def _is_accent(mark: str) -> bool:
    """Tell accents and the vowel points of Hebrew and Arabic from vowel signs that are letters (Devanagari, Thai)."""
    order = unicodedata.combining(mark)
    return 10 <= order <= 36 or order >= 200


def normalise_postcode(text: str | None) -> str | None:
    """Return a full UK postcode without spaces, or None for a part of one and for the pseudo-postcodes of no place."""
    if text is None:
        return None
    postcode = "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
    known = _POSTCODE.fullmatch(postcode) is not None and not postcode.startswith(_NO_PLACE)
    return postcode if known else None
