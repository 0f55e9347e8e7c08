"""Work out what the relay sends next, from the log and the positions that the broker holds. Sends nothing itself.

1. What the log says new of a child makes every item of it be decided anew, for each recipient that knows the child.
2. Decisions are appended to the log first. 3. The caller then sends the messages together with the positions, in one
transaction of the broker; one of them is that of the last record, so that a record after it was not sent. Whoever finds
such records after a crash between 2 and 3 records of each that it never was; then the same events are met again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.application.circumstances import CIRCUMSTANCE_PART
from hub.application.crash_points import no_fault
from hub.application.directory import Directory, DirectoryService
from hub.application.links import LINK_PART, persons_in_log
from hub.application.outbox import Outbox
from hub.application.relay_records import RelayRecords, promises
from hub.application.relay_view import Child, Considered, RelayView
from hub.broker.port import Message
from hub.clock import Clock
from hub.contract.relayed import DISCLOSURE, Disclosure
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.events.concern import CHILD_PART
from hub.events.decisions import DisclosureDecided
from hub.events.erasure import ErasureCarriedOut
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent
from hub.views.answers import NOTICE

BATCH = 500
RECORDED = "recorded"

Positions = Mapping[str, int]


def notices_of(recipient: str) -> str:
    """Return the name of the position up to which a recipient was told of changes."""
    return f"notices:{recipient}"


def since_of(agreement: str) -> str:
    """Return the name of the position after which an agreement's items were first known, to be sent."""
    return f"since:{agreement}"


@dataclass(slots=True)
class Outgoing:
    """What goes out in one transaction."""

    messages: list[tuple[str, Message]] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    disclosures: int = 0
    notices: int = 0
    receipts: int = 0

    def add(self, other: "Outgoing") -> None:
        """Add what another one holds."""
        self.messages += other.messages
        self.positions.update(other.positions)
        self.disclosures += other.disclosures
        self.notices += other.notices
        self.receipts += other.receipts


_BEARS_ON_WHOM = frozenset({CHILD_PART, LINK_PART, CIRCUMSTANCE_PART})


@dataclass(frozen=True, slots=True)
class RelayParts:
    """What all that the relay works out is made from."""

    log: EventLog
    directory: DirectoryService
    view: RelayView
    records: RelayRecords
    outbox: Outbox
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Decided:
    record: DisclosureDecided
    found: Considered


class Relaying:
    """Works out the disclosures."""

    def __init__(self, parts: RelayParts, at_point: Callable[[str], None] = no_fault) -> None:
        self._with = parts
        self._at_point = at_point

    def waiting(self) -> list[str]:
        """Return the agencies that would be sent something and have no key to open it."""
        directory = self._with.directory.load()
        wanted = {each.recipient for each in directory.agreements.values() if not each.ended}
        return sorted(wanted - directory.opening_keys.keys())

    def topics(self) -> set[str]:
        """Return the topics that agreements may call for, those of ended ones too: what was sent is taken back."""
        agreements = self._with.directory.load().agreements.values()
        return {disclosures_topic(each.recipient) for each in agreements} | {
            receipts_topic(each.owner) for each in agreements
        }

    def settled(self, positions: Positions) -> Outgoing | None:
        """Return how far the records are settled, None where all are; raises `RetryableError`.

        A record that was not sent with its position never will be: the process that wrote it is gone or shut out.
        """
        records, done, last = self._with.records, positions.get(RECORDED), self._with.records.last()
        if done is None:
            return Outgoing(positions={RECORDED: last})
        if last <= done:
            return None
        found = records.all(after=done, upto=last)
        said = records.unsent(found)
        head, now = self._with.log.head(), self._with.clock.now()
        version = self._with.view.version(head, now)
        never = [
            records.never_sent(each, head, version, now) for each in found if promises(each) and each.id not in said
        ]
        last = records.add(never, last)
        self._at_point("settled")
        return Outgoing(positions={RECORDED: last})

    def beginnings(self, positions: Positions, *, from_beginning: bool) -> Outgoing | None:
        """Return where new recipients and new agreements begin: at the head of the log, unless told otherwise."""
        head = self._with.log.head()
        begun: dict[str, int] = {}
        for agreement in self._with.directory.load().agreements.values():
            recipient = agreement.recipient
            if agreement.ended or since_of(agreement.id) in positions:
                continue
            new = recipient not in positions
            start = 0 if new and from_beginning else head
            begun[since_of(agreement.id)] = start
            if new:
                begun[recipient] = begun[notices_of(recipient)] = start
        return Outgoing(positions=begun) if begun else None

    def disclosures(self, positions: Positions, missing: Collection[str] = ()) -> Outgoing | None:
        """Return what the next events of the log give, None where all is sent; raises `RetryableError`.

        Whose topic is missing is served from its position once that is there.
        """
        directory = self._with.directory.load()
        agreements = [each for each in directory.agreements.values() if not each.ended]
        recipients = {each.recipient for each in agreements if disclosures_topic(each.recipient) not in missing}
        served = recipients & directory.opening_keys.keys() & positions.keys()
        for position in sorted({positions[recipient] for recipient in served}):
            events = self._with.log.after(position, BATCH)
            if events:
                here = sorted(recipient for recipient in served if positions[recipient] == position)
                return self._disclosed(directory, here, events, positions)
        return None

    def _disclosed(
        self, directory: Directory, recipients: Sequence[str], events: Sequence[StoredEvent], positions: Positions
    ) -> Outgoing:
        upto, now = events[-1].position, self._with.clock.now()
        decided = self._decide(directory, recipients, affected(self._with.log, events), positions, now)
        new = self._with.records.new(each.record for each in decided.values())
        self._at_point("decided")
        last = self._with.records.add(new.values(), positions[RECORDED])
        self._at_point("recorded")
        going = [_Decided(record, decided[first].found) for first, record in new.items()]
        messages = [self._message(directory, each, now) for each in going if each.found.permitted]
        return Outgoing(messages, {**dict.fromkeys(recipients, upto), RECORDED: last}, disclosures=len(messages))

    def _decide(
        self,
        directory: Directory,
        recipients: Sequence[str],
        persons: Iterable[UUID],
        positions: Positions,
        now: datetime,
    ) -> dict[UUID, _Decided]:
        head = self._with.log.head()
        version = self._with.view.version(head, now)
        decided: dict[UUID, _Decided] = {}
        for person in sorted(persons):
            child = self._with.view.child(person, head, directory)
            for recipient in recipients:
                for found in self._fresh(child, recipient, directory, positions, now):
                    record = self._with.records.disclosure(child, recipient, found, version, now)
                    decided[record.id] = _Decided(record, found)
        return decided

    def _fresh(
        self, child: Child, recipient: str, directory: Directory, positions: Positions, now: datetime
    ) -> list[Considered]:
        """Return what is considered of a child, without what was known before its agreement began."""
        return [
            found
            for found in self._with.view.considered(child, recipient, directory, now)
            if child.first_known(found.item) > positions.get(since_of(found.agreement.id), child.at)
        ]

    def _message(self, directory: Directory, decided: _Decided, now: datetime) -> tuple[str, Message]:
        record, found = decided.record, decided.found
        content = Disclosure(
            item=found.answer["id"],
            references=list(found.references),
            purpose=record.purpose,
            agreement=found.agreement.id,
            facets=found.answer["facets"],
            duties=list(found.agreement.duties),
            reader=found.reader,
            notice=NOTICE,
        )
        recipient = record.agency
        message = self._with.outbox.write(
            recipient, directory.opening_keys[recipient], DISCLOSURE, content,
            id=record.id, about=str(record.person), now=now,
        )  # fmt: skip
        return disclosures_topic(recipient), message


def furthest_behind(directory: Directory, positions: Positions, head: int) -> int:
    """Return the position of the recipient who is the furthest behind, the head of the log where there is none."""
    recipients = {each.recipient for each in directory.agreements.values() if not each.ended}
    return min((positions.get(each, 0) for each in recipients), default=head)


def affected(log: EventLog, events: Iterable[StoredEvent]) -> set[UUID]:
    """Return the persons of whom events may change what anybody sees: a record, link, circumstance or erasure."""
    subjects: set[UUID] = set()
    persons: set[UUID] = set()
    for stored in events:
        if _BEARS_ON_WHOM.isdisjoint(stored.parts) and stored.type != ErasureCarriedOut.__name__:
            continue
        for tag in stored.tags:
            kind, _, name = tag.partition(":")
            if kind in {"subject", "link", "bearing", "erased"}:
                subjects.add(UUID(name))
            if kind in {"person", "link"}:
                persons.add(UUID(name))
    return persons | set(persons_in_log(log, subjects).values())
