"""What whoever is shown an item must do or leave undone, as closed words, each with its sentence; and who may review.

An obligation travels with the item; a word that a rule invents is refused when the policy is loaded.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from policies.model.vocabulary import Role


class Obligation(StrEnum):
    """What comes with an item."""

    USE_FOR_THIS_PURPOSE = "use-only-for-this-purpose"
    DO_NOT_TELL_THE_FAMILY = "do-not-tell-the-family"
    DO_NOT_APPROACH_PARENTS = "do-not-approach-parents"
    DO_NOT_NAME_THE_VICTIM = "do-not-name-the-victim"
    SAY_DOUBTFUL = "say-suspected-false-or-unreliable"
    USE_SAFE_CONTACT = "use-safe-contact"
    RECORD_WHY_NO_CONSENT = "record-why-no-consent"
    TELL_VIEWERS_MANAGER = "tell-viewers-manager"
    REVIEW_IN_24_HOURS = "second-person-reviews-in-24-hours"
    TELL_OWNER_SILENTLY = "tell-owner-silently"
    REVIEW_AGAIN_ON_A_DATE = "review-again-on-a-date"
    TELL_DEPUTY_SILENTLY = "tell-deputy-silently"


OBLIGATION_SENTENCES: Final[Mapping[Obligation, str]] = {
    Obligation.USE_FOR_THIS_PURPOSE: "Use it for this purpose only; for another, ask again.",
    Obligation.DO_NOT_TELL_THE_FAMILY: "Do not tell the family.",
    Obligation.DO_NOT_APPROACH_PARENTS: "Do not approach the parents about it.",
    Obligation.DO_NOT_NAME_THE_VICTIM: "Do not name the child who was harmed.",
    Obligation.SAY_DOUBTFUL: "Pass it on only as suspected false or unreliable, never as fact.",
    Obligation.USE_SAFE_CONTACT: "Make contact only as the agency that holds the address says is safe.",
    Obligation.RECORD_WHY_NO_CONSENT: "Record why you go ahead without consent.",
    Obligation.TELL_VIEWERS_MANAGER: "The viewer's manager is told that their training has lapsed.",
    Obligation.REVIEW_IN_24_HOURS: "A second person of another agency reviews this within 24 hours, on any day.",
    Obligation.TELL_OWNER_SILENTLY: "The information owner is told, and the viewer is not.",
    Obligation.REVIEW_AGAIN_ON_A_DATE: "The decision not to share is reviewed again on a date.",
    Obligation.TELL_DEPUTY_SILENTLY: "The deputy of the viewer is told, and the viewer is not.",
}

SECOND_PERSON: Final = "second-person"
REVIEWERS: Final = frozenset({SECOND_PERSON, *(role.value for role in Role if role is not Role.UNKNOWN)})
TOGETHER: Final = "+"


def are_reviewers(word: str) -> bool:
    """Say whether a word names who decides: a role, or several that decide together, as in `this-role+that-role`."""
    roles = word.split(TOGETHER)
    return REVIEWERS.issuperset(roles) and roles == sorted(set(roles))
