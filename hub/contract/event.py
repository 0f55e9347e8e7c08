"""One concern event as an agency publishes it: when, about whom, what, and how it may be shared.

Example: `ConcernEvent(occurred=..., subject=..., detail=SchoolSuspension(...))` is of type `school-suspension`.
"""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.contract.codes import AbuseCategory, Factor, PrimaryNeed
from hub.contract.details import Detail
from hub.contract.person import Address, OtherPerson, Subject
from hub.contract.primitives import Line, Occurred, Prose, Reference, Strict, Word, shared
from hub.contract.sharing import Sharing


class Category(Strict):
    """Why: primary need, categories of abuse, factors at assessment (CIN census code lists)."""

    need: PrimaryNeed | None = None
    abuse: Annotated[list[AbuseCategory], Field(max_length=5)] = []
    factors: Annotated[list[Factor], Field(max_length=46)] = []


class QualityFlag(Strict):
    """A fault in the agency's record that did not stop it: the rule's number or code, the field, what was written."""

    rule: Word
    field: Word
    written: Line | None = None


class ChildsVoice(Strict):
    """What the child said or showed, to whom, in whose presence."""

    words: Prose
    said_to: Word | None = None
    in_presence_of: Word | None = None


class Origin(Strict):
    """Where in the agency's own system the record stands."""

    system: Word | None = None
    record: Reference | None = None
    reported_by: Word | None = None


class ConcernEvent(Strict):
    """The data of one event."""

    occurred: Occurred
    subject: Subject
    others: Annotated[list[OtherPerson], Field(max_length=40)] = []
    category: Category = shared(Category())
    level: Annotated[int, Field(ge=1, le=4)] | None = None
    detail: Detail
    narrative: Prose | None = None
    voice: ChildsVoice | None = None
    locations: Annotated[list[Address], Field(max_length=20)] = []
    sharing: Sharing = shared(Sharing())
    origin: Origin = shared(Origin())
    quality: Annotated[list[QualityFlag], Field(max_length=100)] = []
    corrects: UUID | None = None
    retracts: UUID | None = None

    @model_validator(mode="after")
    def _names_what_it_changes(self) -> Self:
        if self.detail.type == "retraction" and self.retracts is None:
            raise ValueError("a retraction names the event that it retracts")
        if self.detail.type == "correction" and self.corrects is None:
            raise ValueError("a correction names the event that it corrects")
        if self.retracts is not None and self.detail.type != "retraction":
            raise ValueError("only a retraction retracts")
        return self

    @property
    def type(self) -> str:
        """Name the event's type."""
        return self.detail.type
