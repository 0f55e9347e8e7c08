"""Who knew what of one child, when: what each agency had published, been shown, and asked without being told.

And what the hub held that nobody saw but its owner: the page that every local child safeguarding practice review needs.
Names records and says nothing of what they say: type, when it happened and when it was known, no more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.decisions import DecisionLog
from hub.application.directory import Directory
from hub.application.links import read_person
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.reading import Reading
from hub.application.shown_to import shown_in
from hub.application.sources import source_event
from hub.errors import UsageError
from hub.events.concern import CHILD_PART
from hub.events.decisions import DISCLOSED, NO_AGENCY, DisclosureDecided
from hub.identity.links import subjects_of
from hub.store.mapper import StoredEvent

AUDIT_CHILD: Final = "audit-child"
_ANSWERS: Final = "chronology"
_PERMIT: Final = "PERMIT"
_UNREGISTERED: Final = {NO_AGENCY: "Nobody whom the hub knows"}


class _NotTold(NamedTuple):
    """An answer that told less than was asked, and what was decided on each record that it kept back."""

    decision: DisclosureDecided
    kept_back: dict[UUID, str]


@dataclass(slots=True)
class _Agency:
    """What one agency knew."""

    published: list[StoredEvent] = field(default_factory=list)
    shown: list[tuple[UUID, DisclosureDecided, list[str]]] = field(default_factory=list)
    not_told: list[_NotTold] = field(default_factory=list)


class WhoKnew:
    """Answers who knew what; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, decisions: DecisionLog) -> None:
        self._reading = reading
        self._decisions = decisions

    def of_child(self, person: UUID, asked: Asked, at: datetime | None = None) -> dict[str, Any]:
        """Return who knew what of a child at a moment, or by now, in the documented shape; recorded like any look.

        Raises `UsageError` for a moment still to come.
        """
        reading = self._reading
        question = question_of(person=person, at=at and at.isoformat())
        _, directory, outcome = refuse_all_but_auditors(reading, asked, AUDIT_CHILD, question)
        outcome.person = person
        if at is not None and outcome.at is not None and at > outcome.at:
            later = UsageError("What will be known at a moment to come cannot be asked.", code="at-in-future")
            reading.refuse(asked, directory, outcome, later)
        outcome.as_of = outcome.decided_at if at is None else min(reading.log.position_at(at), outcome.decided_at)
        held, linked = self._held(person, outcome.as_of, outcome.decided_at)
        known = self._agencies(held, self._decisions.about(person, upto=outcome.as_of))
        record = reading.record(asked, directory, outcome)
        return {
            "person": str(person),
            "at": (at or record.at).isoformat(),
            "decision": str(record.id),
            "agencies": [_agency_json(name, known[name], directory) for name in sorted(known)],
            "unseen": [_event_json(each, linked) for each in _unseen(held, known)],
        }

    def _held(self, person: UUID, as_of: int, head: int) -> tuple[list[StoredEvent], frozenset[UUID]]:
        """Return the events, known by then, of all records linked to the person by now; and the records linked then."""
        known = read_person(self._reading.log, person, upto=head)
        now = subjects_of(person, known.facts, as_of=head, now=head)
        then = subjects_of(person, known.facts, as_of=as_of, now=as_of)
        mine = (each for each in known.events if CHILD_PART in each.parts and each.position <= as_of)
        return [each for each in mine if source_event(each).subject in now | then], then

    def _agencies(self, held: Sequence[StoredEvent], decisions: Iterable[DisclosureDecided]) -> dict[str, _Agency]:
        known: dict[str, _Agency] = {}
        for event in held:
            known.setdefault(source_event(event).agency, _Agency()).published.append(event)
        events = {event.id for event in held}
        for decision in decisions:
            if decision.kind not in {_ANSWERS, DISCLOSED}:
                continue
            agency = known.setdefault(decision.agency, _Agency())
            shown = [
                (each.event, decision, each.facets)
                for each in shown_in(self._reading, decision)
                if each.event in events
            ]
            agency.shown += shown
            kept_back = {
                each.event: each.verdict
                for each in decision.decided
                if each.event in events and each.verdict != _PERMIT
            }
            if decision.kind == _ANSWERS and (kept_back or not shown):
                agency.not_told.append(_NotTold(decision, kept_back))
        return known


def _unseen(held: Iterable[StoredEvent], known: Mapping[str, _Agency]) -> list[StoredEvent]:
    """Return the events that no agency was shown but the one that published them."""
    seen = {(event, name) for name, agency in known.items() for event, _, _ in agency.shown}
    others = {event: {name for each, name in seen if each == event} for event, _ in seen}
    return [each for each in held if not others.get(each.id, set()) - {source_event(each).agency}]


def _agency_json(name: str, agency: _Agency, directory: Directory) -> dict[str, Any]:
    registered = directory.agencies.get(name)
    return {
        "agency": name,
        "name": registered.name if registered is not None else _UNREGISTERED.get(name, name),
        "published": [_event_json(each) for each in agency.published],
        "shown": [
            {
                "event": str(event),
                "at": decision.at.isoformat(),
                "viewer": decision.viewer,
                "purpose": decision.purpose,
                "facets": facets,
                "decision": str(decision.id),
            }
            for event, decision, facets in agency.shown
        ],
        "not_told": [
            {
                "at": decision.at.isoformat(),
                "viewer": decision.viewer,
                "purpose": decision.purpose,
                "refusal": decision.refusal,
                "verdicts": dict(Counter(kept_back.values())),
                "events": [{"event": str(event), "verdict": verdict} for event, verdict in kept_back.items()],
                "decision": str(decision.id),
            }
            for decision, kept_back in agency.not_told
        ],
    }


def _event_json(stored: StoredEvent, linked: frozenset[UUID] | None = None) -> dict[str, Any]:
    source = source_event(stored)
    occurred = (source.sections or {}).get("when", {}).get("occurred", {})
    told = {
        "event": str(stored.id),
        "agency": source.agency,
        "type": stored.type,
        "occurred": occurred.get("date"),
        "known": source.known.isoformat(),
    }
    return told if linked is None else {**told, "linked": source.subject in linked}
