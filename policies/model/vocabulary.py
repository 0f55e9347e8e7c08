"""The words in which a viewer and a request are described; every one is closed, and what it lacks reads as UNKNOWN.

UNKNOWN is decided before any rule is asked, and always DENY: `Purpose("curiosity") is Purpose.UNKNOWN`.
"""

from enum import StrEnum
from typing import Final, Self


class Vocabulary(StrEnum):
    """A closed list of words; reading a word that it does not hold gives its UNKNOWN and never raises."""

    # An enum hashes the name of its member, in Python; a class of facts is a score of these words, and is looked up.
    __hash__ = str.__hash__

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls["UNKNOWN"]


class AgencyKind(Vocabulary):
    """The kinds of agency in a partnership."""

    CHILDRENS_SOCIAL_CARE = "childrens-social-care"
    POLICE = "police"
    HEALTH = "health"
    EDUCATION = "education"
    PROBATION = "probation"
    YOUTH_JUSTICE = "youth-justice"
    HOUSING = "housing"
    VOLUNTARY = "voluntary"
    MASH = "mash"
    # These two ask and never publish: no event on the wire is theirs.
    OTHER_AREA = "other-areas-childrens-services"
    IMMIGRATION_ENFORCEMENT = "immigration-enforcement"
    UNKNOWN = "unknown"


class Role(Vocabulary):
    """What a person does, which is not whom they work for; one person may hold several."""

    AGENCY_PUBLISHER = "agency-publisher"
    PRACTITIONER = "practitioner"
    ALLOCATED_SOCIAL_WORKER = "allocated-social-worker"
    CHILD_PROTECTION_POLICE = "child-protection-police"
    DESIGNATED_SAFEGUARDING_LEAD = "designated-safeguarding-lead"
    MASH_ANALYST = "mash-analyst"
    MASH_MANAGER = "mash-manager"
    MASH_INFORMATION_MANAGER = "mash-information-manager"
    INFORMATION_OWNER = "information-owner"
    EMERGENCY_DUTY_TEAM = "emergency-duty-team"
    DESIGNATED_OFFICER = "designated-officer"
    INDEPENDENT_REVIEWING_OFFICER = "independent-reviewing-officer"
    DIRECTOR_OF_CHILDRENS_SERVICES = "director-of-childrens-services"
    DESIGNATED_DOCTOR = "designated-doctor"
    DESIGNATED_NURSE = "designated-nurse"
    INDEPENDENT_SCRUTINEER = "independent-scrutineer"
    DATA_STEWARD = "data-steward"
    AUDITOR = "auditor"
    CALDICOTT_GUARDIAN = "caldicott-guardian"
    DATA_PROTECTION_OFFICER = "data-protection-officer"
    PARTNERSHIP_MEMBER = "partnership-member"
    LEAD_MEMBER = "lead-member"
    CHILD_DEATH_REVIEW_COORDINATOR = "child-death-review-coordinator"
    ADOPTION_RECORDS_OFFICER = "adoption-records-officer"
    PERSON_WITH_PARENTAL_RESPONSIBILITY = "person-with-parental-responsibility"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"
    UNKNOWN = "unknown"


class Purpose(Vocabulary):
    """What an answer is wanted for."""

    MASH_SCREENING = "mash-screening"
    LATERAL_CHECK = "lateral-check"
    S17 = "s17"
    S47 = "s47"
    STRATEGY_DISCUSSION = "strategy-discussion"
    ENCOMPASS_NOTIFICATION = "encompass-notification"
    SAFETY_PLAN = "safety-plan"
    EARLY_HELP = "early-help"
    LOOKED_AFTER = "looked-after"
    LADO = "lado"
    EMERGENCY = "emergency"
    FEEDBACK = "feedback"
    STATUTORY_REQUEST = "statutory-request"
    CHILD_DEATH_REVIEW = "child-death-review"
    PRACTICE_REVIEW = "practice-review"
    MULTI_AGENCY_AUDIT = "multi-agency-audit"
    INSPECTION = "inspection"
    AUDIT = "audit"
    SUBJECT_ACCESS = "subject-access"
    COURT = "court"
    PERFORMANCE = "performance"
    OWN_SERVICE = "own-service"
    UNKNOWN = "unknown"


PURPOSES: Final = tuple(purpose.value for purpose in Purpose if purpose is not Purpose.UNKNOWN)


class RiskLevel(Vocabulary):
    """How urgent the MASH holds the matter to be: RAG, with blue where an area uses it."""

    NOT_RATED = "not-rated"
    BLUE = "blue"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


class Training(Vocabulary):
    """Whether a viewer's safeguarding training is up to date; NOT_KNOWN where nobody keeps a record of it."""

    CURRENT = "current"
    LAPSED = "lapsed"
    NOT_KNOWN = "not-known"
    UNKNOWN = "unknown"


class Statement(StrEnum):
    """What a viewer states besides the reason, where a basis that they claim needs it; no rule reads it."""

    NO_CONSENT = "no-consent"
    DETRIMENT = "detriment"
    ESSENTIAL = "essential"


class LawfulBasis(Vocabulary):
    """What a viewer claims to rest on: conditions of data protection law, and statutory gateways beside them.

    [K] marks what is background knowledge and was not confirmed in a primary text: no rule may rest on it alone.
    """

    CONSENT = "UKGDPR-6-1-a"
    LEGAL_OBLIGATION = "UKGDPR-6-1-c"
    VITAL_INTERESTS = "UKGDPR-6-1-d"
    PUBLIC_TASK = "UKGDPR-6-1-e"
    # From DUAA 2025 s70; the stored copy shows it as prospective, so its commencement is to be checked.
    RECOGNISED_LEGITIMATE_INTEREST = "UKGDPR-6-1-ea"
    LEGITIMATE_INTERESTS = "UKGDPR-6-1-f"
    SOCIAL_PROTECTION_LAW = "UKGDPR-9-2-b"
    VITAL_INTERESTS_INCAPABLE = "UKGDPR-9-2-c"
    SUBSTANTIAL_PUBLIC_INTEREST = "UKGDPR-9-2-g"
    HEALTH_OR_SOCIAL_CARE = "UKGDPR-9-2-h"
    CRIMINAL_OFFENCE_DATA = "UKGDPR-10"
    DPA2018_SCH1_P2 = "DPA2018-Sch1-p2"
    # [K]: that it has the shape of Sch 8 para 4, and needs an appropriate policy document.
    DPA2018_SCH1_P18 = "DPA2018-Sch1-p18"
    DPA2018_PART3 = "DPA2018-Pt3"
    DPA2018_SCH8_P4 = "DPA2018-Sch8-p4"
    CA1989_S17 = "CA1989-s17"
    CA1989_S20 = "CA1989-s20"
    CA1989_S27 = "CA1989-s27"
    CA1989_S44 = "CA1989-s44"
    CA1989_S45 = "CA1989-s45"  # [K]: procedure of an emergency protection order, only named in our sources.
    CA1989_S46 = "CA1989-s46"
    CA1989_S47 = "CA1989-s47"  # [K]: the duty to assist of subsections (9) to (11).
    CA2004_S10 = "CA2004-s10"
    CA2004_S11 = "CA2004-s11"
    CA2004_S14B = "CA2004-s14B"  # Historic, for replay; that it is repealed is [K].
    CA2004_S16C = "CA2004-s16C"
    CA2004_S16H = "CA2004-s16H"  # [K]: request, duty to comply and limit to the purpose, not read in the Act.
    CA2004_S16LA = "CA2004-s16LA"  # In force from 30 Sep 2026 by one secondary source.
    CA2004_S16LC = "CA2004-s16LC"
    CA2004_S16N = "CA2004-s16N"
    CDA1998_S115 = "CDA1998-s115"
    OPERATION_ENCOMPASS = "VPA2024-encompass"
    COURT_ORDER = "court-order"
    # Common law of confidence; a basis of data protection law does not satisfy it, so it may be claimed beside one.
    OVERRIDING_PUBLIC_INTEREST = "confidence-public-interest"
    UNKNOWN = "unknown"
