"""Work out what the relay sends next, from the log and the positions that the broker holds. Sends nothing itself.

1. What the log says new of a child makes every item of it be decided anew, for each recipient that knows the child.
2. Decisions are appended to the log first. 3. The caller then sends the messages together with the positions, in one
transaction of the broker. After a crash between 2 and 3 the same events are met again: what is recorded, and had not
been sent when its position was committed, is sent now under the same id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.application.circumstances import CIRCUMSTANCE_PART
from hub.application.crash_points import no_fault
from hub.application.directory import Directory, DirectoryService
from hub.application.links import LINK_PART, persons_in_log
from hub.application.outbox import Outbox
from hub.application.relay_records import RelayRecords, upto_of
from hub.application.relay_view import Child, Considered, RelayView
from hub.broker.port import Message
from hub.clock import Clock
from hub.contract.relayed import DISCLOSURE, Disclosure
from hub.contract.topics import disclosures_topic
from hub.errors import ConflictError, RetryableError
from hub.events.concern import CHILD_PART
from hub.events.decisions import DisclosureDecided
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent
from hub.views.answers import NOTICE

BATCH = 500

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

    def disclosures(self, positions: Positions) -> Outgoing | None:
        """Return what the next events of the log give, None where all is sent; raises `RetryableError`."""
        directory = self._with.directory.load()
        recipients = {each.recipient for each in directory.agreements.values() if not each.ended}
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
        decided = self._decide(directory, recipients, affected(self._with.log, events), positions, upto, now)
        known = self._with.log.existing(list(decided))
        self._at_point("decided")
        try:
            self._with.records.add((each.record for each in decided.values()), known)
        except ConflictError as error:
            raise RetryableError("Another process decides the same; trying again later.", code="busy") from error
        self._at_point("recorded")
        sent = set(known) - self._pending(known, positions)
        going = [each for name, each in decided.items() if name not in sent and each.found.permitted]
        messages = [self._message(directory, each, now) for each in going]
        return Outgoing(messages, dict.fromkeys(recipients, upto), disclosures=len(messages))

    def _decide(
        self,
        directory: Directory,
        recipients: Sequence[str],
        persons: Iterable[UUID],
        positions: Positions,
        upto: int,
        now: datetime,
    ) -> dict[UUID, _Decided]:
        head = self._with.log.head()
        version = self._with.view.version(head, now)
        decided: dict[UUID, _Decided] = {}
        for person in sorted(persons):
            child = self._with.view.child(person, head)
            for recipient in recipients:
                for found in self._fresh(child, recipient, directory, positions, now):
                    record = self._with.records.disclosure(child, recipient, found, upto, version, now)
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

    def _pending(self, known: Iterable[UUID], positions: Positions) -> set[UUID]:
        """Return the decisions that were recorded before a crash and not sent."""
        return {each.id for each in self._with.records.recorded(known) if upto_of(each) > positions[each.agency]}

    def _message(self, directory: Directory, decided: _Decided, now: datetime) -> tuple[str, Message]:
        record, found = decided.record, decided.found
        content = Disclosure(
            item=found.answer["id"],
            references=list(found.references),
            purpose=record.purpose,
            agreement=found.agreement.id,
            facets=found.answer["facets"],
            notice=NOTICE,
        )
        recipient = record.agency
        message = self._with.outbox.write(
            recipient, directory.opening_keys[recipient], DISCLOSURE, content,
            id=record.id, about=str(record.person), now=now,
        )  # fmt: skip
        return disclosures_topic(recipient), message


def affected(log: EventLog, events: Iterable[StoredEvent]) -> set[UUID]:
    """Return the persons of whom events may change what anybody sees: by a record, a link or a circumstance."""
    subjects: set[UUID] = set()
    persons: set[UUID] = set()
    for stored in events:
        if _BEARS_ON_WHOM.isdisjoint(stored.parts):
            continue
        for tag in stored.tags:
            kind, _, name = tag.partition(":")
            if kind in {"subject", "link", "bearing"}:
                subjects.add(UUID(name))
            if kind in {"person", "link"}:
                persons.add(UUID(name))
    return persons | set(persons_in_log(log, subjects).values())
