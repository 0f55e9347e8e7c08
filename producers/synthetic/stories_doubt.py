"""Reports that look malicious and are true, and an agency that never answers."""

from hub.contract.codes import AbuseCategory, ContactOutcome, ReferralSource
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import SafeguardingConcern
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.mash import Answer, OutcomeFeedback, Rating, Threshold
from hub.contract.details.social_care import Contact
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, heard, why
from producers.synthetic.details import (
    answer,
    ask,
    assessment,
    decision,
    enquiry,
    incident,
    police_protection,
    referral,
    strategy,
)
from producers.synthetic.grounds import SUSPECTED_FALSE, Ground
from producers.synthetic.partnership import (
    COMMUNITY,
    CSC,
    HOSPITAL,
    HOSPITAL_SITE,
    HOUSING,
    POLICE,
    PROBATION,
    SCHOOLS,
)
from producers.synthetic.people import Role
from producers.synthetic.telling import Telling

_BRUISED = why("18C", abuse=AbuseCategory.PHY)
_TOLD_BY_FAMILY = (Sensitivity.THIRD_PARTY,)

_MALICIOUS_LOOKING = (
    Beat(
        CSC, (0, 30), Contact(source=ReferralSource.CODE_9, outcomes=[ContactOutcome.NFA]), level=2,
        labels=_TOLD_BY_FAMILY, accused=Role.PARTNER,
        words=(
            "Anonymous caller says the partner is rough with {them}. Contact dispute known. Read as malicious.",
        ),
    ),
    Beat(
        POLICE, (5, 30), incident("Report by estranged father"), level=2, handling=SUSPECTED_FALSE, ground=Ground.CRIME,
        people=(Role.FATHER,), accused=Role.PARTNER, labels=_TOLD_BY_FAMILY,
        words=(
            "Father reports bruising seen on a video call. Third call this month; suspected to be part of the dispute.",
        ),
    ),
    Beat(
        CSC, (3, 20), Contact(source=ReferralSource.CODE_1A, outcomes=[ContactOutcome.ADVICE]), level=2,
        people=(Role.GRANDMOTHER,), labels=_TOLD_BY_FAMILY,
        words=(
            "Grandmother sent photographs by email. Told to seek legal advice. Photographs not looked at.",
        ),
    ),
    Beat(
        COMMUNITY, (5, 30), HealthEncounter(service="Health visiting"), level=2, ages=(0, 4), people=(Role.PARTNER,),
        words=("Yellow bruise on the ear, said to be from a toy. Partner described by mum as brilliant with {them}.",),
    ),
    Beat(
        SCHOOLS, (5, 30), SafeguardingConcern(raised_by="Class teacher"), level=3, category=_BRUISED, ages=(3, 16),
        words=("Finger-tip bruises on both upper arms when changing. Flinched at a dropped tray.",),
        voice=(
            heard("He says I have to say I fell.", "Teaching assistant", before="Nobody else"),
            heard("Nan told you. You didn't come.", "Designated safeguarding lead"),
        ),
    ),
    Beat(
        HOSPITAL, (1, 12),
        AeAttendance(
            site=HOSPITAL_SITE, presenting="Bruising", injury="Bruises to ear, back and arms",
            explanation_consistent=False, brought_by="Mother's partner",
        ),
        level=4, category=_BRUISED, ground=Ground.PROTECTION, accused=Role.PARTNER, people=(Role.MOTHER,),
        words=("Pattern not explained by play. Dates fit the grandmother's photographs.",),
    ),
    Beat(
        CSC, (0, 1), referral(ReferralSource.CODE_3E), level=4, category=_BRUISED, ground=Ground.PROTECTION,
        people=(Role.MOTHER, Role.GRANDMOTHER), accused=Role.PARTNER,
        words=("The family's three reports were right. Each had been weighed by who made it, not by what it said.",),
    ),
    Beat(
        CSC, (0, 1), strategy("See the photographs. Medical today. No warning to partner."), level=4,
        ground=Ground.PROTECTION,
    ),
    Beat(POLICE, (0, 1), police_protection, level=4, ground=Ground.PROTECTION, chance=0.4, lasts=(0, 3)),
    Beat(CSC, (0, 1), enquiry(Enquiry.CP_CONFERENCE), level=4, category=_BRUISED, ground=Ground.PROTECTION),
    Beat(
        POLICE, (2, 20), incident("Arrest for assault on a child"), level=4, ground=Ground.CRIME, accused=Role.PARTNER,
    ),
    Beat(
        CSC, (3, 10), OutcomeFeedback(outcome=Threshold.STRATEGY_DISCUSSION),
        words=("Grandmother told that she had been right, and thanked.",),
    ),
)  # fmt: skip

_WORRY = (
    Beat(
        SCHOOLS, (0, 30), SafeguardingConcern(raised_by="Designated safeguarding lead"), level=2, ages=(4, 17),
        words=("Says {their} uncle has moved in and sleeps in {their} room. Quiet since half term.",),
        voice=(heard("I want my own bed back.", "Learning mentor", before="Nobody else"),),
    ),
    Beat(
        COMMUNITY, (0, 30), HealthEncounter(service="Health visiting"), level=2, ages=(0, 3),
        words=("A man I had not met answered and would not give a name. Mum not at home.",),
    ),
    Beat(
        CSC, (0, 3), referral(ReferralSource.CODE_2A, ReferralSource.CODE_3B), level=3, category=why(),
        ground=Ground.IN_NEED,
        words=("Adult of unknown history in the home. Lateral checks needed before deciding.",),
    ),
)  # fmt: skip
_ASKED = (HOUSING, POLICE, HOSPITAL, PROBATION)
_ANSWERS = (
    (Answer.HELD, None),
    (Answer.NOTHING_HELD, None),
    (Answer.TEMPORARY_ERROR, "System down until Monday; will search again."),
    (Answer.REFUSED, "Speak to the information owner before anything is shared."),
)
_DECIDED = (
    Beat(
        CSC, (2, 4), decision(Threshold.SECTION_17, Rating.AMBER), level=3, ground=Ground.IN_NEED,
        words=("Decided without every answer. One agency has not replied: that is not the same as nothing known.",),
    ),
    Beat(
        CSC, (1, 3), OutcomeFeedback(outcome=Threshold.SECTION_17),
        words=("Referrer told.",),
    ),
    Beat(CSC, (1, 5), assessment, level=3, ground=Ground.IN_NEED, lasts=(25, 61), chance=0.7),
)  # fmt: skip


def tell_malicious_looking(telling: Telling) -> None:
    """Tell of reports from a divided family, set aside as malicious, that turn out to be true."""
    telling.play(_MALICIOUS_LOOKING)


def tell_silence(telling: Telling) -> None:
    """Tell of lateral checks: several agencies answer, each in its own way, and one never does."""
    telling.play(_WORRY)
    asked = telling.dice.shuffled(_ASKED)
    telling.play(Beat(CSC, (0, 0), ask(agency), ground=Ground.IN_NEED, about=0, prompt=True) for agency in asked)
    for agency in asked[1:]:
        given, reason = telling.dice.pick(_ANSWERS)
        telling.play((Beat(agency, (1, 1), answer(agency, given, reason), ground=Ground.IN_NEED, about=0),))
    telling.play((Beat(CSC, (1, 1), ask(asked[0], hours=6), ground=Ground.IN_NEED, about=0, prompt=True),))
    telling.play(_DECIDED)
