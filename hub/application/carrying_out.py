"""Carry out the erasures that are due: destroy keys, clear what was derived from them, leave frames and proofs.

An erasure is recorded as carried out first, with all that it destroys; whoever opens the hub after a crash, or after an
older key table was restored, destroys again what is recorded. So each step may be done any number of times.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from hub.application.asking import ENGLAND
from hub.application.crash_points import no_fault
from hub.application.decisions import SEARCH, DecisionLog, child_key
from hub.application.erasing import held_subjects, linked_to
from hub.application.erasure_ledger import (
    CARRIED_OUT_TAG,
    Erasure,
    ErasureLedger,
    State,
    carried_out_in,
    ledger_of,
    record,
)
from hub.application.links import current_person
from hub.clock import Clock
from hub.events.erasure import ErasureCarriedOut, ErasureRefused
from hub.store.blind_index import BlindIndex
from hub.store.erased_register import ErasedRegister
from hub.store.identity_index import IdentityIndex
from hub.store.log import EventLog
from hub.store.vault import KeyVault

RECORDED: Final = "erasure-recorded"
DESTROYED: Final = "keys-destroyed"
_PARTED: Final = "Its records are not this person's any more."


class Result(StrEnum):
    """What became of an erasure that was due."""

    CARRIED_OUT = "carried-out"
    LEGAL_HOLD = "legal-hold"
    PARTED = "parted"


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """One erasure that was due; `beside` are records of the person that came later and are not part of it."""

    erasure: UUID
    result: Result
    records: int = 0
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Indexes:
    """What is derived from the log and says something of a subject."""

    blind: BlindIndex
    identity: IdentityIndex

    def forget(self, subjects: Collection[UUID]) -> None:
        """Remove all that is held of subjects."""
        self.blind.clear(subjects)
        self.identity.forget(subjects)


class CarryingOut:
    """Does what was approved; decides nothing about anybody."""

    def __init__(
        self,
        log: EventLog,
        vault: KeyVault,
        indexes: Callable[[], Indexes],
        decisions: DecisionLog,
        clock: Clock,
        turn: Callable[[], AbstractContextManager[None]],
        register: ErasedRegister,
        at_point: Callable[[str], None] = no_fault,
    ) -> None:
        self._log = log
        self._vault = vault
        self._indexes = indexes
        self._decisions = decisions
        self._clock = clock
        self._turn = turn
        self._register = register
        self._at_point = at_point

    def carry_out(self, *, by: str) -> list[CarriedOut]:
        """Carry out all that is due and not held, and finish what was interrupted; return what became of each.

        The identifier waits meanwhile, so that no record is linked, nor indexed, between the look and the deed. Raises
        `RetryableError` where it does not let us in, `ConflictError` where somebody decided on an erasure meanwhile.
        """
        with self._turn():
            due = [each.id for each in ledger_of(self._log).erasures.values() if self._state(each) is State.DUE]
            done = [self._decided(erasure, by) for erasure in due]
            if self._log.last_position(CARRIED_OUT_TAG):
                facts = carried_out_in(self._log)
                erased = _destroyed_by(facts)
                self._register.add(erased)
                self._destroy(erased)
                self._at_point(DESTROYED)
                self._indexes().forget([subject for fact in facts for subject in fact.subjects])
        return done

    def finish(self) -> None:
        """Destroy again what is recorded as erased and has a key all the same: of a crash, or of an older key table.

        The register knows too what a log that is older than an erasure does not.
        """
        recorded = carried_out_in(self._log) if self._log.last_position(CARRIED_OUT_TAG) else []
        erased = self._register.read() | _destroyed_by(recorded)
        if erased and (destroyed := self._destroy(erased)):
            self._indexes().forget(destroyed)

    def forget_destroyed(self, subjects: Collection[UUID]) -> None:
        """Clear the indexes of those that have no key any more: a restored log may be older than the key table."""
        if gone := [subject for subject, key in self._vault.keys(subjects).items() if key is None]:
            self._indexes().forget(gone)

    def _state(self, erasure: Erasure) -> State:
        return erasure.state(self._clock.now())

    def _decided(self, erasure_id: UUID, by: str) -> CarriedOut:
        """Record one erasure as carried out, unless a hold stands or its records are nobody's of the person's."""
        ledger = ledger_of(self._log)
        erasure = ledger.erasures[erasure_id]
        theirs = self._theirs(erasure)
        subjects = erasure.subjects & theirs
        if not subjects:
            gone = ErasureRefused(erasure=erasure_id, reason=_PARTED, user=None, agency=None, by=by)
            self._record(ledger, gone)
            return CarriedOut(erasure_id, Result.PARTED)
        today = self._clock.now().astimezone(ENGLAND).date()
        if not held_subjects(self._log, ledger, today).isdisjoint(subjects):
            return CarriedOut(erasure_id, Result.LEGAL_HOLD, len(subjects))
        decisions = self._bases(erasure, theirs)
        self._record(
            ledger,
            ErasureCarriedOut(erasure=erasure_id, subjects=sorted(subjects), decisions=sorted(decisions), by=by),
        )
        self._at_point(RECORDED)
        return CarriedOut(erasure_id, Result.CARRIED_OUT, len(subjects), len(self._readable(theirs - subjects)))

    def _record(self, ledger: ErasureLedger, fact: ErasureCarriedOut | ErasureRefused) -> None:
        record(self._log, self._vault, ledger, fact, at=self._clock.now())

    def _theirs(self, erasure: Erasure) -> frozenset[UUID]:
        """Return the records of the person now; of an erasure of single records, these."""
        person = erasure.requested.person
        if person is None:
            return erasure.subjects
        return linked_to(self._log, current_person(self._log, person, upto=self._log.head()))

    def _bases(self, erasure: Erasure, theirs: Collection[UUID]) -> list[UUID]:
        """Return under whose keys stands what decisions on this person and nobody else rest on, where all records go.

        What was typed stands there too. What tells who was shown what stays: it names records by id only. A search
        from before what was typed was kept apart goes as a whole.
        """
        person = erasure.requested.person
        if person is None or not erasure.subjects >= self._readable(theirs):
            return []
        alone = [each for each in self._decisions.about(person) if self._viewed(each.id) == {f"viewed:{person}"}]
        return [
            each.id if each.kind == SEARCH and each.grounds is None else child_key(each.id)
            for each in alone
            if not each.child_erased
        ]

    def _viewed(self, decision: UUID) -> set[str]:
        (stored,) = self._log.read([f"event:{decision}"])
        return {tag for tag in stored.tags if tag.startswith("viewed:")}

    def _readable(self, subjects: Collection[UUID]) -> set[UUID]:
        return {subject for subject, key in self._vault.keys(subjects).items() if key is not None}

    def _destroy(self, erased: Collection[UUID]) -> list[UUID]:
        """Destroy the keys that are still there of all that was erased; return whose they were."""
        left = sorted(self._readable(set(erased) - self._vault.missing(erased)))
        if left:
            self._vault.destroy(left)
        return left


def _destroyed_by(facts: Iterable[ErasureCarriedOut]) -> set[UUID]:
    return {each for fact in facts for each in (*fact.subjects, *fact.decisions)}
