"""What people record on a child beside agencies' records, because it bears on who may see them. Pure data.

Each is recorded by somebody in a role that may, with a reason, and stands until it is ended or its last day has passed;
ending one is a fact of its own. What hides is bound to records (subjects), so that it follows them to whomever they are
linked; what opens is bound to the person too, and never follows a record that was parted from them.
"""

from enum import StrEnum
from typing import Annotated, get_args
from uuid import UUID

from pydantic import Field

from hub.contract.primitives import Agency, Day, Line, Strict, Word

Id = Annotated[UUID, Field(strict=False)]
Ids = Annotated[list[Id], Field(max_length=10_000)]


class _Recorded(Strict):
    """What all circumstances have in common: the person asked about, that person's records then, why and by whom."""

    person: Id | None
    records: Ids
    reason: Line
    by: Word
    until: Day | None = None


class ReasonableCauseRecorded(_Recorded):
    """There is reasonable cause to suspect significant harm (Children Act 1989 s47(1)(b))."""


class StrategyDiscussionCalled(_Recorded):
    """These users take part in the strategy discussion about the child."""

    members: Annotated[list[Word], Field(min_length=1, max_length=100)]


class CallerRungBack(_Recorded):
    """A user of another area was rung back at a number that was known to be their authority's, from where it says."""

    user: Word
    number_from: Line


class ConflictRecorded(_Recorded):
    """A user is related to somebody in the child's records; `household` are the records of those who live with them."""

    user: Word
    household: Ids


class HiddenIdentity(StrEnum):
    """What a record would betray."""

    PROTECTED = "identity"
    BIRTH = "adoption"


class RecordsHidden(_Recorded):
    """Some records are the protected or birth identity of a person; `beside` are the person's other records then."""

    identity: HiddenIdentity
    beside: Ids


class HolderAnswer(StrEnum):
    """What a holder considers of one record under s16LA: only the first opens it, and the last shuts it."""

    RELEVANT_AND_HELPS = "relevant-and-helps"
    NOT_RELEVANT = "not-relevant"
    DOES_NOT_HELP = "does-not-help"
    MORE_DETRIMENTAL = "more-detrimental"


class SharingDetermined(_Recorded):
    """The holder answered under Children Act 2004 s16LA on one of its records, named by its first event.

    With a `recipient` it speaks of that agency's functions alone; `review_on` is when it is looked at again.
    """

    event: Id
    answer: HolderAnswer
    recipient: Agency | None = None
    review_on: Day | None = None


class Mark(StrEnum):
    """What a person says of a record that its agency does not."""

    FABRICATED_ILLNESS = "fabricated-illness"
    OTHER_HOUSEHOLD = "other-household"


class RecordMarked(_Recorded):
    """A record, named by its first event, is about this."""

    event: Id
    mark: Mark


class CircumstanceEnded(Strict):
    """A circumstance no longer stands."""

    ends: Id
    reason: Line
    by: Word


Circumstance = (
    ReasonableCauseRecorded
    | StrategyDiscussionCalled
    | CallerRungBack
    | ConflictRecorded
    | RecordsHidden
    | SharingDetermined
    | RecordMarked
)
CIRCUMSTANCES: dict[str, type[Circumstance]] = {model.__name__: model for model in get_args(Circumstance)}
