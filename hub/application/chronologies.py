"""Answer "what do we know of this child, as of then, for this viewer".

Two positions rule an answer: `decided_at`, the head of the log when it is asked, for what is permitted; `as_of`, for
what is known. Links undone since, shields and handling are always those of `decided_at` (DESIGN, principle 2).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.circumstances import Asking, Bearing, also_said, bearing_on
from hub.application.consents import consents_in
from hub.application.directory import Directory, User
from hub.application.doubtful import Doubt, doubtful, doubts_of
from hub.application.facts import described_item, described_now, shields_of
from hub.application.links import current_person, read_person
from hub.application.reading import CHRONOLOGY, Outcome, Reading
from hub.application.review_log import REVIEW_PART
from hub.application.sources import source_event
from hub.chronology.build import chronology
from hub.chronology.source import SourceEvent
from hub.chronology.window import within
from hub.errors import UsageError
from hub.events.concern import CHILD_PART
from hub.events.decisions import LinkState
from hub.identity.links import subjects_of
from hub.views.answers import NOTICE, Permitted, answer_item, seen_alone


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a chronology that is asked for, by when things happened."""

    start: date | None = None
    end: date | None = None


class _Held(NamedTuple):
    """Events of the records linked then and still, of all linked now, types, what bears on them, the person's ids.

    And the records of which nobody has decided yet whether they are this person's.
    """

    then: list[SourceEvent]
    linked: list[SourceEvent]
    types: dict[UUID, str]
    bearing: Bearing
    persons: set[UUID]
    doubts: list[Doubt]


class ChronologyReader:
    """Answers chronologies."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(
        self, person: UUID, asked: Asked, *, as_of: datetime | None = None, window: Window = Window()
    ) -> dict[str, Any]:
        """Return the chronology in the documented shape of `mash chronology --json`.

        A person whom the hub does not know, and one of whom this viewer may see nothing, give the same answer. Raises
        `RefusedError` for a question that may not be put, `UsageError` for a moment still to come.
        """
        with self._reading.leaving.at_boundary():
            return self._read(person, asked, as_of, window)

    def _read(self, person: UUID, asked: Asked, as_of: datetime | None, window: Window) -> dict[str, Any]:
        reading = self._reading
        question = question_of(person=person, start=window.start, end=window.end, as_of=as_of and as_of.isoformat())
        user, directory, outcome = reading.viewer(asked, CHRONOLOGY, question, [person])
        outcome.person = person
        if as_of is not None and outcome.at is not None and as_of > outcome.at:
            later = UsageError("What will be known at a moment to come cannot be asked.", code="as-of-in-future")
            reading.refuse(asked, directory, outcome, later)
        outcome.as_of = self._position(as_of, outcome.decided_at)
        asking = reading.asking(user, outcome)
        then, linked, types, bearing, persons, doubts = self._events(person, outcome, asking)
        current = person
        if not then and not linked:
            current = current_person(reading.log, person, upto=outcome.decided_at)
            then, linked, types, bearing, persons, doubts = self._events(current, outcome, asking)
        items = chronology(then, as_of=outcome.as_of)
        today = items if outcome.as_of == outcome.decided_at else chronology(linked, as_of=outcome.decided_at)
        now = described_now(today, types)
        records = [record for item in items for record in described_item(item, now, types)]
        earlier = reading.earlier.says(user, asked.purpose, persons, today, outcome.decided_at)
        bearing = replace(also_said(bearing, earlier), consents=consents_in(today))
        verdicts = reading.decide(asked, user, directory, outcome, records, bearing)
        permitted = Permitted({record.event: verdict for record, verdict in zip(records, verdicts, strict=True)})
        outcome.shown = [
            answer_item(item, permitted, reading.item_id(user.id, item.event))
            for item in within(seen_alone(items, permitted), window.start, window.end)
        ]
        seen = {item.subject for item in items if permitted.facets(item.event)} if doubts else set()
        for doubt in doubts:
            if doubt.beside <= seen:
                outcome.shown += self._in_doubt(doubt, asked, user, directory, outcome, asking, bearing)
        # Whoever is shown nothing must not learn that the person moved.
        outcome.person = current if outcome.shown else person
        decision = reading.record(asked, directory, outcome)
        return {
            "person": str(outcome.person),
            "as_of": (as_of or decision.at).isoformat(),
            "decision": str(decision.id),
            "notice": NOTICE,
            "items": outcome.shown,
        }

    def _in_doubt(
        self,
        doubt: Doubt,
        asked: Asked,
        user: User,
        directory: Directory,
        outcome: Outcome,
        asking: Asking,
        bearing: Bearing,
    ) -> list[dict[str, Any]]:
        """Return what is told of a record that may be the child's; it stands apart, so that its place tells no date."""
        reading = self._reading
        found = doubtful(reading.log, doubt, asking, bearing, as_of=outcome.as_of, now=outcome.decided_at)
        outcome.reviews = [*outcome.reviews, *found.reviews]
        verdicts = reading.decide(asked, user, directory, outcome, found.records, found.bearing)
        permitted = Permitted({each.event: verdict for each, verdict in zip(found.records, verdicts, strict=True)})
        return [
            answer_item(item, permitted, reading.item_id(user.id, item.event))
            for item in seen_alone(found.items, permitted)
        ]

    def _position(self, as_of: datetime | None, head: int) -> int:
        if as_of is None:
            return head
        return min(head, self._reading.log.position_at(as_of))

    def _events(self, person: UUID, outcome: Outcome, asking: Asking) -> "_Held":
        now = outcome.decided_at
        known = read_person(self._reading.log, person, upto=now, also=[asking.conflict_tag])
        then = subjects_of(person, known.facts, as_of=outcome.as_of, now=now)
        linked = subjects_of(person, known.facts, as_of=now, now=now)
        sources = [source_event(stored) for stored in known.events if CHILD_PART in stored.parts]
        types = {stored.id: stored.type for stored in known.events}
        if len(sources) < len(known.events):
            outcome.reviews = [stored for stored in known.events if REVIEW_PART in stored.parts]
        held = [source for source in sources if source.subject in linked]
        bearing = bearing_on(person, linked, known.beside, known.events, asking, shields_of(held))
        outcome.links = [LinkState(person, sorted(then), sorted(linked))]
        standing = held if then == linked else [source for source in sources if source.subject in then]
        doubts = doubts_of(self._reading.log, linked, known.identity, upto=now)
        return _Held(standing, held, types, bearing, {person, *(fact.other for fact in known.facts)}, doubts)
