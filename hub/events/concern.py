"""An agency's event as the log keeps it: split by person, and for the subject by facet.

The split is what lets a facet be withheld with all its fields, be proved without opening another, and be erased with
the person it is about. Every place stands in `location`: addresses, school and telephones never in `subject`, a place
that a detail names never in `detail`, and what an agency wrote for a place, where that was at fault, never in `what`.
Free text, in which anything may be written, stands in `narrative`, whichever field of the event it came in.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.contract.canonical import canonical, canonical_members
from hub.contract.details import FREE_TEXT, PLACES

CHILD_PART: Final = "child"
PERSON_PART: Final = "person:"
WHERE: Final = ("addresses", "telephones", "emails", "general_practice", "school")
_UNREAD: Final = frozenset({"unknown-element", "stray-text"})
_PLACE_FIELDS: Final = frozenset(WHERE).union(*PLACES.values())
_LIKE_A_PLACE: Final = re.compile(
    r"address|post.?code|postal|zip|phone|telecom|mobile|e.?mail|school|estab|nativeid|practi[ct]|surgery|hospital|place"
    r"|accommodation|location|street|residence|refuge|hostel|whereabouts|district|(?<![a-z])(tel|gp|urn|home|town|city)",
    re.IGNORECASE,
)

Sections = Mapping[str, bytes]


def child_sections(data: Mapping[str, Any], origin: Mapping[str, Any], recorded: str, agency: str) -> dict[str, bytes]:
    """Return the sections about the subject of a validated event, each as canonical JSON; empty ones are absent."""
    subject = dict(data["subject"])
    person = dict(subject.get("person", ()))
    location = {name: person.pop(name) for name in WHERE if person.get(name)}
    if data.get("locations"):
        location["places"] = data["locations"]
    detail, places, words = _split_detail(data["detail"])
    quality, written = _split_quality(data.get("quality", ()))
    location.update({name: value for name, value in (("detail", places), ("as_written", written)) if value})
    subject["person"] = person
    origin_told = dict(data.get("origin", ()))
    told = (("text", data.get("narrative")), ("detail", words), ("reported_by", origin_told.pop("reported_by", None)))
    sharing = dict(data.get("sharing", ()))
    handling = sharing.pop("handling", {})
    sections: dict[str, Any] = {
        "subject": subject,
        "what": _what(data, quality),
        "when": {"occurred": data["occurred"], "recorded": recorded},
        "detail": detail,
        "narrative": {name: value for name, value in told if value},
        "voice": data.get("voice"),
        "location": location,
        "source": {"agency": agency, "handling": handling, **origin_told},
        "sharing": sharing,
        "origin": origin,
    }
    return canonical_members({name: value for name, value in sections.items() if value})


def about_a_place(flag: Mapping[str, Any]) -> bool:
    """Say whether what a quality flag quotes may be a place; what no format knows may be anything, so it counts."""
    field: str = flag["field"]
    return (
        flag["rule"] in _UNREAD or field.rpartition(".")[2] in _PLACE_FIELDS or _LIKE_A_PLACE.search(field) is not None
    )


def _split_detail(detail: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a detail without the places and the free text in it, and these."""
    where, free = PLACES[detail["type"]], FREE_TEXT[detail["type"]]
    if not where and not free:
        return detail, {}, {}
    places = {name: detail[name] for name in where if detail.get(name)}
    words = {name: detail[name] for name in free if detail.get(name)}
    return {name: value for name, value in detail.items() if name not in where and name not in free}, places, words


def _split_quality(flags: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the flags without what they quote of a place, and whole those that do."""
    about = [flag for flag in flags if flag.get("written") and about_a_place(flag)]
    kept = [{"rule": flag["rule"], "field": flag["field"]} if flag in about else flag for flag in flags]
    return kept, about


def _what(data: Mapping[str, Any], quality: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    what: dict[str, Any] = {"type": data["detail"]["type"]}
    for name in ("category", "level"):
        if data.get(name):
            what[name] = data[name]
    if quality:
        what["quality"] = quality
    return what


def people_sections(data: Mapping[str, Any]) -> list[dict[str, bytes]]:
    """Return the sections of each other person, in the order of the event."""
    return [_person_sections(person) for person in data.get("others", ())]


def _person_sections(person: Mapping[str, Any]) -> dict[str, bytes]:
    if not person.get("note"):
        return {"people": canonical(person)}
    others = {name: value for name, value in person.items() if name != "note"}
    return {"people": canonical(others), "narrative": canonical({"note": person["note"]})}
