"""Put the fields of a record in words: each by its name in the contract and what it says, as in "Injury: Bruises."."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_ENDS = (".", "!", "?", "\u2026")
_NOT_SAID: tuple[object, ...] = (None, "", [], {})
_DATE = len("2026-01-01")


def in_words(name: str) -> str:
    """Return the name of a field as people write it: `no_further_action` as "No further action"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def sentences(fields: Mapping[str, Any]) -> str:
    """Return one sentence for each field that says anything."""
    return " ".join(sentence(in_words(name), value) for name, value in fields.items() if value not in _NOT_SAID)


def sentence(label: str, value: object) -> str:
    """Return what one field says, with a full stop."""
    said = f"{label}: {_said(value)}"
    return said if said.endswith(_ENDS) else f"{said}."


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            told = {name: each for name, each in value.items() if each not in _NOT_SAID}
            return ", ".join(f"{in_words(name).lower()} {_said(each)}" for name, each in told.items())
        case list():
            return ", ".join(map(_said, value))
    text = str(value)
    return text[:16].replace("T", " ") if _is_moment(text) else text


def _is_moment(text: str) -> bool:
    if len(text) <= _DATE or "T" not in text:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
