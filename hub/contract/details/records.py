"""Events about records themselves: who somebody is, relationships, consent, voice, corrections, retractions."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from hub.contract.details.marks import FreeText
from hub.contract.primitives import Line, Strict, Word


class PersonDetails(Strict):
    """The agency states anew who the subject is."""

    type: Literal["person-details"] = "person-details"
    source_version: Word | None = None


class Relationship(Strict):
    """The subject is related to the first other person of the event (HL7 role code there)."""

    type: Literal["relationship"] = "relationship"
    lives_with: bool | None = None
    parental_responsibility: bool | None = None


class Consent(Strict):
    """The consent facts of the subject changed; the event's `sharing.consent` says how."""

    type: Literal["consent"] = "consent"
    competent: bool | None = None


class Ask(StrEnum):
    """The nine things that children ask of those who work with them."""

    VIGILANCE = "vigilance"
    UNDERSTANDING = "understanding-and-action"
    STABILITY = "stability"
    RESPECT = "respect"
    INFORMATION = "information-and-engagement"
    EXPLANATION = "explanation"
    SUPPORT = "support"
    ADVOCACY = "advocacy"
    PROTECTION = "protection"


class Voice(Strict):
    """What the child said or showed; the words are in the event's `voice`."""

    type: Literal["voice"] = "voice"
    asks: Annotated[list[Ask], Field(max_length=9)] = []
    seen_alone: bool | None = None


class Correction(Strict):
    """What was wrong in the event that `corrects` names, where the whole event is not stated again."""

    type: Literal["correction"] = "correction"
    field: Word | None = None
    reason: Annotated[Line, FreeText]


class Retraction(Strict):
    """The event that `retracts` names should not have been sent."""

    type: Literal["retraction"] = "retraction"
    reason: Annotated[Line, FreeText]
