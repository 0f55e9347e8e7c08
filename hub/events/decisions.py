"""The record that every answer leaves, the empty and the refused ones too.

It has three parts: `shown` is what the viewer saw, `audit` what was decided on each item, so that proving the one does
not open the other; `basis` what it rests on of the person, under a key that goes with the person. What was asked stands
in sections of its own: what was typed in `basis`, the rest in `audit`. `question` and `claims` are what was asked in
full, so that it can be asked again; `candidates` the records, each with its person, that the search index gave: it is
no function of the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from pydantic import Field

from hub.contract.primitives import Moment, Prose, Strict, Word

DISCLOSED: Final = "relay"
TAKEN_BACK: Final = "relay-notice"
NEVER_SENT: Final = "relay-not-sent"
NO_AGENCY: Final = "none"


@dataclass(slots=True)
class ShownItem:
    """One item as the viewer saw it: its id for that viewer, its verdict and the hash of its content.

    Changed by nobody once made; neither a model nor frozen, because an answer makes hundreds.
    """

    id: str
    verdict: str
    hash: str


@dataclass(slots=True)
class DecidedAlike:
    """What was decided on some events, the denied ones too: all on whom the same was decided stand together."""

    verdict: str
    facets: list[str]
    rules: list[str]
    events: list[UUID]
    obligations: list[str] | None = None


@dataclass(slots=True)
class Ground:
    """What was put before the policy of the events of one outcome: what they are, what their threads say now.

    `answer` is what came of a review of them. Facts stand as the policy's own records of them, without what is usual.
    """

    facts: dict[str, Any]
    now: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class LinkState:
    """Which agencies' records were taken for one person's, as of the moment asked about and as of the decision."""

    person: UUID
    then: list[UUID]
    now: list[UUID]


@dataclass(slots=True)
class CheckpointSeen:
    """The log's latest checkpoint when an answer was decided."""

    size: int
    root: str


@dataclass(slots=True)
class RuleSixPart:
    """One word of golden rule 6 on a decision: stated or computed, whether it holds, and the reason."""

    how: str
    holds: bool
    reason: str


class DecidedItem(NamedTuple):
    """What was decided on one event."""

    event: UUID
    verdict: str
    facets: list[str]
    rules: list[str]
    obligations: list[str] | None = None


class DisclosureDecided(Strict):
    """An answer was decided: for whom, to what purpose, on which knowledge, under which policy, with what outcome.

    `grounds` has one for each outcome, in order; None stands for what software before it did not record.
    """

    id: UUID
    at: Moment
    kind: Word
    viewer: Word
    agency: Word
    operator: Word
    purpose: Word
    reason: Prose
    person: UUID | None
    as_of: int
    decided_at: int
    policy_version: Word
    request: dict[str, Any]
    question: dict[str, Any] = {}
    claims: dict[str, Any] = {}
    candidates: dict[UUID, UUID] = {}
    software: Word = "not recorded"
    refusal: Word | None = None
    answer_hash: Word
    shown: list[ShownItem]
    outcomes: list[DecidedAlike]
    rule_six: dict[str, RuleSixPart] = {}
    law_on: date | None = None
    previous: UUID | None = None
    checkpoint: CheckpointSeen | None = None
    grounds: list[Ground] | None = None
    links: list[LinkState] | None = None
    child_erased: bool = False

    @property
    def decided(self) -> list[DecidedItem]:
        """Return what was decided on each event."""
        return [item_of(alike, event) for alike in self.outcomes for event in alike.events]

    @property
    def has_grounds(self) -> bool:
        """Say whether it holds what its verdicts rest on: earlier software recorded none, an erased one lost it."""
        return self.grounds is not None and len(self.grounds) == len(self.outcomes)

    @property
    def grounds_by_event(self) -> dict[UUID, Ground]:
        """Return what was put before the policy of each event, nothing where that is not held."""
        grounds = (self.grounds or []) if self.has_grounds else []
        paired = zip(self.outcomes, grounds, strict=False)
        return {event: ground for alike, ground in paired for event in alike.events}

    @property
    def names_person(self) -> bool:
        """Say whether the viewer knows the person's id: by having asked for it, or by having been shown it."""
        return self.kind == "chronology" or bool(self.shown)

    @property
    def person_told(self) -> UUID | None:
        """Return the person whom the viewer knows to be meant: of several that a search met, the only one shown."""
        if self.kind == "find":
            return UUID(self.shown[0].id) if len(self.shown) == 1 else None
        return self.person if self.names_person else None

    @property
    def told_of(self) -> bool:
        """Say whether whoever is no auditor learns of this record: not where the relay denied what nobody asked for."""
        return self.kind != DISCLOSED or bool(self.shown)

    @property
    def is_relays(self) -> bool:
        """Say whether the relay made it, whom nobody asked."""
        return self.kind in {DISCLOSED, TAKEN_BACK, NEVER_SENT}

    @property
    def is_emergency(self) -> bool:
        """Say whether it was asked for in an emergency."""
        return self.purpose == "emergency" or bool(self.claims.get("emergency"))

    @property
    def verdicts(self) -> dict[str, int]:
        """Count what was decided on by verdict."""
        return _counted(self.decided)

    @property
    def shown_verdicts(self) -> dict[str, int]:
        """Count what was shown by verdict."""
        return _counted(self.shown)


def item_of(alike: DecidedAlike, event: UUID) -> DecidedItem:
    """Return what was decided on one of some events."""
    return DecidedItem(event, alike.verdict, alike.facets, alike.rules, alike.obligations)


class DecisionsSampled(Strict):
    """Decisions were drawn by chance, so that an auditor sees the content that they were about."""

    decisions: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(min_length=1, max_length=1000)]
    drawn_from: int
    reason: Prose
    by: Word


def _counted(items: Sequence[ShownItem | DecidedItem]) -> dict[str, int]:
    return dict(sorted(Counter(item.verdict for item in items).items()))


CHILD_FIELDS: Final = frozenset({"grounds", "links", "candidates"})
# What somebody types who asks may name a child.
TYPED_FIELDS: Final = frozenset({"reason", "question", "request", "claims", "rule_six"})
ASKED_FIELDS = frozenset({"operator", "reason", "request", "question", "claims", "refusal", "software"})
SHOWN_FIELDS = frozenset(
    {
        "id",
        "at",
        "kind",
        "viewer",
        "agency",
        "purpose",
        "person",
        "as_of",
        "decided_at",
        "policy_version",
        "answer_hash",
        "shown",
    }
)
