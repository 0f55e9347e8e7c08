"""What the shipped rules say: own records, the MASH, shielded places, staff allegations, standing agreements."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.decide import decide
from policies.model import (
    ALL_FACETS,
    AgencyKind,
    ChildAge,
    Confidentiality,
    ConsentState,
    Effect,
    Facet,
    Facts,
    HandlingCode,
    InformationGrade,
    ItemType,
    Linkage,
    Marking,
    Purpose,
    Request,
    Role,
    Sensitivity,
    Shield,
    SourceGrade,
    Standing,
    SubjectKind,
    Verdict,
)
from tests.policies_examples import MASH, POLICE, SCHOOL, all_facts, all_requests, item, request, shipped

NOT_CASEWORK = [
    Role.AGENCY_PUBLISHER,
    Role.INDEPENDENT_SCRUTINEER,
    Role.DATA_STEWARD,
    Role.AUDITOR,
    Role.CALDICOTT_GUARDIAN,
    Role.DATA_PROTECTION_OFFICER,
    Role.PARTNERSHIP_MEMBER,
    Role.LEAD_MEMBER,
    Role.CHILD_DEATH_REVIEW_COORDINATOR,
    Role.ADOPTION_RECORDS_OFFICER,
    Role.PERSON_WITH_PARENTAL_RESPONSIBILITY,
    Role.INSPECTOR,
    Role.ADMINISTRATOR,
]
NOT_THE_MASHS_WORK = [
    Purpose.INSPECTION,
    Purpose.AUDIT,
    Purpose.SUBJECT_ACCESS,
    Purpose.COURT,
    Purpose.PERFORMANCE,
    Purpose.OWN_SERVICE,
]
BY_RULES_OF_THEIR_OWN = [Purpose.EMERGENCY, *NOT_THE_MASHS_WORK]
LOCATION_SHIELDS: list[dict[str, Any]] = [
    {"sensitivity": frozenset({Sensitivity.REFUGE})},
    {"sensitivity": frozenset({Sensitivity.ADDRESS_CONFIDENTIAL, Sensitivity.DOMESTIC_ABUSE})},
    {"sensitivity": frozenset({Sensitivity.WITNESS_PROTECTION})},
    {"sensitivity": frozenset({Sensitivity.PDS_RESTRICTED})},
    {"confidentiality": Confidentiality.RESTRICTED},
    {"confidentiality": Confidentiality.VERY_RESTRICTED},
    {"confidentiality": Confidentiality.REDACTED},
    {"shields": frozenset({Shield.LOCATION})},
]
CONFIDED = [Sensitivity.SEXUAL_HEALTH, Sensitivity.MENTAL_HEALTH, Sensitivity.SUBSTANCE_MISUSE]
REFUSED = ConsentState.REFUSED
STAFF_ALLEGATIONS: list[dict[str, Any]] = [
    {"subject_kind": SubjectKind.WORKER},
    {"item_type": ItemType.LADO_ALLEGATION},
    {"sensitivity": frozenset({Sensitivity.STAFF_ALLEGATION})},
]
DSL_AT_THE_SCHOOL: dict[str, Any] = {
    "viewer": SCHOOL,
    "agency_kind": "education",
    "roles": ["designated-safeguarding-lead"],
    "purpose": "own-service",
}


NEEDED = {
    Purpose.EARLY_HELP: (ALL_FACETS - {Facet.LOCATION}, ["early-help-needs-no-place"]),
    Purpose.FEEDBACK: (
        frozenset({Facet.WHAT, Facet.WHEN, Facet.DETAIL, Facet.SOURCE}), ["outcome-is-enough-for-feedback"],
    ),
}  # fmt: skip


def _verdict(facts: Facts, **asked: Any) -> Verdict:
    return decide(shipped(), request(**asked), [facts])[0]


@pytest.mark.parametrize("role", [role for role in Role if role not in NOT_CASEWORK and role is not Role.UNKNOWN])
def test_an_agencys_own_staff_see_what_it_published(role: Role) -> None:
    verdict = _verdict(item(POLICE), viewer=POLICE, agency_kind="police", roles=[role.value], purpose="own-service")
    assert (verdict.effect, verdict.facets) == (Effect.PERMIT, ALL_FACETS)
    assert [rule.id for rule in verdict.rules] == ["own-agency"]


@pytest.mark.parametrize("role", NOT_CASEWORK)
def test_whoever_does_no_casework_sees_no_item_by_working_there(role: Role) -> None:
    assert _verdict(item(POLICE), viewer=POLICE, agency_kind="police", roles=[role.value]).effect is Effect.DENY


@pytest.mark.parametrize("role", ["mash-analyst", "mash-manager"])
@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in BY_RULES_OF_THEIR_OWN and p is not Purpose.UNKNOWN])
def test_the_mash_sees_the_rest_for_a_purpose_and_a_reason(role: str, purpose: Purpose) -> None:
    verdict = _verdict(item(POLICE), roles=[role], purpose=purpose)
    needed, rules = NEEDED.get(purpose, (ALL_FACETS, []))
    assert (verdict.effect, verdict.facets) == (Effect.PERMIT, needed)
    assert [rule.id for rule in verdict.rules] == ["mash-sees-for-a-stated-purpose", *rules]


@pytest.mark.parametrize("reason", ["", "  ", "..."])
def test_the_mash_sees_nothing_without_a_reason(reason: str) -> None:
    assert _verdict(item(POLICE), reason=reason).effect is Effect.DENY


@pytest.mark.parametrize("purpose", NOT_THE_MASHS_WORK)
def test_the_mash_sees_nothing_for_what_is_not_its_work(purpose: Purpose) -> None:
    assert _verdict(item(POLICE), purpose=purpose).effect is Effect.DENY


def test_another_agency_sees_nothing() -> None:
    verdict = _verdict(item(POLICE), **DSL_AT_THE_SCHOOL | {"purpose": "s47"})
    assert (verdict.effect, [rule.id for rule in verdict.rules]) == (Effect.DENY, ["no-rule-permits"])


@pytest.mark.parametrize("shield", LOCATION_SHIELDS)
def test_a_shielded_place_is_withheld_and_the_rest_shown(shield: dict[str, Any]) -> None:
    verdict = _verdict(item(SCHOOL, **shield))
    assert (verdict.effect, verdict.facets) == (Effect.PERMIT, ALL_FACETS - {Facet.LOCATION})
    assert {rule.id for rule in verdict.rules[1:]} <= {"shielded-address", "pds-restricted"}


@pytest.mark.parametrize("shield", LOCATION_SHIELDS)
def test_the_agency_that_holds_a_shielded_place_sees_it(shield: dict[str, Any]) -> None:
    assert _verdict(item(SCHOOL, **shield), **DSL_AT_THE_SCHOOL).facets == ALL_FACETS


@pytest.mark.parametrize("kept_apart", STAFF_ALLEGATIONS)
@pytest.mark.parametrize("owner", [POLICE, MASH])
def test_the_mash_does_not_see_that_a_staff_allegation_exists(kept_apart: dict[str, Any], owner: Any) -> None:
    verdict = _verdict(item(owner, **kept_apart), roles=["mash-analyst", "practitioner"])
    assert (verdict.effect, [rule.id for rule in verdict.rules]) == (Effect.DENY, ["staff-allegation-kept-apart"])


@pytest.mark.parametrize("kept_apart", STAFF_ALLEGATIONS)
def test_the_designated_officer_sees_their_own_agencys_staff_allegations(kept_apart: dict[str, Any]) -> None:
    assert _verdict(item(MASH, **kept_apart), roles=["designated-officer"]).facets == ALL_FACETS
    assert _verdict(item(POLICE, **kept_apart), roles=["designated-officer"]).effect is Effect.DENY


def test_a_data_steward_sees_whose_record_it_is_and_nothing_of_what_it_says() -> None:
    verdict = _verdict(item(POLICE), roles=["data-steward"], identity_only=True)
    assert (verdict.effect, verdict.facets) == (Effect.PERMIT, frozenset({Facet.SOURCE}))


@pytest.mark.parametrize("without", [{"reason": ""}, {"purpose": Purpose.UNKNOWN}, {"identity_only": False}])
def test_a_data_steward_sees_nothing_without_a_purpose_and_a_reason_or_beyond_identity(without: dict[str, Any]) -> None:
    asked = {"roles": ["data-steward"], "identity_only": True, **without}
    assert _verdict(item(POLICE), **asked).effect is Effect.DENY


@pytest.mark.parametrize("kept_apart", STAFF_ALLEGATIONS)
def test_a_data_steward_does_not_see_that_a_staff_allegation_exists(kept_apart: dict[str, Any]) -> None:
    assert _verdict(item(POLICE, **kept_apart), roles=["data-steward"], identity_only=True).effect is Effect.DENY


SCHOOLS_SYSTEM: dict[str, Any] = {
    "viewer": SCHOOL,
    "agency_kind": "education",
    "roles": ["agency-publisher"],
    "purpose": "encompass-notification",
}
ABUSE = frozenset({Sensitivity.DOMESTIC_ABUSE})
AGREED: dict[str, Any] = {"agreed": True, "sensitivity": ABUSE}


def test_a_partners_system_is_sent_what_and_when_of_what_is_agreed() -> None:
    verdict = _verdict(item(**AGREED), **SCHOOLS_SYSTEM)
    assert verdict.facets == {Facet.WHAT, Facet.WHEN}
    assert [rule.id for rule in verdict.rules] == ["standing-agreement"]


@pytest.mark.parametrize("label", list(Sensitivity))
def test_of_the_labels_only_those_of_a_place_and_of_domestic_abuse_pass(label: Sensitivity) -> None:
    passing = {
        Sensitivity.ADDRESS_CONFIDENTIAL, Sensitivity.DOMESTIC_ABUSE, Sensitivity.PDS_RESTRICTED, Sensitivity.REFUGE,
    }  # fmt: skip
    verdict = _verdict(item(**AGREED | {"sensitivity": ABUSE | {label}}), **SCHOOLS_SYSTEM)
    assert (verdict.effect is Effect.PERMIT) == (label in passing)
    assert Facet.LOCATION not in verdict.facets


@pytest.mark.parametrize(
    "lacking",
    [
        {"agreed": False},
        {"sensitivity": frozenset()},
        {"owner_control": True},
        {"handling": HandlingCode.CONDITIONS},
        {"source": SourceGrade.NOT_RELIABLE},
        {"information": InformationGrade.SUSPECTED_FALSE},
        {"marking": Marking.SECRET},
        {"marking": Marking.TOP_SECRET},
        {"child_age": ChildAge.ADULT},
        {"shields": frozenset({Shield.IDENTITY})},
        {"shields": frozenset({Shield.CONFLICT_OF_INTEREST})},
        {"linkage": Linkage.UNDER_REVIEW},
        {"standing": Standing.RETRACTED},
        {"subject_kind": SubjectKind.WORKER},
        {"subject_kind": SubjectKind.PARENT_OR_CARER},
        {"item_type": ItemType.LADO_ALLEGATION},
    ],
    ids=str,
)
def test_what_lacks_something_is_not_sent(lacking: dict[str, Any]) -> None:
    assert _verdict(item(**AGREED | lacking), **SCHOOLS_SYSTEM).effect is Effect.DENY


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.AGENCY_PUBLISHER, Role.UNKNOWN}])
def test_an_agreement_lets_nobody_but_a_partners_system_see(role: Role) -> None:
    people = SCHOOLS_SYSTEM | {"roles": [role.value]}
    rules = {rule.id for rule in _verdict(item(**AGREED), **people).rules}
    assert "standing-agreement" not in rules


@given(all_requests(), all_facts())
def test_without_a_reason_nobody_sees_another_agencys_item(asked: Request, facts: Facts) -> None:
    asked = replace(asked, reason="...", purpose=Purpose.S47)
    assert facts.owner == asked.viewer or decide(shipped(), asked, [facts])[0].effect is not Effect.PERMIT


@given(all_requests(), all_facts())
def test_whoever_governs_and_does_no_casework_sees_nothing(asked: Request, facts: Facts) -> None:
    asked = replace(asked, roles=asked.roles | {Role.LEAD_MEMBER})
    assert decide(shipped(), asked, [facts])[0].effect is Effect.DENY


@given(all_requests(), all_facts())
def test_a_staff_allegation_is_the_designated_officers_and_the_polices(asked: Request, facts: Facts) -> None:
    facts = replace(facts, traits=facts.traits._replace(item_type=ItemType.LADO_ALLEGATION))
    seen = decide(shipped(), asked, [facts])[0].effect is not Effect.DENY
    assert not seen or Role.DESIGNATED_OFFICER in asked.roles or asked.agency_kind is AgencyKind.POLICE


@given(all_requests(), all_facts())
def test_what_is_covert_is_the_polices(asked: Request, facts: Facts) -> None:
    facts = replace(facts, traits=facts.traits._replace(sensitivity=frozenset({Sensitivity.COVERT})))
    verdict = decide(shipped(), asked, [facts])[0]
    assert verdict.effect is Effect.DENY or asked.agency_kind is AgencyKind.POLICE


@given(all_requests(), all_facts())
def test_a_shielded_place_is_shown_to_its_owner_and_the_information_manager_only(asked: Request, facts: Facts) -> None:
    facts = replace(facts, traits=facts.traits._replace(shields=frozenset({Shield.LOCATION})))
    shown = Facet.LOCATION in decide(shipped(), asked, [facts])[0].facets
    assert not shown or facts.owner == asked.viewer or Role.MASH_INFORMATION_MANAGER in asked.roles


@given(all_requests(), all_facts(), st.sampled_from(CONFIDED))
def test_what_a_child_confided_stays_below_section_47_with_its_provider(
    asked: Request, facts: Facts, service: Sensitivity
) -> None:
    told: dict[str, Any] = {
        "sensitivity": frozenset({service}),
        "subject_kind": SubjectKind.CHILD,
        "consent_to_share": REFUSED,
    }
    facts = replace(facts, traits=facts.traits._replace(**told, released=False, deceased=False))
    asked = replace(asked, purpose=Purpose.EARLY_HELP, identity_only=False)
    assert facts.owner == asked.viewer or decide(shipped(), asked, [facts])[0].effect is not Effect.PERMIT
