"""Read and write the facts about who is who. Link events carry `person:` and `link:` tags, never `subject:`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.application.circumstances import BEARING, CIRCUMSTANCE_PART
from hub.contract.canonical import canonical
from hub.events.identity import (
    EVENT_TYPES,
    IdentityEvent,
    IdentityReviewRaised,
    IdentityReviewResolved,
    LinkForbidden,
    SubjectLinked,
    SubjectUnlinked,
)
from hub.identity.links import LinkFact, LinkFactKind, persons_of
from hub.store.identity_index import IdentityIndex
from hub.store.log import EventLog, LogReader
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent

LINK_PART = "link"
REVIEW_TAG = "reviews"


@dataclass(frozen=True, slots=True)
class Known:
    """What the log holds on a person: the facts about their links, every other event of their subjects.

    And beside these, what people recorded that bears on them (`circumstances`).
    """

    facts: list[LinkFact]
    events: list[StoredEvent]
    identity: list[StoredEvent]
    beside: list[StoredEvent]


def read_person(log: LogReader, person: UUID, *, upto: int, also: Sequence[str] = ()) -> Known:
    """Return all link facts that name the person or any subject ever linked to them, and those subjects' events.

    `also` are tags of circumstances that may bear on them besides those recorded on them.
    """
    own = log.read([f"person:{person}", f"link:{person}", f"{BEARING}{person}", *also], upto=upto)
    facts = link_facts(own)
    subjects = sorted({fact.subject for fact in facts if fact.other == person and fact.kind is LinkFactKind.LINKED})
    if not subjects:
        return Known(facts, [], _identity(own), _beside(own))
    tags = [f"{kind}:{subject}" for subject in subjects for kind in ("subject", "link", "bearing")]
    rest = log.read(tags, upto=upto)
    events = [stored for stored in rest if LINK_PART not in stored.parts and CIRCUMSTANCE_PART not in stored.parts]
    in_order = _identity([*own, *rest])
    return Known(link_facts(in_order), events, in_order, _beside([*own, *rest]))


def _identity(stored: Sequence[StoredEvent]) -> list[StoredEvent]:
    return _once_in_order(each for each in stored if LINK_PART in each.parts)


def _beside(stored: Sequence[StoredEvent]) -> list[StoredEvent]:
    return _once_in_order(each for each in stored if CIRCUMSTANCE_PART in each.parts)


def _once_in_order(stored: Iterable[StoredEvent]) -> list[StoredEvent]:
    found = {each.position: each for each in stored}
    return [found[position] for position in sorted(found)]


def current_person(log: LogReader, person: UUID, *, upto: int) -> UUID:
    """Return who a person is now: the same, or the one to whom all records that were ever theirs have moved."""
    facts = read_person(log, person, upto=upto).facts
    once = {fact.subject for fact in facts if fact.other == person and fact.kind is LinkFactKind.LINKED}
    now = {other for subject, other in persons_of(facts).items() if subject in once}
    return now.pop() if len(now) == 1 else person


def identity_event(stored: StoredEvent) -> IdentityEvent | None:
    """Return the identity event of a row, or None where it is another event or was erased."""
    model = EVENT_TYPES.get(stored.type)
    part = stored.parts.get(LINK_PART)
    return model.model_validate(part["fact"], strict=False) if model is not None and part is not None else None


def persons_in_log(log: LogReader, subjects: Iterable[UUID], *, upto: int | None = None) -> dict[UUID, UUID]:
    """Return the person to whom each subject is linked by the log, or was; those never linked are left out."""
    wanted = set(subjects)
    stored = log.read([f"link:{subject}" for subject in sorted(wanted)], upto=upto) if wanted else []
    return {subject: person for subject, person in persons_of(link_facts(stored)).items() if subject in wanted}


def take_over(log: EventLog, index: IdentityIndex, subjects: Collection[UUID]) -> None:
    """Bring the index up to what the log says of some subjects' links; whoever calls holds the follower's turn."""
    indexed = index.get(subjects)
    for subject, person in persons_in_log(log, subjects).items():
        if subject not in indexed or indexed[subject].person != person:
            index.moved(subject, person)


def link_facts(stored: Iterable[StoredEvent]) -> list[LinkFact]:
    """Return the link facts among events, in log order."""
    return [fact for each in stored if (fact := _fact(each)) is not None]


def _fact(stored: StoredEvent) -> LinkFact | None:
    if LINK_PART not in stored.parts:
        return None
    part = stored.parts[LINK_PART]
    if part is None:
        return _erased_fact(stored)
    body = part["fact"]
    match stored.type:
        case "SubjectLinked" | "SubjectUnlinked":
            kind = LinkFactKind.LINKED if stored.type == "SubjectLinked" else LinkFactKind.UNLINKED
            percent = (body["evidence"] or {}).get("percent")
            return LinkFact(
                kind, UUID(body["subject"]), UUID(body["person"]), stored.position, body["decided_by"], percent
            )
        case "LinkForbidden":
            one, other = UUID(body["one"]), UUID(body["other"])
            return LinkFact(LinkFactKind.FORBIDDEN, one, other, stored.position, body["decided_by"])
    return None


def _erased_fact(stored: StoredEvent) -> LinkFact | None:
    """Return what the tags still say of an erased fact: without it, an erased record would vanish, not say so."""
    subjects = [UUID(tag[5:]) for tag in stored.tags if tag.startswith("link:")]
    persons = [UUID(tag[7:]) for tag in stored.tags if tag.startswith("person:")]
    match stored.type, subjects, persons:
        case "SubjectLinked", [subject], [person]:
            return LinkFact(LinkFactKind.LINKED, subject, person, stored.position)
        case "SubjectUnlinked", [subject], [person]:
            return LinkFact(LinkFactKind.UNLINKED, subject, person, stored.position)
        case "LinkForbidden", [one, other], []:
            return LinkFact(LinkFactKind.FORBIDDEN, one, other, stored.position)
    return None


def identity_draft(event_id: UUID, fact: IdentityEvent) -> DraftEvent:
    """Return the draft of an identity event, sealed under the key of the subject that it is about."""
    subject, tags = _where(fact)
    part = DraftPart(LINK_PART, subject, {"fact": canonical(fact.model_dump(mode="json"))})
    return DraftEvent(event_id, type(fact).__name__, tags, (part,))


def _where(fact: IdentityEvent) -> tuple[UUID, tuple[str, ...]]:
    """Return under whose key a fact is sealed, and its tags."""
    match fact:
        case SubjectLinked() | SubjectUnlinked():
            return fact.subject, _tags([fact.subject], [fact.person])
        case LinkForbidden():
            return fact.one, _tags([fact.one, fact.other], [])
        case IdentityReviewRaised():
            return fact.subject, (*_tags([fact.subject], fact.persons), f"review:{fact.review}", REVIEW_TAG)
        case IdentityReviewResolved():
            return fact.subject, (*_tags([fact.subject], []), f"review:{fact.review}", REVIEW_TAG)


def open_reviews(stored: Iterable[StoredEvent]) -> list[IdentityReviewRaised]:
    """Return the reviews among identity events that nobody has ever decided, in log order."""
    raised: dict[UUID, IdentityReviewRaised] = {}
    decided: set[UUID] = set()
    for each in stored:
        match identity_event(each):
            case IdentityReviewRaised() as review:
                raised.setdefault(review.review, review)
            case IdentityReviewResolved(review=review_id):
                decided.add(review_id)
    return [review for review in raised.values() if review.review not in decided]


def is_raised(log: EventLog, review: UUID) -> bool:
    """Say whether the log holds a review already, open or decided."""
    return bool(log.read([f"review:{review}"]))


def _tags(linked: Sequence[UUID], persons: Sequence[UUID]) -> tuple[str, ...]:
    return (*(f"link:{each}" for each in linked), *(f"person:{each}" for each in persons))
