"""What is particular to each type of event, one file per family; `Detail` is their union, told apart by `type`."""

from typing import Annotated, get_args

from pydantic import Field

from hub.contract.details.concerns import (
    ExploitationConcern,
    Homeless,
    LadoAllegation,
    PrivateFostering,
    Restraint,
    SafeguardingConcern,
)
from hub.contract.details.education import SchoolAttendance, SchoolExclusion, SchoolSuspension
from hub.contract.details.health import AeAttendance, ChildDeathNotification, Death, HealthEncounter
from hub.contract.details.legal import EmergencyProtectionOrder, LegalOrder, PoliceProtection
from hub.contract.details.marks import FreeText, Place, marked
from hub.contract.details.mash import InformationRequest, InformationResponse, OutcomeFeedback, ThresholdDecision
from hub.contract.details.plans import ChildLookedAfter, CinPlan, CpPlan, EarlyHelp
from hub.contract.details.police import MissingPerson, PoliceIncident
from hub.contract.details.records import Consent, Correction, PersonDetails, Relationship, Retraction, Voice
from hub.contract.details.social_care import (
    Assessment,
    CaseClosure,
    Contact,
    CpConference,
    Referral,
    Section47,
    StrategyDiscussion,
)

AnyDetail = (
    AeAttendance
    | Assessment
    | CaseClosure
    | ChildDeathNotification
    | ChildLookedAfter
    | CinPlan
    | Consent
    | Contact
    | Correction
    | CpConference
    | CpPlan
    | Death
    | EarlyHelp
    | EmergencyProtectionOrder
    | ExploitationConcern
    | HealthEncounter
    | Homeless
    | InformationRequest
    | InformationResponse
    | LadoAllegation
    | LegalOrder
    | MissingPerson
    | OutcomeFeedback
    | PersonDetails
    | PoliceIncident
    | PoliceProtection
    | PrivateFostering
    | Referral
    | Relationship
    | Restraint
    | Retraction
    | SafeguardingConcern
    | SchoolAttendance
    | SchoolExclusion
    | SchoolSuspension
    | Section47
    | StrategyDiscussion
    | ThresholdDecision
    | Voice
)
Detail = Annotated[AnyDetail, Field(discriminator="type")]

DETAILS: dict[str, type[AnyDetail]] = {model.model_fields["type"].default: model for model in get_args(AnyDetail)}
PLACES: dict[str, tuple[str, ...]] = {name: marked(model, Place) for name, model in DETAILS.items()}
FREE_TEXT: dict[str, tuple[str, ...]] = {name: marked(model, FreeText) for name, model in DETAILS.items()}
