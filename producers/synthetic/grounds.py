"""What agencies say about sharing: purpose and legal basis by the stage of the work, consent facts, police grades.

The duty of Children Act 2004 section 16LA is never claimed: every story ends before it begins.
"""

from dataclasses import dataclass
from enum import StrEnum

from hub.contract.primitives import AgencyId
from hub.contract.sharing import (
    ConsentFact,
    ConsentFacts,
    ConsentState,
    Handling,
    HandlingCode,
    HandlingCondition,
    InformationGrade,
    LegalBasis,
    NoConsentReason,
    Sensitivity,
    Sharing,
    SourceGrade,
)
from producers.synthetic.dice import Dice
from producers.synthetic.partnership import POLICE


class Ground(StrEnum):
    """On what footing an event is shared."""

    UNIVERSAL = "universal"
    EARLY_HELP = "early-help"
    IN_NEED = "child-in-need"
    PROTECTION = "protection"
    CRIME = "crime"


@dataclass(frozen=True, slots=True)
class Footing:
    """The words and law of one ground, and the consent facts that go with it."""

    purpose: str
    legal_basis: tuple[LegalBasis, ...]
    consents: tuple[tuple[ConsentFacts, float], ...]


_GIVEN = ConsentFact(state=ConsentState.GIVEN, by="Mother")
_REFUSED = ConsentFact(state=ConsentState.REFUSED, by="Mother", note="Said she had had enough of being asked.")
_WITHDRAWN = ConsentFact(state=ConsentState.WITHDRAWN, by="Mother")
_NOT_ASKED = ConsentFact(state=ConsentState.NOT_ASKED)
_WOULD_HARM = ConsentFact(state=ConsentState.NOT_ASKED, reason=NoConsentReason.WOULD_PREJUDICE_PROTECTION)
_NOT_REASONABLE = ConsentFact(state=ConsentState.NOT_ASKED, reason=NoConsentReason.NOT_REASONABLE_TO_OBTAIN)

_UNKNOWN = ConsentFacts()
_AGREED = ConsentFacts(agreement_to_service=_GIVEN, informed_of_sharing=_GIVEN, consent_to_share=_GIVEN)
_SERVICE_ONLY = ConsentFacts(agreement_to_service=_GIVEN, informed_of_sharing=_GIVEN, consent_to_share=_REFUSED)
_TOLD = ConsentFacts(informed_of_sharing=_GIVEN, consent_to_share=_NOT_ASKED)
_TURNED_DOWN = ConsentFacts(agreement_to_service=_WITHDRAWN, informed_of_sharing=_GIVEN, consent_to_share=_REFUSED)
_UNSAFE_TO_ASK = ConsentFacts(informed_of_sharing=_WOULD_HARM, consent_to_share=_WOULD_HARM)
_NO_TIME = ConsentFacts(informed_of_sharing=_NOT_REASONABLE, consent_to_share=_NOT_REASONABLE)

FOOTINGS: dict[Ground, Footing] = {
    Ground.UNIVERSAL: Footing(
        "To promote the child's welfare",
        (LegalBasis.CA2004_S10, LegalBasis.CA2004_S11),
        ((_UNKNOWN, 0.5), (_TOLD, 0.4), (_AGREED, 0.1)),
    ),
    Ground.EARLY_HELP: Footing(
        "Early help with the family's agreement",
        (LegalBasis.CA2004_S10,),
        ((_AGREED, 0.6), (_SERVICE_ONLY, 0.3), (_TURNED_DOWN, 0.1)),
    ),
    Ground.IN_NEED: Footing(
        "Assessment and help for a child in need",
        (LegalBasis.CA1989_S17, LegalBasis.CA2004_S10),
        ((_AGREED, 0.4), (_TOLD, 0.35), (_SERVICE_ONLY, 0.25)),
    ),
    Ground.PROTECTION: Footing(
        "Enquiries where a child may be suffering significant harm",
        (LegalBasis.CA1989_S47, LegalBasis.DPA2018_SCH1_P18),
        ((_TOLD, 0.5), (_UNSAFE_TO_ASK, 0.35), (_NO_TIME, 0.15)),
    ),
    Ground.CRIME: Footing(
        "Preventing crime and protecting a child",
        (LegalBasis.CDA1998_S115, LegalBasis.DPA2018_SCH8_P4),
        ((_NO_TIME, 0.5), (_UNSAFE_TO_ASK, 0.3), (_UNKNOWN, 0.2)),
    ),
}


def graded(
    source: SourceGrade,
    information: InformationGrade,
    *conditions: HandlingCondition,
    owner_control: bool = False,
) -> Handling:
    """Return a police 3x5x2 grading: code C as soon as there is a condition, else P."""
    return Handling(
        source=source,
        information=information,
        code=HandlingCode.CONDITIONS if conditions else HandlingCode.PERMITTED,
        conditions=list(conditions),
        owner_control=owner_control,
    )


SEEN_BY_OFFICER = graded(SourceGrade.RELIABLE, InformationGrade.KNOWN_DIRECTLY)
TOLD_AND_BORNE_OUT = graded(SourceGrade.RELIABLE, InformationGrade.KNOWN_INDIRECTLY_CORROBORATED)
UNTESTED = graded(SourceGrade.UNTESTED, InformationGrade.KNOWN_INDIRECTLY)
FROM_A_SOURCE = graded(
    SourceGrade.UNTESTED,
    InformationGrade.NOT_KNOWN,
    HandlingCondition.COVERT_USE,
    HandlingCondition.CONSULT_ORIGINATOR,
    owner_control=True,
)
SUSPECTED_FALSE = graded(
    SourceGrade.NOT_RELIABLE, InformationGrade.SUSPECTED_FALSE, HandlingCondition.CONSULT_ORIGINATOR
)
OWNER_CONTROLLED = Handling(owner_control=True)
_ORDINARY = Handling()
POLICE_GRADES = (
    (SEEN_BY_OFFICER, 0.42),
    (TOLD_AND_BORNE_OUT, 0.2),
    (UNTESTED, 0.26),
    (FROM_A_SOURCE, 0.07),
    (SUSPECTED_FALSE, 0.05),
)


def sharing(
    agency: AgencyId,
    ground: Ground,
    dice: Dice,
    labels: tuple[Sensitivity, ...] = (),
    handling: Handling | None = None,
    consent: ConsentFacts | None = None,
) -> Sharing:
    """Return what the agency says about sharing one event; police items are graded even where no grade is asked for."""
    footing = FOOTINGS[ground]
    if handling is None:
        handling = dice.weighted(POLICE_GRADES) if agency == POLICE else _ORDINARY
    return Sharing(
        handling=handling,
        sensitivity=list(labels),
        consent=dice.weighted(footing.consents) if consent is None else consent,
        purpose=footing.purpose,
        legal_basis=list(footing.legal_basis),
    )
