"""Text as agencies hold it, made fit for the contract: NFC, no control characters, nothing visible changed.

Characters that nobody sees (zero width, right-to-left marks) stay, because they are as held, and are reported.
"""

import unicodedata

INVISIBLE = "invisible-characters"
CONTROL = "control-characters"

_SPACES = str.maketrans("\t\r\n", "   ")


def tidy(raw: str) -> tuple[str, tuple[str, ...]]:
    """Return the text in NFC without control characters or outer space, and the codes of what was found in it."""
    if raw.isascii() and raw.isprintable():
        return raw.strip(), ()
    text = raw.translate(_SPACES)
    kinds = {unicodedata.category(letter) for letter in text}
    faults = []
    if not kinds.isdisjoint(("Cc", "Cs")):
        text = "".join(_shown(letter) for letter in text)
        faults.append(CONTROL)
    if "Cf" in kinds:
        faults.append(INVISIBLE)
    return unicodedata.normalize("NFC", text).strip(), tuple(faults)


def _shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if kind == "Cc" else letter


def pieces(text: str, size: int) -> list[str]:
    """Cut the text into pieces of at most `size` characters, so that a long one is kept whole."""
    return [text[start : start + size] for start in range(0, len(text), size)]
