"""When a standing agreement permits something: from its first to its last moment, both included, until it is ended."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from hub.application.agreements import Agreement, allowing
from hub.application.directory import Directory
from hub.events.directory import AgreementEnded, AgreementMade


def made(name: str = "one", **changes: object) -> AgreementMade:
    told = {
        "id": name, "owner": "police", "recipient": "schools-trust", "purpose": "s47", "types": ["police-incident"],
        "reason": "A test", "authority": "An Act", "lead": "The lead", "valid_from": "2026-01-01", "by": "x",
    }  # fmt: skip
    return AgreementMade.model_validate({**told, **changes})


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "serves"),
    [
        ("2026-01-01", None, "2025-12-31T23:59:59Z", False),
        ("2026-01-01", None, "2026-01-01T00:00:00Z", True),
        ("2026-01-01", "2026-06-30", "2026-06-30T22:59:59Z", True),
        ("2026-01-01", "2026-06-30", "2026-06-30T23:00:00Z", False),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T08:59:59Z", False),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T09:00:00Z", True),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z", True),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000001Z", False),
    ],
)
def test_both_ends_are_included_and_a_day_is_one_in_england(
    begins: str, ends: str | None, moment: str, serves: bool
) -> None:
    agreement = Agreement.of(made(valid_from=begins, valid_until=ends))
    assert agreement.in_force(at(moment)) is serves
    assert not replace(agreement, ended=True).in_force(at(moment))


def test_what_was_told_is_read_back_as_it_was_told() -> None:
    for told in (made(), made(valid_from="2026-01-01T09:00:00Z", duties=["Delete it."])):
        assert AgreementMade.model_validate(told.model_dump(mode="json"), strict=False) == told
    assert made().model_dump(mode="json")["valid_from"] == "2026-01-01"
    assert made().valid_from == date(2026, 1, 1)


def test_only_the_agreements_that_name_an_item_are_looked_at() -> None:
    directory = Directory()
    for each in (made(), made("two", types=["referral"]), made("three", owner="health"), made("four", purpose="s17")):
        directory.apply(each)
    directory.apply(AgreementEnded(id="one", reason="Over", by="x"))
    naming = directory.agreements_naming("schools-trust", "police", "police-incident")
    assert [(each.id, each.ended) for each in naming] == [("one", True), ("four", False)]
    assert directory.purposes_agreed("schools-trust") == ["s17", "s47"]
    assert directory.agreements_naming("police", "police", "police-incident") == []
    found = allowing(naming, "s17", at("2026-05-01T00:00:00Z"))
    assert found is not None
    assert found.id == "four"
