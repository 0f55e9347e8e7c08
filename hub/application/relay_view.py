"""What one recipient's system may see of one child under its standing agreements. Decides nothing; the policy is asked.

A recipient sees only a child of whom it holds a record itself that stands, and is told of the child by its own
references. Every item of the child is put before the policy, so that a flag never rests on one that is not permitted.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.application.agreements import Agreement, allowing
from hub.application.asking import ENGLAND, Asked, request_of
from hub.application.circumstances import Asking, Bearing, bearing_on, borne, conflict_tag
from hub.application.consents import consents_in
from hub.application.deciding import Judged, decided_on_both
from hub.application.directory import Directory, User
from hub.application.facts import Described, described_item, described_now, is_apart, shields_of
from hub.application.links import Known, read_person
from hub.application.policy_in_force import away
from hub.application.sources import source_event
from hub.chronology.build import chronology
from hub.chronology.items import Item, Status, corrects, events_of
from hub.contract.canonical import canonical_again
from hub.events.concern import CHILD_PART
from hub.events.decisions import LinkState
from hub.identity.links import subjects_of
from hub.store.log import LogReader
from hub.views.answers import Permitted, answer_item, seen_alone, viewers_id
from policies.client import DecisionClient, DecisionUnavailableError
from policies.model import Effect, Position, Request, Role, Shield, Verdict

OPERATOR = "relay"
_STANDING = frozenset({Status.CURRENT, Status.CORRECTED})


def viewer_of_relay(recipient: str) -> str:
    """Return the name under which a recipient's system is recorded; no user's id has a colon."""
    return f"{OPERATOR}:{recipient}"


@dataclass(frozen=True, slots=True)
class Child:
    """All that the hub holds on one person at a position of the log."""

    person: UUID
    at: int
    items: list[Item]
    records: list[Described]
    linked: Collection[UUID]
    shields: tuple[Shield, ...]
    known: Known
    positions: dict[UUID, int]

    @property
    def links(self) -> LinkState:
        """Which records are taken for this child's."""
        return LinkState(self.person, sorted(self.linked), sorted(self.linked))

    def references(self, agency: str) -> tuple[str, ...]:
        """Return the references under which an agency has a record of this child that stands."""
        held = {
            item.sections["subject"]["reference"]
            for item in self.items
            if item.agency == agency
            and item.status in _STANDING
            and item.sections is not None
            and not is_apart(item.sections)
        }
        return tuple(sorted(held))

    def item_of(self, event: UUID) -> Item | None:
        """Return the item that an event is now part of."""
        return next((item for item in self.items if event in events_of(item)), None)

    def first_known(self, item: Item) -> int:
        """Return the position at which the hub learned of an item first."""
        return self.positions[item.first]


@dataclass(frozen=True, slots=True)
class Considered:
    """An item that an agreement names, with what was decided of it; `answer` is what the recipient would get."""

    agreement: Agreement
    item: Item
    request: Request
    judged: Judged
    answer: dict[str, Any]
    references: tuple[str, ...]
    reader: str | None

    @property
    def verdict(self) -> Verdict:
        """What was decided of it."""
        return self.judged.verdict

    @property
    def permitted(self) -> bool:
        """Say whether it may be sent."""
        return self.verdict.effect is Effect.PERMIT

    @property
    def digest(self) -> str:
        """The hash of the facets, by which a change of what the recipient was told is found."""
        return hashlib.sha256(canonical_again(self.answer["facets"])).hexdigest()

    def corrected_since(self, position: int) -> bool:
        """Say whether the owner has said since then that the item is wrong, without stating it anew, nor apart."""
        later = (note for note in self.item.notes if note.position > position and corrects(note))
        return any(not is_apart(note.sections) for note in later)


class RelayView:
    """Looks at children as the systems of recipients may."""

    def __init__(self, log: LogReader, policy: DecisionClient, viewer_key: bytes) -> None:
        self._log = log
        self._policy = policy
        self._viewer_key = viewer_key

    def version(self, at: int, moment: datetime) -> str:
        """Return the version of the policy that decides at a position and moment; raises `RetryableError`."""
        try:
            return self._policy.version(Position(at), moment.astimezone(ENGLAND).date())
        except DecisionUnavailableError as error:
            raise away(error, "sent") from error

    def child(self, person: UUID, at: int, directory: Directory) -> Child:
        """Return what is held on a person at a position, by the links of that position."""
        related = [conflict_tag(self._viewer_key, reader) for reader in sorted(directory.readers)]
        known = read_person(self._log, person, upto=at, also=related)
        linked = subjects_of(person, known.facts, as_of=at, now=at)
        sources = [source_event(stored) for stored in known.events if CHILD_PART in stored.parts]
        sources = [source for source in sources if source.subject in linked]
        types = {stored.id: stored.type for stored in known.events}
        items = chronology(sources, as_of=at)
        now = described_now(items, types)
        records = [record for item in items for record in described_item(item, now, types)]
        positions = {source.event: source.position for source in sources}
        return Child(person, at, items, records, linked, shields_of(sources), known, positions)

    def considered(self, child: Child, recipient: str, directory: Directory, moment: datetime) -> list[Considered]:
        """Return each item that an agreement in force at that moment names for a recipient that knows the child.

        Raises `RetryableError` where no decision can be had.
        """
        references = child.references(recipient)
        if not references:
            return []
        found: list[Considered] = []
        for purpose in directory.purposes_agreed(recipient):
            named = _named(child, recipient, purpose, directory, moment)
            readers = {each: self._addressed(child, each, directory, moment) for each in {each for each, _ in named}}
            by_reader: dict[str | None, list[tuple[Agreement, Item]]] = {}
            for agreement, item in named:
                by_reader.setdefault(readers[agreement], []).append((agreement, item))
            for reader, theirs in by_reader.items():
                found += self._decided(child, recipient, directory, theirs, references, moment, reader)
        return found

    def reader(self, child: Child, agreement: Agreement, directory: Directory, moment: datetime) -> str | None:
        """Return the first of an agreement's readers who is there and not related to anybody in the child's records."""
        there = directory.users_of(agreement.recipient)
        for reader in agreement.readers:
            bearing = self._bearing(child, agreement.recipient, reader, moment)
            if reader in there and Shield.CONFLICT_OF_INTEREST not in bearing.shields:
                return reader
        return None

    def _addressed(self, child: Child, agreement: Agreement, directory: Directory, moment: datetime) -> str | None:
        """Return for whom an item is decided: where nobody may read of it the first, to whom the policy denies it."""
        return self.reader(child, agreement, directory, moment) or next(iter(agreement.readers), None)

    def _bearing(self, child: Child, recipient: str, reader: str | None, moment: datetime) -> Bearing:
        tag = conflict_tag(self._viewer_key, reader) if reader is not None else ""
        asking = Asking(viewer_of_relay(recipient), tag, recipient, moment.astimezone(ENGLAND).date())
        known = child.known
        return bearing_on(child.person, child.linked, known.beside, known.events, asking, child.shields)

    def _decided(
        self,
        child: Child,
        recipient: str,
        directory: Directory,
        named: Sequence[tuple[Agreement, Item]],
        references: tuple[str, ...],
        moment: datetime,
        reader: str | None,
    ) -> list[Considered]:
        viewer = viewer_of_relay(recipient)
        agreement = named[0][0]
        request = request_of(
            Asked(viewer, OPERATOR, agreement.purpose, agreement.reason),
            User(viewer, recipient, recipient, frozenset({Role.AGENCY_PUBLISHER.value})),
            directory,
            person=child.person, as_of=child.at, decided_at=child.at, now=moment, identity_only=False,
        )  # fmt: skip
        bearing = replace(self._bearing(child, recipient, reader, moment), consents=consents_in(child.items))
        request = borne(request, bearing)
        try:
            judged = decided_on_both(self._policy, request, child.records, directory, bearing)
        except DecisionUnavailableError as error:
            raise away(error, "sent") from error
        found = {each.event: one for each, one in zip(child.records, judged, strict=True)}
        permitted = Permitted({event: one.verdict for event, one in found.items()})
        alone = {item.event: item for item in seen_alone(child.items, permitted)}
        return [
            Considered(
                each,
                item,
                request,
                found[item.event],
                answer_item(alone.get(item.event, item), permitted, viewers_id(self._viewer_key, viewer, item.first)),
                references,
                reader,
            )
            for each, item in named
        ]


def _named(
    child: Child, recipient: str, purpose: str, directory: Directory, moment: datetime
) -> list[tuple[Agreement, Item]]:
    named = []
    for item in child.items:
        naming = directory.agreements_naming(recipient, item.agency, item.type or "")
        agreement = allowing(naming, purpose, moment)
        if agreement is not None:
            named.append((agreement, item))
    return named
