"""A data steward's decisions on who is who: link, unlink, forbid. Each is a fact with a reason, and none is undone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from hub.application.asking import Asked, question_of
from hub.application.checked import checked
from hub.application.decisions import DecisionLog
from hub.application.directory import Directory
from hub.application.links import (
    identity_draft,
    identity_event,
    link_facts,
    open_reviews,
    persons_in_log,
    read_person,
    take_over,
)
from hub.application.reading import Outcome, Reading
from hub.application.review_log import ReviewLog
from hub.application.seeing import Look
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.decisions import DisclosureDecided
from hub.events.identity import (
    IdentityEvent,
    IdentityReviewRaised,
    IdentityReviewResolved,
    LinkForbidden,
    SubjectLinked,
    SubjectUnlinked,
)
from hub.events.reviews import ReviewAnswered
from hub.identity.links import LinkFact, LinkFactKind, links_at, person_of
from hub.sharing.kinds import Outcome as Answer
from hub.store.identity_index import IdentityIndex
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent
from hub.store.vault import KeyVault
from policies.model import Role

Settle = Callable[[], None]
Turn = Callable[[], AbstractContextManager[None]]
ReviewOutcome = Literal["linked", "kept-apart", "forbidden"]
REVIEWS = "identity-reviews"
STEWARDS = frozenset({Role.DATA_STEWARD.value, Role.MASH_MANAGER.value})


@dataclass(frozen=True, slots=True)
class Held:
    """One agency's reference to somebody, as `agency/reference`."""

    agency: str
    reference: str

    @classmethod
    def parse(cls, text: str) -> "Held":
        """Read `agency/reference`; raises `UsageError`."""
        agency, slash, reference = text.partition("/")
        if not slash or not agency or not reference:
            raise UsageError("Name a record as AGENCY/REFERENCE.", code="bad-record")
        return cls(agency, reference)


class IdentitySteward:
    """Records what a person decided on identity; raises `RefusedError` for all but a data steward or MASH manager."""

    def __init__(
        self,
        reading: Reading,
        log: EventLog,
        decisions: DecisionLog,
        vault: KeyVault,
        index: IdentityIndex,
        turn: Turn,
        tasks: ReviewLog,
    ) -> None:
        self._reading = reading
        self._log = log
        self._decisions = decisions
        self._vault = vault
        self._index = index
        self._turn = turn
        self._tasks = tasks

    def link(self, held: Held, person: UUID, asked: Asked) -> None:
        """Link a record to a person, moving it from the person it was linked to; raises `ConflictError`."""
        with self._change(asked, "link", held, person=person) as settle:
            self._link(held, person, asked, settle)

    def _link(self, held: Held, person: UUID, asked: Asked, settle: Settle) -> None:
        subject = self._subject(held)
        if not self._index.subjects(person):
            raise UsageError("There is no such person.", code="unknown-person")
        before = self._index.get([subject])[subject].person
        if before == person:
            raise ConflictError("The record is linked to this person already.", code="already-linked")
        if not self._would_hold(subject, person):
            raise ConflictError("These records must never be linked: somebody forbade it.", code="link-forbidden")
        linked = checked(SubjectLinked, subject=subject, person=person, decided_by=asked.viewer, reason=asked.reason)
        settle()
        self._append(linked, *self._resolved(subject, {before, person}, "linked", person, asked))
        self._index.moved(subject, person)

    def unlink(self, held: Held, asked: Asked) -> list[DisclosureDecided]:
        """Part a record from its person and give it one of its own; return every disclosure that rested on the link.

        Raises `ConflictError` where the record is linked to nobody else.
        """
        with self._change(asked, "unlink", held) as settle:
            return self._unlink(held, asked, settle)

    def _unlink(self, held: Held, asked: Asked, settle: Settle) -> list[DisclosureDecided]:
        subject = self._subject(held)
        person = self._index.get([subject])[subject].person
        if self._index.subjects(person) == [subject]:
            raise ConflictError("The record stands alone already.", code="not-linked")
        alone = uuid4()
        rested = self._rested_on(subject, person)
        settle()
        self._append(*self._parted(subject, person, alone, asked))
        self._index.moved(subject, alone)
        return rested

    def forbid(self, one: Held, other: Held, asked: Asked) -> None:
        """Say that two records must never be linked; where they are, the one linked later gets a person of its own."""
        with self._change(asked, "forbid", one, other) as settle:
            self._forbid(one, other, asked, settle)

    def _forbid(self, one: Held, other: Held, asked: Asked, settle: Settle) -> None:
        first, second = self._subject(one), self._subject(other)
        if first == second:
            raise UsageError("These are one and the same record.", code="same-record")
        facts: list[IdentityEvent] = [
            checked(LinkForbidden, one=first, other=second, decided_by=asked.viewer, reason=asked.reason)
        ]
        indexed = self._index.get([first, second])
        persons = {each.person for each in indexed.values()}
        for subject in (first, second):
            facts += self._resolved(subject, persons, "forbidden", None, asked)
        settle()
        if first in indexed and second in indexed and indexed[first].person == indexed[second].person:
            alone = uuid4()
            person = indexed[first].person
            later = self._linked_later(person, first, second)
            self._append(*facts, *self._parted(later, person, alone, asked))
            self._index.moved(later, alone)
            return
        self._append(*facts)

    def keep_apart(self, review: UUID, held: Held, asked: Asked) -> None:
        """Decide a review by leaving its record where it stands; raises `ConflictError` where it is not open."""
        with self._change(asked, "keep-apart", held) as settle:
            subject = self._subject(held)
            found = open_reviews(self._log.read([f"link:{subject}"]))
            if not any(each.review == review and each.subject == subject for each in found):
                raise ConflictError("This was decided already.", code="review-decided")
            decided = checked(
                IdentityReviewResolved,
                review=review,
                subject=subject,
                outcome="kept-apart",
                decided_by=asked.viewer,
                reason=asked.reason,
            )
            settle()
            self._append(decided)

    def record_look(self, asked: Asked, quarantine: UUID) -> None:
        """Record that somebody looks at what a message kept aside says; raises as the other use cases do."""
        self._authorise(asked, "quarantine-content", question_of(quarantine=quarantine))()

    def hides(self, held: Held, asked: Asked) -> bool:
        """Say whether a record that the hub holds is as absent for whoever asks: by a conflict of interest, say."""
        subject = self._vault.find_subject(held.agency, held.reference)
        if subject is None or not self._index.get([subject]):
            return False
        user, directory, outcome = self._reading.viewer(asked, "identity-change", {})
        return not Look(self._reading, asked, user, directory, outcome).see_records([subject])

    def _parted(self, subject: UUID, person: UUID, alone: UUID, asked: Asked) -> list[IdentityEvent]:
        """Return that a subject is not this person but one of its own."""
        return [
            checked(SubjectUnlinked, subject=subject, person=person, decided_by=asked.viewer, reason=asked.reason),
            checked(SubjectLinked, subject=subject, person=alone, decided_by=asked.viewer, reason=asked.reason),
        ]

    def _would_hold(self, subject: UUID, person: UUID) -> bool:
        """Say whether a link made now would hold: one of a forbidden pair never does, whoever makes it."""
        log = self._log
        now = log.head() + 1
        facts = read_person(log, person, upto=now).facts
        return person_of(subject, [*facts, LinkFact(LinkFactKind.LINKED, subject, person, now)], now=now) == person

    def _authorise(self, asked: Asked, kind: str, question: dict[str, Any]) -> Settle:
        """Return what records that the question was answered; of whoever is no steward the refusal is recorded."""
        user, directory, outcome = self._reading.viewer(asked, kind, question)
        if STEWARDS.isdisjoint(user.roles):
            refused = RefusedError("This is for a data steward or a MASH manager.", code="not-a-steward")
            self._reading.refuse(asked, directory, outcome, refused)
        return lambda: self._record(asked, directory, outcome)

    def _record(self, asked: Asked, directory: Directory, outcome: Outcome) -> None:
        self._reading.record(asked, directory, outcome)

    @contextmanager
    def _change(self, asked: Asked, change: str, *records: Held, person: UUID | None = None) -> Iterator[Settle]:
        """Yield what records the change as done, to be called before it is; an error is recorded with its code."""
        named = {f"record_{number}": f"{held.agency}/{held.reference}" for number, held in enumerate(records, 1)}
        question = question_of(change=change, person=person, **named)
        with self._reading.leaving.at_boundary():
            yield from self._recorded(asked, question, records, person)

    def _recorded(
        self, asked: Asked, question: dict[str, Any], records: Sequence[Held], person: UUID | None
    ) -> Iterator[Settle]:
        settle = self._authorise(asked, "identity-change", question)
        question["outcome"] = "done"
        try:
            with self._turn():
                self._take_over(records, person)
                self._refuse_unseen(asked, records)
                yield settle
        except HubError as error:
            question["outcome"] = error.code
            outcome = Outcome("identity-change", question=question)
            self._reading.refuse(asked, self._reading.directory.load(), outcome, error)

    def _take_over(self, records: Sequence[Held], person: UUID | None) -> None:
        """Bring the index up to the log for all whom a change is about, since a process may have died between."""
        log = self._log
        found = [self._vault.find_subject(held.agency, held.reference) for held in records]
        subjects = {subject for subject in found if subject is not None}
        persons = {*persons_in_log(log, subjects).values(), *([] if person is None else [person])}
        linked = link_facts(log.read([f"person:{each}" for each in sorted(persons)])) if persons else []
        take_over(log, self._index, subjects | {fact.subject for fact in linked})

    def _refuse_unseen(self, asked: Asked, records: Sequence[Held]) -> None:
        """Raise as for a record that there is not where a record is as absent for whoever asks."""
        user, directory, outcome = self._reading.viewer(asked, "identity-change", {})
        look = Look(self._reading, asked, user, directory, outcome)
        subjects = [self._subject(held) for held in records]
        if len(look.see_records(subjects)) < len(set(subjects)):
            raise _no_such_record()

    def _subject(self, held: Held) -> UUID:
        subject = self._vault.find_subject(held.agency, held.reference)
        if subject is None or not self._index.get([subject]):
            raise _no_such_record()
        return subject

    def _append(self, *facts: IdentityEvent) -> None:
        drafts = [identity_draft(uuid4(), fact) for fact in facts]
        decided = [fact for fact in facts if isinstance(fact, IdentityReviewResolved)]
        self._log.append([*drafts, *self._no_longer_asked(decided)], at=self._reading.now())

    def _no_longer_asked(self, decided: Sequence[IdentityReviewResolved]) -> list[DraftEvent]:
        """Return what ends the tasks that asked a steward of items whose records are decided on now."""
        if not decided:
            return []
        reviews = self._log.read([f"review:{each.review}" for each in decided])
        raised = [event for each in reviews if isinstance(event := identity_event(each), IdentityReviewRaised)]
        subjects = {subject for review in raised for subject in review.subjects}
        by, why, now = decided[0].decided_by, decided[0].reason, self._reading.now()
        drafts = []
        for task in self._tasks.open():
            if task.asked.by != [Role.DATA_STEWARD.value]:
                continue
            held = self._tasks.subjects(task.open_items)
            events = sorted(event for event, tag in held.items() if UUID(tag[len("subject:") :]) in subjects)
            if events:
                ended = ReviewAnswered(
                    task=task.id, answer=Answer.SEEN.value, events=events, reason=why,
                    role=Role.DATA_STEWARD.value, by=by, at=now,
                )  # fmt: skip
                drafts.append(self._tasks.added(task, self._tasks.id_of(task.id, len(task.answers), "answered"), ended))
        return drafts

    def _resolved(
        self, subject: UUID, persons: set[UUID], outcome: ReviewOutcome, person: UUID | None, asked: Asked
    ) -> list[IdentityEvent]:
        """Return that the open reviews of a subject with any of these persons are decided."""
        stored = self._log.read([f"link:{subject}", *(f"person:{each}" for each in sorted(persons))])
        return [
            checked(
                IdentityReviewResolved,
                review=review.review,
                subject=review.subject,
                outcome=outcome,
                person=person,
                decided_by=asked.viewer,
                reason=asked.reason,
            )
            for review in open_reviews(stored)
            if review.subject == subject and not persons.isdisjoint(review.persons)
        ]

    def _linked_later(self, person: UUID, first: UUID, second: UUID) -> UUID:
        log = self._log
        links = links_at(read_person(log, person, upto=log.head()).facts, log.head())
        return max((first, second), key=lambda subject: links[subject].position if subject in links else 0)

    def _rested_on(self, subject: UUID, person: UUID) -> list[DisclosureDecided]:
        """Return the disclosures about a person since a record was linked to them, in which it was shown.

        A list of reviews shows records apart, so it rests on no link.
        """
        log = self._log
        head = log.head()
        link = links_at(read_person(log, person, upto=head).facts, head).get(subject)
        linked = link.position if link is not None else 0
        events = {stored.id for stored in log.read([f"subject:{subject}"])}
        return [
            decision
            for decision in self._decisions.about(person)
            if decision.decided_at >= linked
            and decision.kind != REVIEWS
            and any(item.event in events and item.verdict != "DENY" for item in decision.decided)
        ]


def _no_such_record() -> UsageError:
    return UsageError("There is no such record.", code="unknown-record")
