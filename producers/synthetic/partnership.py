"""The eight invented agencies of Ridgemoor: how each numbers its records, names its system, how soon it records.

Knows nothing of the hub's own directory of agencies; the ids are those of the shipped example.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from hub.contract.primitives import AgencyId

AREA = "Ridgemoor"

CSC = AgencyId("childrens-social-care")
POLICE = AgencyId("police")
HOSPITAL = AgencyId("hospital-trust")
COMMUNITY = AgencyId("community-health")
SCHOOLS = AgencyId("schools-trust")
HOUSING = AgencyId("housing")
PROBATION = AgencyId("probation")
REFUGE = AgencyId("refuge")


@dataclass(frozen=True, slots=True)
class Habits:
    """How one agency keeps its records."""

    system: str
    prefix: str
    multiplier: int
    days_to_record: tuple[int, int]
    times_of_day: bool
    weekdays_only: bool
    reporters: tuple[str, ...]


HABITS: dict[AgencyId, Habits] = {
    CSC: Habits(
        "Ridgemoor case management", "RM", 1_230_979, (0, 3), times_of_day=False, weekdays_only=True,
        reporters=("Social worker", "MASH social worker", "Team manager", "Contact officer"),
    ),
    POLICE: Habits(
        "Ridgemoor Constabulary crime and intelligence", "N", 4_567_891, (0, 1), times_of_day=True, weekdays_only=False,
        reporters=("Response officer", "Public protection officer", "Neighbourhood officer"),
    ),
    HOSPITAL: Habits(
        "Ridgemoor General patient administration", "H", 7_320_517, (0, 1), times_of_day=True, weekdays_only=False,
        reporters=("Paediatric registrar", "Emergency department nurse", "Safeguarding nurse", "Consultant"),
    ),
    COMMUNITY: Habits(
        "Ridgemoor child health", "CH", 2_718_281, (0, 5), times_of_day=False, weekdays_only=True,
        reporters=("Health visitor", "School nurse", "Community nurse", "Named nurse"),
    ),
    SCHOOLS: Habits(
        "Ridgemoor Learning safeguarding log", "P", 3_141_593, (0, 2), times_of_day=False, weekdays_only=True,
        reporters=("Designated safeguarding lead", "Class teacher", "Head of year", "Attendance officer"),
    ),
    HOUSING: Habits(
        "Ridgemoor Homes tenancies", "T", 5_772_157, (1, 6), times_of_day=False, weekdays_only=True,
        reporters=("Housing officer", "Homelessness officer", "Repairs surveyor"),
    ),
    PROBATION: Habits(
        "Ridgemoor probation unit", "X", 6_180_339, (1, 4), times_of_day=False, weekdays_only=True,
        reporters=("Probation officer", "Victim liaison officer"),
    ),
    REFUGE: Habits(
        "Harbour Example casework", "HB", 1_414_213, (0, 2), times_of_day=False, weekdays_only=False,
        reporters=("Refuge worker", "Children's worker", "Independent domestic violence adviser"),
    ),
}  # fmt: skip

AGENCIES: tuple[AgencyId, ...] = tuple(HABITS)

SCHOOL_NAMES = (
    "Placeholder Lane Primary", "Ridgemoor Example Academy", "Specimen Road Infants", "St Nowhere's Primary",
    "Pretend Park School", "Sample Hill High", "Mockingfield Community School", "Notional Green Junior",
)  # fmt: skip
PRACTICE_NAMES = ("Pretend Park Surgery", "Sample Street Practice", "Example Health Centre", "Mock Lane Medical")
STREETS = (
    "Placeholder Lane", "Specimen Road", "Example Crescent", "Pretend Park", "Sample Street", "Notional Green",
    "Figment Row", "Dummy Close", "Mockingfield Avenue", "Prototype Way", "Fiction Terrace", "Nowhere Gardens",
)  # fmt: skip
HOSPITAL_SITE = "Ridgemoor General"

_CLOSED = ((12, 20, 1, 4), (4, 1, 4, 14), (7, 22, 9, 4))


def weekday(day: date) -> date:
    """Return the day itself, or the Monday after a weekend."""
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def school_day(day: date) -> date:
    """Return the day itself, or the first weekday after a weekend or the school holidays (the same each year)."""
    for first_month, first_day, last_month, last_day in _CLOSED:
        if last_month < first_month and (day.month, day.day) <= (last_month, last_day):
            return weekday(date(day.year, last_month, last_day) + timedelta(days=1))
        last = date(day.year + (last_month < first_month), last_month, last_day)
        if date(day.year, first_month, first_day) <= day <= last:
            return weekday(last + timedelta(days=1))
    return weekday(day)


def open_day(agency: AgencyId, day: date) -> date:
    """Return the first day from `day` on at which the agency works."""
    if agency == SCHOOLS:
        return school_day(day)
    return weekday(day) if HABITS[agency].weekdays_only else day
