"""The documented shape of every `--json`: others script against it, so a name that goes or comes must be meant."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from hub.contract.ids import event_id
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    BEGAN,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    Mash,
    mash_on,
    new_nhs_number,
    told,
)

Count = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]
QUESTION = ("--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion")


class Shape(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Check(Shape):
    name: Text
    ok: bool
    detail: Text
    repair: str | None


class Doctor(Shape):
    ok: bool
    checks: list[Check]
    database_url: str | None
    owner_url: str | None


class Key(Shape):
    id: Text
    from_: Annotated[AwareDatetime, Field(alias="from")]
    until: AwareDatetime | None
    revoked: AwareDatetime | None


class Agency(Shape):
    id: Text
    name: Text
    kind: Text
    keys: list[Key]
    opening_key: Text


class Agencies(Shape):
    agencies: list[Agency]


class Rejected(Shape):
    place: Text
    code: Text
    reason: Text


class Published(Shape):
    read: Count
    published: Count
    rejected: Count
    by_type: dict[str, Count]
    rejects: list[Rejected]


class Outcomes(Shape):
    stored: Count
    duplicates: Count
    conflicts: Count
    quarantined: Count


class Consumed(Outcomes):
    by_type: dict[str, Outcomes]
    by_agency: dict[str, Outcomes]


class Kept(Shape):
    id: UUID
    received_at: AwareDatetime
    agency: Text
    topic: Text
    partition: Count
    offset: Count
    reason: Text
    sentence: Text
    place: str | None
    state: Literal["open", "fixed", "resent", "discarded"]


class Quarantined(Shape):
    quarantine: list[Kept]


class Subject(Shape):
    agency: Text
    reference: Text


class Link(Shape):
    decided_by: Text
    at: AwareDatetime
    reason: Text
    percent: int | None
    fields: list[Text]


class LinkedSubject(Subject):
    link: Link


class Review(Shape):
    id: UUID
    reasons: list[Text]
    sentence: Text


class Child(Shape):
    person: UUID
    names: list[Text]
    born: str | None
    born_as_held: list[str]
    subjects: list[Subject]
    reviews: list[Review]


class ChildWithEvidence(Child):
    subjects: list[LinkedSubject]  # type: ignore[assignment] # the same records, each with its evidence


class Found(Shape):
    children: list[Child]
    decision: UUID


class Shown(Shape):
    children: list[ChildWithEvidence]
    decision: UUID


class Category(Shape):
    need: str | None = None
    abuse: list[str] = []
    factors: list[str] = []


class What(Shape):
    type: str | None
    category: Category
    level: int | None
    status: Literal["current", "corrected", "retracted", "erased"]
    quality: list[str]


class When(Shape):
    occurred: str | None
    until: str | None
    precision: Literal["time", "day", "month", "year", "unknown"]
    accuracy: Annotated[str, Field(pattern=r"^[AEU]{3}$")]
    known: AwareDatetime


class Handling(Shape):
    marking: Text
    conditions: list[str]
    owner_control: bool


class Source(Shape):
    agency: Text
    grade: str | None
    handling: Handling
    system: str | None


class Facets(Shape):
    what: What
    when: When
    source: Source
    detail: dict[str, Any]
    narrative: str | None
    free_text: dict[str, Any] | None
    voice: dict[str, Any] | None
    people: list[dict[str, Any]]
    location: dict[str, Any] | None


class Rule(Shape):
    id: Text
    authority: Text
    reason: Text


class OpenToReview(Shape):
    facets: list[Text]
    by: list[Text]


class Item(Shape):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    verdict: Literal["PERMIT", "EXISTENCE", "REVIEW"]
    facets: Facets
    review: OpenToReview
    obligations: list[Text]
    rules: list[Rule]


class Chronology(Shape):
    person: UUID
    as_of: AwareDatetime
    decision: UUID
    notice: Text
    items: list[Item]


class Decision(Shape):
    id: UUID
    at: AwareDatetime
    kind: Text
    viewer: Text
    agency: Text
    operator: Text
    purpose: Text
    person: UUID | None
    as_of: Count | None
    policy_version: Text
    refusal: str | None
    emergency: bool
    verdicts: dict[str, Count]


class Decisions(Shape):
    decisions: list[Decision]


class DecisionShown(Decision):
    decided_at: Count | None
    answer_hash: Text
    shown: list[dict[str, Any]]


class DecisionAudited(DecisionShown):
    reason: Text
    question: dict[str, str | None]
    rule_six: dict[str, dict[str, Any]]
    decided: list[dict[str, Any]]
    law_on: str | None
    previous: str | None
    checkpoint: dict[str, Any] | None
    links: list[dict[str, Any]] | None
    software: Text


class Initialised(Shape):
    home: Text
    name: Text
    migrations: list[str]
    agencies: list[str]
    users: list[str]
    agreements: list[str]
    reviews: bool
    policy: str | None


class ReviewedRecord(Subject):
    names: list[Text]
    born: str | None
    born_as_held: list[str]


class Compared(Shape):
    person: UUID | None
    record: ReviewedRecord
    percent: Count
    agrees: list[Text]
    agrees_in_part: list[Text]
    contradicts: list[Text]


class OpenReview(Review):
    person: UUID | None
    may_be: list[UUID]
    evidence: list[dict[str, Any]]
    record: ReviewedRecord
    compared: list[Compared]


class Reviews(Shape):
    reviews: list[OpenReview]


class TaskItem(Shape):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    facets: list[Text]


class Asker(Shape):
    viewer: Text
    agency: Text
    decision: UUID
    purpose: Text
    reason: Text


class Task(Shape):
    id: UUID
    kind: Text
    sentence: Text
    for_: Annotated[list[Text], Field(alias="for")]
    purpose_class: Text
    risk: Text
    asked_at: AwareDatetime
    due: AwareDatetime
    ceiling: AwareDatetime
    overdue: bool
    emergency: bool
    escalated: Count
    answers: list[Text]
    person: UUID | None
    items: list[TaskItem]
    asker: Asker | None


class Tasks(Shape):
    reviews: list[Task]
    waiting: int
    decision: UUID


class Answered(Shape):
    task: UUID
    outcome: Text
    decision: UUID


class Escalation(Shape):
    task: UUID
    step: Count
    to: Text


class Escalated(Shape):
    escalated: list[Escalation]


BORN = "2015-04-03"


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub that knows a child of two agencies, a namesake and a message kept aside."""
    with hub_template.copied(tmp_path_factory.mktemp("shapes") / "home") as made:
        nhs = new_nhs_number()
        rich = told(
            "P-1", "police-incident", nhs=nhs, born=BORN, on="2024-01-01", level=3, words="Seen on the stairs",
            detail={"incident": "0588-17032025", "domestic_abuse": True},
            category={"need": "N1", "abuse": ["NEG"], "factors": ["3A"]},
            voice={"words": "I count the stairs", "said_to": "Officer"},
            others=[{"kind": "parent-or-carer", "person": {"names": [{"given": "Mam"}], "school": "None"}}],
            locations=[{"postcode": "ZZ8 1WN"}],
            sharing={"handling": {"source": "1", "information": "A", "code": "P"}},
            origin={"system": "RMS", "reported_by": "PC 12"},
            quality=[{"rule": "8500", "field": "level", "written": "iii"}],
        )  # fmt: skip
        made.hears("police", rich, ce_id="first")
        made.hears("hospital-trust", told("H-1", nhs=nhs, born=BORN))
        made.hears("housing", told("HO-1", born=BORN))
        made.hears("police", {**rich, "narrative": "Put right", "corrects": str(event_id("police", "first"))})
        made.hears("hospital-trust", told("H-1", "person-details", on="2024-01-02", nhs=nhs, born=BORN))
        made.publishes("police", made.message("police", told("P-9"), ce_id="first"))
        yield made


@pytest.fixture
def mash(hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """The command on the module's hub."""
    return mash_on(hub.settings, monkeypatch, capsys)


def test_init(mash: Mash) -> None:
    assert Initialised.model_validate(mash("init", "--json").json).agencies == []


def test_doctor(mash: Mash) -> None:
    found = Doctor.model_validate(mash("doctor", "--json").json)

    assert found.ok
    assert "mash_app" in str(found.database_url)
    assert "mash_owner" in str(found.owner_url)


def test_agency_list(mash: Mash) -> None:
    found = Agencies.model_validate(mash("agency", "list", "--json").json).agencies

    assert len(found) == 8
    assert found[0].keys[0].from_ == BEGAN


def test_consume_and_quarantine_list(mash: Mash) -> None:
    consumed = Consumed.model_validate(mash("consume", "--once", "--json").json)
    kept = Quarantined.model_validate(mash("quarantine", "list", "--json").json).quarantine

    assert (consumed.conflicts, consumed.by_agency["police"].conflicts) == (1, 1)
    assert consumed.by_type["safeguarding-concern"].conflicts == 1
    assert [each.reason for each in kept] == ["conflict"]


def test_publish(mash: Mash, tmp_path: Any) -> None:
    (tmp_path / "lines.jsonl").write_text('{"specversion": "1.0"}\n')

    ran = mash("publish", "--agency", "police", "--json", str(tmp_path / "lines.jsonl"))

    assert Published.model_validate(ran.json).rejected == 1


def test_identity_find(mash: Mash) -> None:
    found = Found.model_validate(mash("identity", "find", "P-1", *QUESTION, "--json").json)

    (child,) = found.children
    assert (child.names, child.born, child.born_as_held) == (["Ada Example"], BORN, [BORN])
    assert {(each.agency, each.reference) for each in child.subjects} == {("police", "P-1"), ("hospital-trust", "H-1")}


def test_identity_show(hub: HubUnderTest, mash: Mash) -> None:
    ran = mash("identity", "show", str(hub.person("police", "P-1")), *QUESTION, "--json")

    (child,) = Shown.model_validate(ran.json).children
    assert {each.link.percent for each in child.subjects} == {None, 99}


def test_identity_reviews(mash: Mash) -> None:
    ran = mash("identity", "reviews", *QUESTION, "--as", STEWARD, "--json")

    assert Reviews.model_validate(ran.json).reviews


def test_chronology(hub: HubUnderTest, mash: Mash) -> None:
    ran = mash("chronology", str(hub.person("police", "P-1")), *QUESTION, "--json")

    *held, namesake = ran.json["items"]
    assert (namesake["verdict"], namesake["facets"]) == ("REVIEW", {})
    answer = Chronology.model_validate({**ran.json, "items": held})
    incident = next(item for item in answer.items if item.facets.what.type == "police-incident")
    assert incident.facets.what.category.factors == ["3A"]
    assert (incident.facets.source.grade, incident.facets.source.system) == ("1AP", "RMS")
    assert (incident.facets.narrative, incident.facets.what.status) == ("Put right", "corrected")
    assert set(incident.facets.detail) == {"incident", "domestic_abuse", "history", "as_written"}
    assert list(ran.json) == ["person", "as_of", "decision", "notice", "items"]
    assert "not all that may be held" in answer.notice


def test_a_facet_that_is_not_permitted_is_not_there_at_all(hub: HubUnderTest, mash: Mash) -> None:
    child = hub.hears(
        "police", told("P-hidden", given="Hidden", labels=["refuge"], locations=[{"postcode": "ZZ8 1WN"}])
    )

    (item,) = mash("chronology", str(child), *QUESTION, "--json").json["items"]

    assert set(item["facets"]) == set(Facets.model_fields) - {"location"}


def test_decisions(hub: HubUnderTest, mash: Mash) -> None:
    mash("chronology", str(hub.person("police", "P-1")), *QUESTION)

    listed = Decisions.model_validate(mash("decisions", "list", "--json").json).decisions
    first = str(listed[0].id)

    assert listed == sorted(listed, key=lambda each: each.at, reverse=True)
    assert DecisionShown.model_validate(mash("decisions", "show", first, "--json").json).shown
    audited = mash("decisions", "show", first, "--as", AUDITOR, "--json").json
    assert DecisionAudited.model_validate(audited).decided
    assert None not in (audited["as_of"], audited["decided_at"])
    assert {each.as_of for each in listed} == {None}
    assert isinstance(listed[0].at, datetime)


def test_reviews(hub: HubUnderTest, mash: Mash) -> None:
    child = hub.hears("hospital-trust", told("H-wait", "health-encounter", given="Wait", labels=["mental-health"]))
    emergency = ("--as", "duty.worker", "--purpose", "emergency", "--reason", "Out on the roof")
    mash("chronology", str(child), "--as", ANALYST, "--purpose", "mash-screening", "--reason", "A contact")
    mash("chronology", str(child), *emergency)

    (task,) = Tasks.model_validate(mash("reviews", "list", "--as", "hospital.owner", "--json").json).reviews
    second, *_ = Tasks.model_validate(mash("reviews", "list", "--as", "community.guardian", "--json").json).reviews
    released = ("--facets", "what,when", "--as", "hospital.owner", "--reason", "It bears on harm", "--json")

    assert second.asker is not None
    assert second.asker.reason == "Out on the roof"
    assert Escalated.model_validate(mash("reviews", "escalate", "--json").json).escalated == []
    answered = Answered.model_validate(mash("reviews", "decide", str(task.id)[:8], "released", *released).json)
    assert answered.task == task.id
    assert Decisions.model_validate(mash("decisions", "list", "--json").json).decisions[0].emergency


@pytest.mark.parametrize(
    "arguments",
    [
        ("reviews", "decide", "zzzz", "released", "--as", ANALYST, "--reason", "So"),
        ("chronology", "nonsense", *QUESTION),
        ("identity", "find", *QUESTION),
        ("decisions", "show", "zzzz"),
        ("quarantine", "show", "zzzz"),
        ("publish", "--agency", "nobody", "/nonexistent"),
        ("agency", "revoke"),
        ("nonsense",),
        ("synth", "--families", "many", "--seed", "1"),
    ],
)
def test_an_error_is_one_object_on_standard_error_and_nothing_else(mash: Mash, arguments: tuple[str, ...]) -> None:
    ran = mash(*arguments, "--json")

    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert set(ran.error) == {"code", "message", "place"}
    assert ran.error["code"]
    assert ran.error["message"]
