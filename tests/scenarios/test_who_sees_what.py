"""Who may see what of a child: an agency its own, the MASH the rest, a stranger nothing, not even that there is any."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.linking import Held
from hub.contract.ids import event_id
from hub.errors import RefusedError
from hub.events.directory import AgreementMade
from tests.hub_under_test import (
    ANALYST,
    HOUSING,
    NURSE,
    OFFICER,
    STEWARD,
    TEACHER,
    HubUnderTest,
    Mash,
    asks,
    day,
    new_nhs_number,
    told,
)

KIN = "parent-or-carer"
WRITTEN = "Keep from 9 Specimen Road"
REFUGE_PLACE = {"lines": ["Harbour House"], "postcode": "ZZ31 9HB"}
HOME = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}


def agencies_seen(hub: HubUnderTest, child: UUID, viewer: str) -> list[str]:
    return sorted(item["facets"]["source"]["agency"] for item in hub.items(child, viewer))


def child_known_to_police_and_hospital(hub: HubUnderTest, name: str) -> UUID:
    nhs = new_nhs_number()
    hub.hears("police", told(f"P-{name}", nhs=nhs, words="Seen on the stairs", person=HOME))
    return hub.hears("hospital-trust", told(f"H-{name}", "ae-attendance", nhs=nhs, words="Arm injury"))


def without_record(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what is another for each question: its decision, its moment and the id asked for."""
    return {name: value for name, value in answer.items() if name not in {"decision", "person"}}


def test_an_agency_sees_its_own_and_the_mash_sees_the_rest(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "own")

    assert agencies_seen(shared_hub, child, OFFICER) == ["police"]
    assert agencies_seen(shared_hub, child, NURSE) == ["hospital-trust"]
    assert agencies_seen(shared_hub, child, ANALYST) == ["hospital-trust", "police"]


def test_a_stranger_gets_for_a_known_child_what_they_get_for_one_who_does_not_exist(shared_hub: HubUnderTest) -> None:
    child, nobody = child_known_to_police_and_hospital(shared_hub, "stranger"), uuid4()

    of_child, of_nobody = shared_hub.chronology(child, HOUSING), shared_hub.chronology(nobody, HOUSING)

    assert without_record(of_child) == without_record(of_nobody)
    assert list(of_child) == list(of_nobody)
    assert of_child["items"] == []


def test_neither_find_nor_show_tells_a_stranger_that_a_child_is_known(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "hidden")
    finder, question = shared_hub.hub.finder, asks(HOUSING)

    assert without_record(finder.find(question, identifier="P-hidden")) == {"children": []}
    assert without_record(finder.find(question, identifier="P-of-nobody")) == {"children": []}
    assert without_record(finder.show(child, question)) == without_record(finder.show(uuid4(), question))


def test_the_same_event_has_another_id_for_each_viewer_and_one_for_each(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "ids")

    (of_officer,) = [item["id"] for item in shared_hub.items(child, OFFICER)]
    of_analyst = [item["id"] for item in shared_hub.items(child, ANALYST)]

    assert of_officer not in of_analyst
    assert of_analyst == [item["id"] for item in shared_hub.items(child, ANALYST)]


def test_no_answer_holds_an_id_of_the_log(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "log ids")
    stored = shared_hub.hub.log.after(0, 10_000)

    answer = str(shared_hub.chronology(child)) + str(shared_hub.hub.finder.show(child, asks(ANALYST)))

    assert not [event.id for event in stored if str(event.id) in answer.replace(str(child), "")]


@pytest.mark.parametrize(
    ("record", "agency"),
    [
        ({"labels": ["refuge"]}, "refuge"),
        ({"labels": ["address-confidential"]}, "police"),
        ({"labels": ["pds-restricted"]}, "hospital-trust"),
        ({"labels": ["witness-protection"]}, "police"),
        ({"person": {"confidentiality": "R"}}, "hospital-trust"),
        ({"person": {"confidentiality": "V"}}, "community-health"),
        ({"person": {"addresses": [{**REFUGE_PLACE, "kind": "refuge"}]}}, "refuge"),
        ({"person": {"addresses": [{**REFUGE_PLACE, "confidential": True}]}}, "housing"),
        ({"locations": [{**REFUGE_PLACE, "confidential": True}]}, "police"),
        ({"others": [{"kind": KIN, "person": {"addresses": [REFUGE_PLACE | {"kind": "refuge"}]}}]}, "refuge"),
        ({"others": [{"kind": KIN, "person": {"confidentiality": "R"}}]}, "hospital-trust"),
    ],
)  # fmt: skip
def test_one_records_shield_hides_every_place_of_the_child_from_the_mash(
    shared_hub: HubUnderTest, record: dict[str, Any], agency: str
) -> None:
    name = uuid4().hex[:8]
    school = shared_hub.hears("schools-trust", told(f"S-{name}", given=f"Ada{name}", person=HOME))
    shielded = shared_hub.hears(agency, told(f"X-{name}", given=f"Ada{name}", **record))
    shared_hub.hub.steward.link(Held(agency, f"X-{name}"), school, asks(STEWARD, reason="The school says so"))

    items = shared_hub.items(school)

    assert len(items) == 2
    assert shielded != school
    assert not [item for item in items if "location" in item["facets"]]
    assert "ZZ8 1WN" not in str(items)
    assert "ZZ31 9HB" not in str(items)


@pytest.mark.parametrize("labels", [["refuge"], []])
def test_a_place_in_a_detail_or_in_a_quality_flag_is_shown_as_a_place(
    shared_hub: HubUnderTest, labels: list[str]
) -> None:
    flags = [
        {"rule": "too-long", "field": "address.line", "written": "Harbour House"},
        {"rule": "not-in-code-list", "field": "gender", "written": "iii"},
    ]
    protection = told(
        f"P-taken-{len(labels)}", "police-protection", given=f"Taken{len(labels)}", labels=labels, quality=flags,
        detail={"taken_to": "Harbour House", "ended_at": "2024-01-01T10:00:00Z"},
    )  # fmt: skip
    child = shared_hub.hears("police", protection)

    (item,) = shared_hub.items(child)
    (own,) = shared_hub.items(child, OFFICER)

    assert item["facets"]["detail"] == {"ended_at": "2024-01-01T10:00:00Z", "as_written": [flags[1]]}
    assert item["facets"]["what"]["quality"] == ["not-in-code-list", "too-long"]
    place = {"detail": {"taken_to": "Harbour House"}, "as_written": [flags[0]]}
    assert own["facets"]["location"] == place
    assert item["facets"].get("location") == (None if labels else place)
    assert ("Harbour House" in str(item)) == (not labels)


@pytest.mark.parametrize(
    ("free_text", "record"),
    [
        ({"detail": {"restriction": WRITTEN}}, told("R", "legal-order", detail={"restriction": WRITTEN})),
        ({"detail": {"presenting": WRITTEN}}, told("R", "ae-attendance", detail={"presenting": WRITTEN})),
        ({"reported_by": WRITTEN}, told("R", origin={"system": "RMS", "reported_by": WRITTEN})),
        ({"people": [None, WRITTEN]}, told("R", others=[{"kind": KIN}, {"kind": KIN, "note": WRITTEN}])),
    ],
)
def test_what_an_agency_wrote_freely_is_shown_with_the_narrative_and_nowhere_else(
    shared_hub: HubUnderTest, free_text: dict[str, Any], record: dict[str, Any]
) -> None:
    reference = f"P-wrote-{record['detail']['type']}-{list(free_text)}"
    person = {**record["subject"]["person"], "names": [{"family": "Wrote", "given": next(iter(free_text))}]}
    subject = {**record["subject"], "reference": reference, "person": {**person, "born": None}}
    child = shared_hub.hears("police", {**record, "subject": subject})

    (item,) = shared_hub.items(child)

    assert item["facets"].pop("free_text") == free_text
    assert WRITTEN not in str(item)


def test_the_reasons_of_corrections_and_retractions_are_shown_with_the_narrative(shared_hub: HubUnderTest) -> None:
    shared_hub.hears("police", told("P-why", given="Why", words="Seen"), ce_id="why-1")
    named = str(event_id("police", "why-1"))
    correction = told("P-why", "correction", given="Why", detail={"field": "level", "reason": WRITTEN}, corrects=named)
    child = shared_hub.hears("police", correction)
    (corrected,) = shared_hub.items(child)
    retraction = told("P-why", "retraction", given="Why", detail={"reason": f"Not {WRITTEN}"}, retracts=named)
    shared_hub.hears("police", retraction)
    (retracted,) = shared_hub.items(child)

    (note,) = corrected["facets"]["detail"]["notes"]
    reasons = [{"known": note["known"], "reason": WRITTEN}]
    assert note == {"known": note["known"], "withdrawn": False, "field": "level"}
    assert corrected["facets"].pop("free_text") == {"reasons": reasons}
    assert retracted["facets"].pop("free_text") == {"detail": {"reason": f"Not {WRITTEN}"}, "reasons": reasons}
    assert WRITTEN not in str([corrected, retracted])


def test_without_a_shield_the_mash_sees_where_the_child_lives(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "at home")

    (place,) = [item["facets"]["location"] for item in shared_hub.items(child) if item["facets"].get("location")]

    assert place["addresses"] == HOME["addresses"]


def test_the_agency_that_holds_a_hidden_place_sees_it(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("refuge", told("R-own", labels=["refuge"], person={"addresses": [REFUGE_PLACE]}))

    (item,) = shared_hub.items(child, "refuge.worker")

    assert item["facets"]["location"]["addresses"] == [REFUGE_PLACE]


def test_where_others_live_is_never_told_with_who_they_are(shared_hub: HubUnderTest) -> None:
    gran = {
        "names": [{"family": "Example", "given": "Nan"}],
        "addresses": [REFUGE_PLACE],
        "telephones": ["01632 960001"],
    }
    child = shared_hub.hears("police", told("P-gran", others=[{"kind": KIN, "person": gran}]))

    (item,) = shared_hub.items(child)

    assert item["facets"]["people"][0]["person"] == {"names": gran["names"]}
    assert item["facets"]["location"]["others"] == [{"addresses": [REFUGE_PLACE], "telephones": ["01632 960001"]}]


@pytest.mark.parametrize("kind", ["worker", "child", "other-adult"])
def test_an_allegation_against_staff_is_invisible_to_the_mash_in_every_way(shared_hub: HubUnderTest, kind: str) -> None:
    allegation = told(
        f"L-{kind}", "lado-allegation", kind=kind, given="Kit", family=f"Worker-{kind}", born="1980-02-01"
    )
    person = shared_hub.hears("childrens-social-care", allegation)
    finder, question = shared_hub.hub.finder, asks(ANALYST, purpose="lado")

    assert shared_hub.items(person) == []
    assert finder.show(person, question)["children"] == []
    assert finder.find(question, identifier=f"L-{kind}")["children"] == []
    assert finder.find(question, family=f"Worker-{kind}", given="Kit", born=day("1980-02-01"))["children"] == []


def test_an_allegation_on_a_known_reference_adds_no_name_to_what_the_mash_finds(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("childrens-social-care", told("C-alias", given="Ada", family="Aliased", born="2015-04-03"))
    shared_hub.hears(
        "childrens-social-care",
        told("C-alias", given="Ada", family="Secretname", born="2015-04-03", labels=["staff-allegation"]),
    )
    finder, question = shared_hub.hub.finder, asks(ANALYST)

    (shown,) = finder.show(child, question)["children"]
    by_secret = finder.find(question, family="Secretname", given="Ada", born=day("2015-04-03"))

    assert shown["names"] == ["Ada Aliased"]
    assert by_secret["children"] == []


def test_a_review_with_another_agencys_record_is_not_told_to_its_owner(shared_hub: HubUnderTest) -> None:
    shared_hub.hears("police", told("P-review", given="Betrayed", family="Byreview"))
    child = shared_hub.hears("housing", told("HO-review", given="Betrayed", family="Byreview"))
    finder = shared_hub.hub.finder

    (to_owner,) = finder.find(asks(HOUSING), identifier="HO-review")["children"]
    (to_mash,) = finder.show(child, asks(ANALYST))["children"]

    assert to_owner["reviews"] == []
    assert to_mash["reviews"]


def test_a_link_to_another_agencys_record_looks_to_its_owner_like_none(shared_hub: HubUnderTest) -> None:
    alone = shared_hub.hears("housing", told("HO-alone", given="Alone"))
    nhs = new_nhs_number()
    shared_hub.hears("police", told("P-linked", nhs=nhs))
    linked = shared_hub.hears("housing", told("HO-linked", nhs=nhs))
    finder = shared_hub.hub.finder

    (of_alone,) = finder.show(alone, asks(HOUSING))["children"]
    (of_linked,) = finder.show(linked, asks(HOUSING))["children"]
    (of_mash,) = finder.show(linked, asks(ANALYST))["children"]

    (first,), (second,) = of_alone["subjects"], of_linked["subjects"]
    assert {**first["link"], "at": ""} == {**second["link"], "at": ""}
    assert {subject["link"]["decided_by"] for subject in of_mash["subjects"]} == {"rule:first", "rule:nhs-number"}


def test_a_child_is_not_found_by_what_only_an_invisible_record_holds(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    shared_hub.hears("police", told("P-only", nhs=nhs))
    shared_hub.hears("schools-trust", told("S-only", nhs=nhs))
    finder = shared_hub.hub.finder

    by_police_reference = finder.find(asks(TEACHER), identifier="P-only")
    by_own_reference = finder.find(asks(TEACHER), identifier="S-only")

    assert by_police_reference["children"] == []
    (child,) = by_own_reference["children"]
    assert child["subjects"] == [{"agency": "schools-trust", "reference": "S-only"}]


@pytest.mark.parametrize("viewer", [STEWARD, "administrator", "auditor"])
def test_who_works_at_an_agency_without_casework_sees_no_case(shared_hub: HubUnderTest, viewer: str) -> None:
    child = shared_hub.hears("childrens-social-care", told(f"C-{viewer}"))

    assert shared_hub.items(child, viewer) == []


def test_the_mash_sees_nothing_for_a_purpose_that_is_not_its_own(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "purpose")

    answer = shared_hub.hub.chronologies.read(child, asks(ANALYST, purpose="performance"))

    assert answer["items"] == []


ABUSE: dict[str, Any] = {"labels": ["domestic-abuse"], "person": HOME}
REPORTED = {"system": "RMS", "reported_by": "A neighbour at 7"}


def answer_to(hub: HubUnderTest, child: UUID, viewer: str, purpose: str, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = hub.hub.chronologies.read(child, asks(viewer, purpose=purpose, **asked))["items"]
    return items


def test_who_reported_it_is_told_to_the_mash_unless_they_could_come_to_harm(shared_hub: HubUnderTest) -> None:
    told_of = shared_hub.hears("police", told("P-told", given="Told", words="Shouting", origin=REPORTED))
    feared = shared_hub.hears(
        "police", told("P-feared", given="Feared", words="Shouting", origin=REPORTED, labels=["informant"])
    )

    (open_item,) = shared_hub.items(told_of)
    (kept,) = shared_hub.items(feared)

    assert open_item["facets"]["free_text"] == {"reported_by": "A neighbour at 7"}
    assert "A neighbour" not in str(kept)
    assert kept["facets"]["narrative"] == "Shouting"


def test_a_school_sees_abuse_of_its_own_pupil_and_must_not_ask_the_parents(shared_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = shared_hub.hears("police", told("P-pupil", "police-incident", nhs=nhs, **ABUSE))
    before = answer_to(shared_hub, child, TEACHER, "encompass-notification")
    shared_hub.hears("schools-trust", told("S-pupil", "school-attendance", nhs=nhs))

    after = answer_to(shared_hub, child, TEACHER, "encompass-notification")

    assert before == []
    (incident,) = [item for item in after if "source" not in item["facets"]]
    assert set(incident["facets"]) == {"what", "when", "detail", "voice", "location"}
    assert incident["obligations"] == ["do-not-approach-parents", "use-only-for-this-purpose"]


def test_what_a_child_confided_waits_for_its_provider_below_section_47(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("hospital-trust", told("H-told", "health-encounter", labels=["mental-health"]))

    (screened,) = answer_to(shared_hub, child, ANALYST, "mash-screening")
    (enquired,) = answer_to(shared_hub, child, ANALYST, "s47")

    assert (screened["verdict"], screened["facets"]) == ("REVIEW", {})
    assert [rule["id"] for rule in screened["rules"]] == ["waits-for-a-person"]
    assert enquired["verdict"] == "PERMIT"


def test_a_police_officer_sees_an_injury_in_section_47_and_the_trust_decides_on_its_words(
    shared_hub: HubUnderTest,
) -> None:
    child = shared_hub.hears(
        "hospital-trust", told("H-hurt", "ae-attendance", given="Hurt", words="Fell", detail={"injury": "Bruise"})
    )

    (item,) = answer_to(shared_hub, child, OFFICER, "s47")

    assert set(item["facets"]) == {"what", "when", "detail", "voice"}
    assert item["review"] == {"by": ["information-owner"], "facets": ["narrative"]}
    assert "Bruise" not in str(item)
    assert answer_to(shared_hub, child, OFFICER, "lateral-check") == []


def test_a_basis_that_cannot_carry_the_purpose_is_refused_and_recorded(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "basis")
    asked = replace(asks(ANALYST, purpose="s47"), bases=("UKGDPR-6-1-a",))

    with pytest.raises(RefusedError, match="cannot carry the purpose s47: it needs one of CA1989-s47"):
        shared_hub.hub.chronologies.read(child, asked)

    assert shared_hub.hub.chronologies.read(child, replace(asked, bases=("CA1989-s47",)))["items"]


def test_a_basis_that_needs_a_statement_is_refused_until_it_is_stated(shared_hub: HubUnderTest) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "stated")
    asked = asks(ANALYST, bases=("CA1989-s47", "DPA2018-Sch1-p18"), risk="red")

    with pytest.raises(RefusedError, match=r"needs a statement \(no-consent\): why there is no consent"):
        shared_hub.hub.chronologies.read(child, asked)
    assert shared_hub.hub.chronologies.read(child, replace(asked, stated={"no-consent": "cannot-be-given"}))["items"]

    (record,) = shared_hub.hub.decisions.newest(1)
    assert record.request["risk"] == record.claims["risk"] == "red"
    assert record.claims["bases"] == ["CA1989-s47", "DPA2018-Sch1-p18"]
    assert record.claims["stated"] == {"no-consent": "cannot-be-given"}


def test_a_low_level_thing_is_seen_in_a_red_matter_and_while_an_agreement_stands(new_hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = new_hub.hears("police", told("P-red", "police-incident", nhs=nhs, level=1))
    new_hub.hears("schools-trust", told("S-red", "school-attendance", nhs=nhs))
    made = AgreementMade(
        id="red-checks", owner="police", recipient="schools-trust", purpose="lateral-check", types=["police-incident"],
        reason="Red checks", authority="Children Act 2004 s11", lead="school.dsl", valid_from=day("2023-01-01"), by="x",
    )  # fmt: skip
    new_hub.hub.directory.make_agreements([made])

    def incidents(risk: str) -> list[set[str]]:
        items = answer_to(new_hub, child, TEACHER, "lateral-check", risk=risk)
        return [set(item["facets"]) for item in items if "source" not in item["facets"]]

    assert incidents("green") == []
    assert incidents("red") == [{"what", "when"}]
    new_hub.hub.directory.end_agreement("red-checks", reason="Revoked", by="x")
    assert incidents("red") == []

    now = new_hub.clock.now()
    over = {"valid_from": now - timedelta(days=1), "valid_until": now - timedelta(minutes=1)}
    new_hub.hub.directory.make_agreements([made.model_copy(update={"id": "over", **over})])
    assert incidents("red") == []
    begun = {"valid_from": now - timedelta(minutes=1), "valid_until": now}
    new_hub.hub.directory.make_agreements([made.model_copy(update={"id": "begun", **begun})])
    assert incidents("red") == [{"what", "when"}]


def test_the_command_says_what_is_missing_and_takes_it(shared_hub: HubUnderTest, mash_here: Mash) -> None:
    child = child_known_to_police_and_hospital(shared_hub, "by command")
    asked = ["chronology", str(child), "--as", ANALYST, "--purpose", "s17", "--reason", "Assessment", "--json"]
    claimed = [*asked, "--risk", "amber", "--basis", "CA1989-s17", "--basis", "DPA2018-Sch1-p18"]

    refused = mash_here(*claimed)
    answered = mash_here(*claimed, "--state", "no-consent=cannot-be-given")

    assert (refused.status, refused.error["code"]) == (1, "bad-request")
    assert "why there is no consent" in refused.error["message"]
    assert answered.json["items"]
    assert mash_here(*asked, "--state", "no-consent").error["code"] == "bad-statement"
    assert mash_here(*asked, "--risk", "puce").error["code"] == "unknown-risk"
