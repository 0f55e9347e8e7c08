"""Consent to share as it stands now: who may give it, and that withdrawing it changes only what rested on it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.contract.ids import event_id
from hub.events.directory import AgreementMade, UserRegistered
from tests.hub_under_test import ANALYST, TEACHER, HubUnderTest, asks, day, new_nhs_number, told

WORKER = "csc.worker"
HOSPITAL, SCHOOL = "hospital-trust", "schools-trust"


@pytest.fixture(scope="module")
def hub(shared_hub: HubUnderTest) -> HubUnderTest:
    """A hub in which the hospital agreed that the school sees attendances for early help."""
    made = AgreementMade(
        id="early-help", owner=HOSPITAL, recipient=SCHOOL, purpose="early-help", types=["ae-attendance"],
        reason="Early help", authority="Children Act 2004 s10", lead="school.dsl", valid_from=day("2023-01-01"), by="x",
    )  # fmt: skip
    shared_hub.hub.directory.make_agreements([made])
    roles = ["practitioner", "allocated-social-worker"]
    shared_hub.hub.directory.register_user(
        UserRegistered(id=WORKER, name="W", agency="childrens-social-care", roles=roles, by="x")
    )
    return shared_hub


def consent(state: str, **fact: Any) -> dict[str, Any]:
    return {"consent": {"consent_to_share": {"state": state, **fact}}}


def attended(hub: HubUnderTest, sharing: dict[str, Any], **options: Any) -> tuple[UUID, str]:
    nhs = new_nhs_number()
    hub.hears(SCHOOL, told(f"S-{nhs}", "school-attendance", nhs=nhs, **options))
    labels = options.pop("labels", ())
    child = hub.hears(HOSPITAL, told(f"H-{nhs}", "ae-attendance", nhs=nhs, sharing=sharing, labels=labels, **options))
    return child, nhs


def says(hub: HubUnderTest, agency: str, nhs: str, sharing: dict[str, Any], **detail: Any) -> None:
    reference = {HOSPITAL: "H", SCHOOL: "S", "police": "P"}[agency]
    hub.clock.advance(timedelta(minutes=1))
    hub.hears(agency, told(f"{reference}-{nhs}", "consent", nhs=nhs, sharing=sharing, detail=detail))


def to_school(
    hub: HubUnderTest, child: UUID, purpose: str = "early-help", **options: Any
) -> list[tuple[str, set[str]]]:
    items = hub.hub.chronologies.read(child, asks(TEACHER, purpose=purpose), **options)["items"]
    return [
        (item["verdict"], set(item["facets"]))
        for item in items
        if "source" not in item["facets"] and item["facets"].get("what", {}).get("type") in {None, "ae-attendance"}
    ]


OPEN, WAITS = ("PERMIT", {"what", "when", "detail"}), ("REVIEW", set[str]())


def test_what_rested_on_consent_waits_once_it_is_withdrawn_and_the_disclosure_stands_on_record(
    hub: HubUnderTest,
) -> None:
    """Rows 14 and 15."""
    child, nhs = attended(hub, consent("given", by="Mother", competence="parental-responsibility"))
    given = to_school(hub, child)
    disclosed = hub.hub.decisions.newest(1)[0]
    hub.clock.advance(timedelta(minutes=1))
    then = hub.clock.now()

    says(hub, HOSPITAL, nhs, consent("withdrawn", by="Mother"))

    assert OPEN in given
    assert OPEN not in to_school(hub, child)
    assert WAITS in to_school(hub, child)
    assert OPEN not in to_school(hub, child, as_of=then)
    assert disclosed in hub.hub.decisions.about(child)
    assert "PERMIT" in disclosed.verdicts


@pytest.mark.parametrize("agency", [SCHOOL, "police"])
def test_whoever_the_family_tells_that_they_withdraw_it_counts_for_all(hub: HubUnderTest, agency: str) -> None:
    child, nhs = attended(hub, consent("given"))

    says(hub, agency, nhs, consent("withdrawn"))

    assert OPEN not in to_school(hub, child)


def test_consent_given_to_one_agency_opens_no_others_records(hub: HubUnderTest) -> None:
    child, nhs = attended(hub, consent("refused"))
    says(hub, SCHOOL, nhs, consent("given"))
    to_the_school = to_school(hub, child)

    says(hub, HOSPITAL, nhs, consent("given"))

    assert OPEN not in to_the_school
    assert OPEN in to_school(hub, child)


def test_the_moment_that_a_fact_names_counts_and_not_when_the_hub_heard(hub: HubUnderTest) -> None:
    now = hub.clock.now()
    child, nhs = attended(hub, consent("withdrawn", at=now.isoformat()))

    says(hub, HOSPITAL, nhs, consent("given", at=(now - timedelta(days=9)).isoformat()))

    assert OPEN not in to_school(hub, child)


def test_a_consent_that_is_taken_back_as_a_mistake_no_longer_counts(hub: HubUnderTest) -> None:
    child, nhs = attended(hub, consent("given"))
    withdrawn = told(f"H-{nhs}", "consent", nhs=nhs, sharing=consent("withdrawn"))
    hub.hears(HOSPITAL, withdrawn, ce_id=f"consent-{nhs}")
    before = to_school(hub, child)

    named = str(event_id(HOSPITAL, f"consent-{nhs}"))
    hub.hears(HOSPITAL, told(f"H-{nhs}", "retraction", nhs=nhs, detail={"reason": "Another family"}, retracts=named))

    assert OPEN not in before
    assert OPEN in to_school(hub, child)


@pytest.mark.parametrize(
    ("born", "competence", "opens"),
    [
        ("2015-04-03", "parental-responsibility", True),
        ("2011-04-03", "gillick", True),
        ("2011-04-03", "not-competent", False),
        ("2007-06-01", "aged-16-or-17", True),
        ("2007-06-01", "parental-responsibility", False),
        ("2015-04-03", "aged-16-or-17", False),
        ("2015-04-03", None, True),
    ],
)
def test_only_whoever_may_give_consent_gives_it(
    hub: HubUnderTest, born: str, competence: str | None, opens: bool
) -> None:
    child, _ = attended(hub, consent("given", competence=competence), born=born)

    assert (OPEN in to_school(hub, child)) == opens


def test_a_consent_event_of_a_child_who_is_not_competent_gives_nothing(hub: HubUnderTest) -> None:
    child, nhs = attended(hub, {})

    says(hub, HOSPITAL, nhs, consent("given", by="Ada"), competent=False)

    assert OPEN not in to_school(hub, child)


def test_a_duty_does_not_rest_on_consent(hub: HubUnderTest) -> None:
    """Row 16."""
    child, nhs = attended(hub, consent("given"), labels=["substance-misuse"])
    hub.hub.recorder.reasonable_cause(child, asks(WORKER))

    def seen(viewer: str) -> list[str]:
        items = hub.hub.chronologies.read(child, asks(viewer))["items"]
        return sorted(item["verdict"] for item in items if item["facets"]["what"]["type"] == "ae-attendance")

    before = seen(WORKER), seen(ANALYST)
    says(hub, HOSPITAL, nhs, consent("withdrawn"))

    assert (seen(WORKER), seen(ANALYST)) == before == (["PERMIT"], ["PERMIT"])
