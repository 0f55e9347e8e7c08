"""The kinds of task that an answer may call for, and the words in which its reader is told the purpose. Tables only."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.model import Purpose


class TaskKind(StrEnum):
    """What is asked of the reader of a task."""

    RELEASE = "release"
    SECOND_LOOK = "second-look"
    GUARDIAN = "guardian"
    OWNER = "owner"
    AGAIN = "review-again"
    DEPUTY = "deputy"
    UNKNOWN_WORD = "unknown-word"
    ASKED = "asked"


class Outcome(StrEnum):
    """How a task can be answered."""

    RELEASED = "released"
    REFUSED = "refused"
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class KindOfTask:
    """What a kind of task says to its reader, how it can be answered, and whether the reader learns who asked.

    `per_viewer` where what one person did is looked at, so that another person's doing it too is another task.
    """

    sentence: str
    outcomes: tuple[Outcome, ...]
    tells_who: bool
    per_viewer: bool


_SEEN = (Outcome.SEEN,)
KINDS: Final[Mapping[TaskKind, KindOfTask]] = {
    TaskKind.RELEASE: KindOfTask(
        "May these facets be shown, for this class of purpose?", (Outcome.RELEASED, Outcome.REFUSED), False, False
    ),
    TaskKind.SECOND_LOOK: KindOfTask(
        "This was shown at once, in an emergency: was that justified?",
        (Outcome.JUSTIFIED, Outcome.NOT_JUSTIFIED), True, True,
    ),
    TaskKind.GUARDIAN: KindOfTask("This was shown at once, in an emergency; you are told of it.", _SEEN, True, True),
    TaskKind.OWNER: KindOfTask(
        "A question met this. Nothing was shown, and whoever asked was told nothing.", _SEEN, False, False
    ),
    TaskKind.AGAIN: KindOfTask(
        "You recorded that sharing this is more detrimental to the child than not: look at it again.",
        _SEEN, False, False,
    ),
    TaskKind.DEPUTY: KindOfTask(
        "This is for your agency, and is yours to act on: read this child's chronology for this purpose.",
        _SEEN, False, False,
    ),
    TaskKind.UNKNOWN_WORD: KindOfTask(
        "A word that the hub does not know was met, and nothing was shown.", _SEEN, True, False
    ),
    TaskKind.ASKED: KindOfTask(
        "Somebody asks you to share more of this record, or to look at it again: be in touch with them.",
        _SEEN, True, True,
    ),
}  # fmt: skip

_CLASSES: Final = {
    "emergency": (Purpose.EMERGENCY,),
    "significant harm": (Purpose.S47, Purpose.STRATEGY_DISCUSSION),
    "screening": (Purpose.MASH_SCREENING, Purpose.LATERAL_CHECK),
    "help and safety of a child": (
        Purpose.S17, Purpose.EARLY_HELP, Purpose.SAFETY_PLAN, Purpose.LOOKED_AFTER, Purpose.ENCOMPASS_NOTIFICATION,
        Purpose.FEEDBACK, Purpose.OWN_SERVICE,
    ),
    "a worker with children": (Purpose.LADO,),
    "review after a death or serious harm": (Purpose.CHILD_DEATH_REVIEW, Purpose.PRACTICE_REVIEW),
    "a request that law or a person makes": (Purpose.STATUTORY_REQUEST, Purpose.SUBJECT_ACCESS, Purpose.COURT),
    "oversight": (Purpose.MULTI_AGENCY_AUDIT, Purpose.INSPECTION, Purpose.AUDIT, Purpose.PERFORMANCE),
    "not known": (Purpose.UNKNOWN,),
}  # fmt: skip
PURPOSE_CLASSES: Final[Mapping[Purpose, str]] = {
    purpose: told for told, purposes in _CLASSES.items() for purpose in purposes
}
