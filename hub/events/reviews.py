"""What becomes of an item that waits for a person: somebody is asked, answers, or lets the time run out. Facts only.

A task never holds a name, a reference or what anybody wrote about a child: ids, facets and closed words alone. Who
asked stands in it for those who may know; the reason that they gave stands in the decision and nowhere else.
"""

from datetime import time
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, model_validator

from hub.contract.primitives import Day, Line, Moment, Prose, Strict, Word


class Span(Strict):
    """A length of time, in hours by the clock, in hours or in days on which people work."""

    amount: Annotated[int, Field(ge=1, le=1_000)]
    unit: Literal["hours", "working-hours", "working-days"]


class OfficeHours(Strict):
    """When the partnership's offices are open on a working day, by the clock of England."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("offices close after they open")
        return self


class ReviewRoute(Strict):
    """Who answers where a rule names a role: those who hold it, their deputy, and whoever is there out of hours."""

    role: Word
    held_by: Annotated[list[Word], Field(max_length=20)] = []
    deputy: Word
    out_of_hours: Word

    @property
    def holders(self) -> frozenset[str]:
        """The roles of whoever answers in the first place."""
        return frozenset(self.held_by or (self.role,))


class ReviewArrangement(Strict):
    """How soon a review is answered and by whom: the partnership's own times beside the one that the law sets.

    `clocks` are local, by how urgent the matter is; what has none is due when the `ceiling` is.
    """

    authority: Line
    ceiling: Span
    ceiling_authority: Line
    clocks: dict[Literal["red", "amber", "green", "blue", "not-rated"], Span] = {}
    office_hours: OfficeHours | None = None
    routes: Annotated[list[ReviewRoute], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        units = {self.ceiling.unit, *(span.unit for span in self.clocks.values())}
        if "working-hours" in units and self.office_hours is None:
            raise ValueError("a clock in working hours needs office hours")
        roles = [route.role for route in self.routes]
        if len(roles) != len(set(roles)):
            raise ValueError("two routes are for the same role")
        return self


class AskedItem(Strict):
    """One item of a task, and the facets that wait."""

    event: UUID
    facets: list[Word]


class ReviewRequested(Strict):
    """Somebody is asked to decide, or told: `by` are the roles of which one does, or all that a plus sign joins.

    `owner` is the agency whose records they are, where it is that agency's to answer; `viewer` and `agency` are those
    of whoever asked. Several items that one question met are one task.
    """

    task: UUID
    kind: Word
    by: list[Word]
    owner: Word | None
    person: UUID | None
    purpose_class: Word
    risk: Word
    items: list[AskedItem]
    decision: UUID
    viewer: Word
    agency: Word
    at: Moment
    due: Moment
    ceiling: Moment


class ReviewAnswered(Strict):
    """A person answered, for some items of a task, in one of the roles that were asked."""

    task: UUID
    answer: Word
    events: list[UUID]
    facets: list[Word] = []
    until: Day | None = None
    reason: Prose
    role: Word
    by: Word
    at: Moment


class ReviewEscalated(Strict):
    """Nobody had answered when the time was up: from now on `to` is asked too. The task stays as open as it was."""

    task: UUID
    step: Annotated[int, Field(ge=1, le=2)]
    to: Line
    at: Moment


ReviewEvent = ReviewRequested | ReviewAnswered | ReviewEscalated
REVIEW_EVENTS: dict[str, type[ReviewEvent]] = {model.__name__: model for model in get_args(ReviewEvent)}
