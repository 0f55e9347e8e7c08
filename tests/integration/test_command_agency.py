"""`mash agency`: who may publish, and what their keys verify before and after a rotation or revocation."""

from typing import Any

import pytest

from hub.broker.port import Message
from hub.clock import SystemClock
from hub.signing.credentials import Credentials, key_id_of, new_credentials
from hub.signing.message import MessageWriter
from tests.hub_under_test import HubUnderTest, Mash, event_of, told


def signed_by(credentials: Credentials, reference: str) -> Message:
    now = SystemClock().now()
    return MessageWriter(credentials).write(event_of(told(reference)), now=now, recorded_at=now)


def keys(mash: Mash, agency: str) -> list[dict[str, Any]]:
    (found,) = [each["keys"] for each in mash("agency", "list", "--json").json["agencies"] if each["id"] == agency]
    return list(found)


def reasons(hub: HubUnderTest) -> list[str]:
    return [kept.reason for kept in hub.hub.quarantine.all()]


def test_an_agency_added_here_publishes_from_here(new_hub: HubUnderTest, mash: Mash) -> None:
    added = mash("agency", "add", "ambulance", "--name", "Ambulance Service", "--kind", "health", "--json")

    assert added.json["agency"] == "ambulance"
    (key,) = keys(mash, "ambulance")
    assert (key["id"], key["until"], key["revoked"]) == (added.json["key"], None, None)
    credentials = new_hub.hub.credentials("ambulance")
    assert new_hub.settings.credentials("ambulance").stat().st_mode & 0o777 == 0o600
    new_hub.publishes("ambulance", signed_by(credentials, "A-1"))
    assert sum(new_hub.takes_in().stored.values()) == 1


def test_an_agency_added_with_its_own_key_publishes_from_elsewhere(new_hub: HubUnderTest, mash: Mash) -> None:
    own = new_credentials("ambulance", new_hub.hub.credentials("police").hub)

    added = mash(
        "agency",
        "add",
        "ambulance",
        "--name",
        "Ambulance",
        "--kind",
        "health",
        "--public-key",
        own.public.hex(),
        "--json",
    )

    assert added.json["key"] == key_id_of(own.public)
    assert not new_hub.settings.credentials("ambulance").exists()
    new_hub.publishes("ambulance", signed_by(own, "A-1"))
    assert sum(new_hub.takes_in().stored.values()) == 1


def test_a_rotated_key_verifies_what_it_signed_before_and_nothing_after(new_hub: HubUnderTest, mash: Mash) -> None:
    old = new_hub.hub.credentials("police")
    before = signed_by(old, "P-before")

    rotated = mash("agency", "rotate-key", "police", "--json").json
    after = signed_by(old, "P-after")
    with_new = signed_by(new_hub.hub.credentials("police"), "P-new")
    new_hub.publishes("police", before, after, with_new)
    taken = new_hub.takes_in()

    assert sum(taken.stored.values()) == 2
    assert reasons(new_hub) == ["key-not-valid"]
    former, current = keys(mash, "police")
    assert (former["id"], current["id"]) == (old.key_id, rotated["key"])
    assert former["until"] == current["from"]
    assert (former["revoked"], current["until"]) == (None, None)


def test_the_ids_of_records_without_ids_survive_a_rotation(new_hub: HubUnderTest, mash: Mash) -> None:
    new_hub.publishes("police", signed_by(new_hub.hub.credentials("police"), "P-1"))
    new_hub.takes_in()

    mash("agency", "rotate-key", "police")
    new_hub.publishes("police", signed_by(new_hub.hub.credentials("police"), "P-1"))

    assert sum(new_hub.takes_in().duplicates.values()) == 1


def test_a_revoked_key_verifies_nothing_whenever_it_signed(new_hub: HubUnderTest, mash: Mash) -> None:
    stolen = new_hub.hub.credentials("police")
    before = signed_by(stolen, "P-before")

    revoked = mash("agency", "revoke", "police", stolen.key_id[:10], "--reason", "Laptop stolen", "--json").json
    new_hub.publishes("police", before, signed_by(stolen, "P-after"))
    taken = new_hub.takes_in()

    assert revoked == {"agency": "police", "revoked": stolen.key_id}
    assert not taken.stored
    assert reasons(new_hub) == ["revoked-key", "revoked-key"]
    assert keys(mash, "police")[0]["revoked"]


def test_a_key_is_revoked_while_messages_are_taken_in(new_hub: HubUnderTest) -> None:
    credentials = new_hub.hub.credentials("police")
    new_hub.publishes("police", signed_by(credentials, "P-1"))
    new_hub.takes_in()

    new_hub.hub.directory.revoke_key("police", credentials.key_id, reason="Stolen", by="tester")
    new_hub.publishes("police", signed_by(credentials, "P-2"))

    assert sum(new_hub.takes_in().quarantined.values()) == 1


def test_a_key_that_was_ever_registered_cannot_be_registered_again(new_hub: HubUnderTest, mash: Mash) -> None:
    police = new_hub.hub.credentials("police")
    mash("agency", "revoke", "police", police.key_id, "--reason", "Stolen")

    again = mash("agency", "rotate-key", "police", "--public-key", police.public.hex(), "--json")
    other = mash(
        "agency", "add", "thief", "--name", "T", "--kind", "police", "--public-key", police.public.hex(), "--json"
    )

    assert (again.status, again.error["code"]) == (1, "key-registered")
    assert (other.status, other.error["code"]) == (1, "key-registered")
    assert keys(mash, "police")[0]["revoked"]
    assert "thief" not in mash("agency", "list").out


def test_adding_an_agency_again_keeps_its_key(new_hub: HubUnderTest, mash: Mash) -> None:
    before = new_hub.hub.credentials("police").key_id

    ran = mash("agency", "add", "police", "--name", "Police", "--kind", "police", "--json")

    assert (ran.status, ran.error["code"]) == (1, "agency-exists")
    assert new_hub.hub.credentials("police").key_id == before


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("add", "B", "--name", "B", "--kind", "police"), 2, "bad-agency-id"),
        (("add", "x" * 60, "--name", "B", "--kind", "police"), 2, "bad-agency-id"),
        (("add", "police\n", "--name", "B", "--kind", "police"), 2, "bad-agency-id"),
        (("add", "hub", "--name", "B", "--kind", "police"), 2, "bad-agency-id"),
        (("add", "mash", "--name", "B", "--kind", "police"), 2, "bad-agency-id"),
        (("add", "b-b", "--name", "", "--kind", "police"), 2, "bad-value"),
        (("add", "b-b", "--name", "B\tB", "--kind", "police"), 2, "bad-value"),
        (("add", "b-b", "--name", "B" * 400, "--kind", "police"), 2, "bad-value"),
        (("add", "b-b", "--name", "B", "--kind", "circus"), 2, "usage"),
        (("add", "b-b", "--name", "B", "--kind", "police", "--public-key", "12"), 2, "bad-key"),
        (("add", "b-b", "--name", "B", "--kind", "police", "--public-key", "zz" * 32), 2, "bad-key"),
        (("rotate-key", "nobody"), 2, "unknown-agency"),
        (("revoke", "nobody", "abcdef", "--reason", "Stolen"), 2, "unknown-agency"),
        (("revoke", "police", "", "--reason", "Stolen"), 2, "id-too-short"),
        (("revoke", "police", "zzzz", "--reason", "Stolen"), 2, "unknown-key"),
        (("revoke", "police", "KEY", "--reason", ""), 2, "bad-value"),
        (("revoke", "police", "KEY", "--reason", "r" * 400), 2, "bad-value"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    shared_hub: HubUnderTest, mash_here: Mash, arguments: tuple[str, ...], status: int, code: str
) -> None:
    before = mash_here("agency", "list", "--json").json
    key = shared_hub.hub.credentials("police").key_id

    ran = mash_here("agency", *(key if word == "KEY" else word for word in arguments), "--json")

    assert (ran.status, ran.error["code"]) == (status, code)
    assert mash_here("agency", "list", "--json").json == before


def test_the_list_reads_well(shared_hub: HubUnderTest, mash_here: Mash) -> None:
    out = mash_here("agency", "list").out

    assert "Ridgemoor Hospitals NHS Trust" in out
    assert "signs" in out
