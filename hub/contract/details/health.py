"""What health reports: attendances, encounters, deaths."""

from typing import Annotated, Literal

from pydantic import Field

from hub.contract.details.marks import FreeText, Place
from hub.contract.primitives import Line, Strict, Word


class AeAttendance(Strict):
    """An attendance at an emergency department."""

    type: Literal["ae-attendance"] = "ae-attendance"
    site: Annotated[Word | None, Place] = None
    presenting: Annotated[Line | None, FreeText] = None
    injury: Annotated[Line | None, FreeText] = None
    explanation_consistent: bool | None = None
    left_before_seen: bool | None = None
    brought_by: Annotated[Word | None, FreeText] = None


class HealthEncounter(Strict):
    """A contact with a health service, a missed one included; SNOMED CT codes as written."""

    type: Literal["health-encounter"] = "health-encounter"
    service: Word | None = None
    site: Annotated[Word | None, Place] = None
    codes: Annotated[list[Word], Field(max_length=50)] = []
    not_brought: bool | None = None


class Death(Strict):
    """The subject died on the event's date; the cause is the coroner's and is not inferred here."""

    type: Literal["death"] = "death"
    place: Annotated[Line | None, Place] = None


class ChildDeathNotification(Strict):
    """A notification to the child death review partners (Children Act 2004 section 16M)."""

    type: Literal["child-death-notification"] = "child-death-notification"
    expected: bool | None = None
    joint_agency_response: bool | None = None
    place: Annotated[Line | None, Place] = None
