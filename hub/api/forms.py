"""What may be sent to the API: every field is named, bounded and of one form, and an unknown field is refused."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from hub.application.asking import BASES, PURPOSES, RISKS, STATEMENTS, Asked
from hub.contract.primitives import AGENCY_ID_PATTERN
from hub.events.directory import PartnerKind

T = TypeVar("T")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _from_text(pattern: re.Pattern[str], read: Callable[[str], T]) -> BeforeValidator:
    """Read text of one form and nothing else: not numbers, nor what a generous reader would take for a date."""

    def checked(value: object) -> T:
        try:
            if isinstance(value, str) and value.isascii() and pattern.fullmatch(value):
                return read(value)
        except (ValueError, OverflowError):
            pass
        raise PydanticCustomError("form", "is not of the documented form")

    return BeforeValidator(checked)


Day = Annotated[
    date, _from_text(_DAY, date.fromisoformat), WithJsonSchema({"type": "string", "format": "date"})
]  # fmt: skip
Moment = Annotated[
    datetime,
    _from_text(_MOMENT, datetime.fromisoformat),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Id = Annotated[UUID, _from_text(_ID, UUID), WithJsonSchema({"type": "string", "format": "uuid"})]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Agency = Annotated[str, Field(pattern=AGENCY_ID_PATTERN, max_length=100)]
UserId = Annotated[str, Field(min_length=1, max_length=100)]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Record = Annotated[str, Field(min_length=3, max_length=300, examples=["police/P-1042"])]
Cursor = Annotated[str, Field(max_length=1000, pattern=r"^[A-Za-z0-9_-]+$")]
Limit = Annotated[int, Field(ge=1, le=200)]
Answer = dict[str, Any]


class Form(BaseModel):
    """The base of all forms."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Purge(Form):
    """A source's instruction to erase; its words are never erased, and name nobody."""

    references: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200, examples=["P-1042"])]],
        Field(min_length=1, max_length=1000),
    ]
    authority: Annotated[str, Field(min_length=1, max_length=300, examples=["UK GDPR article 17(1)(d)"])]
    reason: Annotated[str, Field(min_length=1, max_length=300, examples=["Deleted at its source"])]


class Question(Form):
    """Why something is asked: recorded with the answer."""

    purpose: Annotated[str, Field(max_length=100, description=f"One of {', '.join(PURPOSES)}.", examples=["s47"])]
    reason: Annotated[str, Field(min_length=1, max_length=2000, examples=["Strategy discussion on Monday"])]
    risk: Annotated[str, Field(max_length=50, description=f"One of {', '.join(RISKS)}.")] = "not-rated"
    bases: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(max_length=20, description=f"Lawful bases that are claimed, of {', '.join(BASES)}."),
    ] = []
    stated: Annotated[
        dict[str, Annotated[str, Field(max_length=2000)]],
        Field(max_length=20, description=f"What a basis needs to be stated: {', '.join(STATEMENTS)}."),
    ] = {}
    emergency: Annotated[bool, Field(description="Only shortly after signing in; a second person looks at it.")] = False

    def asked(self, user: str) -> Asked:
        """Return the question as it is put for the user who is signed in."""
        return Asked(
            user, user, self.purpose, self.reason,
            bases=tuple(self.bases), risk=self.risk, emergency=self.emergency, stated=self.stated,
        )  # fmt: skip


class Finding(Question):
    """Whom somebody looks for: an identifier, or a name and a date of birth."""

    identifier: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    family: Name | None = None
    given: Name | None = None
    born: Day | None = None


class AboutChild(Question):
    """A question about one child, by the person's id as a search gives it."""

    person: Id


class Chronology(AboutChild):
    """A chronology: as known at a moment, and of what happened within a period."""

    as_of: Moment | None = None
    start: Day | None = None
    end: Day | None = None


class Link(AboutChild):
    """A record that is this child's."""

    record: Record


class Unlink(Question):
    """A record that is not the child's to whom it is linked."""

    record: Record


class Forbid(Question):
    """Two records that must never be linked."""

    record: Record
    other: Record


class AskOwner(AboutChild):
    """A question to whoever holds a record, by the asker's id of the item; its reason is what they read."""

    item: Annotated[str, Field(max_length=64)]


class TaskAnswer(Form):
    """An answer to a task."""

    task: Id
    outcome: Annotated[str, Field(max_length=50, examples=["released"])]
    reason: Words
    facets: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20)] = []
    until: Day | None = None
    items: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1000)] = []


class Reason(Form):
    """Why an auditor looks."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, examples=["Quarterly audit of emergency access"])]


class OfPeriod(Reason):
    """From one moment to another, both included."""

    since: Moment | None = None
    until: Moment | None = None


class Reads(OfPeriod):
    """Which reads an auditor looks for, the newest first."""

    agency: Agency | None = None
    user: UserId | None = None
    rule: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    emergency: bool = False
    limit: Limit = 50
    cursor: Cursor | None = None


class WhoKnew(Reason):
    """Of which child an auditor asks who knew what, and when."""

    person: Id
    at: Moment | None = None


class Report(OfPeriod):
    """A report; for outside the hub, no number below 10 and the others rounded."""

    external: bool = False


class Judgement(Form):
    """What became of an alert of misuse."""

    alert: Id
    upheld: bool
    reason: Words


class Sample(Reason):
    """How many decisions are drawn by chance, of how many of the latest."""

    number: Annotated[int, Field(ge=1, le=1000)] = 5
    of: Annotated[int, Field(ge=1, le=1000)] = 1000


class Impact(OfPeriod):
    """What is tried on what was decided: a version, else that in force; one more rule in Cedar; another day's law."""

    version: Annotated[str, Field(min_length=4, max_length=64, pattern="^[0-9a-f]+$")] | None = None
    rule: Annotated[str, Field(max_length=20_000)] | None = None
    law_on: Day | None = None


class NewUser(Form):
    """A user of the directory."""

    id: UserId
    name: Name
    agency: Agency
    roles: Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=20)]
    trained_until: Day | None = None
    manager: UserId | None = None


class MovedUser(Form):
    """A user who has another agency or other roles from now on."""

    user: UserId
    agency: Agency
    roles: Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=20)]


class LeavingUser(Form):
    """A user who is let in no more."""

    user: UserId
    reason: Words


class NewAgency(Form):
    """An agency that keeps its own keys."""

    id: Agency
    name: Name
    kind: Annotated[str, Field(max_length=50, examples=[PartnerKind.HEALTH.value])]
    signing_key: Key
    opening_key: Key | None = None


class NewKey(Form):
    """The public half of an agency's new key."""

    agency: Agency
    public_key: Key


class RevokedKey(Form):
    """A signing key that verifies nothing any more."""

    agency: Agency
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{4,64}$")]
    reason: Words


class EndedAgreement(Form):
    """A standing agreement that ends at once."""

    agreement: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Words
