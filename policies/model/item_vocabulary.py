"""The words in which an item is described to the rules: whom it is about, what it is, how it is handled and stands.

Each is coarse on purpose: a rule sees a band, never a date, a score or a code's detail, so that classes stay few.
"""

from policies.model.vocabulary import Vocabulary


class SubjectKind(Vocabulary):
    """Whom or what an item is about."""

    CHILD = "child"
    UNBORN_CHILD = "unborn-child"
    PARENT_OR_CARER = "parent-or-carer"
    OTHER_ADULT = "other-adult"
    WORKER = "worker"
    ALLEGED_PERPETRATOR = "alleged-perpetrator"
    PLACE = "place"
    PEER_GROUP = "peer-group"
    UNKNOWN = "unknown"


class ItemType(Vocabulary):
    """The types of event, by their names on the wire."""

    AE_ATTENDANCE = "ae-attendance"
    ASSESSMENT = "assessment"
    CASE_CLOSURE = "case-closure"
    CHILD_DEATH_NOTIFICATION = "child-death-notification"
    CHILD_LOOKED_AFTER = "child-looked-after"
    CIN_PLAN = "cin-plan"
    CONSENT = "consent"
    CONTACT = "contact"
    CORRECTION = "correction"
    CP_CONFERENCE = "cp-conference"
    CP_PLAN = "cp-plan"
    DEATH = "death"
    EARLY_HELP = "early-help"
    EMERGENCY_PROTECTION_ORDER = "emergency-protection-order"
    EXPLOITATION_CONCERN = "exploitation-concern"
    HEALTH_ENCOUNTER = "health-encounter"
    HOMELESS = "homeless"
    INFORMATION_REQUEST = "information-request"
    INFORMATION_RESPONSE = "information-response"
    LADO_ALLEGATION = "lado-allegation"
    LEGAL_ORDER = "legal-order"
    MISSING_PERSON = "missing-person"
    OUTCOME_FEEDBACK = "outcome-feedback"
    PERSON_DETAILS = "person-details"
    POLICE_INCIDENT = "police-incident"
    POLICE_PROTECTION = "police-protection"
    PRIVATE_FOSTERING = "private-fostering"
    REFERRAL = "referral"
    RELATIONSHIP = "relationship"
    RESTRAINT = "restraint"
    RETRACTION = "retraction"
    SAFEGUARDING_CONCERN = "safeguarding-concern"
    SCHOOL_ATTENDANCE = "school-attendance"
    SCHOOL_EXCLUSION = "school-exclusion"
    SCHOOL_SUSPENSION = "school-suspension"
    SECTION_47 = "section-47"
    STRATEGY_DISCUSSION = "strategy-discussion"
    THRESHOLD_DECISION = "threshold-decision"
    VOICE = "voice"
    UNKNOWN = "unknown"


class Category(Vocabulary):
    """What it is a worry about: CIN needs, categories of abuse and factors, brought together in bands."""

    ABUSE_OR_NEGLECT = "abuse-or-neglect"
    SEXUAL_ABUSE = "sexual-abuse"
    EXPLOITATION = "exploitation"
    DOMESTIC_ABUSE = "domestic-abuse"
    HARMFUL_PRACTICE = "harmful-practice"
    CHILDS_SUBSTANCE_MISUSE = "childs-substance-misuse"
    CHILDS_MENTAL_HEALTH = "childs-mental-health"
    FAMILYS_SUBSTANCE_MISUSE = "familys-substance-misuse"
    FAMILYS_MENTAL_HEALTH = "familys-mental-health"
    DISABILITY_OR_ILLNESS = "disability-or-illness"
    FAMILY_DIFFICULTY = "family-difficulty"
    BEHAVIOUR = "behaviour"
    MISSING = "missing"
    PRIVATELY_FOSTERED = "privately-fostered"
    UNACCOMPANIED = "unaccompanied"
    YOUNG_CARER = "young-carer"
    OTHER = "other"
    UNKNOWN = "unknown"


class Level(Vocabulary):
    """The local threshold document's level of need."""

    NOT_STATED = "not-stated"
    LEVEL_1 = "1"
    LEVEL_2 = "2"
    LEVEL_3 = "3"
    LEVEL_4 = "4"
    UNKNOWN = "unknown"


class EventAge(Vocabulary):
    """How long before the question it happened."""

    NOT_KNOWN = "not-known"
    FUTURE = "future"
    WITHIN_6_MONTHS = "within-6-months"
    WITHIN_1_YEAR = "within-1-year"
    WITHIN_2_YEARS = "within-2-years"
    WITHIN_5_YEARS = "within-5-years"
    OLDER = "older"
    UNKNOWN = "unknown"


class ChildAge(Vocabulary):
    """How old the child is at the question, by the ages at which law and practice change."""

    NOT_KNOWN = "not-known"
    UNBORN = "unborn"
    UNDER_12 = "under-12"
    AGE_12 = "12"
    AGES_13_TO_15 = "13-to-15"
    AGES_16_AND_17 = "16-and-17"
    ADULT = "adult"
    UNKNOWN = "unknown"


class Marking(Vocabulary):
    """Government Security Classifications; OFFICIAL-SENSITIVE is a caveat within OFFICIAL."""

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"
    SECRET = "SECRET"  # noqa: S105 - a marking, not a password
    TOP_SECRET = "TOP SECRET"  # noqa: S105 - a marking, not a password
    UNKNOWN = "unknown"


class SourceGrade(Vocabulary):
    """Police 3x5x2 source evaluation; most items are not police intelligence and carry none."""

    NOT_GRADED = "not-graded"
    RELIABLE = "1"
    UNTESTED = "2"
    NOT_RELIABLE = "3"
    UNKNOWN = "unknown"


class InformationGrade(Vocabulary):
    """Police 3x5x2 information evaluation; E is suspected to be false and is never shown as fact."""

    NOT_GRADED = "not-graded"
    KNOWN_DIRECTLY = "A"
    KNOWN_INDIRECTLY_CORROBORATED = "B"
    KNOWN_INDIRECTLY = "C"
    NOT_KNOWN = "D"
    SUSPECTED_FALSE = "E"
    UNKNOWN = "unknown"


class HandlingCode(Vocabulary):
    """Police 3x5x2 handling: P lawful sharing permitted, C permitted with conditions."""

    NOT_GRADED = "not-graded"
    PERMITTED = "P"
    CONDITIONS = "C"
    UNKNOWN = "unknown"


class HandlingCondition(Vocabulary):
    """Conditions of handling code C. [K]: the letters are background knowledge, not confirmed in a primary text."""

    COVERT_DEVELOPMENT = "A1"
    COVERT_USE = "A2"
    OVERT_USE = "A3"
    SANITISE_DELEGATED = "S1"
    CONSULT_ORIGINATOR = "S2"
    UNKNOWN = "unknown"


class Sensitivity(Vocabulary):
    """Labels that call for special care."""

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
    UNKNOWN = "unknown"


class Confidentiality(Vocabulary):
    """PDS confidentiality (HL7 v3): U unrestricted, R restricted, V very restricted, or redacted."""

    UNRESTRICTED = "U"
    RESTRICTED = "R"
    VERY_RESTRICTED = "V"
    REDACTED = "REDACTED"
    UNKNOWN = "unknown"


class Shield(Vocabulary):
    """What stands between this viewer and this item at the moment of asking, whatever the item's own labels say."""

    LOCATION = "location"
    IDENTITY = "identity"
    ADOPTION = "adoption"
    CONFLICT_OF_INTEREST = "conflict-of-interest"
    UNKNOWN = "unknown"


class ConsentState(Vocabulary):
    """Where one consent fact stands; NOT_KNOWN is a state, UNKNOWN is a word that we cannot read."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"
    NOT_KNOWN = "not-known"
    UNKNOWN = "unknown"


class Linkage(Vocabulary):
    """How surely the record is this child's: CERTAIN by strong identifiers or a person's decision, else by score."""

    CERTAIN = "certain"
    STRONG = "strong"
    UNDER_REVIEW = "under-review"
    WEAK = "weak"
    UNKNOWN = "unknown"


class Standing(Vocabulary):
    """Whether the item is still what its owner says."""

    CURRENT = "current"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    UNKNOWN = "unknown"


class Determination(Vocabulary):
    """What the holder recorded under CA 2004 s16LA: relevant, not relevant, or more detrimental to share.

    RELEVANT means also that it may facilitate the recipient's functions, and is not more detrimental to the child.
    """

    NOT_RECORDED = "not-recorded"
    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    MORE_DETRIMENTAL = "more-detrimental"
    UNKNOWN = "unknown"


class ShownBefore(Vocabulary):
    """Whether this viewer was shown the item at an earlier time; NOT_KNOWN where nobody looked it up."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not-known"
    UNKNOWN = "unknown"
