"""The DfE form of an agreement: exceptions before defaults, no match is deny, and no exception decided by order."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.agreements.dfe import (
    Agreement,
    AgreementRequest,
    AgreementRule,
    disagreements,
    evaluate,
    read_agreement,
    read_request,
)
from policies.errors import AgreementError

AT = "2026-03-01T09:00:00+00:00"
ASKED = {
    "sourceOrgId": "HEALTH-01",
    "destOrgId": "POLICE-01",
    "destOrgType": "POLICE",
    "recordType": "health.mental-health",
    "purpose": "SAFEGUARDING",
    "mode": "EXISTENCE",
    "at": AT,
}


def rule(effect: str = "allow", **given: Any) -> dict[str, Any]:
    return {
        "effect": effect,
        "modes": ["EXISTENCE"],
        "recordTypes": ["health.mental-health"],
        "destOrgTypes": ["POLICE"],
        "purposes": ["SAFEGUARDING"],
        **given,
    }


def said(defaults: list[Any] = [], exceptions: list[Any] = [], **asked: Any) -> tuple[str, str]:  # noqa: B006
    agreement = read_agreement(json.dumps({"defaults": defaults, "exceptions": exceptions}).encode())
    answer = evaluate(agreement, read_request(json.dumps({**ASKED, **asked}).encode()))
    return answer.effect.value, answer.rule


def test_no_rule_is_deny() -> None:
    assert said() == ("deny", "none")


def test_a_default_allows() -> None:
    assert said([rule()]) == ("allow", "default")


def test_an_exception_precedes_a_default() -> None:
    assert said([rule()], [rule("deny")]) == ("deny", "exception")


def test_the_first_matching_default_decides() -> None:
    assert said([rule("deny"), rule("allow")]) == ("deny", "default")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("destOrgType", "HOUSING"),
        ("recordType", "health.gp"),
        ("purpose", "RESEARCH"),
        ("mode", "CONTENT"),
    ],
)
def test_what_differs_in_any_part_does_not_match(name: str, value: str) -> None:
    asked: dict[str, Any] = {name: value}
    assert said([rule()], **asked) == ("deny", "none")


@pytest.mark.parametrize("name", ["destOrgType", "recordType", "purpose", "mode"])
def test_comparison_ignores_case(name: str) -> None:
    asked: dict[str, Any] = {name: ASKED[name].swapcase()}
    assert said([rule()], **asked) == ("allow", "default")


def test_a_rule_without_destinations_matches_nothing() -> None:
    assert said([rule(destOrgTypes=[])]) == ("deny", "none")


def test_where_ids_are_given_types_are_not_read() -> None:
    assert said([rule(destOrgIds=["POLICE-02"])]) == ("deny", "none")
    assert said([rule(destOrgIds=["police-01"], destOrgTypes=["HOUSING"])]) == ("allow", "default")


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "effect"),
    [
        (AT, None, "allow"),
        (None, AT, "allow"),
        (AT, AT, "allow"),
        ("2026-03-01T10:00:00+01:00", None, "allow"),
        ("2026-03-01T09:00:00.000001+00:00", None, "deny"),
        (None, "2026-03-01T08:59:59.999999Z", "deny"),
    ],
)
def test_validity_is_inclusive_at_both_ends(valid_from: str | None, valid_until: str | None, effect: str) -> None:
    assert said([rule(validFrom=valid_from, validUntil=valid_until)])[0] == effect


def test_the_answer_tells_reason_and_validity() -> None:
    agreement = Agreement.model_validate({"exceptions": [rule("deny", reason="Not yet signed.", validFrom=AT)]})
    answer = evaluate(agreement, AgreementRequest.model_validate(ASKED)).as_json()
    assert answer == {
        "effect": "deny",
        "rule": "exception",
        "reason": "Not yet signed.",
        "validFrom": AT,
        "validUntil": None,
    }


def test_two_exceptions_that_match_and_disagree_are_an_error_not_decided_by_order() -> None:
    for exceptions in ([rule("deny"), rule("allow")], [rule("allow"), rule("deny")]):
        with pytest.raises(AgreementError) as refused:
            said([], exceptions)
        assert refused.value.code == "exceptions-disagree"


def test_two_exceptions_that_agree_are_none() -> None:
    assert said([], [rule("deny"), rule("deny")]) == ("deny", "exception")


def test_another_organisations_agreement_says_nothing() -> None:
    body = {"sourceOrgId": "SCHOOL-01", "defaults": [rule()]}
    answer = evaluate(Agreement.model_validate(body), AgreementRequest.model_validate(ASKED))
    assert (answer.effect.value, answer.rule) == ("deny", "none")


def test_a_file_may_hold_the_agreements_of_several_organisations() -> None:
    text = json.dumps({"health-01": {"defaults": [rule()]}, "SCHOOL-01": {}}).encode()
    request = AgreementRequest.model_validate(ASKED)
    assert evaluate(read_agreement(text, "HEALTH-01"), request).effect.value == "allow"
    assert evaluate(read_agreement(text, "POLICE-09"), request).effect.value == "deny"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (b"{", "not-json", "line 1"),
        (b'{"defaults": [], "defaults": []}', "not-json", "line 1"),
        (b'{"defaults": [{"effect": "maybe"}]}', "bad-agreement", "defaults.0.effect"),
        (b'{"defaults": [{"effect": "deny", "colour": 1}]}', "bad-agreement", "defaults.0.colour"),
        (b'{"defaults": [{"effect": "deny", "validFrom": "2026-01-01T00:00:00"}]}', "bad-agreement",
         "defaults.0.validFrom"),
        (b"[]", "bad-agreement", None),
    ],
)  # fmt: skip
def test_what_is_not_an_agreement_is_refused_naming_the_place(text: bytes, code: str, place: str | None) -> None:
    with pytest.raises(AgreementError) as refused:
        read_agreement(text)
    assert (refused.value.code, refused.value.place) == (code, place)


NAMES = st.lists(st.sampled_from(["a", "B", "c"]), max_size=2).map(tuple)
MOMENTS = st.none() | st.integers(0, 4).map(lambda day: datetime.fromisoformat(AT) + timedelta(days=day))
RULES = st.builds(
    AgreementRule, effect=st.sampled_from(["allow", "deny"]), modes=NAMES, recordTypes=NAMES, destOrgIds=NAMES,
    destOrgTypes=NAMES, purposes=NAMES, validFrom=MOMENTS, validUntil=MOMENTS,
)  # fmt: skip
WORD = st.sampled_from(["A", "b", "C"])
REQUESTS = st.builds(
    AgreementRequest, sourceOrgId=WORD, destOrgId=WORD, destOrgType=WORD, recordType=WORD, purpose=WORD, mode=WORD,
    at=MOMENTS.filter(lambda at: at is not None),
)  # fmt: skip


@given(st.lists(RULES, max_size=4), st.lists(RULES, max_size=4), REQUESTS)
def test_a_request_on_which_exceptions_disagree_is_found_before_it_is_asked(
    defaults: list[AgreementRule], exceptions: list[AgreementRule], request: AgreementRequest
) -> None:
    agreement = Agreement(defaults=tuple(defaults), exceptions=tuple(exceptions))
    foreseen = list(disagreements(agreement.exceptions))
    try:
        evaluate(agreement, request)
    except AgreementError:
        assert foreseen
