"""A person as one agency holds them: names, identifiers, dates, addresses. Never merged, never corrected here."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.contract.codes import Disability, Ethnicity, Involvement, Sex, SubjectKind, UpnUnknown
from hub.contract.primitives import Line, PartialDate, Reference, Strict, Word, shared


class IdentifierSystem(StrEnum):
    """Who issues an identifier."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    FORMER_UPN = "former-upn"
    LA_CHILD_ID = "la-child-id"
    PNC = "pnc"
    CRO = "cro"
    ULN = "uln"
    LOCAL = "local"


class Identifier(Strict):
    """One identifier; `verified` is true where its issuer has confirmed that it is this person's."""

    system: IdentifierSystem
    value: Reference
    verified: bool = False


class NameUse(StrEnum):
    """Which of a person's names this is (FHIR NameUse)."""

    USUAL = "usual"
    OFFICIAL = "official"
    TEMP = "temp"
    NICKNAME = "nickname"
    ANONYMOUS = "anonymous"
    OLD = "old"
    MAIDEN = "maiden"


class Name(Strict):
    """A family name, given names or both."""

    family: Word | None = None
    given: Word | None = None
    use: NameUse = NameUse.USUAL


class AddressKind(StrEnum):
    """What an address is to the person; `refuge` is MAIS `accommodation-status.refuge`."""

    HOME = "home"
    TEMPORARY = "temporary"
    OLD = "old"
    PLACEMENT = "placement"
    REFUGE = "refuge"
    SCHOOL = "school"


class Address(Strict):
    """A place where a person lives or lived; `confidential` where those who may harm them must not learn it."""

    lines: Annotated[list[Line], Field(max_length=10)] = []
    postcode: Annotated[Word, Field(max_length=12)] | None = None
    kind: AddressKind = AddressKind.HOME
    confidential: bool = False


class Confidentiality(StrEnum):
    """PDS confidentiality (HL7 v3): U unrestricted, R restricted, V very restricted, or redacted."""

    UNRESTRICTED = "U"
    RESTRICTED = "R"
    VERY_RESTRICTED = "V"
    REDACTED = "REDACTED"


class PersonAsHeld(Strict):
    """All that an agency's record says of who a person is."""

    names: Annotated[list[Name], Field(max_length=20)] = []
    identifiers: Annotated[list[Identifier], Field(max_length=20)] = []
    born: PartialDate | None = None
    expected: PartialDate | None = None
    died: PartialDate | None = None
    sex: Sex | None = None
    ethnicity: Ethnicity | None = None
    disabilities: Annotated[list[Disability], Field(max_length=20)] = []
    upn_unknown: UpnUnknown | None = None
    language: Word | None = None
    interpreter: bool | None = None
    addresses: Annotated[list[Address], Field(max_length=20)] = []
    telephones: Annotated[list[Word], Field(max_length=20)] = []
    emails: Annotated[list[Word], Field(max_length=20)] = []
    general_practice: Word | None = None
    school: Word | None = None
    confidentiality: Confidentiality = Confidentiality.UNRESTRICTED
    multiple_birth: bool | None = None


class Subject(Strict):
    """Whom an event is about, under the reference that the agency's own system uses."""

    kind: SubjectKind = SubjectKind.CHILD
    reference: Reference
    person: PersonAsHeld = shared(PersonAsHeld())


class OtherPerson(Strict):
    """Another person in the event, with their part in it and their relationship to the subject (HL7 role codes)."""

    kind: SubjectKind
    involvement: Involvement | None = None
    relationship: Word | None = None
    reference: Reference | None = None
    person: PersonAsHeld = shared(PersonAsHeld())
    note: Line | None = None
