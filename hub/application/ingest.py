"""Take in a batch of messages: check, seal, store once; keep aside what cannot be stored.

Everything is idempotent by event id or by place in the topic, and the broker's offsets are committed after this
returns: a crash at any instruction loses nothing and doubles nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from hub.application.admission import Admission, Admitted, agency_of_topic, claimed_type
from hub.application.crash_points import no_fault
from hub.broker.port import Received
from hub.clock import Clock
from hub.contract.reasons import QuarantineReason
from hub.errors import ConflictError, PoisonError, RetryableError
from hub.events.concern import CHILD_PART, PERSON_PART
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart
from hub.store.quarantine import Quarantine, Refused
from hub.store.vault import KeyVault, Reference, SubjectKey

ById = dict[UUID, list[Admitted]]
_RACES = 5


@dataclass(frozen=True, slots=True)
class KeptAside:
    """A message that is in the quarantine now, under this id."""

    id: UUID
    reason: QuarantineReason
    received: Received


@dataclass(slots=True)
class Intake:
    """What became of messages, counted by event type and by agency; `refused` are those of one batch, kept aside."""

    stored: Counter[tuple[str, str]] = field(default_factory=Counter)
    duplicates: Counter[tuple[str, str]] = field(default_factory=Counter)
    conflicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    quarantined: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)

    @property
    def kept_aside(self) -> list[KeptAside]:
        """Return the messages of the batch that were kept aside."""
        return [KeptAside(each.id, QuarantineReason(each.reason), each.received) for each in self.refused]

    def add(self, other: "Intake") -> None:
        """Add another batch's counts."""
        self.stored += other.stored
        self.duplicates += other.duplicates
        self.conflicts += other.conflicts
        self.quarantined += other.quarantined


class Ingest:
    """The door of the hub."""

    def __init__(
        self,
        admission: Admission,
        log: EventLog,
        vault: KeyVault,
        quarantine: Quarantine,
        clock: Clock,
        at_point: Callable[[str], None] = no_fault,
    ) -> None:
        self._admission = admission
        self._log = log
        self._vault = vault
        self._quarantine = quarantine
        self._clock = clock
        self._at_point = at_point

    def take(self, batch: Sequence[Received]) -> Intake:
        """Store what may be stored and keep the rest aside; raises `RetryableError` where a store is away."""
        intake = Intake()
        admitted = self._admit(batch, intake)
        self._at_point("admitted")
        self._store(_by_id(admitted), intake)
        self._at_point("stored")
        if intake.refused:
            self._quarantine.keep(intake.refused)
        self._at_point("kept-aside")
        return intake

    def _admit(self, batch: Sequence[Received], intake: Intake) -> list[Admitted]:
        admitted = []
        for received in batch:
            try:
                admitted.append(self._admission.admit(received))
            except PoisonError as error:
                agency = agency_of_topic(received.topic)
                intake.refused.append(Refused(received, agency, QuarantineReason(error.code), error.place))
                intake.quarantined[claimed_type(received), agency] += 1
        return admitted

    def _count_again(self, event: Admitted, known_hash: str | None, intake: Intake) -> None:
        if known_hash == event.content_hash:
            intake.duplicates[event.type, event.agency] += 1
        elif known_hash is None:
            intake.quarantined[event.type, event.agency] += 1
            intake.refused.append(Refused(event.received, event.agency, QuarantineReason.SUBJECT_ERASED, None))
        else:
            intake.conflicts[event.type, event.agency] += 1
            intake.refused.append(Refused(event.received, event.agency, QuarantineReason.CONFLICT, None))

    def _store(self, fresh: ById, intake: Intake) -> None:
        """Append what is not recorded yet, which is left for the append itself to find out, since usually nothing is.

        Only before a key is made is it looked up: what was recorded of a subject that was erased must not make it anew.
        """
        for _ in range(_RACES):
            if not fresh:
                return
            references, alone = _references(fresh), _all_alone(fresh)
            held = self._vault.known(references)
            if alone or len(held) < len(references):
                fresh = self._not_known(fresh, intake)
                held |= self._vault.made(_references(fresh) - held.keys())
            try:
                self._append(fresh, held)
            except ConflictError:
                fresh = self._not_known(fresh, intake)
                continue
            self._count_stored(fresh, intake)
            return
        raise RetryableError("Others are storing the same events; trying again later.", code="busy")

    def _not_known(self, fresh: ById, intake: Intake) -> ById:
        """Count the messages of events that are stored already, each against what is stored, and return the others."""
        known = self._log.existing(fresh)
        if not known:
            return fresh
        hashes: dict[UUID, str | None] = {}
        for stored in self._log.read([f"event:{event}" for event in known]):
            child = stored.parts.get(CHILD_PART)
            hashes[stored.id] = child["origin"]["content_hash"] if child is not None else None
        for event in known:
            for message in fresh[event]:
                self._count_again(message, hashes.get(event), intake)
        return {event: messages for event, messages in fresh.items() if event not in known}

    def _append(self, fresh: ById, held: Mapping[Reference, SubjectKey]) -> None:
        keys: dict[UUID, bytes | None] = dict(held.values())
        if alone := _all_alone(fresh):
            keys |= self._vault.make(alone)
        self._at_point("keys-made")
        drafts = [_draft(first, held) for first, *_ in fresh.values()]
        self._log.append(drafts, at=self._clock.now(), keys=keys)

    def _count_stored(self, fresh: ById, intake: Intake) -> None:
        for first, *again in fresh.values():
            intake.stored[first.type, first.agency] += 1
            for message in again:
                self._count_again(message, first.content_hash, intake)


def _by_id(admitted: Iterable[Admitted]) -> ById:
    messages: ById = {}
    for each in admitted:
        messages.setdefault(each.id, []).append(each)
    return messages


def _references(fresh: ById) -> set[Reference]:
    firsts = [messages[0] for messages in fresh.values()]
    people = {(event.agency, name) for event in firsts for name in event.people_references if name}
    return people.union((event.agency, event.reference) for event in firsts)


def _all_alone(fresh: ById) -> list[UUID]:
    firsts = [messages[0] for messages in fresh.values()]
    return [_alone(event, n) for event in firsts for n, name in enumerate(event.people_references) if not name]


def _alone(event: Admitted, number: int) -> UUID:
    """Return the subject of a person who has no reference: a subject of this event alone."""
    return uuid5(event.id, f"{PERSON_PART}{number}")


def _draft(event: Admitted, held: Mapping[Reference, SubjectKey]) -> DraftEvent:
    subject = held[event.agency, event.reference].subject
    parts = [DraftPart(CHILD_PART, subject, event.child)]
    tags = [f"subject:{subject}", f"agency:{event.agency}"]
    for number, (sections, reference) in enumerate(zip(event.people, event.people_references, strict=True)):
        party = held[event.agency, reference].subject if reference else _alone(event, number)
        parts.append(DraftPart(f"{PERSON_PART}{number}", party, sections))
        tags.append(f"party:{party}")
    return DraftEvent(event.id, event.type, tuple(dict.fromkeys(tags)), tuple(parts))
