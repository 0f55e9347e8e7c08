"""The MASH's own work: asking agencies, their answers, the threshold decision, feedback to the referrer."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.contract.details.marks import FreeText
from hub.contract.primitives import Agency, Day, Line, Moment, Strict


class InformationRequest(Strict):
    """An agency is asked what it holds: a lateral check, or a statutory request (Children Act 2004 section 16H)."""

    type: Literal["information-request"] = "information-request"
    asked: Agency | None = None
    function: Annotated[Line | None, FreeText] = None
    necessity: Annotated[Line | None, FreeText] = None
    proportionality: Annotated[Line | None, FreeText] = None
    due_at: Moment | None = None


class Answer(StrEnum):
    """Silence is not among these: it is the absence of a response."""

    HELD = "held"
    NOTHING_HELD = "nothing-held"
    TEMPORARY_ERROR = "temporary-error"
    REFUSED = "refused"


class InformationResponse(Strict):
    """An agency's answer to an information request."""

    type: Literal["information-response"] = "information-response"
    request: UUID | None = None
    answer: Answer
    reason: Annotated[Line | None, FreeText] = None


class Rating(StrEnum):
    """RAG, with blue where an area uses it."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"


class Threshold(StrEnum):
    """What the MASH decided (SSD and Working Together outcomes)."""

    NO_FURTHER_ACTION = "no-further-action"
    ADVICE = "advice"
    EARLY_HELP = "early-help"
    SECTION_17 = "section-17-assessment"
    STRATEGY_DISCUSSION = "strategy-discussion"
    IMMEDIATE_PROTECTION = "immediate-protection"


class ThresholdDecision(Strict):
    """The manager's decision, within 1 working day (Working Together)."""

    type: Literal["threshold-decision"] = "threshold-decision"
    outcome: Threshold
    rating: Rating | None = None
    evidence: Annotated[list[UUID], Field(max_length=200)] = []
    urgent: bool = False


class OutcomeFeedback(Strict):
    """The referrer was told the outcome."""

    type: Literal["outcome-feedback"] = "outcome-feedback"
    told_on: Day | None = None
    outcome: Threshold | None = None
