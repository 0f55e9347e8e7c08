"""What is supposed otherwise than it was, for trying it on past decisions: a consent, an agreement, a link of a record.

A consent or agreement changes what was put before the policy; a link changes the log that a decision is taken again
from, as if it had been recorded at a moment. Nothing is recorded of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from hub.application.deciding import Judged
from hub.application.links import LINK_PART, identity_event
from hub.errors import UsageError
from hub.events.decisions import DisclosureDecided
from hub.events.identity import SubjectLinked, SubjectUnlinked
from hub.store.log import EventLog, LogReader
from hub.store.mapper import StoredEvent
from policies.model import AgencyId, ConsentState, Facts, ItemType, Request

_SUPPOSED: Final = UUID(int=0)
_MOVES: Final = frozenset({SubjectLinked.__name__, SubjectUnlinked.__name__})


@dataclass(frozen=True, slots=True)
class Agreed:
    """That an agreement between two agencies holds, or does not: for one type of record, or for all."""

    owner: str
    recipient: str
    type: str | None
    holds: bool

    @property
    def told(self) -> str:
        """Return it in one word."""
        return f"{'' if self.holds else 'no-'}{self.owner}:{self.recipient}{f':{self.type}' if self.type else ''}"

    def on(self, facts: Facts, request: Request) -> Facts:
        """Return what the facts would be."""
        named = (facts.owner, request.viewer) == (AgencyId(self.owner), AgencyId(self.recipient))
        if not named or (self.type is not None and facts.traits.item_type != ItemType(self.type)):
            return facts
        return Facts(facts.owner, facts.traits._replace(agreed=self.holds, agreement_lapsed=not self.holds))


@dataclass(frozen=True, slots=True)
class Linked:
    """That a record was taken for a person's from a position on."""

    subject: UUID
    person: UUID
    position: int

    def stored(self, moment: datetime) -> StoredEvent:
        """Return the event that would say so."""
        fact = SubjectLinked(subject=self.subject, person=self.person, decided_by="supposed", reason="Supposed.")
        tags = (f"link:{self.subject}", f"person:{self.person}")
        part = {"fact": fact.model_dump(mode="json")}
        return StoredEvent(self.position, moment, _SUPPOSED, SubjectLinked.__name__, tags, {LINK_PART: part})


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed of one child, or of all where none is named; a link is always one child's."""

    child: UUID | None = None
    consent: ConsentState | None = None
    agreements: tuple[Agreed, ...] = ()
    linked: Linked | None = None

    @property
    def of_facts(self) -> bool:
        """Say whether it changes what was put before the policy."""
        return self.consent is not None or bool(self.agreements)

    @property
    def told(self) -> dict[str, str]:
        """Return what the record of a trial says of it: ids and closed words, and no agency's reference."""
        said = {
            "supposed_of": self.child and str(self.child),
            "supposed_consent": self.consent and self.consent.value,
            "supposed_agreements": " ".join(each.told for each in self.agreements),
            "supposed_link": self.linked and f"{self.linked.subject}@{self.linked.position}",
        }
        return {name: words for name, words in said.items() if words}

    def is_about(self, decision: DisclosureDecided) -> bool:
        """Say whether a decision may be another under it."""
        return self.child is None or decision.person == self.child

    def on(self, judged: Judged, request: Request) -> Judged:
        """Return what a verdict would rest on."""
        now = None if judged.now is None else self._facts(judged.now, request)
        return judged._replace(facts=self._facts(judged.facts, request), now=now)

    def _facts(self, facts: Facts, request: Request) -> Facts:
        for agreed in self.agreements:
            facts = agreed.on(facts, request)
        if self.consent is None:
            return facts
        return replace(facts, traits=facts.traits._replace(consent_to_share=self.consent))


class SupposedLog:
    """A log to which one link is added where it would stand, in place of what was said of that record's links since."""

    def __init__(self, log: LogReader, supposed: StoredEvent) -> None:
        self._log = log
        self._supposed = supposed

    def read(
        self, tags: Sequence[str], *, after: int = 0, upto: int | None = None, types: Collection[str] | None = None
    ) -> list[StoredEvent]:
        """Return the events that have any of the tags, the supposed one in its place."""
        found = [each for each in self._log.read(tags, after=after, upto=upto, types=types) if not self._replaced(each)]
        added = self._supposed
        last = self.head() if upto is None else upto
        if {*tags}.isdisjoint(added.tags) or not after < added.position <= last:
            return found
        return sorted([*found, added], key=lambda each: each.position)

    def _replaced(self, stored: StoredEvent) -> bool:
        """Say whether an event moved the record later than the supposed link did."""
        added = self._supposed
        return stored.type in _MOVES and stored.position > added.position and added.tags[0] in stored.tags

    def newest(self, tag: str, limit: int) -> list[StoredEvent]:
        """Return the last `limit` events that have a tag, the newest first."""
        return self._log.newest(tag, limit)

    def last_position(self, tag: str) -> int:
        """Return the position of the last event that has a tag, 0 if none has it."""
        return self._log.last_position(tag)

    def last_id(self, tag: str, upto: int) -> UUID | None:
        """Return the last event up to a position that has a tag, None if none has it."""
        return self._log.last_id(tag, upto)

    def head(self) -> int:
        """Return the last position."""
        return self._log.head()

    def position_at(self, moment: datetime) -> int:
        """Return the last position that was recorded at a moment or before it, 0 if none was."""
        return self._log.position_at(moment)


def consent_of(word: str | None) -> ConsentState | None:
    """Return the state of a consent that a word names; raises `UsageError` for no such word."""
    if word is None:
        return None
    if word not in set(ConsentState) - {ConsentState.UNKNOWN}:
        raise UsageError("This is no state of a consent.", code="bad-supposition")
    return ConsentState(word)


def link_from(log: EventLog, subject: UUID, person: UUID, known: datetime) -> Linked:
    """Return a link supposed from a moment on, or from the log's beginning where that is later.

    It stands where an event about no link does, since one position holds one event.
    """
    position = max(1, log.position_at(known))
    while position > 1 and identity_event(log.after(position - 1, 1)[0]) is not None:
        position -= 1
    return Linked(subject, person, position)
