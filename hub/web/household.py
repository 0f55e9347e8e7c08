"""The people whom the records name beside the child, as the records that are shown say it. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.web.codes import meaning
from hub.web.readable import name_of
from hub.web.words import code_words

# Who works with the family is no part of it.
_NO_FAMILY: Final = frozenset({"worker", "place", "peer-group"})


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom records name: who they are to the child, and the agencies that say so."""

    name: str
    part: str
    agencies: Sequence[str]


def household_of(items: Iterable[Mapping[str, Any]], agencies: Mapping[str, str]) -> list[Named]:
    """Return the people of the items, each name and part once: by their part, so that children stand together.

    Two records that write a name alike may mean two people: nothing is said of who is one.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for item in items:
        facets = item.get("facets") or {}
        source = facets.get("source") or {}
        agency = agencies.get(source.get("agency", ""), source.get("agency"))
        for other in facets.get("people") or ():
            if other.get("kind") in _NO_FAMILY:
                continue
            for name in _names(other):
                found.setdefault((name, _part(other)), set()).update([agency] if agency else ())
    named = [Named(name, part, sorted(said_by)) for (name, part), said_by in found.items()]
    return sorted(named, key=lambda each: (each.part, each.name))


def _names(other: Mapping[str, Any]) -> list[str]:
    return [name for each in (other.get("person") or {}).get("names", ()) if (name := name_of(each))]


def _part(other: Mapping[str, Any]) -> str:
    """Return who somebody is to the child: the part that they have in it, and the relationship where it is told."""
    related = other.get("relationship")
    return ", ".join([code_words(other["kind"]), *([meaning("relationship", related)] if related else [])])
