"""Users of the directory move to other agencies and roles, and leave for good."""

import pytest

from hub.making import make_hub
from hub.partnership import read_partnership
from tests.hub_under_test import OFFICER, HubUnderTest, Mash


def test_a_user_moves_and_leaves_and_nobody_is_given_their_id_again(mash: Mash, new_hub: HubUnderTest) -> None:
    moved = mash("user", "move", OFFICER, "--agency", "refuge", "--role", "information-owner", "--json")
    assert moved.json == {"user": OFFICER, "agency": "refuge", "roles": ["information-owner"]}
    [found] = [each for each in mash("user", "list", "--json").json["users"] if each["id"] == OFFICER]
    assert (found["agency"], found["roles"], found["name"]) == ("refuge", ["information-owner"], "Perry Placeholder")

    assert mash("user", "remove", OFFICER, "--reason", "Has left the force").status == 0

    assert OFFICER not in [each["id"] for each in mash("user", "list", "--json").json["users"]]
    added = mash("user", "add", OFFICER, "--name", "New", "--agency", "police", "--role", "practitioner", "--json")
    assert added.error["code"] == "user-exists"
    for command in (("remove", OFFICER, "--reason", "Again"), ("train", OFFICER, "--until", "2030-01-01")):
        assert mash("user", *command, "--json").error["code"] == "unknown-user"
    assert make_hub(new_hub.settings, read_partnership(None), by="tester").users == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("nobody", "--agency", "police", "--role", "practitioner"), "unknown-user"),
        ((OFFICER, "--agency", "nowhere", "--role", "practitioner"), "unknown-agency"),
        ((OFFICER, "--agency", "police", "--role", "sorcerer"), "bad-user"),
    ],
)
def test_a_move_to_what_does_not_exist_is_refused(mash: Mash, options: tuple[str, ...], code: str) -> None:
    assert mash("user", "move", *options, "--json").error["code"] == code
