"""Puts the fields of a record in a list that reads well: what each is called and what it says, codes with their words.

Nothing is left out: what has no form of its own is told by the names of its fields. Only of a type of event that is
named are words taken for codes (`nothing-held`); without one they are what somebody wrote, and stay so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from hub.views.words import in_words
from hub.web.catalogue import N_
from hub.web.codes import meaning
from hub.web.words import code_words, day_words, moment_words

Row = tuple[str, str]
_NOT_SAID: Final[tuple[object, ...]] = (None, "", [], {})
_NAMED: Final[Mapping[str, str]] = {
    "addresses": N_("Address"),
    "telephones": N_("Telephone"),
    "emails": N_("Email"),
    "general_practice": N_("GP practice"),
    "places": N_("Place"),
    "identifiers": N_("Identifier"),
    "names": N_("Name"),
    "others": N_("Where another person of the event lives"),
    "as_written": N_("As it was written"),
    "nhs-number": N_("NHS number"),
    "upn": N_("UPN"),
    "former-upn": N_("Former UPN"),
    "upn_unknown": N_("Why there is no UPN"),
    "no_further_action": N_("No further action"),
    "rating": N_("Rating"),
    "kind": N_("Kind"),
}
_CODED_WORD: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_UNRESTRICTED: Final = {"confidentiality": "U"}


def rows_of(fields: Mapping[str, Any], event_type: str | None = None) -> list[Row]:
    """Return a row for each thing that the fields say; a field that holds several things gives several rows."""
    return [row for name, value in fields.items() if value not in _NOT_SAID for row in _rows(name, value, event_type)]


def person_rows(other: Mapping[str, Any]) -> list[Row]:
    """Return the rows on another person of an event: who they are to the child first, then what is held of them."""
    if "kind" not in other:
        return rows_of(other)
    held = dict(other.get("person") or {})
    names = [name_of(each) for each in held.pop("names", ())]
    kept = {name: value for name, value in held.items() if _UNRESTRICTED.get(name) != value}
    rest = {name: value for name, value in other.items() if name not in {"kind", "person"}}
    return [(N_("Other person"), ", ".join([*names, code_words(other["kind"])])), *rows_of(rest), *rows_of(kept)]


def told_in_one(rows: Iterable[Row]) -> str:
    """Return rows as one text, for where there is no room for a list."""
    return " ".join(f"{label}: {text}{'' if text.endswith('.') else '.'}" for label, text in rows)


def _rows(name: str, value: Any, event_type: str | None) -> Iterator[Row]:
    label = _NAMED.get(name) or in_words(name.replace("-", "_"))
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield _row_of_one(name, label, each, event_type)
    else:
        yield label, _text(name, value, event_type)


def _row_of_one(name: str, label: str, each: Any, event_type: str | None) -> Row:
    if name == "identifiers" and isinstance(each, dict) and {"system", "value"} <= each.keys():
        system = str(each["system"])
        return _NAMED.get(system) or code_words(system), _identifier(each)
    return label, _text(name, each, event_type)


def _identifier(each: Mapping[str, Any]) -> str:
    return f"{each['value']} ({N_('verified by its issuer')})" if each.get("verified") else str(each["value"])


def _text(name: str, value: Any, event_type: str | None) -> str:
    match value:
        case bool():
            return N_("yes") if value else N_("no")
        case list():
            return ", ".join(_text(name, each, event_type) for each in value)
        case dict():
            form = _FORMS.get(name)
            return form(value) if form else _fields(value, event_type)
        case str():
            return _of_text(name, value, event_type)
    return str(value)


def _of_text(name: str, text: str, event_type: str | None) -> str:
    told = meaning(name, text, event_type)
    if told != text:
        return told
    if _ISO_DAY.match(text):
        return _moment(text)
    return code_words(text) if event_type and _CODED_WORD.fullmatch(text) else text


def _moment(text: str) -> str:
    try:
        if _ISO_DAY.fullmatch(text):
            return day_words(date.fromisoformat(text))
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment_words(found) if found.tzinfo else f"{day_words(found.date())}, {found:%H:%M}"


def _fields(fields: Mapping[str, Any], event_type: str | None) -> str:
    if fields.keys() == {"date", "accuracy"}:
        return _partial(fields)
    told = {name: value for name, value in fields.items() if value not in _NOT_SAID}
    rows = (row for name, value in told.items() for row in _rows(name, value, event_type))
    return "; ".join(f"{label.lower()} {text}" for label, text in rows)


def _partial(born: Mapping[str, Any]) -> str:
    """Return a date as exactly as it is known: its accuracy has a letter for day, month and year."""
    text, accuracy = _moment(str(born["date"])), str(born["accuracy"])
    if "U" in accuracy:
        known = [part for part, letter in zip(text.split(" "), accuracy, strict=False) if letter != "U"]
        text = " ".join(known) or N_("not known")
    return f"{N_('about')} {text}" if "E" in accuracy else text


def name_of(each: Mapping[str, Any]) -> str:
    """Return a name as people write it, with its use where it is not the usual one."""
    whole = " ".join(filter(None, (each.get("given"), each.get("family"))))
    use = each.get("use")
    return f"{whole} ({use})" if use not in {None, "usual"} else whole


def _address(each: Mapping[str, Any]) -> str:
    text = ", ".join(filter(None, (*each.get("lines", ()), each.get("postcode"))))
    kind = each.get("kind")
    marks = [str(kind)] if kind not in {None, "home"} else []
    marks += [N_("confidential")] if each.get("confidential") else []
    return f"{text} ({', '.join(marks)})" if marks else text


_FORMS: Final = {"names": name_of, "addresses": _address}
