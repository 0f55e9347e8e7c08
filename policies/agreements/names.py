"""The table of names: which words of ours the words of an agreement stand for. Names are compared without case."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from policies.errors import AgreementError
from policies.model import AgencyKind, ItemType, Purpose


@cache
def table() -> dict[str, Any]:
    """Return the table of names as `mash policy check` shows it."""
    found: dict[str, Any] = yaml.safe_load((files("policies") / "agreements" / "names.yaml").read_text("utf-8"))
    return found


@cache
def _words(kind: str) -> dict[str, tuple[str, ...]]:
    own: tuple[str, ...] = tuple(
        word.value
        for word in {"purposes": Purpose, "record_types": ItemType}.get(kind, AgencyKind)
        if word.name != "UNKNOWN"
    )
    named = {
        name.casefold(): (given,) if isinstance(given, str) else tuple(given) for name, given in table()[kind].items()
    }
    return named | {word.casefold(): (word,) for word in own}


def purposes(name: str, place: str) -> tuple[str, ...]:
    """Return the purposes that a name stands for; raises AgreementError."""
    return _known("purposes", "purpose", name, place)


def record_types(name: str, place: str) -> tuple[str, ...]:
    """Return the types of item that a name stands for; raises AgreementError."""
    return _known("record_types", "record type", name, place)


def agency_kind(name: str, place: str) -> str:
    """Return the kind of agency that a name stands for; raises AgreementError."""
    return _known("organisation_types", "organisation type", name, place)[0]


def forbids_sending(permitted: list[str], restricted: list[str], place: str) -> bool:
    """Say whether ODRL's actions forbid the relay; raises AgreementError for an action that is not known.

    What is not permitted is not done, but only what is restricted is forbidden to other agreements too.
    """
    for field, codes in (("PermittedUse", permitted), ("Restrictions", restricted)):
        for number, code in enumerate(codes):
            if code.casefold() not in table()["actions"]:
                raise unknown("action", f"one of {', '.join(table()['actions'])}", f"{place}{field}.{number}")
    return not {code.casefold() for code in restricted}.isdisjoint(table()["sends"])


def lets_send(permitted: list[str]) -> bool:
    """Say whether what is permitted lets the relay send."""
    return not {code.casefold() for code in permitted}.isdisjoint(table()["sends"])


def duties(codes: list[str], place: str) -> tuple[str, ...]:
    """Return the sentences that tell a recipient its duties; raises AgreementError for one that has none."""
    known = table()["duties"]
    for number, code in enumerate(codes):
        if code.casefold() not in known:
            raise unknown("duty", f"one of {', '.join(known)}", f"{place}.{number}")
    return tuple(dict.fromkeys(known[code.casefold()] for code in codes))


def refuse_measures(codes: list[str], place: str) -> None:
    """Raise AgreementError for a measure of security that the hub does not take: what it is for was not agreed."""
    for number, code in enumerate(codes):
        if code.casefold() not in table()["measures"]:
            raise unknown("measure", f"one of {', '.join(table()['measures'])}", f"{place}.{number}")


def _known(kind: str, what: str, name: str, place: str) -> tuple[str, ...]:
    found = _words(kind).get(name.casefold())
    if found is None:
        raise unknown(what, "a name of the table that mash policy check shows", place)
    return found


def unknown(what: str, expected: str, place: str) -> AgreementError:
    """Return the error for a code that is not known; it does not repeat the code."""
    return AgreementError(f"This {what} is not known; expected {expected}.", code="unknown-code", place=place)
