"""Identity as facts: which subject is which person, who or what rule decided so, and on what evidence.

Nothing here is ever undone in place: unlinking is a fact of its own, and merging two persons is their links moved.
Evidence names fields and rules, never the values that were compared.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.contract.primitives import Line, Strict, Word

Id = Annotated[UUID, Field(strict=False)]
Percent = Annotated[int, Field(ge=0, le=100)]
DecidedBy = Annotated[Word, Field(pattern=r"^(rule:[a-z0-9-]+|[^:\s]+)$")]


class LinkEvidence(Strict):
    """How two subjects compare, field by field, and under which rule; `against` was already linked to `person`."""

    rule: Word
    percent: Percent
    subject: Id
    against: Id
    person: Id
    fields: dict[Word, Word]


class SubjectLinked(Strict):
    """A subject was found to be a person; `decided_by` is `rule:<code>` or a user's id."""

    subject: Id
    person: Id
    decided_by: DecidedBy
    evidence: LinkEvidence | None = None
    reason: Line


class SubjectUnlinked(Strict):
    """A subject was found not to be a person to whom it had been linked."""

    subject: Id
    person: Id
    decided_by: DecidedBy
    evidence: LinkEvidence | None = None
    reason: Line


class LinkForbidden(Strict):
    """Two subjects, two persons, or a subject and a person must never be linked: twins, an adoption."""

    one: Id
    other: Id
    decided_by: DecidedBy
    evidence: LinkEvidence | None = None
    reason: Line


class IdentityReviewRaised(Strict):
    """The rules left a subject to a person: it may be one of these persons, for these reasons."""

    review: Id
    subject: Id
    persons: Annotated[list[Id], Field(min_length=1, max_length=100)]
    reasons: Annotated[list[Word], Field(min_length=1, max_length=30)]
    decided_by: DecidedBy
    evidence: Annotated[list[LinkEvidence], Field(max_length=200)] = []
    reason: Line

    @property
    def subjects(self) -> list[UUID]:
        """Return the subjects whose records are compared: the one to be placed, and each that it was held against."""
        return [self.subject, *(evidence.against for evidence in self.evidence)]


class IdentityReviewResolved(Strict):
    """Somebody decided a review; the links that follow are facts of their own."""

    review: Id
    subject: Id
    outcome: Literal["linked", "kept-apart", "forbidden"]
    person: Id | None = None
    decided_by: DecidedBy
    evidence: LinkEvidence | None = None
    reason: Line


IdentityEvent = SubjectLinked | SubjectUnlinked | LinkForbidden | IdentityReviewRaised | IdentityReviewResolved
EVENT_TYPES: dict[str, type[IdentityEvent]] = {
    model.__name__: model
    for model in (SubjectLinked, SubjectUnlinked, LinkForbidden, IdentityReviewRaised, IdentityReviewResolved)
}
