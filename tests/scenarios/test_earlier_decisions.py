"""What rules take from earlier decisions and records: what was shown before, a sample for audit, one's own referral."""

from typing import Any
from uuid import UUID

import pytest

from hub.application.linking import Held
from hub.contract.ids import event_id
from hub.errors import RefusedError, UsageError
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    NURSE,
    OFFICER,
    STEWARD,
    TEACHER,
    HubUnderTest,
    Mash,
    asks,
    new_nhs_number,
    told,
)

MANAGER = "mash.manager"


def items(hub: HubUnderTest, child: UUID, viewer: str, purpose: str = "s47") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.hub.chronologies.read(child, asks(viewer, purpose=purpose))["items"]
    return found


def withdrawn(hub: HubUnderTest, name: str) -> None:
    named = str(event_id("police", f"{name}-1"))
    hub.hears("police", told(name, "retraction", detail={"reason": "Another child"}, retracts=named))


def test_only_who_was_shown_an_item_sees_that_it_was_withdrawn(new_hub: HubUnderTest) -> None:
    """Row 34."""
    child = new_hub.hears("police", told("P-taken", words="Seen"), ce_id="P-taken-1")
    new_hub.hears("police", told("P-taken", words="Still stands"))
    before = items(new_hub, child, ANALYST)

    withdrawn(new_hub, "P-taken")

    assert [item["facets"]["what"]["status"] for item in items(new_hub, child, ANALYST)] == ["retracted", "current"]
    assert [item["facets"]["what"]["status"] for item in items(new_hub, child, MANAGER)] == ["current"]
    assert len(items(new_hub, child, OFFICER, "own-service")) == len(before) == 2


def test_who_was_shown_it_as_another_persons_sees_that_it_was_withdrawn(new_hub: HubUnderTest) -> None:
    one = new_hub.hears("police", told("P-moves", given="Moves"), ce_id="P-moves-1")
    other = new_hub.hears("hospital-trust", told("H-stays", given="Stays"))
    assert items(new_hub, one, ANALYST)
    new_hub.hub.steward.link(Held("police", "P-moves"), other, asks(STEWARD))

    withdrawn(new_hub, "P-moves")

    assert "retracted" in [item["facets"]["what"]["status"] for item in items(new_hub, other, ANALYST)]


def test_an_auditor_sees_the_content_of_sampled_decisions_and_of_no_other(new_hub: HubUnderTest) -> None:
    """Row 28."""
    child = new_hub.hears("police", told("P-audit", words="Seen"))
    other = new_hub.hears("police", told("P-other", given="Other", words="Seen"))
    before = items(new_hub, child, AUDITOR, "audit")
    items(new_hub, child, ANALYST)
    about = new_hub.hub.decisions.newest(1)[0]

    drawn = new_hub.hub.sampling.draw(asks(AUDITOR, purpose="audit"), number=1, of=1)

    assert before == []
    assert drawn == {"drawn": [str(about.id)], "from": 1}
    assert "Seen" in str(items(new_hub, child, AUDITOR, "audit"))
    assert items(new_hub, other, AUDITOR, "audit") == []
    assert items(new_hub, child, AUDITOR, "performance") == []
    assert items(new_hub, child, "administrator", "audit") == []


def test_a_sample_is_drawn_by_an_auditor_and_of_something(new_hub: HubUnderTest, mash: Mash) -> None:
    with pytest.raises(UsageError) as nothing:
        new_hub.hub.sampling.draw(asks(AUDITOR, purpose="audit"), number=5, of=100)
    with pytest.raises(RefusedError) as refused:
        new_hub.hub.sampling.draw(asks(ANALYST, purpose="audit"), number=5, of=100)
    assert (nothing.value.code, refused.value.code) == ("nothing-to-sample", "not-an-auditor")
    items(new_hub, new_hub.hears("police", told("P-drawn")), ANALYST)

    drawn = mash("decisions", "sample", "--as", AUDITOR, "--reason", "Quarterly audit", "--json").json

    assert len(drawn["drawn"]) == drawn["from"] == 1


def test_a_referrer_is_told_the_outcome_of_its_own_referral(shared_hub: HubUnderTest) -> None:
    """Row 47."""
    nhs = new_nhs_number()
    csc = "childrens-social-care"
    shared_hub.hears("hospital-trust", told("H-ref", "referral", nhs=nhs, on="2023-10-01"))
    shared_hub.hears("schools-trust", told("S-ref", "referral", nhs=nhs, on="2023-11-01"))
    child = shared_hub.hears(csc, told("C-ref", "referral", nhs=nhs, on="2023-11-02"))
    shared_hub.hears(csc, told("C-ref", "outcome-feedback", nhs=nhs, on="2023-11-05", words="To early help"))

    def outcomes(viewer: str, purpose: str = "feedback") -> list[set[str]]:
        seen = items(shared_hub, child, viewer, purpose)
        return [set(each["facets"]) for each in seen if "source" not in each["facets"] and each["facets"]]

    assert outcomes(TEACHER) == [{"what", "when", "detail"}]
    assert outcomes(NURSE) == []
    assert outcomes(OFFICER) == []
    assert outcomes(TEACHER, "lateral-check") == []
