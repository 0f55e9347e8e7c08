"""How every erasure and legal hold stands, folded from their events: a function of the log, and no more."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hub.application.checked import checked_start
from hub.application.partnership_facts import PARTNERSHIP, body_of, fact_draft
from hub.errors import UsageError
from hub.events.erasure import (
    ERASURE_EVENTS,
    ErasureApproved,
    ErasureCarriedOut,
    ErasureEvent,
    ErasureRefused,
    ErasureRequested,
    LegalHoldEnded,
    LegalHoldPlaced,
)
from hub.store.log import EventLog, LogReader
from hub.store.mapper import DraftEvent, StoredEvent
from hub.store.vault import KeyVault

ERASURES_TAG: Final = "erasures"
CARRIED_OUT_TAG: Final = "erasures-carried-out"
ERASED: Final = "erased:"


class State(StrEnum):
    """How far an erasure has come."""

    REQUESTED = "requested"
    WAITING = "waiting"
    DUE = "due"
    REFUSED = "refused"
    CARRIED_OUT = "carried-out"


@dataclass(slots=True)
class Erasure:
    """One erasure, from its request on."""

    requested: ErasureRequested
    requested_at: datetime
    approved: ErasureApproved | None = None
    due_at: datetime | None = None
    refused: ErasureRefused | None = None
    carried_out: ErasureCarriedOut | None = None
    carried_out_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """Return its id."""
        return self.requested.erasure

    @property
    def subjects(self) -> frozenset[UUID]:
        """Return the subjects that it was asked for."""
        return frozenset(self.requested.subjects)

    def state(self, now: datetime) -> State:
        """Return how far it has come by a moment."""
        if self.carried_out is not None:
            return State.CARRIED_OUT
        if self.refused is not None:
            return State.REFUSED
        if self.due_at is None:
            return State.REQUESTED
        return State.DUE if now >= self.due_at else State.WAITING

    @property
    def over(self) -> bool:
        """Say whether nothing more will come of it."""
        return self.refused is not None or self.carried_out is not None


@dataclass(slots=True)
class Hold:
    """One legal hold."""

    placed: LegalHoldPlaced
    ended: LegalHoldEnded | None = None

    def stands(self, day: date) -> bool:
        """Say whether it forbids erasure on a day; its last day is one of them."""
        return self.ended is None and day <= self.placed.until


@dataclass(slots=True)
class ErasureLedger:
    """All erasures and holds as of a position."""

    position: int = 0
    erasures: dict[UUID, Erasure] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)

    def apply(self, event: ErasureEvent, at: datetime) -> None:
        """Fold one fact in."""
        match event:
            case ErasureRequested():
                self.erasures[event.erasure] = Erasure(event, at)
            case ErasureApproved():
                erasure = self.erasures[event.erasure]
                erasure.approved = event
                erasure.due_at = at + timedelta(days=erasure.requested.waiting_days)
            case ErasureRefused():
                self.erasures[event.erasure].refused = event
            case ErasureCarriedOut():
                erasure = self.erasures[event.erasure]
                erasure.carried_out, erasure.carried_out_at = event, at
            case LegalHoldPlaced():
                self.holds[event.hold] = Hold(event)
            case LegalHoldEnded():
                self.holds[event.hold].ended = event

    def erasure(self, start_of_id: str) -> Erasure:
        """Return the erasure whose id starts so; raises `UsageError` where none does, or more than one."""
        return self.erasures[_one(start_of_id, self.erasures, "erasure")]

    def hold(self, start_of_id: str) -> Hold:
        """Return the hold whose id starts so; raises `UsageError` where none does, or more than one."""
        return self.holds[_one(start_of_id, self.holds, "hold")]

    def standing(self, day: date) -> list[Hold]:
        """Return the holds that forbid erasure on a day."""
        return [hold for hold in self.holds.values() if hold.stands(day)]


def ledger_of(log: LogReader) -> ErasureLedger:
    """Return the ledger as it stands."""
    position = log.head()
    ledger = ErasureLedger(position)
    for stored in log.read([ERASURES_TAG], upto=position):
        fact = fact_of(stored)
        if fact is not None:
            ledger.apply(fact, stored.recorded_at)
    return ledger


def record(log: EventLog, vault: KeyVault, ledger: ErasureLedger, *facts: ErasureEvent, at: datetime) -> None:
    """Append facts that were decided on a ledger; raises `ConflictError` where another was added since."""
    vault.make([PARTNERSHIP])
    log.append([_draft(fact) for fact in facts], at=at, absent=[ERASURES_TAG], after=ledger.position)


def fact_of(stored: StoredEvent) -> ErasureEvent | None:
    """Return the fact of a row, or None of a row that has none."""
    body = body_of(stored)
    return None if body is None else ERASURE_EVENTS[stored.type].model_validate(body, strict=False)


def carried_out_in(log: LogReader) -> list[ErasureCarriedOut]:
    """Return all that was carried out, in log order."""
    facts = map(fact_of, log.read([CARRIED_OUT_TAG]))
    return [fact for fact in facts if isinstance(fact, ErasureCarriedOut)]


def erased_by(log: LogReader, subjects: Iterable[UUID]) -> tuple[UUID, datetime] | None:
    """Return by which erasure any of some subjects was erased, and when; the last where there are several."""
    tags = [f"{ERASED}{subject}" for subject in sorted(subjects)]
    for stored in reversed(log.read(tags) if tags else []):
        fact = fact_of(stored)
        if isinstance(fact, ErasureCarriedOut):
            return fact.erasure, stored.recorded_at
    return None


def _one(start_of_id: str, ids: Iterable[UUID], what: str) -> UUID:
    start = checked_start(start_of_id)
    found = [each for each in ids if str(each).startswith(start)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} {what}s have an id that starts so.", code=f"unknown-{what}")
    return found[0]


def _draft(fact: ErasureEvent) -> DraftEvent:
    """Return the draft of a fact, sealed under the partnership's key; what was carried out is found by subject too."""
    tags = [ERASURES_TAG]
    if isinstance(fact, ErasureCarriedOut):
        tags += [CARRIED_OUT_TAG, *(f"{ERASED}{each}" for each in (*fact.subjects, *fact.decisions))]
    return fact_draft(fact, *tags)
