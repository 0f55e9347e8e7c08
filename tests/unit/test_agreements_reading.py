"""Agreements of both forms come to terms in our words, or to one error with its line and what was expected."""

import json
import time
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from policies.agreements.reading import read_terms
from policies.agreements.terms import Term
from policies.errors import AgreementError

MAIS: dict[str, Any] = {
    "URI": "https://example.org/dsa/1",
    "Identifier": {"value": "dsa-1", "System": "urn:example"},
    "Name": "Encompass",
    "Contact": "dpo@example.org",
    "Party": [{"Name": "Police", "CatalogueID": ["police"]}, {"Name": "Schools", "CatalogueID": ["schools-trust"]}],
    "Data": ["police-incident"],
    "Purpose": ["encompass-notification"],
    "StartDate": "2026-01-01",
    "EndDate": "2026-12-31",
    "PermittedUse": ["odrl:transfer"],
}
RULE: dict[str, Any] = {
    "effect": "allow",
    "modes": ["CONTENT"],
    "recordTypes": ["police.incident"],
    "destOrgTypes": ["EDUCATION"],
    "purposes": ["Section 47"],
}


def terms(value: object) -> list[Term]:
    return read_terms(json.dumps(value, indent=1).encode())


def dfe(*exceptions: dict[str, Any], defaults: list[Any] = [], **more: Any) -> dict[str, Any]:  # noqa: B006
    return {"sourceOrgId": "police", "defaults": defaults, "exceptions": list(exceptions), **more}


def fault(value: object) -> AgreementError:
    with pytest.raises(AgreementError) as refused:
        terms(value)
    return refused.value


class TestMais:
    def test_each_party_may_send_to_each_other(self) -> None:
        found = terms(MAIS)
        assert [(term.owner, term.recipients) for term in found] == [
            ("police", ("schools-trust",)),
            ("schools-trust", ("police",)),
        ]
        first = found[0]
        assert (first.purposes, first.types) == (("encompass-notification",), ("police-incident",))
        assert (first.denies, first.first, first.last) == (False, date(2026, 1, 1), date(2026, 12, 31))

    @pytest.mark.parametrize("action", ["odrl:transfer", "ODRL:Distribute", "odrl:use"])
    def test_a_restricted_transfer_denies_whatever_another_allows(self, action: str) -> None:
        assert all(term.denies and term.exception for term in terms(MAIS | {"Restrictions": [action]}))

    def test_what_is_only_read_lets_nothing_be_sent(self) -> None:
        assert terms(MAIS | {"PermittedUse": ["odrl:read"], "Restrictions": ["odrl:modify"]}) == []

    @pytest.mark.parametrize(
        ("change", "place", "expected"),
        [
            ({"EndDate": "2025-12-31"}, "EndDate", "not before StartDate"),
            ({"EndDate": "soon"}, "EndDate", "2026-09-30"),
            ({"Purpose": ["Curiosity"]}, "Purpose.0", "mash policy check"),
            ({"Data": ["Everything"]}, "Data.0", "mash policy check"),
            ({"Restrictions": ["odrl:everything"]}, "Restrictions.0", "odrl:transfer"),
            ({"DataRecipientResponsibilities": ["odrl:dance"]}, "DataRecipientResponsibilities.0", "odrl:delete"),
            ({"SecurityMeasure": ["a moat"]}, "SecurityMeasure.0", "encryption"),
            ({"Party": MAIS["Party"][:1]}, "Party", "two parties"),
            ({"Party": []}, "Party", "a list of 1"),
            ({"Party": ["police"]}, "Party.0", "an object"),
            ({"URI": "nowhere"}, "URI", "a URI"),
            ({"Name": ""}, "Name", "a text of 1"),
            ({"Name": "n" * 3_000}, "Name", "a text of 1 to 2,000"),
            ({"delegatesTo": "https://example.org/dsa/1"}, "delegatesTo", "no other field"),
        ],
    )
    def test_what_does_not_fit_names_its_field_and_line(
        self, change: dict[str, Any], place: str, expected: str
    ) -> None:
        error = fault(MAIS | change)
        assert place in (error.place or "")
        assert expected in error.message
        top = place.split(".", maxsplit=1)[0]
        written = json.dumps(MAIS | change, indent=1).splitlines()
        line = next(number for number, text in enumerate(written, 1) if f'"{top}"' in text)
        assert int((error.place or "").split(",")[0].removeprefix("line ")) in (line, line + 1)

    @pytest.mark.parametrize("name", list(MAIS))
    def test_each_field_is_needed(self, name: str) -> None:
        error = fault({key: value for key, value in MAIS.items() if key != name})
        assert f"a field {name}" in error.message

    def test_ten_thousand_are_read_and_no_more(self) -> None:
        assert len(terms([MAIS] * 1_000)) == 2_000
        assert fault([MAIS] * 10_001).code == "bad-agreement"


class TestDfe:
    def test_a_rule_is_a_term_in_our_words(self) -> None:
        (term,) = terms(dfe(RULE | {"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2026-02-01T12:00:00Z"}))
        assert (term.owner, term.recipients, term.kinds) == ("police", (), ("education",))
        assert (term.purposes, term.types, term.exception, term.denies) == (("s47",), ("police-incident",), True, False)
        assert (term.first, term.last) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC))

    @pytest.mark.parametrize("change", [{"modes": ["EXISTENCE"]}, {"destOrgTypes": []}, {"purposes": []}])
    def test_a_rule_that_matches_nothing_that_is_sent_has_no_term(self, change: dict[str, Any]) -> None:
        assert terms(dfe(RULE | change)) == []

    @pytest.mark.parametrize(
        ("change", "place", "code"),
        [
            ({"recordTypes": ["health.mental-health"]}, "exceptions.0.recordTypes", "unknown-code"),
            ({"purposes": ["FUN"]}, "exceptions.0.purposes", "unknown-code"),
            ({"destOrgTypes": ["CIRCUS"]}, "exceptions.0.destOrgTypes", "unknown-code"),
            ({"modes": ["RUMOUR"]}, "exceptions.0.modes", "unknown-code"),
            ({"effect": "perhaps"}, "exceptions.0.effect", "bad-agreement"),
            ({"delegate": "police"}, "exceptions.0.delegate", "bad-agreement"),
            (
                {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
                "exceptions.0.validUntil", "dates-reversed",
            ),
        ],
    )  # fmt: skip
    def test_what_is_wrong_names_its_line(self, change: dict[str, Any], place: str, code: str) -> None:
        error = fault({"police": {"exceptions": [RULE | change]}})
        assert (error.code, place in (error.place or "")) == (code, True)
        assert (error.place or "").startswith("line ")

    @pytest.mark.parametrize("kind", ["exceptions", "defaults"])
    def test_two_that_disagree_are_refused_before_they_are_in_force(self, kind: str) -> None:
        error = fault({"police": {kind: [RULE, RULE | {"effect": "deny", "destOrgTypes": [], "destOrgIds": ["x"]}]}})
        assert error.code == f"{kind}-disagree"

    def test_ten_thousand_rules_are_compared_in_seconds(self) -> None:
        rules = [
            RULE | {"effect": ("allow", "deny")[n % 2], "destOrgIds": [f"org-{n}"], "destOrgTypes": []}
            for n in range(10_000)
        ]
        began = time.monotonic()
        assert len(terms(dfe(*rules))) == 10_000
        assert time.monotonic() - began < 30

    def test_whose_it_is_must_follow(self) -> None:
        assert "sourceOrgId" in (fault({"exceptions": [RULE]}).message)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b'{\n "a": 1,\n "a": 2}',
        b"\xff",
        b"[" * 100_000,
        b'[{"a": 1, "a": 2}, ' + b"[" * 100_000,
        b"",
        b"[]",
        b"3",
        b'"x"',
    ],
)
def test_rubbish_is_one_error(text: bytes) -> None:
    with pytest.raises(AgreementError):
        read_terms(text)


def test_a_name_that_stands_twice_is_found_on_its_line() -> None:
    with pytest.raises(AgreementError) as refused:
        read_terms(b'[{"a": 1},\n {"a": {"b": 1,\n "b": 2}}]')
    assert refused.value.place == "line 3"


def test_the_schema_is_the_published_one() -> None:
    schema = json.loads((files("policies") / "agreements" / "sharing-policy.json").read_text("utf-8"))
    assert (schema["metadata"]["version"], len(schema["entities"][0]["fields"])) == ("0.1", 14)
