"""What one viewer is told of who a child is, and on what evidence: nothing rests on a record that they may not see.

A link or review that does would betray that record. Such a review is left out; such a link looks as it would if the
record did not exist (DESIGN, principle 5).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hub.application.identifying import FIRST, FIRST_RULE
from hub.application.links import Known, identity_event, open_reviews
from hub.events.identity import SubjectLinked
from hub.identity.evidence import AGREEMENTS, FIELD_NAMES
from hub.identity.profile import Profile
from hub.store.mapper import StoredEvent

_NAMES = {field.value: name for field, name in FIELD_NAMES.items()}
_AGREEMENTS = {agreement.value: words for agreement, words in AGREEMENTS.items()}
FIELDS_TOLD: Final = [f"{name} {how}" for name in _NAMES.values() for how in _AGREEMENTS.values()]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one viewer may see of who a record is about; `whole` where that is all of the record's events."""

    subject: UUID
    profile: Profile
    whole: bool


def child_json(
    person: UUID, known: Known, seen: Sequence[Seen], others: frozenset[UUID], *, with_evidence: bool
) -> dict[str, Any]:
    """Return one child in the documented shape; `others` are further records that the viewer may see."""
    profiles = [each.profile for each in seen]
    own = frozenset(each.subject for each in seen)
    child: dict[str, Any] = {
        "person": str(person),
        **names_and_birth(profiles),
        "subjects": [{"agency": profile.agency, "reference": profile.reference} for profile in profiles],
        "reviews": _reviews(known, own | others),
    }
    if with_evidence:
        links = _links(known, person, own)
        for entry, each in zip(child["subjects"], seen, strict=True):
            entry["link"] = links.get(each.subject)
    return child


def names_and_birth(profiles: Sequence[Profile]) -> dict[str, Any]:
    """Return the names and dates of birth that records hold; `born` is None where they differ."""
    names = {_full_name(name.given, name.family): None for profile in profiles for name in profile.names}
    born = sorted({profile.born.date.isoformat() for profile in profiles if profile.born is not None})
    return {"names": list(names), "born": born[0] if len(born) == 1 else None, "born_as_held": born}


def _full_name(given: str | None, family: str | None) -> str:
    return " ".join(part for part in (given, family) if part)


def _reviews(known: Known, visible: frozenset[UUID]) -> list[dict[str, Any]]:
    return [
        {"id": str(review.review), "reasons": review.reasons, "sentence": review.reason}
        for review in open_reviews(known.identity)
        if visible.issuperset(review.subjects)
    ]


def _links(known: Known, person: UUID, visible: frozenset[UUID]) -> Mapping[UUID, dict[str, Any]]:
    return {
        linked.subject: _link(stored, linked, tellable=_rests_on(linked, visible))
        for stored, linked in _linked(known.identity, person)
    }


def _linked(identity: Iterable[StoredEvent], person: UUID) -> Iterable[tuple[StoredEvent, SubjectLinked]]:
    for stored in identity:
        fact = identity_event(stored)
        if isinstance(fact, SubjectLinked) and fact.person == person:
            yield stored, fact


def _rests_on(linked: SubjectLinked, visible: frozenset[UUID]) -> bool:
    """Say whether a link rests on visible records only; somebody's own decision rests on whatever else is linked."""
    if linked.evidence is not None:
        return linked.evidence.against in visible
    return linked.decided_by == FIRST_RULE or len(visible) > 1


def _link(stored: StoredEvent, linked: SubjectLinked, *, tellable: bool) -> dict[str, Any]:
    evidence = linked.evidence if tellable else None
    fields = evidence.fields if evidence is not None else {}
    return {
        "decided_by": linked.decided_by if tellable else FIRST_RULE,
        "at": stored.recorded_at.isoformat(),
        "reason": linked.reason if tellable else FIRST,
        "percent": evidence.percent if evidence is not None else None,
        "fields": [f"{_NAMES.get(name, name)} {_AGREEMENTS.get(how, how)}" for name, how in fields.items()],
    }
