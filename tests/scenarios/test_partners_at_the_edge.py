"""Whom few rules open anything to: a provider from the voluntary sector, and immigration enforcement."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.application.review_desk import Answering
from hub.events.circumstances import HolderAnswer
from hub.events.directory import AgreementMade, PartnerKind, UserRegistered
from tests.hub_under_test import HubUnderTest, asks, day, new_nhs_number, told
from tests.reviews import MANAGER, OWNER, waiting

PROVIDER, ENFORCEMENT = "refuge.worker", "enforcement.officer"
SINCE_S16LA = datetime(2026, 11, 2, 9, tzinfo=UTC)
RISKS = {"risks": ["ModernSlaveryAndTrafficking"]}
BEARING = {"what", "when"}


@pytest.fixture(scope="module")
def hub(shared_hub: HubUnderTest) -> HubUnderTest:
    shared_hub.clock.advance(SINCE_S16LA - shared_hub.clock.now())
    directory = shared_hub.hub.directory
    directory.register_agency("enforcement", "Enforcement", PartnerKind.IMMIGRATION_ENFORCEMENT, by="tester")
    officer = UserRegistered(id=ENFORCEMENT, name="E", agency="enforcement", roles=["practitioner"], by="tester")
    directory.register_user(officer)
    return shared_hub


def seen(hub: HubUnderTest, child: UUID, viewer: str, purpose: str) -> list[tuple[str, set[str]]]:
    """Return verdict and facets of what others hold, as the viewer gets it."""
    items = hub.hub.chronologies.read(child, asks(viewer, purpose=purpose))["items"]
    return [(each["verdict"], set(each["facets"])) for each in items if "source" not in each["facets"]]


def attendance(hub: HubUnderTest, type: str = "ae-attendance", **data: Any) -> UUID:
    """Tell the hub what the hospital holds on a child to whom the refuge offers a service."""
    nhs = new_nhs_number()
    hub.hears("refuge", told(f"R-{nhs}", "contact", nhs=nhs))
    return hub.hears("hospital-trust", told(f"H-{nhs}", type, nhs=nhs, words="Bruising", **data))


class TestAProvider:
    """Row 36: what and when of what its service needs, by s16LA(4)(c) or by the owner's agreement, and nothing else."""

    SERVICE = ("own-service", "safety-plan", "early-help")

    def test_it_sees_what_the_holder_found_relevant_and_nothing_before(self, hub: HubUnderTest) -> None:
        child = attendance(hub)
        before = {purpose: seen(hub, child, PROVIDER, purpose) for purpose in (*self.SERVICE, "lateral-check")}
        (item,) = hub.hub.chronologies.read(child, asks(OWNER, purpose="own-service"))["items"]

        hub.hub.recorder.determine(child, item["id"], HolderAnswer.RELEVANT_AND_HELPS, asks(OWNER))

        waits = [("REVIEW", set[str]())]
        assert before == {"own-service": [], "safety-plan": waits, "early-help": waits, "lateral-check": []}
        for purpose in self.SERVICE:
            assert seen(hub, child, PROVIDER, purpose) == [("PERMIT", BEARING)]
        assert seen(hub, child, PROVIDER, "lateral-check") == []
        assert seen(hub, child, "refuge.lead", "early-help") == []

    def test_it_sees_what_the_owner_agreed_to_until_the_agreement_ends(self, hub: HubUnderTest) -> None:
        child = attendance(hub, "health-encounter")
        agreed = AgreementMade(
            id="refuge-service", owner="hospital-trust", recipient="refuge", purpose="own-service",
            types=["health-encounter"], reason="The service", authority="Children Act 2004 s10", lead="refuge.lead",
            valid_from=day("2026-01-01"), by="tester",
        )  # fmt: skip
        hub.hub.directory.make_agreements([agreed])

        assert seen(hub, child, PROVIDER, "own-service") == [("PERMIT", BEARING)]
        assert seen(hub, child, PROVIDER, "early-help") == [("REVIEW", set())]
        confided = attendance(hub, "health-encounter", labels=["mental-health"])
        assert seen(hub, confided, PROVIDER, "own-service") != [("PERMIT", BEARING)]
        hub.hub.directory.end_agreement("refuge-service", reason="The service closed", by="tester")
        assert seen(hub, child, PROVIDER, "own-service") == []


class TestImmigrationEnforcement:
    """Row 48: nothing of a child's status; of trafficking the MASH manager decides."""

    PURPOSES = ("statutory-request", "s47", "lateral-check", "own-service", "early-help", "mash-screening", "emergency")

    @pytest.mark.parametrize(
        "status", [{"labels": ["immigration"]}, {"category": {"factors": ["9A"]}}, {"words": "Came by lorry"}]
    )
    def test_a_childs_status_is_as_absent(self, hub: HubUnderTest, status: dict[str, Any]) -> None:
        reference = f"C-{new_nhs_number()}"
        child = hub.hears("childrens-social-care", told(reference, "assessment", **status))
        trafficked = {**status, "category": {"factors": ["9A", "12A"]}, "labels": ["immigration"]}
        hub.hears("childrens-social-care", told(reference, "assessment", **trafficked))

        for purpose in self.PURPOSES:
            assert seen(hub, child, ENFORCEMENT, purpose) == []
            asked = asks(ENFORCEMENT, purpose=purpose)
            assert hub.hub.finder.find(asked, identifier=reference)["children"] == []
            assert hub.hub.finder.show(child, asked)["children"] == []
        assert [each for each in waiting(hub, MANAGER) if each["person"] == str(child)] == []

    def test_of_indicators_of_trafficking_the_manager_decides(self, hub: HubUnderTest) -> None:
        reference = f"C-{new_nhs_number()}"
        child = hub.hears("childrens-social-care", told(reference, "exploitation-concern", detail=RISKS))
        hub.hears("childrens-social-care", told(reference, "assessment", labels=["immigration"]))

        assert seen(hub, child, ENFORCEMENT, "statutory-request") == [("REVIEW", set())]
        (task,) = [each for each in waiting(hub, MANAGER) if each["person"] == str(child)]
        assert (task["kind"], task["for"], task["asker"]) == ("release", ["mash-manager"], None)
        (item,) = task["items"]
        assert item["facets"] == ["detail", "what", "when"]
        released = Answering("released", ("what", "when"))
        hub.hub.review_desk.answer(task["id"], released, asks(MANAGER, purpose="own-service", reason="A raid is due"))

        assert seen(hub, child, ENFORCEMENT, "statutory-request") == [("PERMIT", BEARING)]
        assert seen(hub, child, ENFORCEMENT, "s47") == [("REVIEW", set())]
        assert hub.hub.finder.find(asks(ENFORCEMENT), identifier=reference)["children"] == []
