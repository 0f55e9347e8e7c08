"""Ask for an erasure, approve or refuse it, place and end legal holds. Destroys nothing itself (`carrying_out`).

An erasure takes two people of different agencies, so that no parent and no single source can cause one. Every attempt
leaves a record, the refused ones too; what is recorded names subjects, users and agencies, never a reference.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from hub.application.asking import ENGLAND, Asked, question_of
from hub.application.checked import checked
from hub.application.circumstances import standing
from hub.application.directory import User
from hub.application.erasure_ledger import Erasure, ErasureLedger, Hold, State, ledger_of, record
from hub.application.linking import Held
from hub.application.links import current_person, read_person
from hub.application.reading import Reading
from hub.application.retention import Due, due_records
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.erasure import (
    Cause,
    ErasureApproved,
    ErasureEvent,
    ErasureRefused,
    ErasureRequested,
    LegalHoldEnded,
    LegalHoldPlaced,
)
from hub.identity.links import subjects_of
from hub.store.log import EventLog, LogReader
from hub.store.vault import KeyVault
from policies.model import Role

KIND: Final = "erasure"
MAY_ERASE: Final = frozenset({Role.CALDICOTT_GUARDIAN, Role.DATA_PROTECTION_OFFICER, Role.INFORMATION_OWNER})
MAY_HOLD: Final = MAY_ERASE | {
    Role.MASH_MANAGER,
    Role.DIRECTOR_OF_CHILDRENS_SERVICES,
    Role.CHILD_DEATH_REVIEW_COORDINATOR,
    Role.DESIGNATED_OFFICER,
}
MAY_LIST: Final = MAY_HOLD | {Role.AUDITOR}
MOST_AT_ONCE: Final = 1_000
_OWN_RECORDS_ONLY: Final = frozenset({Role.INFORMATION_OWNER})


@dataclass(frozen=True, slots=True)
class _Named:
    """The records that somebody named, and whose they are where a person was named."""

    person: UUID | None
    subjects: frozenset[UUID]


class Erasing:
    """What people decide on erasures; raises `RefusedError` where the user has no role that may."""

    def __init__(self, log: EventLog, vault: KeyVault, reading: Reading) -> None:
        self._log = log
        self._vault = vault
        self._reading = reading

    def request(self, target: UUID | Held, asked: Asked, *, authority: str) -> UUID:
        """Ask that all records of a person, or a single one, be erased; return the erasure's id.

        Raises `UsageError` ("unknown-record"), `RefusedError` ("legal-hold"), `ConflictError` ("erasure-requested").
        """
        with self._change(asked, "request", MAY_ERASE) as (user, ledger):
            self._refuse_others_records(user, target)
            _refuse_named(target, asked.reason, authority)
            named = self._named(target, user)
            self._refuse_held(ledger, named.subjects)
            if any(not each.over and each.subjects == named.subjects for each in ledger.erasures.values()):
                raise ConflictError("This was asked for already: mash erase list.", code="erasure-requested")
            fact = self._requested(named.person, named.subjects, authority=authority, **_told(asked, user))
            self._append(ledger, fact)
            return fact.erasure

    def due(self, asked: Asked, progress: Callable[[int], None] = lambda _: None) -> list[dict[str, Any]]:
        """Return the records that are due by the table of retention, in the documented shape; that is recorded."""
        with self._change(asked, "due", MAY_ERASE) as (user, ledger):
            return [_due_json(each) for each in self._due(user, ledger, progress)]

    def request_due(self, asked: Asked, progress: Callable[[int], None] = lambda _: None) -> list[UUID]:
        """Ask that what is due be erased, each record by itself, at most `MOST_AT_ONCE`; return the erasures' ids."""
        with self._change(asked, "request-due", MAY_ERASE) as (user, ledger):
            told = {**_told(asked, user), "cause": Cause.RETENTION}
            facts = [
                self._requested(None, [each.subject], authority=each.rule.authority, **told)
                for each in self._due(user, ledger, progress)[:MOST_AT_ONCE]
            ]
            self._append(ledger, *facts)
            return [fact.erasure for fact in facts]

    def purge(self, agency: str, references: Collection[str], *, authority: str, reason: str) -> None:
        """Take a source's instruction to erase records of its own; approved, held and waited for as any other.

        What it holds no record of, or asked for already, is passed over. Raises `UsageError` ("names").
        """
        for reference in references:
            _refuse_named(Held(agency, reference), reason, authority)
        ledger = ledger_of(self._log)
        found = {self._vault.find_subject(agency, reference) for reference in references} - {None, *_asked_for(ledger)}
        there = self._readable(subject for subject in found if subject is not None)
        told = {"user": None, "agency": agency, "by": f"system:{agency}", "cause": Cause.PURGE}
        wanted = {"authority": authority, "reason": reason, **told}
        self._append(ledger, *(self._requested(None, [subject], **wanted) for subject in sorted(there)))

    def approve_all(self, cause: Cause, asked: Asked) -> list[UUID]:
        """Approve whatever the table of retention, or a source, asked for and this user may approve; return the ids."""
        with self._change(asked, "approve-all", MAY_ERASE, cause=cause.value) as (user, ledger):
            now, out = self._reading.now(), held_subjects(self._log, ledger, self._today()) | self._related(user)
            waiting = [
                each
                for each in ledger.erasures.values()
                if each.requested.cause is cause and each.state(now) is State.REQUESTED
                if each.requested.agency != user.agency and out.isdisjoint(each.subjects)
            ][:MOST_AT_ONCE]
            self._append(
                ledger, *(checked(ErasureApproved, erasure=each.id, **_told(asked, user)) for each in waiting)
            )  # fmt: skip
            return [each.id for each in waiting]

    def approve(self, start_of_id: str, asked: Asked) -> Erasure:
        """Approve an erasure as a second person, of another agency; return it with the moment at which it is due.

        Raises `UsageError` ("unknown-erasure"), `ConflictError` where it is approved or over, and `RefusedError`:
        "same-agency", "legal-hold", "own-family".
        """
        with self._change(asked, "approve", MAY_ERASE, erasure=start_of_id) as (user, ledger):
            erasure = ledger.erasure(start_of_id)
            if erasure.state(self._reading.now()) is not State.REQUESTED:
                raise ConflictError("This erasure waits for nobody's approval.", code="erasure-decided")
            if user.agency == erasure.requested.agency:
                raise RefusedError(
                    "A person of another agency than the one that asked approves an erasure.", code="same-agency"
                )
            if self._concerns(user, erasure.subjects, erasure.requested.person):
                raise RefusedError("Nobody decides on records of their own family.", code="own-family")
            self._refuse_held(ledger, erasure.subjects)
            self._append(ledger, checked(ErasureApproved, erasure=erasure.id, **_told(asked, user)))
        return ledger_of(self._log).erasures[erasure.id]

    def refuse(self, start_of_id: str, asked: Asked) -> UUID:
        """Refuse an erasure for good, before it is carried out; who asked may take it back so. Return its id."""
        with self._change(asked, "refuse", MAY_ERASE, erasure=start_of_id) as (user, ledger):
            erasure = ledger.erasure(start_of_id)
            if erasure.over:
                raise ConflictError("This erasure is over: it was refused or carried out.", code="erasure-decided")
            self._append(ledger, checked(ErasureRefused, erasure=erasure.id, **_told(asked, user)))
            return erasure.id

    def hold(self, target: UUID | Held, asked: Asked, *, until: date) -> UUID:
        """Place a legal hold on the records of a person, or a single one, up to and including a day; return its id."""
        with self._change(asked, "hold", MAY_HOLD) as (user, ledger):
            if until < self._today():
                raise UsageError("The last day of a hold is not in the past.", code="bad-date")
            _refuse_named(target, asked.reason)
            named = self._named(target, user)
            fact = checked(
                LegalHoldPlaced,
                hold=uuid4(), person=named.person, subjects=sorted(named.subjects), until=until, **_told(asked, user),
            )  # fmt: skip
            self._append(ledger, fact)
            return fact.hold

    def end_hold(self, start_of_id: str, asked: Asked) -> UUID:
        """End a legal hold, as a person of the agency that placed it; return its id."""
        with self._change(asked, "end-hold", MAY_HOLD, hold=start_of_id) as (user, ledger):
            hold = ledger.hold(start_of_id)
            if user.agency != hold.placed.agency:
                raise RefusedError("A hold is ended by a person of the agency that placed it.", code="others-hold")
            if not hold.stands(self._today()):
                raise ConflictError("This hold has ended already.", code="hold-ended")
            told = _told(asked, user)
            del told["agency"]
            self._append(ledger, checked(LegalHoldEnded, hold=hold.placed.hold, **told))
            return hold.placed.hold

    def erasures(self, asked: Asked) -> list[dict[str, Any]]:
        """Return all erasures in the documented shape of `mash erase list --json`; that is recorded."""
        with self._change(asked, "list", MAY_LIST) as (_, ledger):
            now, held = self._reading.now(), held_subjects(self._log, ledger, self._today())
            return [_erasure_json(each, each.state(now), held) for each in ledger.erasures.values()]

    def holds(self, asked: Asked) -> list[dict[str, Any]]:
        """Return all legal holds in the documented shape of `mash hold list --json`; that is recorded."""
        with self._change(asked, "list-holds", MAY_LIST) as (_, ledger):
            return [_hold_json(each, stands=each.stands(self._today())) for each in ledger.holds.values()]

    @contextmanager
    def _change(
        self, asked: Asked, change: str, roles: Collection[Role], **told: object
    ) -> Iterator[tuple[User, ErasureLedger]]:
        """Yield who asks and the ledger, where the user may; that it was asked, or why not, is recorded."""
        user, directory, outcome = self._reading.viewer(asked, KIND, question_of(change=change, **told))
        try:
            held = set(map(Role, user.roles))
            if held.isdisjoint(roles) or Role.PERSON_WITH_PARENTAL_RESPONSIBILITY in held:
                named = " or ".join(sorted(role.value.replace("-", " ") for role in roles))
                raise RefusedError(f"This is for {named}.", code="not-for-this-role")
            yield user, ledger_of(self._log)
        except HubError as error:
            self._reading.refuse(asked, directory, outcome, error)
        self._reading.record(asked, directory, outcome)

    def _append(self, ledger: ErasureLedger, *facts: ErasureEvent) -> None:
        record(self._log, self._vault, ledger, *facts, at=self._reading.now())

    def _due(self, user: User, ledger: ErasureLedger, progress: Callable[[int], None]) -> list[Due]:
        """Return what is due and neither held nor asked for already; an owner's are those of its own agency."""
        directory, today = self._reading.directory.load(), self._today()
        agencies = [user.agency] if _is_owner_alone(user) else sorted(directory.agencies)
        out = held_subjects(self._log, ledger, today) | _asked_for(ledger) | self._related(user)
        found = due_records(self._log, agencies, directory.retention, today, progress)
        return [each for each in found if each.subject not in out]

    def _requested(self, person: UUID | None, subjects: Collection[UUID], **told: Any) -> ErasureRequested:
        """Return a new request, with the waiting time of now."""
        days = self._reading.directory.load().erasure_waiting_days
        which = {"erasure": uuid4(), "person": person, "subjects": sorted(subjects)}
        return checked(ErasureRequested, **which, waiting_days=days, **told)

    def _readable(self, subjects: Iterable[UUID]) -> frozenset[UUID]:
        keys = self._vault.keys({*subjects})
        return frozenset(subject for subject, key in keys.items() if key is not None)

    def _named(self, target: UUID | Held, user: User) -> _Named:
        """Return the records named that are not erased yet; of the user's own family none is there."""
        if isinstance(target, Held):
            subject = self._vault.find_subject(target.agency, target.reference)
            person, subjects = None, set() if subject is None else {subject}
        else:
            person = current_person(self._log, target, upto=self._log.head())
            subjects = {*self._readable(linked_to(self._log, person))}
        if not subjects or self._concerns(user, subjects, person):
            raise UsageError("There is no such record, or it was erased.", code="unknown-record")
        return _Named(person, frozenset(subjects))

    def _refuse_others_records(self, user: User, target: UUID | Held) -> None:
        if not _is_owner_alone(user):
            return
        if not isinstance(target, Held) or target.agency != user.agency:
            raise RefusedError(
                "An information owner asks for records of its own agency, each by its reference.", code="others-records"
            )

    def _refuse_held(self, ledger: ErasureLedger, subjects: Collection[UUID]) -> None:
        if not held_subjects(self._log, ledger, self._today()).isdisjoint(subjects):
            raise RefusedError("A legal hold forbids it: mash hold list.", code="legal-hold")

    def _concerns(self, user: User, subjects: Collection[UUID], person: UUID | None) -> bool:
        """Say whether a conflict of interest is recorded between the user and whose records these are."""
        return not self._related(user).isdisjoint({*subjects, person})

    def _related(self, user: User) -> frozenset[UUID]:
        """Return the records and persons with whom a conflict of interest of the user is recorded."""
        conflicts = standing(self._log.read([self._reading.conflict_tag(user.id)]))
        return frozenset().union(*(each.bears_on for each in conflicts))

    def _today(self) -> date:
        return self._reading.now().astimezone(ENGLAND).date()


def linked_to(log: LogReader, person: UUID) -> frozenset[UUID]:
    """Return the subjects that are linked to a person now, the erased ones too."""
    head = log.head()
    return subjects_of(person, read_person(log, person, upto=head).facts, as_of=head, now=head)


def held_subjects(log: LogReader, ledger: ErasureLedger, day: date) -> frozenset[UUID]:
    """Return the subjects that nobody may erase on a day: those held, and all that are linked to a held person now."""
    holds = ledger.standing(day)
    persons = {hold.placed.person for hold in holds if hold.placed.person is not None}
    linked = (linked_to(log, current_person(log, person, upto=log.head())) for person in sorted(persons))
    return frozenset({subject for hold in holds for subject in hold.placed.subjects}.union(*linked))


def _is_owner_alone(user: User) -> bool:
    """Say whether all that lets a user ask is that they own their agency's records."""
    return set(map(Role, user.roles)) & MAY_ERASE == _OWN_RECORDS_ONLY


def _asked_for(ledger: ErasureLedger) -> frozenset[UUID]:
    return frozenset(subject for each in ledger.erasures.values() if not each.over for subject in each.subjects)


def _refuse_named(target: UUID | Held, *words: str) -> None:
    """Refuse words that hold the reference: they are kept for good."""
    if isinstance(target, Held) and any(target.reference in each for each in words):
        raise UsageError("Name nobody in reason or authority, nor a reference: they are never erased.", code="names")


def _told(asked: Asked, user: User) -> dict[str, Any]:
    return {"reason": asked.reason, "user": user.id, "agency": user.agency, "by": asked.operator}


def _due_json(each: Due) -> dict[str, Any]:
    told = {"agency": each.agency, "events": each.events, "since": each.since.isoformat()}
    return {"record": str(each.subject), **told, "authority": each.rule.authority}


def _erasure_json(each: Erasure, state: State, held: Collection[UUID]) -> dict[str, Any]:
    asked = each.requested
    return {
        "id": str(each.id),
        "state": state.value,
        "person": asked.person and str(asked.person),
        "records": len(asked.subjects),
        "reason": asked.reason,
        "authority": asked.authority,
        "cause": asked.cause.value,
        "requested": {"at": each.requested_at.isoformat(), "by": asked.user, "agency": asked.agency},
        "approved": each.approved and {"by": each.approved.user, "agency": each.approved.agency},
        "due": each.due_at and each.due_at.isoformat(),
        "refused": each.refused and {"by": each.refused.user, "reason": each.refused.reason},
        "carried_out": each.carried_out_at and each.carried_out_at.isoformat(),
        "held": not each.over and not each.subjects.isdisjoint(held),
    }


def _hold_json(each: Hold, *, stands: bool) -> dict[str, Any]:
    placed = each.placed
    return {
        "id": str(placed.hold),
        "stands": stands,
        "person": placed.person and str(placed.person),
        "records": len(placed.subjects),
        "until": placed.until.isoformat(),
        "owner": placed.user,
        "agency": placed.agency,
        "reason": placed.reason,
        "ended": each.ended and {"by": each.ended.user, "reason": each.ended.reason},
    }
