"""What the police report: incidents with a child present or concerned, and children who go missing."""

from typing import Annotated, Literal

from pydantic import Field

from hub.contract.codes import MissingKind
from hub.contract.details.marks import FreeText, Place
from hub.contract.primitives import Day, Line, Moment, Reference, Strict, Word


class PoliceIncident(Strict):
    """An incident that the police attended or recorded (a police protection notification, PPN)."""

    type: Literal["police-incident"] = "police-incident"
    incident: Reference | None = None
    nature: Annotated[Line | None, FreeText] = None
    domestic_abuse: bool = False
    children_present: bool | None = None
    weapons: bool | None = None
    arrests: Annotated[int, Field(ge=0, le=100)] | None = None


class MissingPerson(Strict):
    """An episode missing (M) or away from placement without authorisation (A), with the return home interview."""

    type: Literal["missing-person"] = "missing-person"
    kind: MissingKind | None = None
    ended: Day | None = None
    returned_at: Moment | None = None
    found_at: Annotated[Word | None, Place] = None
    interview_offered: bool | None = None
    interview_accepted: bool | None = None
