"""An agency's event as the log keeps it: split by person, and for the subject by facet.

The split is what lets a facet be withheld with all its fields, be proved without opening another, and be erased with
the person it is about. Addresses, school and telephones stand in `location`, never in `subject`.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.contract.canonical import canonical, canonical_members

CHILD_PART: Final = "child"
PERSON_PART: Final = "person:"
WHERE: Final = ("addresses", "telephones", "emails", "general_practice", "school")

Sections = Mapping[str, bytes]


def child_sections(data: Mapping[str, Any], origin: Mapping[str, Any], recorded: str, agency: str) -> dict[str, bytes]:
    """Return the sections about the subject of a validated event, each as canonical JSON; empty ones are absent."""
    subject = dict(data["subject"])
    person = dict(subject.get("person", ()))
    location = {name: person.pop(name) for name in WHERE if person.get(name)}
    if data.get("locations"):
        location["places"] = data["locations"]
    subject["person"] = person
    sharing = dict(data.get("sharing", ()))
    handling = sharing.pop("handling", {})
    sections: dict[str, Any] = {
        "subject": subject,
        "what": _what(data),
        "when": {"occurred": data["occurred"], "recorded": recorded},
        "detail": data["detail"],
        "narrative": {"text": data["narrative"]} if data.get("narrative") else None,
        "voice": data.get("voice"),
        "location": location,
        "source": {"agency": agency, "handling": handling, **data.get("origin", {})},
        "sharing": sharing,
        "origin": origin,
    }
    return canonical_members({name: value for name, value in sections.items() if value})


def _what(data: Mapping[str, Any]) -> dict[str, Any]:
    what: dict[str, Any] = {"type": data["detail"]["type"]}
    for name in ("category", "level", "quality"):
        if data.get(name):
            what[name] = data[name]
    return what


def people_sections(data: Mapping[str, Any]) -> list[dict[str, bytes]]:
    """Return the sections of each other person, in the order of the event."""
    return [{"people": canonical(person)} for person in data.get("others", ())]
