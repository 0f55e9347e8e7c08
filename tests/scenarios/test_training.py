"""A viewer whose safeguarding training has lapsed: told why, unless a child cannot wait, and their manager is told."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.errors import RefusedError
from tests.hub_under_test import ANALYST, OFFICER, HubUnderTest, Mash, asks, day, told

MANAGER = "mash.manager"
SENTENCE = "Your safeguarding training has lapsed: renew it, or ask a colleague whose training is current."


@pytest.fixture
def child(new_hub: HubUnderTest) -> UUID:
    found = new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    new_hub.hub.directory.record_training(ANALYST, day("2023-12-31"), by="tester")
    return found


def test_lapsed_training_is_told_to_the_viewer_of_any_child_and_recorded(new_hub: HubUnderTest, child: UUID) -> None:
    asked = asks(ANALYST, purpose="mash-screening")
    reads: list[Callable[[], object]] = [
        lambda: new_hub.hub.chronologies.read(child, asked),
        lambda: new_hub.hub.chronologies.read(uuid4(), asked),
        lambda: new_hub.hub.finder.find(asked, identifier="P-1"),
        lambda: new_hub.hub.finder.find(asked, identifier="P-of-nobody"),
        lambda: new_hub.hub.finder.show(child, asked),
    ]
    for ask in reads:
        with pytest.raises(RefusedError) as refused:
            ask()
        (record,) = new_hub.hub.decisions.newest(1)
        assert (refused.value.code, refused.value.message) == ("training-lapsed", SENTENCE)
        assert (record.refusal, record.shown, record.request["training"]) == ("training-lapsed", [], "lapsed")


@pytest.mark.parametrize(
    ("purpose", "risk"), [("mash-screening", "red"), ("lateral-check", "red"), ("s47", "not-rated")]
)
def test_an_urgent_matter_is_answered_and_the_manager_is_told(
    new_hub: HubUnderTest, child: UUID, purpose: str, risk: str
) -> None:
    (item,) = new_hub.hub.chronologies.read(child, asks(ANALYST, purpose=purpose, risk=risk))["items"]

    (notice,) = new_hub.hub.training_notices.of(asks(MANAGER))
    assert "tell-viewers-manager" in item["obligations"]
    assert (notice["user"], notice["purpose"], notice["refused"]) == (ANALYST, purpose, False)
    assert str(child) not in str(notice)


def test_training_is_valid_on_its_last_day_and_not_after(new_hub: HubUnderTest, child: UUID) -> None:
    today = new_hub.clock.now().date()
    new_hub.hub.directory.record_training(ANALYST, today, by="tester")
    asked = asks(ANALYST, purpose="mash-screening")

    assert new_hub.hub.chronologies.read(child, asked)["items"]
    new_hub.clock.advance(timedelta(days=1))
    with pytest.raises(RefusedError, match="has lapsed"):
        new_hub.hub.chronologies.read(child, asked)


def test_who_has_no_record_of_training_is_not_refused(new_hub: HubUnderTest, child: UUID) -> None:
    assert new_hub.items(child, OFFICER)
    assert new_hub.hub.training_notices.of(asks(MANAGER)) == []


def test_only_the_manager_is_told(mash: Mash, new_hub: HubUnderTest) -> None:
    child = new_hub.hears("police", told("P-1"))
    added = ("--name", "Pat", "--agency", "police", "--role", "practitioner", "--trained-until", "2020-01-01")
    assert mash("user", "add", "police.new", *added, "--manager", OFFICER).status == 0
    question = ("--as", "police.new", "--purpose", "own-service", "--reason", "Own case", "--json")

    refused = mash("chronology", str(child), *question)
    to_manager = mash("user", "notices", "--as", OFFICER, "--json").json["notices"]

    assert (refused.status, refused.error["code"], refused.error["message"]) == (1, "training-lapsed", SENTENCE)
    assert [(each["user"], each["refused"]) for each in to_manager] == [("police.new", True)]
    assert mash("user", "notices", "--as", MANAGER, "--json").json["notices"] == []
    assert mash("user", "train", "police.new", "--until", "2099-01-01").status == 0
    assert mash("chronology", str(child), *question).json["items"]


@pytest.mark.parametrize(
    ("user", "options", "code"),
    [
        (OFFICER, (), "user-exists"),
        ("new", ("--agency", "circus"), "unknown-agency"),
        ("new", ("--role", "wizard"), "bad-user"),
        ("new", ("--manager", "nobody"), "unknown-manager"),
        ("new", ("--trained-until", "someday"), "bad-user"),
        ("a space", (), "bad-user"),
    ],
)
def test_a_user_that_cannot_be_registered_is_refused_in_a_line(
    mash: Mash, user: str, options: tuple[str, ...], code: str
) -> None:
    usual = ("--name", "New", "--agency", "police", "--role", "practitioner")

    ran = mash("user", "add", user, *usual, *options, "--json")

    assert ran.error["code"] == code
    assert user == OFFICER or user not in [each["id"] for each in mash("user", "list", "--json").json["users"]]


def test_training_of_nobody_is_refused(mash: Mash) -> None:
    assert mash("user", "train", "nobody", "--until", "2027-01-01", "--json").error["code"] == "unknown-user"
    assert mash("user", "train", OFFICER, "--until", "someday", "--json").error["code"] == "bad-date"
