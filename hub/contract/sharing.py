"""What an agency says about sharing its event: handling, sensitivity, consent facts, purpose and legal basis."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.contract.primitives import Line, Moment, Strict, Word, shared


class Marking(StrEnum):
    """Government Security Classifications; OFFICIAL-SENSITIVE is a caveat within OFFICIAL."""

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"
    SECRET = "SECRET"  # noqa: S105 - a marking, not a password
    TOP_SECRET = "TOP SECRET"  # noqa: S105 - a marking, not a password


class SourceGrade(StrEnum):
    """Police 3x5x2 source evaluation."""

    RELIABLE = "1"
    UNTESTED = "2"
    NOT_RELIABLE = "3"


class InformationGrade(StrEnum):
    """Police 3x5x2 information evaluation; E is suspected to be false and is never shown as fact."""

    KNOWN_DIRECTLY = "A"
    KNOWN_INDIRECTLY_CORROBORATED = "B"
    KNOWN_INDIRECTLY = "C"
    NOT_KNOWN = "D"
    SUSPECTED_FALSE = "E"


class HandlingCode(StrEnum):
    """Police 3x5x2 handling: P lawful sharing permitted, C permitted with conditions."""

    PERMITTED = "P"
    CONDITIONS = "C"


class HandlingCondition(StrEnum):
    """Conditions of handling code C. [K]: the letters are background knowledge, not confirmed in a primary text."""

    COVERT_DEVELOPMENT = "A1"
    COVERT_USE = "A2"
    OVERT_USE = "A3"
    SANITISE_DELEGATED = "S1"
    CONSULT_ORIGINATOR = "S2"


class Handling(Strict):
    """How the item must be handled; `owner_control` means that the information owner is asked before any release."""

    marking: Marking = Marking.OFFICIAL_SENSITIVE
    source: SourceGrade | None = None
    information: InformationGrade | None = None
    code: HandlingCode | None = None
    conditions: Annotated[list[HandlingCondition], Field(max_length=5)] = []
    owner_control: bool = False


class Sensitivity(StrEnum):
    """Labels that call for special care: each names the practice that asks for it."""

    ADDRESS_CONFIDENTIAL = "address-confidential"
    ADOPTION = "adoption"
    COVERT = "covert"
    DOMESTIC_ABUSE = "domestic-abuse"
    IMMIGRATION = "immigration"
    INFORMANT = "informant"
    MENTAL_HEALTH = "mental-health"
    PDS_RESTRICTED = "pds-restricted"
    REFUGE = "refuge"
    SEXUAL_HEALTH = "sexual-health"
    STAFF_ALLEGATION = "staff-allegation"
    SUBSTANCE_MISUSE = "substance-misuse"
    THIRD_PARTY = "third-party"
    WITNESS_PROTECTION = "witness-protection"


class ConsentState(StrEnum):
    """Where one consent fact stands."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"
    NOT_KNOWN = "not-known"


class NoConsentReason(StrEnum):
    """Why consent was not obtained (DPA 2018 Sch 1 para 18; the three reasons are [K])."""

    CANNOT_BE_GIVEN = "cannot-be-given"
    NOT_REASONABLE_TO_OBTAIN = "not-reasonable-to-obtain"
    WOULD_PREJUDICE_PROTECTION = "would-prejudice-protection"


class Competence(StrEnum):
    """By what somebody may give consent; Gillick competence is found for one decision, from 16 it is presumed."""

    GILLICK = "gillick"
    AGED_16_OR_17 = "aged-16-or-17"
    PARENTAL_RESPONSIBILITY = "parental-responsibility"
    NOT_COMPETENT = "not-competent"


class ConsentFact(Strict):
    """The state of one of the three consent facts, with who said so, when, and by what they may."""

    state: ConsentState = ConsentState.NOT_KNOWN
    competence: Competence | None = None
    reason: NoConsentReason | None = None
    by: Word | None = None
    at: Moment | None = None
    note: Line | None = None


class ConsentFacts(Strict):
    """Three different things: agreeing to a service, knowing of the sharing, consenting to the sharing."""

    agreement_to_service: ConsentFact = shared(ConsentFact())
    informed_of_sharing: ConsentFact = shared(ConsentFact())
    consent_to_share: ConsentFact = shared(ConsentFact())


class LegalBasis(StrEnum):
    """The gateway on which the agency shares."""

    CA1989_S17 = "CA1989-s17"
    CA1989_S47 = "CA1989-s47"
    CA1989_S46 = "CA1989-s46"
    CA2004_S10 = "CA2004-s10"
    CA2004_S11 = "CA2004-s11"
    CA2004_S16H = "CA2004-s16H"
    CA2004_S16LA = "CA2004-s16LA"
    CA2004_S16N = "CA2004-s16N"
    CDA1998_S115 = "CDA1998-s115"
    DPA2018_SCH1_P18 = "DPA2018-Sch1-p18"
    DPA2018_SCH8_P4 = "DPA2018-Sch8-p4"
    CONSENT = "UKGDPR-6-1-a"
    COURT_ORDER = "court-order"


class Sharing(Strict):
    """All that the agency says about sharing this event."""

    handling: Handling = shared(Handling())
    sensitivity: Annotated[list[Sensitivity], Field(max_length=14)] = []
    consent: ConsentFacts = shared(ConsentFacts())
    purpose: Line | None = None
    legal_basis: Annotated[list[LegalBasis], Field(max_length=13)] = []
