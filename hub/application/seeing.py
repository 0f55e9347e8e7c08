"""Put before the policy whose some records are, and keep what the viewer may see of that. Nothing is recorded here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.application.asking import Asked
from hub.application.directory import Directory, User
from hub.application.facts import Described, described_now
from hub.application.identifying import profile_of_events
from hub.application.reading import Outcome, Reading, source_event
from hub.application.telling import Seen
from hub.chronology.build import chronology
from hub.events.concern import CHILD_PART
from hub.store.mapper import StoredEvent
from policies.model import Effect, Shield, Standing

RecordsHeld = Mapping[UUID, Sequence[StoredEvent]]


@dataclass(frozen=True, slots=True)
class Look:
    """One viewer's look at who records are about; what is decided on each adds up in the outcome."""

    reading: Reading
    asked: Asked
    user: User
    directory: Directory
    outcome: Outcome

    def see(self, held: RecordsHeld, shields: tuple[Shield, ...] = ()) -> list[Seen]:
        """Return what the viewer may see of each record, those of which it is nothing left out."""
        records = _described(held, self.outcome.decided_at)
        verdicts = self.reading.decide(self.asked, self.user, self.directory, self.outcome, records, shields)
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
        tags = [f"subject:{each}" for each in wanted]
        events = self.reading.log.read(tags, upto=self.outcome.decided_at) if wanted else []
        return self.see(by_subject(wanted, events))


def by_subject(subjects: Collection[UUID], events: Sequence[StoredEvent]) -> RecordsHeld:
    """Return the events among some that are about each of the subjects."""
    held: dict[UUID, list[StoredEvent]] = {subject: [] for subject in subjects}
    for event in events:
        if CHILD_PART in event.parts and (own := held.get(source_event(event).subject)) is not None:
            own.append(event)
    return held


def _described(held: RecordsHeld, head: int) -> list[Described]:
    """Return what states who each record is about: an earlier version counts only where the word that stands does."""
    stored = [event for events in held.values() for event in events]
    sources = [source_event(event) for event in stored]
    now = described_now(chronology(sources, as_of=head), {event.id: event.type for event in stored})
    return [
        Described(source.event, source.agency, event.type, source.sections, Standing.CURRENT, now=now[source.event])
        for event, source in zip(stored, sources, strict=True)
    ]
