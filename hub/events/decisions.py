"""The record that every answer leaves, the empty and the refused ones too.

It has two parts: `shown` is what the viewer saw, `audit` what was asked and, in a section of its own, what was decided
on each item, so that proving the one does not open the other. `question` and `claims` are what was asked in full, so
that it can be asked again; `candidates` the records, each with its person, that the search index gave: it is no
function of the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import Field

from hub.contract.primitives import Moment, Prose, Strict, Word


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


class DisclosureDecided(Strict):
    """An answer was decided: for whom, to what purpose, on which knowledge, under which policy, with what outcome."""

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

    @property
    def decided(self) -> list[DecidedItem]:
        """Return what was decided on each event."""
        return [
            DecidedItem(event, alike.verdict, alike.facets, alike.rules)
            for alike in self.outcomes
            for event in alike.events
        ]

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
        return self.kind != "relay" or bool(self.shown)

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


class DecisionsSampled(Strict):
    """Decisions were drawn by chance, so that an auditor sees the content that they were about."""

    decisions: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(min_length=1, max_length=1000)]
    drawn_from: int
    reason: Prose
    by: Word


def _counted(items: Sequence[ShownItem | DecidedItem]) -> dict[str, int]:
    return dict(sorted(Counter(item.verdict for item in items).items()))


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
