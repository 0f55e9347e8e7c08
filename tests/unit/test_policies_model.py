"""Requests, facts and verdicts: what they refuse, what rules see of them, and that their records read back the same."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.model import (
    AgencyKind,
    ChildAge,
    Effect,
    EventAge,
    Facet,
    Facts,
    HandlingCode,
    ItemType,
    Level,
    Linkage,
    PersonRef,
    Position,
    Purpose,
    RecordError,
    Request,
    RequestError,
    Role,
    Rule,
    RuleId,
    Sensitivity,
    SubjectKind,
    Traits,
    Verdict,
    Written,
    child_age,
    event_age,
    linkage_of,
    read_traits,
)
from tests.policies_examples import MASH, POLICE, SCHOOL, all_facts, all_requests, item, request

TODAY = date(2026, 11, 22)
RULE = Rule(RuleId("a-rule"), "Children Act 1989 s47", "It bears on the enquiry.")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"viewer": ""}, "request-without-viewer"),
        ({"as_of": 42}, "request-from-the-future"),
        ({"as_of": -1}, "request-from-the-future"),
        ({"reason": "x" * 4001}, "reason-too-long"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(RequestError) as refused:
        request(**change)
    assert refused.value.code == code


@pytest.mark.parametrize("reason", ["", " ", ".", "123", "\u200b\u200e"])
def test_a_reason_without_a_letter_is_none(reason: str) -> None:
    assert not request(reason=reason).class_key().reasoned


def test_rules_see_neither_who_asks_nor_about_whom_nor_why() -> None:
    asked = request()
    other = replace(asked, viewer=SCHOOL, person=PersonRef("another"), reason="Other words.", as_of=Position(3))
    assert other.class_key() == asked.class_key()


def test_rules_see_of_the_owner_only_whether_it_asks() -> None:
    assert item(POLICE).class_key(MASH) == item(SCHOOL).class_key(MASH)
    assert item(POLICE).class_key(POLICE) != item(POLICE).class_key(MASH)


@given(all_requests())
def test_a_request_reads_back_from_its_record(asked: Request) -> None:
    assert Request.from_record(json.loads(json.dumps(asked.as_record()))) == asked


@given(all_facts())
def test_facts_read_back_from_their_record(facts: Facts) -> None:
    assert Facts.from_record(json.loads(json.dumps(facts.as_record()))) == facts


@given(st.frozensets(st.sampled_from(Facet), min_size=1))
def test_a_verdict_reads_back_from_its_record(facets: frozenset[Facet]) -> None:
    verdict = Verdict(Effect.PERMIT, facets, (RULE, RULE))
    assert Verdict.from_record(json.loads(json.dumps(verdict.as_record()))) == verdict


@given(all_requests())
def test_a_record_is_sorted_throughout(asked: Request) -> None:
    record = asked.as_record()
    assert list(record) == sorted(record)
    assert record["roles"] == sorted(record["roles"])


def test_an_older_record_with_fewer_fields_reads_with_their_defaults() -> None:
    record = {
        name: value
        for name, value in request().as_record().items()
        if name not in {"bases", "risk", "emergency", "identity_only"}
    }
    assert Request.from_record(record) == request()


@pytest.mark.parametrize("purpose", ["curiosity", "", "S47", "unknown"])
def test_a_purpose_that_does_not_exist_reads_as_unknown(purpose: str) -> None:
    assert request(purpose=purpose).purpose is Purpose.UNKNOWN


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"verdict": "MAYBE", "facets": [], "rules": []},
        {"verdict": "DENY", "facets": ["shape"], "rules": []},
        {"verdict": "DENY", "facets": ["what"], "rules": []},
        {"verdict": "PERMIT", "facets": [], "rules": []},
        {"verdict": "DENY", "facets": [3], "rules": []},
        {"verdict": "DENY", "facets": "what", "rules": []},
        {"verdict": "DENY", "facets": [], "rules": [{"id": "a"}]},
        {"verdict": "DENY", "facets": [], "rules": [], "more": 1},
        {"verdict": True, "facets": [], "rules": []},
    ],
)
def test_a_record_that_is_no_verdict_is_refused(record: object) -> None:
    with pytest.raises(RecordError):
        Verdict.from_record(record)


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": True},
        {"as_of": "1"},
        {"law_on": "2026-02-30"},
        {"emergency": 1},
        {"roles": "x"},
        {"extra": 1},
        {"purpose": 7},
    ],
)
def test_a_record_of_the_wrong_shape_is_refused_without_its_words(change: dict[str, object]) -> None:
    with pytest.raises(PolicyError) as refused:
        Request.from_record({**request().as_record(), **change})
    assert "Two contacts" not in str(refused.value)


def test_what_an_event_writes_becomes_traits() -> None:
    written = Written(
        owner_kind="police",
        subject_kind="child",
        item_type="police-incident",
        codes=("N1",),
        level=4,
        handling="C",
        sensitivity=("refuge",),
    )
    assert read_traits(written) == Traits(
        AgencyKind.POLICE,
        SubjectKind.CHILD,
        ItemType.POLICE_INCIDENT,
        categories=read_traits(written).categories,
        level=Level.LEVEL_4,
        handling=HandlingCode.CONDITIONS,
        sensitivity=frozenset({Sensitivity.REFUGE}),
    )
    assert [category.value for category in read_traits(written).categories] == ["abuse-or-neglect"]


def test_an_event_that_says_little_has_the_cautious_defaults() -> None:
    assert read_traits(Written("police", "child", "referral")) == Traits(
        AgencyKind.POLICE, SubjectKind.CHILD, ItemType.REFERRAL
    )


@pytest.mark.parametrize("field", ["owner_kind", "subject_kind", "item_type", "marking", "source", "handling"])
def test_a_word_of_an_event_that_is_not_known_becomes_unknown(field: str) -> None:
    written = Written("police", "child", "referral")._replace(**{field: "never heard of"})  # type: ignore[arg-type]
    assert getattr(read_traits(written), field).value == "unknown"


@pytest.mark.parametrize(
    ("occurred", "band"),
    [
        (None, EventAge.NOT_KNOWN),
        (date(2026, 11, 23), EventAge.FUTURE),
        (TODAY, EventAge.WITHIN_6_MONTHS),
        (date(2026, 5, 23), EventAge.WITHIN_6_MONTHS),
        (date(2026, 5, 22), EventAge.WITHIN_1_YEAR),
        (date(2025, 11, 23), EventAge.WITHIN_1_YEAR),
        (date(2025, 11, 22), EventAge.WITHIN_2_YEARS),
        (date(2024, 11, 22), EventAge.WITHIN_5_YEARS),
        (date(2021, 11, 22), EventAge.OLDER),
        (date(1, 1, 1), EventAge.OLDER),
    ],
)
def test_an_events_age_is_a_band(occurred: date | None, band: EventAge) -> None:
    assert event_age(occurred, TODAY) is band


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, ChildAge.NOT_KNOWN),
        (date(2027, 1, 1), ChildAge.UNBORN),
        (TODAY, ChildAge.UNDER_12),
        (date(2014, 11, 23), ChildAge.UNDER_12),
        (date(2014, 11, 22), ChildAge.AGE_12),
        (date(2013, 11, 22), ChildAge.AGES_13_TO_15),
        (date(2010, 11, 22), ChildAge.AGES_16_AND_17),
        (date(2008, 11, 23), ChildAge.AGES_16_AND_17),
        (date(2008, 11, 22), ChildAge.ADULT),
    ],
)
def test_a_childs_age_is_a_band(born: date | None, band: ChildAge) -> None:
    assert child_age(born, TODAY) is band


def test_a_child_born_on_29_february_is_a_year_older_on_1_march() -> None:
    assert child_age(date(2008, 2, 29), date(2026, 2, 28)) is ChildAge.AGES_16_AND_17
    assert child_age(date(2008, 2, 29), date(2026, 3, 1)) is ChildAge.ADULT


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (None, Linkage.CERTAIN),
        (0.95, Linkage.STRONG),
        (0.9499, Linkage.UNDER_REVIEW),
        (0.85, Linkage.UNDER_REVIEW),
        (0.8, Linkage.WEAK),
        (float("nan"), Linkage.WEAK),
    ],
)
def test_a_links_score_is_a_band(score: float | None, band: Linkage) -> None:
    assert linkage_of(score) is band


def test_roles_are_a_set_whatever_their_order() -> None:
    assert request(roles=["mash-analyst", "practitioner"]).roles == {Role.PRACTITIONER, Role.MASH_ANALYST}
