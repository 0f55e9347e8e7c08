"""Which sections of a record may be opened to whoever was shown some facets of it: those that hold nothing more.

A section that holds more than was shown stays sealed; what was shown of it is proved by the answer's hash alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.chronology.items import Status
from hub.events.concern import CHILD_PART, PERSON_PART, WHERE
from policies.model import Facet

_CHILD: Final[Mapping[str, frozenset[str]]] = {
    "what": frozenset({Facet.WHAT}),
    "when": frozenset({Facet.WHEN}),
    "detail": frozenset({Facet.DETAIL, Facet.WHAT}),
    "narrative": frozenset({Facet.NARRATIVE}),
    "voice": frozenset({Facet.VOICE}),
    "location": frozenset({Facet.LOCATION}),
    "source": frozenset({Facet.SOURCE}),
}
_OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "people": frozenset({Facet.PEOPLE}),
    "narrative": frozenset({Facet.NARRATIVE, Facet.PEOPLE}),
}
_SOURCE_SHOWN: Final = frozenset({"agency", "handling", "system"})


def row_may_be_shown(item: Mapping[str, Any], parts: Sequence[str]) -> bool:
    """Say whether an item's sealed row tells no more than was shown: its type, agency, moment and how many people."""
    if _withdrawn(item):
        return False
    needed = {Facet.WHAT, Facet.WHEN, Facet.SOURCE}
    if any(name.startswith(PERSON_PART) for name in parts):
        needed.add(Facet.PEOPLE)
    return needed.issubset(item["facets"])


def may_be_opened(item: Mapping[str, Any], part: str, section: str, value: Any) -> bool:
    """Say whether a section of an item's record holds nothing but what was shown of the item."""
    if _withdrawn(item):
        return False
    table = _CHILD if part == CHILD_PART else _OTHERS if part.startswith(PERSON_PART) else {}
    needed = table.get(section)
    return needed is not None and (needed | _also(part, section, value)).issubset(item["facets"])


def _withdrawn(item: Mapping[str, Any]) -> bool:
    """Say whether an item is of a record that was taken back: what it shows stands in other rows than its own."""
    return bool(item["facets"].get(Facet.WHAT, {}).get("status") == Status.RETRACTED)


def _also(part: str, section: str, value: Any) -> frozenset[str]:
    """Return the facets without which something in a section was not shown."""
    if section == "what" and any(flag.get("written") for flag in value.get("quality", ())):
        return frozenset({Facet.DETAIL})
    if section == "narrative" and part == CHILD_PART and "reported_by" in value:
        return frozenset({Facet.SOURCE})
    if section == "people" and any(name in value.get("person", {}) for name in WHERE):
        return frozenset({Facet.LOCATION})
    if section == "source" and not value.keys() <= _SOURCE_SHOWN:
        return frozenset({"never"})
    return frozenset()
