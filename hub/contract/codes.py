"""Code lists of the Department for Education and of the MAIS vocabularies, as enums.

CIN lists are those of the 2026 census schema; legacy factors 18A and 19A stay because older returns hold them
(rules 8945Q and 8950Q ask for 18B/18C and 19B/19C instead).
"""

from enum import StrEnum


class SubjectKind(StrEnum):
    """Whom or what an event is about."""

    CHILD = "child"
    UNBORN_CHILD = "unborn-child"
    PARENT_OR_CARER = "parent-or-carer"
    OTHER_ADULT = "other-adult"
    WORKER = "worker"
    ALLEGED_PERPETRATOR = "alleged-perpetrator"
    PLACE = "place"
    PEER_GROUP = "peer-group"


class Sex(StrEnum):
    """Sex as in the CIN census since 2025."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


class AgencyKind(StrEnum):
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


class ReferralSource(StrEnum):
    """Who referred (CIN census; also Annex A contact source)."""

    CODE_1A = "1A"
    CODE_1B = "1B"
    CODE_1C = "1C"
    CODE_1D = "1D"
    CODE_2A = "2A"
    CODE_2B = "2B"
    CODE_3A = "3A"
    CODE_3B = "3B"
    CODE_3C = "3C"
    CODE_3D = "3D"
    CODE_3E = "3E"
    CODE_3F = "3F"
    CODE_4 = "4"
    CODE_5A = "5A"
    CODE_5B = "5B"
    CODE_5C = "5C"
    CODE_5D = "5D"
    CODE_6 = "6"
    CODE_7 = "7"
    CODE_8 = "8"
    CODE_9 = "9"
    CODE_10 = "10"


class PrimaryNeed(StrEnum):
    """The child's primary need (CIN census)."""

    N0 = "N0"
    N1 = "N1"
    N2 = "N2"
    N3 = "N3"
    N4 = "N4"
    N5 = "N5"
    N6 = "N6"
    N7 = "N7"
    N8 = "N8"
    N9 = "N9"


class AbuseCategory(StrEnum):
    """Category of abuse of a child protection plan (CIN census)."""

    NEG = "NEG"
    PHY = "PHY"
    SAB = "SAB"
    EMO = "EMO"
    MUL = "MUL"


class ClosureReason(StrEnum):
    """Why a case closed (CIN census)."""

    RC1 = "RC1"
    RC2 = "RC2"
    RC3 = "RC3"
    RC4 = "RC4"
    RC5 = "RC5"
    RC6 = "RC6"
    RC7 = "RC7"
    RC8 = "RC8"
    RC9 = "RC9"


class Factor(StrEnum):
    """Factors identified at the end of an assessment (CIN census)."""

    CODE_1A = "1A"
    CODE_1B = "1B"
    CODE_1C = "1C"
    CODE_2A = "2A"
    CODE_2B = "2B"
    CODE_2C = "2C"
    CODE_3A = "3A"
    CODE_3B = "3B"
    CODE_3C = "3C"
    CODE_4A = "4A"
    CODE_4B = "4B"
    CODE_4C = "4C"
    CODE_5A = "5A"
    CODE_5B = "5B"
    CODE_5C = "5C"
    CODE_6A = "6A"
    CODE_6B = "6B"
    CODE_6C = "6C"
    CODE_7A = "7A"
    CODE_8B = "8B"
    CODE_8C = "8C"
    CODE_8D = "8D"
    CODE_8E = "8E"
    CODE_8F = "8F"
    CODE_9A = "9A"
    CODE_10A = "10A"
    CODE_11A = "11A"
    CODE_12A = "12A"
    CODE_13A = "13A"
    CODE_14A = "14A"
    CODE_15A = "15A"
    CODE_16A = "16A"
    CODE_17A = "17A"
    CODE_18A = "18A"
    CODE_18B = "18B"
    CODE_18C = "18C"
    CODE_19A = "19A"
    CODE_19B = "19B"
    CODE_19C = "19C"
    CODE_20 = "20"
    CODE_21 = "21"
    CODE_22A = "22A"
    CODE_23A = "23A"
    CODE_24A = "24A"


class Ethnicity(StrEnum):
    """Ethnicity (CIN census)."""

    WBRI = "WBRI"
    WIRI = "WIRI"
    WIRT = "WIRT"
    WOTH = "WOTH"
    WROM = "WROM"
    MWBC = "MWBC"
    MWBA = "MWBA"
    MWAS = "MWAS"
    MOTH = "MOTH"
    AIND = "AIND"
    APKN = "APKN"
    ABAN = "ABAN"
    AOTH = "AOTH"
    BCRB = "BCRB"
    BAFR = "BAFR"
    BOTH = "BOTH"
    CHNE = "CHNE"
    OOTH = "OOTH"
    REFU = "REFU"
    NOBT = "NOBT"


class Disability(StrEnum):
    """Disability (CIN census)."""

    NONE = "NONE"
    MOB = "MOB"
    HAND = "HAND"
    PC = "PC"
    INC = "INC"
    COMM = "COMM"
    LD = "LD"
    HEAR = "HEAR"
    VIS = "VIS"
    BEH = "BEH"
    CON = "CON"
    AUT = "AUT"
    DDA = "DDA"


class UpnUnknown(StrEnum):
    """Why a UPN is missing (CIN census)."""

    UN1 = "UN1"
    UN2 = "UN2"
    UN3 = "UN3"
    UN4 = "UN4"
    UN5 = "UN5"
    UN6 = "UN6"
    UN7 = "UN7"


class ExclusionReason(StrEnum):
    """Why a pupil was suspended or excluded (school census)."""

    PP = "PP"
    PA = "PA"
    VP = "VP"
    VA = "VA"
    OW = "OW"
    BU = "BU"
    RA = "RA"
    LG = "LG"
    DS = "DS"
    SM = "SM"
    DA = "DA"
    DM = "DM"
    TH = "TH"
    DB = "DB"
    MT = "MT"
    PH = "PH"


class AttendanceCode(StrEnum):
    """Attendance codes from 2025 (school census)."""

    PRESENT_AM = "/"
    PRESENT_PM = "\\"
    CODE_B = "B"
    CODE_C = "C"
    CODE_C1 = "C1"
    CODE_C2 = "C2"
    CODE_D = "D"
    CODE_E = "E"
    CODE_G = "G"
    CODE_I = "I"
    CODE_J1 = "J1"
    CODE_K = "K"
    CODE_L = "L"
    CODE_M = "M"
    CODE_N = "N"
    CODE_O = "O"
    CODE_P = "P"
    CODE_Q = "Q"
    CODE_R = "R"
    CODE_S = "S"
    CODE_T = "T"
    CODE_U = "U"
    CODE_V = "V"
    CODE_W = "W"
    CODE_X = "X"
    CODE_Y1 = "Y1"
    CODE_Y2 = "Y2"
    CODE_Y3 = "Y3"
    CODE_Y4 = "Y4"
    CODE_Y5 = "Y5"
    CODE_Y6 = "Y6"
    CODE_Y7 = "Y7"
    CODE_Z = "Z"
    CLOSED = "#"


class MissingKind(StrEnum):
    """Missing, whereabouts unknown (M), or away without authorisation (A) (SSDA903)."""

    MISSING = "M"
    AWAY = "A"


class LegalStatus(StrEnum):
    """Legal status of a looked-after child (SSDA903)."""

    C1 = "C1"
    C2 = "C2"
    D1 = "D1"
    E1 = "E1"
    V2 = "V2"
    V3 = "V3"
    V4 = "V4"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    J1 = "J1"
    J2 = "J2"
    J3 = "J3"


class ExploitationRisk(StrEnum):
    """The DfE single-unique-identifier programme's risk types."""

    SEXUAL = "SexualExploitation"
    CRIMINAL = "CriminalExploitation"
    RADICALISATION = "Radicalisation"
    SLAVERY = "ModernSlaveryAndTrafficking"
    GANGS = "GangsAndYouthViolence"


class Involvement(StrEnum):
    """How another person takes part (HL7 ParticipationType, as MAIS uses it)."""

    SUBJECT = "SBJ"
    PERFORMER = "PPRF"
    WITNESS = "WIT"
    RESPONSIBLE = "RESP"
    AUTHOR = "AUT"
    INFORMANT = "INF"


class ReferralOutcome(StrEnum):
    """Referral outcomes of the SSD data model; an outcome is a set of these."""

    SINGLE_ASSESSMENT = "SINGLE_ASSESSMENT"
    NFA = "NFA"
    STRATEGY_DISCUSSION = "STRATEGY_DISCUSSION"
    CLA_REQUEST = "CLA_REQUEST"
    NON_AGENCY_ADOPTION = "NON_AGENCY_ADOPTION"
    PRIVATE_FOSTERING = "PRIVATE_FOSTERING"
    CP_TRANSFER_IN = "CP_TRANSFER_IN"
    CP_CONFERENCE = "CP_CONFERENCE"
    CARE_LEAVER = "CARE_LEAVER"


class ContactOutcome(StrEnum):
    """Contact outcomes of the SSD data model; an outcome is a set of these."""

    NEW_REFERRAL = "NEW_REFERRAL"
    EXISTING_REFERRAL = "EXISTING_REFERRAL"
    CP_ENQUIRY = "CP_ENQUIRY"
    NFA = "NFA"
    NON_AGENCY_ADOPTION = "NON_AGENCY_ADOPTION"
    PRIVATE_FOSTERING = "PRIVATE_FOSTERING"
    ADVICE = "ADVICE"
    MISSING = "MISSING"
    OLA_CP = "OLA_CP"


class Section47Outcome(StrEnum):
    """Section 47 outcomes of the SSD data model; an outcome is a set of these."""

    NFA = "NFA"
    LEGAL_ACTION = "LEGAL_ACTION"
    PROV_OF_SERVICES = "PROV_OF_SERVICES"
    PROV_OF_SB_CARE = "PROV_OF_SB_CARE"
    CP_CONFERENCE = "CP_CONFERENCE"
    NFA_CONTINUE_SINGLE = "NFA_CONTINUE_SINGLE"
    MONITOR = "MONITOR"
