"""Orders and powers: court orders, emergency protection, police protection."""

from typing import Annotated, Literal

from hub.contract.codes import LegalStatus
from hub.contract.details.marks import FreeText, Place
from hub.contract.primitives import Day, Line, Moment, Reference, Strict, Word


class LegalOrder(Strict):
    """A court order about the child; `restriction` is what it forbids, in words."""

    type: Literal["legal-order"] = "legal-order"
    order: Word | None = None
    status: LegalStatus | None = None
    case_number: Reference | None = None
    expires: Day | None = None
    restriction: Annotated[Line | None, FreeText] = None


class EmergencyProtectionOrder(Strict):
    """An emergency protection order (Children Act 1989 section 44)."""

    type: Literal["emergency-protection-order"] = "emergency-protection-order"
    case_number: Reference | None = None
    expires: Day | None = None


class PoliceProtection(Strict):
    """Police protection (Children Act 1989 section 46), at most 72 hours."""

    type: Literal["police-protection"] = "police-protection"
    ended_at: Moment | None = None
    taken_to: Annotated[Line | None, Place] = None
