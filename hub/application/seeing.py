"""Put before the policy whose some records are, and keep what the viewer may see of that. Nothing is recorded here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from hub.application.asking import Asked
from hub.application.circumstances import NOTHING_BEARS, Bearing, bearing_apart
from hub.application.consents import consents_in
from hub.application.directory import Directory, User
from hub.application.facts import Described, described_now
from hub.application.identifying import profile_of_events
from hub.application.reading import Outcome, Reading
from hub.application.sources import source_event
from hub.application.telling import Seen
from hub.chronology.build import chronology
from hub.chronology.source import SourceEvent
from hub.events.concern import CHILD_PART
from hub.store.mapper import StoredEvent
from policies.model import Effect, Standing

RecordsHeld = Mapping[UUID, Sequence[StoredEvent]]


@dataclass(frozen=True, slots=True)
class Look:
    """One viewer's look at who records are about; what is decided on each adds up in the outcome."""

    reading: Reading
    asked: Asked
    user: User
    directory: Directory
    outcome: Outcome

    def see(self, held: RecordsHeld, bearing: Bearing = NOTHING_BEARS, *, one_child: bool = False) -> list[Seen]:
        """Return what the viewer may see of each record, those of which it is nothing left out.

        Of `one_child`, what was said of consent in one record counts for the others too.
        """
        stored = [event for events in held.values() for event in events]
        sources = [source_event(event) for event in stored]
        items = chronology(sources, as_of=self.outcome.decided_at)
        if one_child:
            bearing = replace(bearing, consents=consents_in(items))
        records = _described(sources, described_now(items, {event.id: event.type for event in stored}))
        verdicts = self.reading.decide(self.asked, self.user, self.directory, self.outcome, records, bearing)
        permitted = {
            record.event for record, verdict in zip(records, verdicts, strict=True) if verdict.effect is Effect.PERMIT
        }
        seen = []
        for subject, events in held.items():
            visible = [event for event in events if event.id in permitted]
            profile = profile_of_events(subject, visible)
            if profile is not None:
                seen.append(Seen(subject, profile, whole=len(visible) == len(events)))
        return seen

    def see_records(self, subjects: Collection[UUID]) -> list[Seen]:
        """Return what the viewer may see of some records, whoever's they are."""
        wanted = sorted(subjects)
        if not wanted:
            return self.see({})
        asking = self.reading.asking(self.user, self.outcome)
        tags = [f"{kind}:{each}" for each in wanted for kind in ("subject", "bearing")]
        events = self.reading.log.read([*tags, asking.conflict_tag], upto=self.outcome.decided_at)
        held = by_subject(wanted, events)
        return self.see(held, bearing_apart(held, events, asking))


def by_subject(subjects: Collection[UUID], events: Sequence[StoredEvent]) -> RecordsHeld:
    """Return the events among some that are about each of the subjects."""
    held: dict[UUID, list[StoredEvent]] = {subject: [] for subject in subjects}
    for event in events:
        if CHILD_PART in event.parts and (own := held.get(source_event(event).subject)) is not None:
            own.append(event)
    return held


def _described(sources: Sequence[SourceEvent], now: Mapping[UUID, Described]) -> list[Described]:
    """Return what states who each record is about: an earlier version counts only where the word that stands does."""
    return [
        now[source.event]._replace(
            event=source.event,
            sections=source.sections,
            standing=Standing.CURRENT,
            post_closure=False,
            asked_now=None,
            now=now[source.event],
            known=source.known,
        )
        for source in sources
    ]
