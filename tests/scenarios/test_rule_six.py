"""Every decision says of the seven words of golden rule 6 what was stated or computed, of not sharing as of sharing."""

from typing import Any
from uuid import uuid4

import pytest

from hub.application.rule_six import WORDS
from hub.errors import RefusedError
from hub.events.decisions import RuleSixPart
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, Mash, asks, told


def weighed(hub: HubUnderTest) -> dict[str, RuleSixPart]:
    (record,) = hub.hub.decisions.newest(1)
    assert record.rule_six.keys() == set(WORDS)
    assert all(part.reason and part.how in {"stated", "computed"} for part in record.rule_six.values())
    return record.rule_six


def test_of_what_is_shared_each_word_has_its_reason(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-six", words="Seen"))
    asked: dict[str, Any] = {"bases": ("DPA2018-Sch1-p18",), "stated": {"no-consent": "cannot-be-given"}}
    shared_hub.hub.chronologies.read(child, asks(ANALYST, reason="Two contacts", **asked))

    parts = weighed(shared_hub)

    assert parts["necessary"] == RuleSixPart("stated", True, "Two contacts; no-consent: cannot-be-given")
    assert parts["proportionate"].reason == "Each record by its own rules: 1 whole."
    assert all(part.holds for part in parts.values())


def test_of_what_is_not_shared_it_says_why(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-not-shared", given="Not"))
    shared_hub.chronology(child, HOUSING)

    parts = weighed(shared_hub)

    assert parts["proportionate"].reason == "Each record by its own rules: 1 not shown."
    assert "Not shared, and why: no-rule-permits (1)." in parts["relevant"].reason


def test_what_waits_for_a_review_may_not_be_adequate(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("hospital-trust", told("H-waits", "health-encounter", labels=["mental-health"]))
    shared_hub.hub.chronologies.read(child, asks(ANALYST, purpose="mash-screening"))

    adequate = weighed(shared_hub)["adequate"]

    assert (adequate.holds, adequate.reason) == (False, "1 wait for a review, and may be needed.")


def test_a_refused_question_and_one_about_nobody_are_weighed_too(shared_hub: HubUnderTest) -> None:
    with pytest.raises(RefusedError):
        shared_hub.hub.chronologies.read(uuid4(), asks(ANALYST, reason="..."))
    refused = weighed(shared_hub)
    shared_hub.chronology(uuid4())
    nothing = weighed(shared_hub)

    assert (refused["necessary"].holds, refused["adequate"].holds) == (False, False)
    assert refused["proportionate"].reason == "Nothing was shown: refused (no-reason)."
    assert nothing["proportionate"].reason == "There was nothing to show."


def test_only_an_auditor_is_told_for_it_counts_what_was_withheld(new_hub: HubUnderTest, mash: Mash) -> None:
    child = new_hub.hears("police", told("P-told"))
    new_hub.chronology(child, HOUSING)
    (record,) = new_hub.hub.decisions.newest(1)

    audited = mash("decisions", "show", str(record.id), "--as", AUDITOR, "--json").json
    plain = mash("decisions", "show", str(record.id), "--json").json

    assert list(audited["rule_six"]) == list(WORDS)
    assert "rule_six" not in plain
    assert "Golden rule 6" in mash("decisions", "show", str(record.id), "--as", AUDITOR).out
