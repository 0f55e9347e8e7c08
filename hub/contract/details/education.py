"""What schools report: exclusions, suspensions, attendance (school census codes)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.contract.codes import AttendanceCode, ExclusionReason
from hub.contract.details.marks import Place
from hub.contract.primitives import Reference, Strict, Word

Reasons = Annotated[list[ExclusionReason], Field(max_length=3)]
Sessions = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.5)?$")]


class SchoolExclusion(Strict):
    """A permanent exclusion (category PERM); `sessions` as the return states them, half days as decimal text."""

    type: Literal["school-exclusion"] = "school-exclusion"
    school: Annotated[Reference | None, Place] = None
    reasons: Reasons = []
    sessions: Sessions | None = None
    special_needs: Word | None = None


class SchoolSuspension(Strict):
    """A suspension (category FIXD, and LNCH for a lunchtime); `sessions` are half days, as decimal text."""

    type: Literal["school-suspension"] = "school-suspension"
    school: Annotated[Reference | None, Place] = None
    reasons: Reasons = []
    sessions: Sessions | None = None
    lunchtime: bool = False
    special_needs: Word | None = None


class SchoolAttendance(Strict):
    """Attendance over a period, or one session by its 2025 code."""

    type: Literal["school-attendance"] = "school-attendance"
    school: Annotated[Reference | None, Place] = None
    code: AttendanceCode | None = None
    sessions_possible: Annotated[int, Field(ge=0, le=1000)] | None = None
    sessions_missed: Annotated[int, Field(ge=0, le=1000)] | None = None
    unauthorised: Annotated[int, Field(ge=0, le=1000)] | None = None
