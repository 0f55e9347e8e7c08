"""A chronology as its viewer gets it: everything about an item stands in a facet, so a facet withheld takes it along.

A denied item is not here at all; one to be reviewed, or known to exist only, has a verdict and no facet. What a
flag rests on, an earlier version and a note are told only where they may be seen themselves. Free text of other fields
stands and falls with the narrative.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from hub.chronology.flags import flagged_alone, without_dates_flags
from hub.chronology.items import SENTENCES, FlagCode, Item, Note, Status, Version, corrects
from hub.chronology.occurrence import occurrence
from hub.contract.canonical import canonical_again
from hub.events.concern import WHERE
from hub.sharing.answering import as_told
from policies.model import OBLIGATION_SENTENCES, Effect, Facet, Obligation, Verdict

NOTICE: Final = (
    "What you may see, not all that may be held. Absence is not a nil return. "
    "Worried? Ring the MASH; at night the emergency duty team."
)
FREE_TEXT: Final = "free_text"
FLAG_SENTENCES: Final[Mapping[str, str]] = {code.value: SENTENCES[code] for code in FlagCode}
OBLIGATION_WORDS: Final[Mapping[str, str]] = {word.value: OBLIGATION_SENTENCES[word] for word in Obligation}
Sections = Mapping[str, Any]
_Maker = Callable[[Item, Sections], Any]
_NOTHING: Sections = {}
_SILENT: Final = frozenset[Facet]()
_GRADES: Final = ("source", "information", "code")


@dataclass(frozen=True, slots=True)
class Permitted:
    """Which facets of which event this viewer may see."""

    verdicts: Mapping[UUID, Verdict]
    _told: dict[int, dict[str, Any]] = field(default_factory=dict)

    def told(self, verdict: Verdict) -> Mapping[str, Any]:
        """Return what one of the verdicts says by itself, put in words once however many items share it."""
        told = self._told.get(id(verdict))
        if told is None:
            told = self._told[id(verdict)] = _told(as_told(verdict))
        return told

    def facets(self, event: UUID) -> frozenset[Facet]:
        """Return the facets of an event that may be seen, none where it may not."""
        verdict = self.verdicts.get(event)
        return verdict.facets if verdict is not None else _SILENT


def viewers_id(key: bytes, viewer: str, event: UUID) -> str:
    """Return the id under which one viewer knows an event: two viewers cannot tell that they see the same one."""
    mac = _keyed(key, viewer).copy()
    mac.update(event.bytes)
    return mac.finalize().hex()[:32]


@lru_cache(maxsize=256)
def _keyed(key: bytes, viewer: str) -> HMAC:
    mac = HMAC(key, SHA256())
    mac.update(viewer.encode() + b"\x1f")
    return mac


def shown(verdict: Verdict) -> bool:
    """Say whether the viewer learns that there is such an item."""
    return verdict.effect is not Effect.DENY


def seen_alone(items: Sequence[Item], permitted: Permitted) -> list[Item]:
    """Return the items that the viewer learns of, with the flags that those whose dates they may see give alone."""
    verdicts = [permitted.verdicts[item.event] for item in items]
    visible = [(item, Facet.WHEN in each.facets) for item, each in zip(items, verdicts, strict=True) if shown(each)]
    dated = [item for item, is_dated in visible if is_dated]
    if len(dated) == len(items):
        return dated
    flagged = iter(flagged_alone(dated))
    return [next(flagged) if is_dated else without_dates_flags(item) for item, is_dated in visible]


def answer_item(item: Item, permitted: Permitted, item_id: str) -> dict[str, Any]:
    """Return one item with the facets that its verdict permits; of what only waits, not who is asked, nor for what."""
    verdict = permitted.verdicts[item.event]
    return {"id": item_id, **permitted.told(verdict), "facets": _facets(item, verdict.facets, permitted)}


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.effect.value,
        "review": {"facets": sorted(map(str, verdict.review)), "by": list(verdict.by)},
        "obligations": list(map(str, verdict.obligations)),
        "rules": [rule.as_record() for rule in verdict.rules],
    }


def item_hash(item: Mapping[str, Any]) -> str:
    """Return the hash of one item as it was shown."""
    return hashlib.sha256(canonical_again(item)).hexdigest()


def answer_hash(item_hashes: Sequence[str]) -> str:
    """Return the hash of an answer: that of its items' hashes, in order."""
    return hashlib.sha256("".join(item_hashes).encode()).hexdigest()


def _facets(item: Item, facets: frozenset[Facet], permitted: Permitted) -> dict[str, Any]:
    sections = item.sections or _NOTHING
    made = {name: make(item, sections) for name, make in _makers(facets)}
    if "what" in made and (item.flags or item.status is Status.CORRECTED):
        made["what"]["quality"] = sorted({*made["what"]["quality"], *_flags(item, permitted)})
        made["what"]["status"] = _status(item, facets, permitted).value
    if "detail" in made and (item.history or item.notes):
        _add_history(made["detail"], item, facets, permitted)
    if "narrative" in made and item.notes and (reasons := _reasons(item.notes, permitted)):
        made[FREE_TEXT] = {**(made[FREE_TEXT] or {}), "reasons": reasons}
    return made


@lru_cache(maxsize=256)
def _makers(facets: frozenset[Facet]) -> tuple[tuple[str, _Maker], ...]:
    makers = [(facet.value, make) for facet, make in _FACETS.items() if facet in facets]
    if Facet.NARRATIVE not in facets:
        return tuple(makers)
    return (*makers, (FREE_TEXT, _free_text if Facet.SOURCE in facets else _free_text_unsigned))


def _faults(what: Sections) -> list[str]:
    return sorted({flag["rule"] for flag in what["quality"]}) if "quality" in what else []


def _flags(item: Item, permitted: Permitted) -> list[str]:
    return [
        flag.code.value
        for flag in item.flags
        if not flag.rests_on or any(Facet.WHEN in permitted.facets(event) for event in flag.rests_on)
    ]


def _status(item: Item, facets: frozenset[Facet], permitted: Permitted) -> Status:
    """Return where an item stands as far as the viewer may know: what corrected it unseen would betray itself."""
    if item.status is not Status.CORRECTED:
        return item.status
    replaced = item.event != item.first and any(facets & permitted.facets(each.event) for each in item.history)
    noted = any(corrects(note) and _is_seen(note, permitted) for note in item.notes)
    return Status.CORRECTED if replaced or noted else Status.CURRENT


def _is_seen(note: Note, permitted: Permitted) -> bool:
    return Facet.DETAIL in permitted.facets(note.event)


def _add_history(detail: dict[str, Any], item: Item, facets: frozenset[Facet], permitted: Permitted) -> None:
    before = [(each, facets & permitted.facets(each.event)) for each in item.history]
    versions = [_version(item, version, seen) for version, seen in before if seen]
    notes = [
        {"known": note.known.isoformat(), "withdrawn": note.withdrawn, **_note(note.sections)}
        for note in item.notes
        if _is_seen(note, permitted)
    ]
    if versions:
        detail["history"] = versions
    if notes:
        detail["notes"] = notes


def _version(item: Item, version: Version, facets: frozenset[Facet]) -> dict[str, Any]:
    sections = version.sections
    when = (sections or _NOTHING).get("when")
    believed = replace(
        item, sections=sections, people=version.people, known=version.known, occurred=occurrence(when), flags=()
    )
    told = {name: make(believed, sections or _NOTHING) for name, make in _makers(facets)}
    told.get("what", {}).pop("status", None)
    return {"until": version.until.isoformat(), "retracted": version.retracted, "facets": told}


def _note(sections: Mapping[str, Any] | None) -> dict[str, Any]:
    detail = (sections or _NOTHING).get("detail", _NOTHING)
    return {name: value for name, value in detail.items() if name != "type"}


def _what(item: Item, sections: Sections) -> dict[str, Any]:
    what = sections.get("what", _NOTHING)
    return {
        "type": item.type,
        "category": what.get("category", {}),
        "level": what.get("level"),
        "status": str(item.status),
        "quality": _faults(what),
    }


def _when(item: Item, sections: Sections) -> dict[str, Any]:
    occurred = sections.get("when", _NOTHING).get("occurred", _NOTHING)
    return {
        "occurred": occurred.get("at") or occurred.get("date"),
        "until": occurred.get("until"),
        "precision": str(item.occurred.precision),
        "accuracy": occurred.get("accuracy", "AAA"),
        "known": item.known.isoformat(),
    }


def _source(item: Item, sections: Sections) -> dict[str, Any]:
    source = sections.get("source", _NOTHING)
    handling = source.get("handling", _NOTHING)
    grade = "".join([handling[name] for name in _GRADES if handling.get(name)])
    return {
        "agency": item.agency,
        "grade": grade or None,
        "handling": {
            "marking": handling.get("marking", "OFFICIAL-SENSITIVE"),
            "conditions": handling.get("conditions", []),
            "owner_control": handling.get("owner_control", False),
        },
        "system": source.get("system"),
    }


def _detail(_: Item, sections: Sections) -> dict[str, Any]:
    detail = {**sections.get("detail", _NOTHING)}
    detail.pop("type", None)
    what = sections.get("what", _NOTHING)
    if "quality" in what and (written := [flag for flag in what["quality"] if flag.get("written")]):
        detail["as_written"] = written
    return detail


def _narrative(_: Item, sections: Sections) -> str | None:
    text: str | None = sections.get("narrative", _NOTHING).get("text")
    return text


def _free_text(item: Item, sections: Sections) -> dict[str, Any] | None:
    """Return what was written freely into other fields: it may name a place or a person as the narrative may."""
    told = {name: value for name, value in sections.get("narrative", _NOTHING).items() if name != "text"}
    if item.people:
        notes = [None if person is None else person.get("narrative", _NOTHING).get("note") for person in item.people]
        if any(notes):
            told["people"] = notes
    return told or None


def _free_text_unsigned(item: Item, sections: Sections) -> dict[str, Any] | None:
    """Return the same without who reported it: that is told only where the source is."""
    told = _free_text(item, sections) or {}
    return {name: value for name, value in told.items() if name != "reported_by"} or None


def _reasons(notes: Sequence[Note], permitted: Permitted) -> list[dict[str, Any]]:
    """Return why the agency corrected or took back what it had said, as far as the viewer may see that."""
    return [
        {"known": note.known.isoformat(), **note.sections["narrative"]["detail"]}
        for note in notes
        if note.sections is not None
        and "detail" in note.sections.get("narrative", _NOTHING)
        and _is_seen(note, permitted)
        and Facet.NARRATIVE in permitted.facets(note.event)
    ]


def _voice(_: Item, sections: Sections) -> Any:
    return sections.get("voice", _NOTHING) or None


def _people(item: Item, _: Sections) -> list[Any]:
    if not item.people:
        return []
    return [_without(person, WHERE) if person is not None else {"status": "erased"} for person in _others(item)]


def _location(item: Item, sections: Sections) -> dict[str, Any] | None:
    """Return every place of the item: where others live tells where the child does, so theirs stand here too."""
    location = {**sections.get("location", _NOTHING)}
    if not item.people:
        return location or None
    others = [{name: person["person"][name] for name in WHERE if name in person["person"]} for person in _held(item)]
    if any(others):
        location["others"] = others
    return location or None


def _others(item: Item) -> list[Mapping[str, Any] | None]:
    return [person["people"] if person is not None else None for person in item.people]


def _held(item: Item) -> list[Mapping[str, Any]]:
    return [person for person in _others(item) if person is not None and "person" in person]


def _without(other: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    if "person" not in other:
        return dict(other)
    return {**other, "person": {name: value for name, value in other["person"].items() if name not in names}}


_FACETS: Mapping[Facet, _Maker] = {
    Facet.WHAT: _what,
    Facet.WHEN: _when,
    Facet.SOURCE: _source,
    Facet.DETAIL: _detail,
    Facet.NARRATIVE: _narrative,
    Facet.VOICE: _voice,
    Facet.PEOPLE: _people,
    Facet.LOCATION: _location,
}
