"""Follow the log and find which agencies' records are one person: by rule, with evidence, or as a review for a person.

Every step is idempotent: the ids of what it appends follow from the event that caused it, so that a crash between
appending and remembering the position repeats nothing. To whom a subject is linked is what the log's link facts say:
the index takes them over as they are met, so that it may be emptied and the position set back at any time.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from hub.application.links import identity_draft, is_raised, link_facts, read_person, take_over
from hub.application.sources import source_event
from hub.clock import Clock
from hub.contract.canonical import canonical
from hub.errors import ConflictError
from hub.events.concern import CHILD_PART
from hub.events.identity import IdentityEvent, IdentityReviewRaised, LinkEvidence, SubjectLinked
from hub.identity.evidence import REASONS, Evidence
from hub.identity.keys import blind_keys
from hub.identity.linking import Candidate, Link, Review, decide_link
from hub.identity.links import LinkFact, barred_pairs, persons_of
from hub.identity.profile import Profile, Statement, profile_from
from hub.identity.rules import RuleCode
from hub.store.blind_index import BlindIndex
from hub.store.follower import Follower, advance, stored_position, turn
from hub.store.identity_index import IdentityIndex, IndexedSubject
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent

IDENTITY = "identity"
COMPARED = "identity-compared"
FIRST_RULE = "rule:first"
FIRST = "The first record of this reference; nobody known matched."
_MOST_CANDIDATES = 50


@dataclass(slots=True)
class Identified:
    """What the follower found."""

    persons: int = 0
    links: int = 0
    reviews: int = 0

    def add(self, other: "Identified") -> None:
        """Add what another batch found."""
        self.persons += other.persons
        self.links += other.links
        self.reviews += other.reviews

    def count(self, fact: IdentityEvent) -> None:
        """Count one fact."""
        if isinstance(fact, IdentityReviewRaised):
            self.reviews += 1
        elif isinstance(fact, SubjectLinked) and fact.evidence is not None:
            self.links += 1
        elif isinstance(fact, SubjectLinked):
            self.persons += 1


class Identifier:
    """Looks at each event's subject once, and again where a later event states something new of it."""

    def __init__(self, log: EventLog, blind: BlindIndex, index: IdentityIndex, clock: Clock, key: bytes) -> None:
        self._log = log
        self._blind = blind
        self._index = index
        self._clock = clock
        self._key = key

    def catch_up(
        self,
        follower: Follower,
        on_batch: Callable[[int], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Identified:
        """Compare the subjects of all that is recorded by now and not yet looked at, or of what it takes to a stop.

        One process at a time does this, batch by batch, and others wait: two would not see each other's links. What
        was compared once is not compared again, even where the position was set back.
        """
        total, done = Identified(), 0
        with follower.connected() as connection:
            while not stopping():
                with turn(connection, IDENTITY, stopping) as held:
                    events = follower.waiting(connection) if held else []
                    if not events:
                        break
                    position, compared = events[-1].position, stored_position(connection, COMPARED)
                    total.add(self.take(events, compared=compared))
                    with connection.cursor() as cursor:
                        advance(cursor, IDENTITY, position)
                        if position > compared:
                            advance(cursor, COMPARED, position)
                done += len(events)
                on_batch(done)
        return total

    def take(self, events: Sequence[StoredEvent], *, compared: int = 0) -> Identified:
        """Compare the subjects of events after a position, in order, and record what was found."""
        found = Identified()
        indexed = self._linked(events)
        for stored in events:
            subject = _subject(stored)
            if subject is None or stored.parts[CHILD_PART] is None:
                continue
            seen = _seen(stored, self._key)
            known = indexed.get(subject)
            if known is not None and known.seen == seen:
                continue
            if known is not None and stored.position <= compared:
                person = self._remember(stored, subject, known.person)
            else:
                person = self._compare(stored, subject, known.person if known else None, found)
            if known is not None and known.person != person:
                self._index.moved(subject, person)
            self._index.put(subject, person, seen)
            indexed.update(self._index.get([subject]))
        return found

    def _linked(self, events: Sequence[StoredEvent]) -> dict[UUID, IndexedSubject]:
        """Return what is known of the subjects of events, having taken over what the log says of their links.

        An event may say less than the index knows already, so that a subject is looked up in the log where they differ.
        """
        last = persons_of(link_facts(events))
        stated = {subject for each in events if (subject := _subject(each)) is not None}
        indexed = self._index.get(stated | set(last))
        differing = {subject for subject, person in last.items() if _person(indexed, subject) != person}
        unsure = differing | (stated - set(indexed))
        take_over(self._log, self._index, unsure)
        return {**indexed, **self._index.get(unsure)}

    def _remember(self, stored: StoredEvent, subject: UUID, person: UUID) -> UUID:
        """Index again by what a subject can be found, and decide nothing."""
        profile = self.profile(subject, upto=stored.position)
        if profile is not None:
            self._blind.put((subject, kind, value) for kind, value in blind_keys(profile))
        return person

    def _compare(self, stored: StoredEvent, subject: UUID, person: UUID | None, found: Identified) -> UUID:
        new = self.profile(subject, upto=stored.position)
        if new is None:
            return person or uuid5(subject, "person")
        keys = blind_keys(new)
        candidates, known = self._candidates(subject, keys)
        facts = known if person is None else [*known, *link_facts(self._log.read([f"link:{subject}"]))]
        self._blind.put((subject, kind, value) for kind, value in keys)
        barred = barred_pairs(facts, now=stored.position + 1_000_000_000)
        decision = decide_link(new, candidates, barred)
        if person is None:
            return self._first(stored, subject, decision, found)
        return self._again(stored, subject, person, decision, found)

    def _first(self, stored: StoredEvent, subject: UUID, decision: object, found: Identified) -> UUID:
        if isinstance(decision, Link):
            self._record(stored, _linked(subject, decision.person, decision.evidence), found)
            if decision.besides is not None:
                self._record(stored, _review(subject, decision.besides), found)
            return decision.person
        person = uuid5(subject, "person")
        self._record(stored, SubjectLinked(subject=subject, person=person, decided_by=FIRST_RULE, reason=FIRST), found)
        if isinstance(decision, Review):
            self._record(stored, _review(subject, decision), found)
        return person

    def _again(self, stored: StoredEvent, subject: UUID, person: UUID, decision: object, found: Identified) -> UUID:
        """A later statement may link a person of one record to another person; anything more is for a review."""
        if isinstance(decision, Link) and decision.person != person:
            if self._index.subjects(person) == [subject]:
                self._record(stored, _linked(subject, decision.person, decision.evidence), found)
                return decision.person
            several = Review((RuleCode.SEVERAL_PERSONS,), (decision.person,), (decision.evidence,))
            self._record(stored, _review(subject, several), found)
        review = decision.besides if isinstance(decision, Link) else decision
        if isinstance(review, Review) and set(review.persons) != {person}:
            self._record(stored, _review(subject, review), found)
        return person

    def _record(self, cause: StoredEvent, fact: IdentityEvent, found: Identified) -> None:
        if isinstance(fact, IdentityReviewRaised) and is_raised(self._log, fact.review):
            return
        digest = hashlib.sha256(canonical(fact.model_dump(mode="json"))).hexdigest()
        try:
            self._log.append([identity_draft(uuid5(cause.id, digest), fact)], at=self._clock.now())
        except ConflictError:
            return
        found.count(fact)

    def profile(self, subject: UUID, *, upto: int | None = None) -> Profile | None:
        """Return who a subject is by all its statements, or None where nothing can be read of it any more."""
        events = [each for each in self._log.read([f"subject:{subject}"], upto=upto) if CHILD_PART in each.parts]
        return profile_of_events(subject, events)

    def _candidates(self, subject: UUID, keys: Sequence[tuple[str, str]]) -> tuple[list[Candidate], list[LinkFact]]:
        hits: Counter[UUID] = Counter()
        for subjects in self._blind.find_any(list(keys)).values():
            hits.update(subjects)
        hits.pop(subject, None)
        likeliest = [each for each, _ in sorted(hits.items(), key=lambda hit: (-hit[1], str(hit[0])))][
            :_MOST_CANDIDATES
        ]
        indexed = self._index.get(likeliest)
        candidates = []
        for each in likeliest:
            if each in indexed and (profile := self.profile(each)) is not None:
                candidates.append(Candidate(profile, indexed[each].person))
        persons = {candidate.person for candidate in candidates}
        head = self._log.head()
        facts = [fact for person in sorted(persons) for fact in read_person(self._log, person, upto=head).facts]
        return candidates, list({fact.position: fact for fact in facts}.values())


def _person(indexed: Mapping[UUID, IndexedSubject], subject: UUID) -> UUID | None:
    known = indexed.get(subject)
    return None if known is None else known.person


def profile_of_events(subject: UUID, events: Iterable[StoredEvent]) -> Profile | None:
    """Return who a subject is by its events, or None where all of them were erased."""
    sources = [source_event(each) for each in events]
    readable = [source for source in sources if source.sections is not None]
    if not readable:
        return None
    last = readable[-1]
    reference = (last.sections or {})["subject"]["reference"]
    return profile_from(last.agency, reference, subject, [Statement(each.event, each.sections) for each in sources])


def _subject(stored: StoredEvent) -> UUID | None:
    if CHILD_PART not in stored.parts:
        return None
    return next(UUID(tag[8:]) for tag in stored.tags if tag.startswith("subject:"))


def _seen(stored: StoredEvent, key: bytes) -> bytes:
    """Return a keyed digest of what an event states of its subject, so that it cannot be guessed after erasure."""
    sections = stored.parts[CHILD_PART] or {}
    origin = sections["origin"]
    changes = origin.get("corrects") or origin.get("retracts")
    stated = [
        sections.get("subject"),
        sections.get("location"),
        sections.get("sharing", {}).get("sensitivity"),
        changes,
    ]
    return hmac.digest(key, canonical(stated), "sha256")


def _linked(subject: UUID, person: UUID, evidence: Evidence) -> SubjectLinked:
    return SubjectLinked(
        subject=subject,
        person=person,
        decided_by=f"rule:{evidence.rule.value}",
        evidence=LinkEvidence.model_validate(evidence.as_json(), strict=False),
        reason=REASONS[evidence.rule],
    )


def _review(subject: UUID, review: Review) -> IdentityReviewRaised:
    body = f"{subject} {[reason.value for reason in review.reasons]} {[str(person) for person in review.persons]}"
    return IdentityReviewRaised(
        review=uuid5(subject, body),
        subject=subject,
        persons=list(review.persons),
        reasons=[reason.value for reason in review.reasons],
        decided_by=f"rule:{review.reasons[0].value}",
        evidence=[LinkEvidence.model_validate(each.as_json(), strict=False) for each in review.evidence],
        reason=REASONS[review.reasons[0]],
    )
