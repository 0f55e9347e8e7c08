"""Find the records that may be a child's, and of which nobody has decided yet whether they are. Decides nothing.

Of two children whom an identity review compares, each may be met in the other's chronology; only what the viewer sees
of the record that was compared lets them be told of the other. They are not the child's: no agency is involved by them,
and no consent, death or place that they tell of counts for the child.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from hub.application.circumstances import BEARING, CIRCUMSTANCE_PART, Asking, Bearing, bearing_on
from hub.application.consents import consents_in
from hub.application.facts import Described, described_item, described_now, shields_of
from hub.application.links import identity_event, open_reviews
from hub.application.review_log import REVIEW_PART
from hub.application.sources import source_event
from hub.chronology.build import chronology
from hub.chronology.items import Item, Status
from hub.events.concern import CHILD_PART
from hub.events.identity import IdentityReviewRaised
from hub.store.log import LogReader
from hub.store.mapper import StoredEvent
from policies.model import Linkage

_STANDING = frozenset({Status.CURRENT, Status.CORRECTED})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A record that may be a child's; `beside` are the records of the child with which it was compared."""

    record: UUID
    beside: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """One such record as it is put before the policy, with what was answered about it."""

    items: list[Item]
    records: list[Described]
    bearing: Bearing
    reviews: list[StoredEvent]


def doubts_of(log: LogReader, linked: Collection[UUID], identity: Sequence[StoredEvent], *, upto: int) -> list[Doubt]:
    """Return what is in doubt of a person's records; `identity` are all identity events that name them or these."""
    raised = [event for stored in identity if isinstance(event := identity_event(stored), IdentityReviewRaised)]
    if not raised:
        return []
    elsewhere = sorted({f"link:{review.subject}" for review in raised if review.subject not in linked})
    known = {stored.position: stored for stored in (*identity, *(log.read(elsewhere, upto=upto) if elsewhere else ()))}
    found: dict[UUID, set[UUID]] = {}
    for review in open_reviews(known[position] for position in sorted(known)):
        for record, compared in _compared(review):
            if record not in linked and not compared.isdisjoint(linked):
                found.setdefault(record, set()).update(compared & set(linked))
    return [Doubt(record, frozenset(beside)) for record, beside in sorted(found.items())]


def doubtful(log: LogReader, doubt: Doubt, asking: Asking, asked: Bearing, *, as_of: int, now: int) -> Doubtful:
    """Return one record in doubt as known at `as_of`, under the permissions of `now`.

    `asked` is what bears on the question: only what hides the record is added to it.
    """
    record = doubt.record
    tags = [f"subject:{record}", f"{BEARING}{record}", asking.conflict_tag]
    events = log.read(tags, upto=now)
    own = [stored for stored in events if CHILD_PART in stored.parts]
    sources = [source_event(stored) for stored in own]
    types = {stored.id: stored.type for stored in own}
    today = chronology(sources, as_of=now)
    items = [item for item in chronology(sources, as_of=as_of) if item.status in _STANDING]
    uncertain = {event: _uncertain(each) for event, each in described_now(today, types).items()}
    records = [_uncertain(each) for item in items for each in described_item(item, uncertain, types)]
    beside = [stored for stored in events if CIRCUMSTANCE_PART in stored.parts]
    hiding = bearing_on(record, {record}, beside, own, asking, shields_of(sources))
    opening = {name: getattr(asked, name) for name in ("reasonable_cause", "strategy_member", "called_back")}
    bearing = replace(hiding, **opening, consents=consents_in(today))
    return Doubtful(items, records, bearing, [stored for stored in events if REVIEW_PART in stored.parts])


def _compared(review: IdentityReviewRaised) -> Iterable[tuple[UUID, set[UUID]]]:
    """Yield each record of a review with those with which it was compared."""
    against = {evidence.against for evidence in review.evidence}
    yield review.subject, against
    for record in against:
        yield record, {review.subject}


def _uncertain(record: Described) -> Described:
    return record._replace(linkage=Linkage.UNDER_REVIEW)
