"""Small Children in Need census returns for tests: valid in every rule unless a test says otherwise."""

from collections.abc import Iterable
from io import BytesIO

from hub.contract.event import ConcernEvent
from producers.adapters.cin_census import CinCensus
from producers.adapters.port import Record, Reject

UPN = "J201202400001"
HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2024</Year>"
    "<ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails><Source><SourceLevel>L</SourceLevel><LEA>201</LEA>"
    "<SerialNo>001</SerialNo><DateTime>2024-05-23T11:14:05</DateTime></Source></Header>"
)


def fields(**values: str | None) -> str:
    """Write elements that hold only text; those that are None are left out."""
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value is not None)


def identifiers(inside: str = "", /, **values: str | None) -> str:
    """Write who a child is."""
    held = {"LAchildID": "C0001", "UPN": UPN, "PersonBirthDate": "2015-03-27", "Sex": "M"} | values
    return f"<ChildIdentifiers>{fields(**held)}{inside}</ChildIdentifiers>"


def characteristics(*disabilities: str, ethnicity: str | None = "WBRI") -> str:
    """Write a child's characteristics."""
    held = "".join(f"<Disability>{code}</Disability>" for code in disabilities or ("NONE",))
    return (
        f"<ChildCharacteristics>{fields(Ethnicity=ethnicity)}<Disabilities>{held}</Disabilities></ChildCharacteristics>"
    )


def episode(*modules: str, **values: str | None) -> str:
    """Write a `CINdetails`, its fields before and after its modules where the schema has them."""
    first = {"CINreferralDate": "2024-01-08", "ReferralSource": "1A", "PrimaryNeedCode": "N1"} | values
    last = {"ReferralNFA": first.pop("ReferralNFA", "0")}
    return f"<CINdetails>{fields(**first)}{''.join(modules)}{fields(**last)}</CINdetails>"


def module(name: str, inside: str = "", /, **values: str | None) -> str:
    """Write a module of an episode."""
    return f"<{name}>{fields(**values)}{inside}</{name}>"


def assessment(
    start: str | None = "2024-01-10", end: str | None = "2024-02-12", factors: Iterable[str] = ("2A",)
) -> str:
    """Write an assessment."""
    codes = "".join(f"<AssessmentFactors>{code}</AssessmentFactors>" for code in factors)
    wrapper = f"<FactorsIdentifiedAtAssessment>{codes}</FactorsIdentifiedAtAssessment>" if codes else ""
    return module("Assessments", wrapper, AssessmentActualStartDate=start, AssessmentAuthorisationDate=end)


def enquiry(start: str | None = "2024-01-11", **values: str | None) -> str:
    """Write a section 47 enquiry that needed no conference."""
    return module("Section47", **{"S47ActualStartDate": start, "ICPCnotRequired": "true"} | values)


def cin_plan(start: str | None = "2024-02-13", end: str | None = "2024-03-01") -> str:
    """Write a child in need plan."""
    return module("CINPlanDates", CINPlanStartDate=start, CINPlanEndDate=end)


def cp_plan(start: str | None = "2024-02-01", reviews: Iterable[str] = (), **values: str | None) -> str:
    """Write a child protection plan."""
    held = {"InitialCategoryOfAbuse": "NEG", "LatestCategoryOfAbuse": "NEG", "NumberOfPreviousCPP": "0"} | values
    dates = "".join(f"<CPPreviewDate>{day}</CPPreviewDate>" for day in reviews)
    wrapper = f"<Reviews>{dates}</Reviews>" if dates else ""
    return module("ChildProtectionPlans", wrapper, **{"CPPstartDate": start} | held)


def child(*episodes: str, who: str | None = None, about: str | None = None) -> str:
    """Write a child with its episodes."""
    head = (identifiers() if who is None else who) + (characteristics() if about is None else about)
    return f"<Child>{head}{''.join(episodes)}</Child>"


def census(*children: str, header: str = HEADER) -> str:
    """Write a whole return."""
    return f"<Message>{header}<Children>{''.join(children)}</Children></Message>"


def read(text: str | bytes) -> list[Record | Reject]:
    """Return what the adapter makes of a return."""
    return list(CinCensus().read(BytesIO(text.encode() if isinstance(text, str) else text)))


def records(text: str | bytes) -> list[Record]:
    """Return the records of a return that has no rejects."""
    found = read(text)
    rejects = [each for each in found if isinstance(each, Reject)]
    assert not rejects, rejects
    told = [each for each in found if isinstance(each, Record)]
    assert all(ConcernEvent.model_validate_json(each.event.model_dump_json()) == each.event for each in told)
    return told


def rules(record: Record) -> list[str]:
    """Return the rules and codes of a record's flags."""
    return [flag.rule for flag in record.event.quality]


def only(found: Iterable[Record], event_type: str) -> Record:
    """Return the one record of a type."""
    matching = [each for each in found if each.event.type == event_type]
    assert len(matching) == 1, [each.event.type for each in matching]
    return matching[0]
