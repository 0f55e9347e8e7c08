"""Concerns that any agency may raise: safeguarding, exploitation, homelessness, fostering, restraint, staff."""

from typing import Annotated, Literal

from pydantic import Field

from hub.contract.codes import ExploitationRisk
from hub.contract.details.marks import FreeText, Place
from hub.contract.primitives import Line, Strict, Word


class SafeguardingConcern(Strict):
    """A worry about a child, in the words of the narrative."""

    type: Literal["safeguarding-concern"] = "safeguarding-concern"
    raised_by: Annotated[Word | None, FreeText] = None
    anonymous: bool = False
    immediate_danger: bool = False


class ExploitationConcern(Strict):
    """Signs of exploitation, by the DfE's risk types."""

    type: Literal["exploitation-concern"] = "exploitation-concern"
    risks: Annotated[list[ExploitationRisk], Field(min_length=1, max_length=5)]
    indicators: Annotated[list[Line], Field(max_length=20), FreeText] = []


class Homeless(Strict):
    """The household lost, or is about to lose, its home."""

    type: Literal["homeless"] = "homeless"
    accommodation: Annotated[Word | None, Place] = None
    eviction: bool | None = None


class PrivateFostering(Strict):
    """A private fostering arrangement (CIN factors 8B to 8F)."""

    type: Literal["private-fostering"] = "private-fostering"
    arrangement: Annotated[Word | None, Place] = None


class Restraint(Strict):
    """A restraint of a child in a secure setting or school."""

    type: Literal["restraint"] = "restraint"
    setting: Annotated[Line | None, Place] = None
    injury: bool | None = None


class LadoAllegation(Strict):
    """An allegation against somebody who works with children; the designated officer is told in 1 working day."""

    type: Literal["lado-allegation"] = "lado-allegation"
    role: Annotated[Word | None, FreeText] = None
    setting: Annotated[Line | None, Place] = None
    stage: Annotated[Word | None, FreeText] = None
