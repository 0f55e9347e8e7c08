"""The demonstration's other families: twins, an adoption, a refuge, and an ordinary one that needs nothing."""

from dataclasses import replace

from hub.contract.codes import AbuseCategory, ClosureReason, ContactOutcome, LegalStatus, ReferralSource, Sex
from hub.contract.codes import Section47Outcome as Enquiry
from hub.contract.details.concerns import Homeless, SafeguardingConcern
from hub.contract.details.education import SchoolAttendance
from hub.contract.details.health import AeAttendance, HealthEncounter
from hub.contract.details.legal import LegalOrder
from hub.contract.details.plans import ChildLookedAfter, EarlyHelp
from hub.contract.details.police import PoliceIncident
from hub.contract.details.records import PersonDetails
from hub.contract.details.social_care import CaseClosure, Contact
from hub.contract.person import IdentifierSystem
from hub.contract.sharing import Sensitivity
from producers.synthetic.beats import Beat, Where, heard, why
from producers.synthetic.demo_people import NOW, Line, child, held, hold, household, play, refuge, stage
from producers.synthetic.details import enquiry, referral
from producers.synthetic.grounds import OWNER_CONTROLLED, SEEN_BY_OFFICER, Ground
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, HOSPITAL_SITE, HOUSING, POLICE, REFUGE, SCHOOLS
from producers.synthetic.people import Role
from producers.synthetic.telling import Telling

_NHS, _UPN = IdentifierSystem.NHS_NUMBER, IdentifierSystem.UPN
_SEALED = (Sensitivity.ADOPTION,)
_HIDDEN = (Sensitivity.DOMESTIC_ABUSE, Sensitivity.REFUGE, Sensitivity.ADDRESS_CONFIDENTIAL)
_HARM = why("18C", abuse=AbuseCategory.PHY)

_TWINS = (
    Line("2024-09-06", Beat(
        CSC, NOW, EarlyHelp(organisation="Ridgemoor family hub"), level=1, about=0, ground=Ground.EARLY_HELP,
        words=("Breakfast club place agreed; one record for each twin.",),
    )),
    Line("2024-09-06", Beat(
        CSC, NOW, EarlyHelp(organisation="Ridgemoor family hub"), level=1, about=1, ground=Ground.EARLY_HELP,
        words=("Breakfast club place agreed; one record for each twin.",),
    )),
    Line("2024-09-10", Beat(SCHOOLS, NOW, PersonDetails(), about=0, words=("Joined year 2 with her twin.",))),
    Line("2024-09-10", Beat(SCHOOLS, NOW, PersonDetails(), about=1, words=("Joined year 2 with her twin.",))),
    Line("2024-11-02 13:00", Beat(
        HOSPITAL, NOW, AeAttendance(site=HOSPITAL_SITE, presenting="Asthma", brought_by="Father"), level=1, about=0,
        words=("Wheeze, settled. Her twin was in the waiting room in the same coat.",),
    )),
    Line("2025-02-11 16:40", Beat(
        HOSPITAL, NOW,
        AeAttendance(site=HOSPITAL_SITE, presenting="Cut chin", explanation_consistent=True, brought_by="Mother"),
        level=1, about=1, words=("Fell in the playground. Glued.",),
    )),
    Line("2025-03-04", Beat(
        SCHOOLS, NOW, SafeguardingConcern(raised_by="Class teacher"), level=2, about=1,
        words=("Marks on one forearm at swimming; her sister has none. Says it was the kitten, shows a photo.",),
        voice=(heard("Everyone thinks I'm her.", "Class teacher"),),
    )),
    Line("2025-03-07", Beat(
        CSC, NOW, Contact(source=ReferralSource.CODE_2A, outcomes=[ContactOutcome.ADVICE]), level=2, about=1,
        words=("About one twin. Nothing held on the other; the two must not be confused.",),
    )),
)  # fmt: skip

_ADOPTION = (
    Line("2023-05-09 02:15", Beat(
        HOSPITAL, NOW,
        AeAttendance(site=HOSPITAL_SITE, presenting="Not feeding", injury="Healing rib fractures",
                     explanation_consistent=False, brought_by="Mother"),
        level=4, about=0, category=_HARM, ground=Ground.PROTECTION, people=(Role.MOTHER, Role.FATHER),
        words=("Found on a chest film. Not accounted for. A nurse stayed by the cot.",),
    )),
    Line("2023-05-09", Beat(CSC, NOW, enquiry(Enquiry.LEGAL_ACTION), level=4, about=0, category=_HARM,
                            ground=Ground.PROTECTION)),
    Line("2023-05-15", Beat(
        CSC, NOW, ChildLookedAfter(legal_status=LegalStatus.C1, placement="U1"), level=4, about=0,
        ground=Ground.PROTECTION,
    )),
    Line("2024-01-22", Beat(
        CSC, NOW, LegalOrder(order="Placement order", status=LegalStatus.E1), about=0, labels=_SEALED,
        ground=Ground.PROTECTION,
    )),
    Line("2024-09-30", Beat(
        CSC, NOW, CaseClosure(reason=ClosureReason.RC1), about=0, labels=_SEALED, handling=OWNER_CONTROLLED,
        words=("Adoption order made. Record sealed.",),
    )),
    Line("2024-10-21", Beat(
        COMMUNITY, NOW, PersonDetails(), about=1, labels=_SEALED, handling=OWNER_CONTROLLED,
        words=("Record under the new name and number.",),
    )),
    Line("2025-04-02 19:30", Beat(
        HOSPITAL, NOW, AeAttendance(site=HOSPITAL_SITE, presenting="Croup", brought_by="Adoptive mother"), level=1,
        about=1, words=("Seen and home the same night.",),
    )),
    Line("2025-11-12", Beat(
        CSC, NOW, Contact(source=ReferralSource.CODE_1A, outcomes=[ContactOutcome.ADVICE]), level=1, about=1,
        labels=_SEALED, handling=OWNER_CONTROLLED, ground=Ground.EARLY_HELP,
        words=("Parents asked for help with questions about where he comes from.",),
    )),
)  # fmt: skip

_BEFORE_FLIGHT = (
    Line("2025-07-19 01:05", Beat(
        POLICE, NOW,
        PoliceIncident(incident="0042-19072025", nature="Domestic incident, high risk", domestic_abuse=True,
                       children_present=True, arrests=1),
        level=4, about=0, category=why("3A", "3B"), ground=Ground.CRIME, labels=(Sensitivity.DOMESTIC_ABUSE,),
        handling=SEEN_BY_OFFICER, people=(Role.MOTHER,), accused=Role.FATHER, where=Where.HOME,
        words=("Strangulation disclosed. High risk; referred to MARAC. Mother and child taken to a place of safety.",),
    )),
)  # fmt: skip
_AFTER_FLIGHT = (
    Line("2025-07-19", Beat(
        REFUGE, NOW, SafeguardingConcern(raised_by="Refuge worker"), level=3, about=0, labels=_HIDDEN, where=Where.HOME,
        handling=OWNER_CONTROLLED, people=(Role.MOTHER,), accused=Role.FATHER,
        words=("Arrived with two bags. He must not learn where they are: ask us before anything is passed on.",),
        voice=(heard("It's quiet here. Can Dad find us?", "Children's worker", before="Mother"),),
    ), "refuge"),
    Line("2025-07-23", Beat(
        HOUSING, NOW, Homeless(accommodation="Refuge", eviction=False), level=3, about=0, labels=_HIDDEN,
        handling=OWNER_CONTROLLED, people=(Role.MOTHER,), words=("Fleeing violence. Letters to a safe contact only.",),
    )),
    Line("2025-07-24", Beat(
        CSC, NOW, referral(ReferralSource.CODE_8), level=3, about=0, labels=_HIDDEN, ground=Ground.IN_NEED,
        people=(Role.MOTHER,), accused=Role.FATHER, where=Where.HOME,
        words=("Address known to the allocated worker and the manager only.",),
    )),
    Line("2025-08-11 12:00", Beat(
        HOSPITAL, NOW, PersonDetails(), about=0, labels=(Sensitivity.PDS_RESTRICTED,),
        words=("Record marked sensitive at mother's request; address and practice removed.",),
    )),
    Line("2025-09-09", Beat(
        SCHOOLS, NOW, SafeguardingConcern(raised_by="Designated safeguarding lead"), level=3, about=0, labels=_HIDDEN,
        accused=Role.FATHER, words=("Man at the old school's gate asked for him. Told nothing; police informed.",),
    )),
)  # fmt: skip

_QUIET = (
    Line("2024-06-12", Beat(
        COMMUNITY, NOW, HealthEncounter(service="Health visiting: one-year review"), level=1, about=0,
        words=("Lovely visit. Walking, pointing, three words.",),
    )),
    Line("2025-01-20", Beat(COMMUNITY, NOW, HealthEncounter(service="Immunisation"), level=1, about=0)),
    Line("2025-05-05 15:20", Beat(
        HOSPITAL, NOW,
        AeAttendance(site=HOSPITAL_SITE, presenting="Bump to head", explanation_consistent=True, brought_by="Father"),
        level=1, about=0, words=("Fell from a step in front of four cousins. Well.",),
    )),
    Line("2025-09-08", Beat(
        SCHOOLS, NOW, SchoolAttendance(sessions_possible=60, sessions_missed=2), level=1, about=1, lasts=(46, 46),
    )),
)  # fmt: skip


def tell_of_twins() -> Telling:
    """Tell of Amara and Abena: one family name, birth date and postcode, two children."""
    home = household(
        "Example-Okafor", "3 Notional Green", "ZZ11 2QT", (Role.MOTHER, "Zuri", "Example-Okafor", "1990-05-17")
    )
    telling = stage(1, home, "2024-09-06")
    for label, given in (("amara", "Amara"), ("abena", "Abena")):
        one = child(label, given, "Example-Okafor", Sex.FEMALE, "2018-05-02", telling.numbers, twin=True)
        telling.cast.children.append(one)
        hold(telling, one, {
            SCHOOLS: held(one, _UPN, address=home.address),
            HOSPITAL: held(one, _NHS, address=home.address),
            CSC: held(one, _NHS, _UPN, address=home.address),
        })  # fmt: skip
    play(telling, _TWINS)
    return telling


def tell_of_the_adopted() -> Telling:
    """Tell of a child's two lives, which are two records everywhere and must never be linked."""
    parents = ((Role.MOTHER, "Skye", "Testenshaw", "2001-10-09"), (Role.FATHER, "Kai", "Testenshaw", "1999-03-28"))
    telling = stage(2, household("Testenshaw", "77 Dummy Close", "ZZ23 4RB", *parents), "2023-05-09")
    birth = child("birth-record", "Jayden", "Testenshaw", Sex.MALE, "2023-02-08", telling.numbers)
    adopted = replace(
        child("adopted-record", "Jonah", "Specimingham", Sex.MALE, "2023-02-08", telling.numbers), upn=None
    )
    birth = replace(birth, upn=None)
    telling.cast.children.extend((birth, adopted))
    hold(telling, birth, {agency: held(birth, _NHS) for agency in (HOSPITAL, CSC)})
    hold(telling, adopted, {agency: held(adopted, _NHS) for agency in (COMMUNITY, HOSPITAL, CSC)})
    play(telling, _ADOPTION)
    return telling


def tell_of_the_refuge() -> Telling:
    """Tell of a mother and child who fled; only the refuge and social care hold where they are."""
    parents = ((Role.MOTHER, "Aisha", "Demo-Khan", "1994-12-01"), (Role.FATHER, "Zayn", "Demo-Khan", "1990-07-15"))
    telling = stage(3, household("Demo-Khan", "9 Specimen Road", "ZZ8 1WN", *parents), "2025-07-19")
    yusuf = child("yusuf", "Yusuf", "Demo-Khan", Sex.MALE, "2016-04-26", telling.numbers)
    telling.cast.children.append(yusuf)
    hold(telling, yusuf, {POLICE: held(yusuf, address=telling.cast.household.address)})
    play(telling, _BEFORE_FLIGHT)
    telling.cast.household.protected = True
    telling.cast.move(refuge("ZZ31 9HB"))
    safe = telling.cast.household.address
    hold(telling, yusuf, {
        REFUGE: held(yusuf, address=safe),
        CSC: held(yusuf, _NHS, _UPN, address=safe),
        HOUSING: held(yusuf),
        HOSPITAL: held(yusuf, _NHS, restricted=True),
        SCHOOLS: held(yusuf, _UPN),
    })  # fmt: skip
    play(telling, _AFTER_FLIGHT)
    return telling


def tell_of_the_ordinary() -> Telling:
    """Tell of a family that needs nothing; its second child's name is written in Arabic letters."""
    home = household("الاختبار", "21 Sample Street", "ZZ5 6DJ", (Role.MOTHER, "نور", "الاختبار", "1992-01-11"))
    telling = stage(4, home, "2024-06-12")
    for label, given, sex, born in (
        ("layla", "ليلى", Sex.FEMALE, "2023-06-01"),
        ("youssef", "يوسف", Sex.MALE, "2017-09-13"),
    ):
        one = child(label, given, "الاختبار", sex, born, telling.numbers)
        telling.cast.children.append(one)
        hold(telling, one, {COMMUNITY: held(one, _NHS), HOSPITAL: held(one, _NHS), SCHOOLS: held(one, _UPN)})
    play(telling, _QUIET)
    return telling
