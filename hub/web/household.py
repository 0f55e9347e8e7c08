"""The people whom the records name beside the child, as the records that are shown say it. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.contract.primitives import PartialDate
from hub.web.codes import meaning
from hub.web.readable import name_of
from hub.web.words import code_words

# Who works with the family is no part of it.
_NO_FAMILY: Final = frozenset({"worker", "place", "peer-group"})


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom records name: who they are to the child, and the agencies that say so.

    `search` is what to look for them by, as the form that finds a child has it; empty where too little is told.
    """

    name: str
    part: str
    agencies: Sequence[str]
    search: Mapping[str, str]


def household_of(items: Iterable[Mapping[str, Any]], agencies: Mapping[str, str]) -> list[Named]:
    """Return the people of the items, each name and part once: by their part, so that children stand together.

    Two records that write a name alike may mean two people: nothing is said of who is one.
    """
    found: dict[tuple[str, str], set[str]] = {}
    searches: dict[tuple[str, str], Mapping[str, str]] = {}
    for item in items:
        facets = item.get("facets") or {}
        source = facets.get("source") or {}
        agency = agencies.get(source.get("agency", ""), source.get("agency"))
        for other in facets.get("people") or ():
            if other.get("kind") in _NO_FAMILY:
                continue
            held = other.get("person") or {}
            for each in held.get("names", ()):
                if name := name_of(each):
                    key = name, _part(other)
                    found.setdefault(key, set()).update([agency] if agency else ())
                    searches[key] = searches.get(key) or _search(each, held.get("born"))
    named = [Named(*key, sorted(said_by), searches[key]) for key, said_by in found.items()]
    return sorted(named, key=lambda each: (each.part, each.name))


def _search(name: Mapping[str, Any], born: Mapping[str, Any] | None) -> Mapping[str, str]:
    if born is None or not PartialDate.model_validate(born).exact:
        return {}
    year, month, day = str(born["date"]).split("-")
    parts = {part: str(name[part]) for part in ("given", "family") if name.get(part)}
    return {**parts, "born-day": day, "born-month": month, "born-year": year}


def _part(other: Mapping[str, Any]) -> str:
    """Return who somebody is to the child: the part that they have in it, and the relationship where it is told."""
    related = other.get("relationship")
    return ", ".join([code_words(other["kind"]), *([meaning("relationship", related)] if related else [])])
