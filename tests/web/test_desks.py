"""The administrator's and the data steward's pages: what they do, and that to everybody else they are not there."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from hub.contract.canonical import canonical
from tests.hub_under_test import STEWARD, HubUnderTest, asks, new_nhs_number, told
from tests.pages import browsing
from tests.web.test_hostile_pages import HOSTILE, assert_tame

ADMINISTRATOR = "administrator"
MANAGER = "mash.manager"


def kept_aside(hub: HubUnderTest, reference: str, words: str) -> UUID:
    """Have a message with a level that there is not refused at the door; return the id under which it is kept."""
    before = {each.id for each in hub.hub.quarantine.all()}
    hub.at_door("police", hub.made("police", canonical(told(reference, level=7, words=words)), id=f"id-{reference}"))
    (only,) = {each.id for each in hub.hub.quarantine.all()} - before
    return only


def test_an_administrator_keeps_users_and_keys_and_sees_no_case(shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, ADMINISTRATOR) as administrator:
        assert "Ridgemoor Police" in administrator.get("/administration")
        assert "mash.concerns.police" in administrator.text
        assert "Finding who is who" in administrator.text
        users = "/administration/users"
        administrator.get(users)
        new: dict[str, Any] = {"id": "new.person", "name": HOSTILE, "agency": "police", "roles": ["practitioner"]}
        assert "Choose a role" in administrator.post(users, do="add", **{**new, "roles": []})
        assert administrator.status == 400
        assert_tame(administrator.text)
        assert "new.person" in administrator.post(users, do="add", **new)
        assert_tame(administrator.text)
        assert "&lt;script&gt;alert(1)" in administrator.text
        assert "registered already" in administrator.post(users, do="add", **new)
        administrator.post(users, do="move", user="new.person", agency="housing", roles=["practitioner", "auditor"])
        moved = shared_hub.hub.directory.load().user("new.person")
        assert (moved.agency, moved.roles) == ("housing", frozenset({"practitioner", "auditor"}))
        assert "Say in words why" in administrator.post(users, do="remove", user="new.person", reason=" ")
        assert "at most 300" in administrator.post(users, do="remove", user="new.person", reason="why " * 100)
        assert "new.person" in shared_hub.hub.directory.load().users
        administrator.post(users, do="remove", user="new.person", reason="Left the service")
        assert "new.person" not in shared_hub.hub.directory.load().users
        assert "Choose what to do" in administrator.post(users, do=HOSTILE)
        keys = "/administration/agencies/refuge"
        (key,) = shared_hub.hub.directory.load().keys_of("refuge")
        assert key.id in administrator.get(keys)
        assert "Choose a key" in administrator.post(keys, key=HOSTILE, reason="Lost")
        assert "at most 300" in administrator.post(keys, key=key.id, reason="why " * 100)
        assert "Revoked" in administrator.post(keys, key=key.id, reason="A laptop was lost")
        assert shared_hub.hub.directory.load().keys[key.id].revoked_at is not None


def test_a_steward_corrects_what_was_kept_aside_and_it_is_sent(new_hub: HubUnderTest) -> None:
    record = kept_aside(new_hub, "Q-1", HOSTILE)
    with browsing(new_hub, STEWARD) as steward:
        assert "A field is missing, unknown or not as the contract demands." in steward.get("/steward")
        steward.opens(rf"/steward/kept/{record}")
        page = steward.at
        assert "alert(1)" not in steward.text
        assert "Say in words why" in steward.post(page, do="look", reason="")
        looked = new_hub.events("DisclosureDecided")
        assert "&lt;script&gt;alert(1)" in steward.post(page, do="look", reason="The police ask")
        assert_tame(steward.text)
        assert new_hub.events("DisclosureDecided") == looked + 1
        assert "breaks the contract" in steward.post(page, do="fix", reason="Level", data=json.dumps({"x": HOSTILE}))
        assert_tame(steward.text)
        right = json.dumps(told("Q-1", level=3, words="As corrected"))
        why = f"The level is 3, as the police said {'again and ' * 20}at last"
        assert "Fixed" in steward.post(page, do="fix", reason=why, data=right)
        assert why in steward.text
        token = steward.token
        assert "Resent" in steward.post(page, do="resend", reason="As the police said", token=token)
        assert "form" in steward.post(page, do="discard", reason="Again", token=token)
        assert steward.status >= 400
        assert new_hub.consumes().stored.total() == 1


def test_what_a_message_says_of_a_child_hidden_from_the_steward_is_as_what_cannot_be_opened(
    shared_hub: HubUnderTest,
) -> None:
    child = shared_hub.hears("police", told("Q-2", nhs=new_nhs_number()))
    shared_hub.hub.recorder.conflict(STEWARD, [child], asks(MANAGER, reason="Her sister's child"))
    shared_hub.hears("police", told("Q-4", nhs=new_nhs_number()))
    unopened = {each.id for each in shared_hub.hub.quarantine.all()}
    shared_hub.at_door("police", replace(shared_hub.message("police", told("Q-5")), value=b"sealed to nobody"))
    (unopened_one,) = {each.id for each in shared_hub.hub.quarantine.all()} - unopened
    hidden, shown = (kept_aside(shared_hub, name, "Bruise on the arm") for name in ("Q-2", "Q-4"))
    with browsing(shared_hub, STEWARD) as steward:
        pages = {}
        for record in (hidden, shown, unopened_one):
            steward.get(f"/steward/kept/{record}")
            pages[record] = steward.post(f"/steward/kept/{record}", do="look", reason="To correct it")
    assert "Bruise on the arm" in pages[shown]
    for record in (hidden, unopened_one):
        assert "What it says cannot be shown here." in pages[record]
        assert "Bruise" not in pages[record]


@pytest.mark.parametrize(
    ("answer", "given", "born"),
    [("link:0", "Iorwerth", "2009-08-17"), ("forbid:0", "Quenby", "2012-11-29"), ("apart", "Zelda", "2017-06-05")],
)
def test_a_steward_decides_a_review_side_by_side(shared_hub: HubUnderTest, answer: str, given: str, born: str) -> None:
    who = {"given": given, "family": f"Of-{given}{HOSTILE}", "born": born}
    one, other = f"S-{answer[:4]}", f"T-{answer[:4]}"
    first = shared_hub.hears("police", told(one, **who))  # type: ignore[arg-type]
    second = shared_hub.hears("housing", told(other, **who))  # type: ignore[arg-type]
    assert first != second
    with browsing(shared_hub, STEWARD) as steward:
        (review,) = [
            each for each in shared_hub.hub.reviews.open(asks(STEWARD)) if each["record"]["reference"] == other
        ]
        page = steward.get(f"/steward/reviews/{review['id']}")
        assert_tame(steward.text)
        assert one in page
        assert other in page
        assert "Date of birth" in page
        address = steward.at
        assert "Choose an answer" in steward.post(address, answer=HOSTILE, reason="")
        assert steward.status == 400
        steward.post(address, answer=answer, reason="The family was seen together")
        assert steward.at == "/steward"
        assert other not in steward.text
        steward.get(address)
        assert steward.status == 404
    assert (shared_hub.person("housing", other) == first) is (answer == "link:0")
    assert all(each["id"] != review["id"] for each in shared_hub.hub.reviews.open(asks(STEWARD)))
