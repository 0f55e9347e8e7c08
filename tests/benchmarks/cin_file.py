"""Writes an invented Children in Need census of any size: reproducible, valid in form, faulty as real returns are.

The proportions are those of a local authority: most children have one episode, half of them an assessment, one in ten
a child protection plan; 96 % of UPNs fail their check letter, as in public samples.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from stdnum.gb import upn

HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<Message>
    <Header>
        <CollectionDetails>
            <Collection>CIN</Collection>
            <Year>2026</Year>
            <ReferenceDate>2026-03-31</ReferenceDate>
        </CollectionDetails>
        <Source>
            <SourceLevel>L</SourceLevel>
            <LEA>201</LEA>
            <SoftwareCode>Local Authority</SoftwareCode>
            <Release>ver 3.1.21</Release>
            <SerialNo>001</SerialNo>
            <DateTime>2026-05-23T11:14:05</DateTime>
        </Source>
    </Header>
    <Children>
"""
FOOTER = "    </Children>\n</Message>\n"
FIRST_DAY = date(2023, 4, 1)
SOURCES = "1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 5D 6 7 8 9 10"
ETHNICITIES = "WBRI WIRI WOTH MWBC MWAS AIND APKN ABAN BCRB BAFR CHNE OOTH REFU NOBT"
FACTORS = "1B 2B 3A 3B 4A 4B 6B 10A 11A 15A 16A 17A 18C 24A"
CATEGORIES = "NEG PHY SAB EMO MUL"


def write_census(path: Path, children: int, seed: int) -> int:
    """Write a census of so many children and return how many events an adapter must make of it."""
    random, events = Random(seed), 0
    with path.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        for number in range(children):
            lines = list(_child(number, random))
            events += sum(line.count(mark) for line in lines for mark in _EVENTS)
            out.writelines(f"        {line}\n" for line in lines)
        out.write(FOOTER)
    return events


_EVENTS = (
    "<CINreferralDate>",
    "<CINclosureDate>",
    "<AssessmentActualStartDate>",
    "<CINPlanStartDate>",
    "<S47ActualStartDate>",
    "<DateOfInitialCPC>",
    "<CPPstartDate>",
    "<CPPreviewDate>",
    "<PersonDeathDate>",
)


def _child(number: int, random: Random) -> Iterator[str]:
    born = FIRST_DAY - timedelta(days=random.randrange(30, 17 * 365))
    yield "<Child>"
    yield "    <ChildIdentifiers>"
    yield f"        <LAchildID>C{number:09d}</LAchildID>"
    yield f"        <UPN>{_upn(random)}</UPN>"
    yield f"        <PersonBirthDate>{born}</PersonBirthDate>"
    yield f"        <Sex>{random.choice('MFU')}</Sex>"
    if random.random() < 0.002:
        yield f"        <PersonDeathDate>{FIRST_DAY + timedelta(days=900)}</PersonDeathDate>"
    yield "    </ChildIdentifiers>"
    yield "    <ChildCharacteristics>"
    yield f"        <Ethnicity>{random.choice(ETHNICITIES.split())}</Ethnicity>"
    yield "        <Disabilities>"
    yield f"            <Disability>{random.choice(('NONE', 'NONE', 'LD', 'AUT'))}</Disability>"
    yield "        </Disabilities>"
    yield "    </ChildCharacteristics>"
    day = FIRST_DAY + timedelta(days=random.randrange(200))
    for _ in range(random.choice((1, 1, 1, 2))):
        yield from _episode(day, random)
        day += timedelta(days=400)
    yield "</Child>"


def _upn(random: Random) -> str:
    digits = f"201{random.randrange(10**9):09d}"
    letter = upn.calc_check_digit(digits)
    return (letter if random.random() < 0.04 else "A" if letter != "A" else "B") + digits


def _episode(day: date, random: Random) -> Iterator[str]:
    protection = random.random() < 0.15
    yield "    <CINdetails>"
    yield f"        <CINreferralDate>{day}</CINreferralDate>"
    yield f"        <ReferralSource>{random.choice(SOURCES.split())}</ReferralSource>"
    yield f"        <PrimaryNeedCode>N{random.randrange(10)}</PrimaryNeedCode>"
    if random.random() < 0.6:
        yield f"        <CINclosureDate>{day + timedelta(days=330)}</CINclosureDate>"
        yield f"        <ReasonForClosure>RC{random.randrange(1, 10)}</ReasonForClosure>"
    for number in range(random.choice((0, 1, 1, 1, 2))):
        yield from _assessment(day + timedelta(days=2 + 60 * number), random)
    if random.random() < 0.4:
        yield "        <CINPlanDates>"
        yield f"            <CINPlanStartDate>{day + timedelta(days=50)}</CINPlanStartDate>"
        yield f"            <CINPlanEndDate>{day + timedelta(days=200)}</CINPlanEndDate>"
        yield "        </CINPlanDates>"
    if protection or random.random() < 0.2:
        yield from _enquiry(day, random, conference=protection)
    yield "        <ReferralNFA>0</ReferralNFA>"
    if protection:
        yield from _plan(day, random)
    yield "    </CINdetails>"


def _assessment(day: date, random: Random) -> Iterator[str]:
    yield "        <Assessments>"
    yield f"            <AssessmentActualStartDate>{day}</AssessmentActualStartDate>"
    yield f"            <AssessmentAuthorisationDate>{day + timedelta(days=40)}</AssessmentAuthorisationDate>"
    yield "            <FactorsIdentifiedAtAssessment>"
    for factor in random.sample(FACTORS.split(), random.randrange(1, 4)):
        yield f"                <AssessmentFactors>{factor}</AssessmentFactors>"
    yield "            </FactorsIdentifiedAtAssessment>"
    yield "        </Assessments>"


def _enquiry(day: date, random: Random, *, conference: bool) -> Iterator[str]:
    yield "        <Section47>"
    yield f"            <S47ActualStartDate>{day + timedelta(days=random.randrange(1, 4))}</S47ActualStartDate>"
    yield f"            <InitialCPCtarget>{day + timedelta(days=20)}</InitialCPCtarget>"
    if conference:
        yield f"            <DateOfInitialCPC>{day + timedelta(days=19)}</DateOfInitialCPC>"
    yield f"            <ICPCnotRequired>{'false' if conference else 'true'}</ICPCnotRequired>"
    yield "        </Section47>"


def _plan(day: date, random: Random) -> Iterator[str]:
    category = random.choice(CATEGORIES.split())
    yield "        <ChildProtectionPlans>"
    yield f"            <CPPstartDate>{day + timedelta(days=19)}</CPPstartDate>"
    yield f"            <InitialCategoryOfAbuse>{category}</InitialCategoryOfAbuse>"
    yield f"            <LatestCategoryOfAbuse>{category}</LatestCategoryOfAbuse>"
    yield f"            <NumberOfPreviousCPP>{random.randrange(3)}</NumberOfPreviousCPP>"
    yield "            <Reviews>"
    for number in range(1, random.randrange(2, 5)):
        yield f"                <CPPreviewDate>{day + timedelta(days=90 * number)}</CPPreviewDate>"
    yield "            </Reviews>"
    yield "        </ChildProtectionPlans>"
