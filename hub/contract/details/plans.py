"""Plans and care: child in need, child protection, looked after, early help."""

from typing import Annotated, Literal

from hub.contract.codes import AbuseCategory, LegalStatus
from hub.contract.details.marks import Place
from hub.contract.primitives import Count, Day, Line, Strict, Word


class CinPlan(Strict):
    """A child in need plan (Children Act 1989 section 17)."""

    type: Literal["cin-plan"] = "cin-plan"
    ended: Day | None = None


class CpPlan(Strict):
    """A child protection plan."""

    type: Literal["cp-plan"] = "cp-plan"
    ended: Day | None = None
    initial_category: AbuseCategory | None = None
    latest_category: AbuseCategory | None = None
    previous_plans: Count | None = None


class ChildLookedAfter(Strict):
    """A period in the care of the local authority, with SSDA903 codes as written."""

    type: Literal["child-looked-after"] = "child-looked-after"
    ended: Day | None = None
    legal_status: LegalStatus | None = None
    placement: Annotated[Word | None, Place] = None
    unaccompanied: bool | None = None


class EarlyHelp(Strict):
    """Early help: agreed to by the family, which is not consent to share."""

    type: Literal["early-help"] = "early-help"
    ended: Day | None = None
    organisation: Annotated[Line | None, Place] = None
    step: Literal["up", "down", "none"] = "none"
