"""Agreements of the published forms: imported whole or not at all, and obeyed by the relay."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.contract.relayed import Disclosure
from tests.hub_under_test import HubUnderTest, Mash
from tests.relay import contents, incident, pupil, relays
from tests.unit.test_agreements_reading import MAIS, RULE

ENCOMPASS = MAIS | {"StartDate": "2023-01-01"}
FORBIDDEN = ENCOMPASS | {"Restrictions": ["odrl:transfer"]}


@pytest.fixture
def imports(mash: Mash, tmp_path: Path) -> Any:
    def run(value: object, *options: str) -> Any:
        file = tmp_path / "agreement.json"
        file.write_text(json.dumps(value, indent=1))
        return mash("policy", "import", str(file), *options, "--json")

    return run


def ids(mash: Mash) -> list[str]:
    return [each["id"] for each in mash("agreement", "list", "--json").json["agreements"]]


def test_the_same_file_again_adds_nothing(mash: Mash, imports: Any) -> None:
    made = imports(MAIS).json
    assert (len(made["agreements"]), made["known"]) == (2, 0)
    assert imports(MAIS).json == {"agreements": [], "known": 2}
    assert set(made["agreements"]) < set(ids(mash))


def test_a_prohibited_transfer_blocks_the_relay_until_it_is_revoked(
    new_hub: HubUnderTest, mash: Mash, imports: Any
) -> None:
    relays(new_hub)
    made = imports(FORBIDDEN).json["agreements"]
    incident(new_hub, "one", pupil(new_hub, "one"))
    assert relays(new_hub).disclosures == 0
    for each in made:
        mash("agreement", "end", each, "--reason", "The parties agreed anew.")
    incident(new_hub, "two", pupil(new_hub, "two"))
    relays(new_hub)
    assert ["S-two"] in [each.references for each in contents(new_hub, Disclosure)]


def test_what_an_agreement_asks_of_its_recipient_goes_with_each_item(new_hub: HubUnderTest, imports: Any) -> None:
    new_hub.hub.directory.end_agreement("encompass-schools", reason="Replaced", by="tester")
    asks = {"DataRecipientResponsibilities": ["odrl:Delete"], "SecurityMeasure": ["Encryption"]}
    imports(ENCOMPASS | asks)
    relays(new_hub)
    incident(new_hub, "one", pupil(new_hub, "one"))
    relays(new_hub)
    (sent,) = contents(new_hub, Disclosure)
    assert sent.duties == ["Delete it when you no longer need it for this purpose."]


def test_an_exception_that_allows_precedes_a_default_that_denies(new_hub: HubUnderTest, imports: Any) -> None:
    relays(new_hub)
    rule = RULE | {"purposes": ["encompass-notification"], "destOrgTypes": [], "destOrgIds": ["SCHOOLS-01"]}
    file = {"sourceOrgId": "POLICE", "defaults": [rule | {"effect": "deny"}]}
    as_schools = ("--agency", "schools-01=schools-trust")
    assert len(imports(file, *as_schools).json["agreements"]) == 1
    incident(new_hub, "one", pupil(new_hub, "one"))
    assert relays(new_hub).disclosures == 0
    assert imports(file | {"exceptions": [rule]}, *as_schools).json["known"] == 1
    relays(new_hub)
    incident(new_hub, "two", pupil(new_hub, "two"))
    assert relays(new_hub).disclosures == 1


@pytest.mark.parametrize(
    ("value", "status", "code", "place"),
    [
        (MAIS | {"EndDate": "2025-01-01"}, 1, "dates-reversed", "EndDate"),
        ([MAIS, MAIS | {"Purpose": ["Curiosity"]}], 1, "unknown-code", "1.Purpose.0"),
        (MAIS | {"Party": [{"Name": "A", "CatalogueID": ["nobody"]}, MAIS["Party"][0]]}, 2, "unknown-organisation", ""),
        ({"police": {"exceptions": [RULE, RULE | {"effect": "deny"}]}}, 1, "exceptions-disagree", "exceptions.1"),
        (["x" * 11_000_000], 2, "too-large", ""),
    ],
)
def test_a_fault_anywhere_makes_nothing(
    mash: Mash, imports: Any, value: object, status: int, code: str, place: str
) -> None:
    before = ids(mash)
    ran = imports(value)
    assert (ran.status, ran.error["code"]) == (status, code)
    assert place in (ran.error["place"] or "")
    assert ids(mash) == before


def test_the_table_of_names_is_shown(mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "agreement.json"
    file.write_text(json.dumps(MAIS))
    ran = mash("policy", "check", "--agreement", str(file))
    assert ran.status == 0
    assert "purpose Section 47: s47" in ran.out
    assert "organisation LOCAL_AUTHORITY: childrens-social-care" in ran.out
