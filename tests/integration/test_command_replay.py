"""`mash decisions replay` as an auditor types it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.replay_run import REPLAY
from hub.bootstrap import Hub
from hub.events.decisions import DisclosureDecided
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, HubUnderTest, Mash, environment_of, ran_as_process, told

REASON = ("--reason", "Yearly check of the record")


@pytest.fixture
def child(new_hub: HubUnderTest) -> UUID:
    """A child about whom two viewers asked, three times each."""
    child = new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    for _ in range(3):
        new_hub.chronology(child)
        new_hub.chronology(child, HOUSING)
    return child


def replay(mash: Mash, *arguments: str) -> dict[str, Any]:
    ran = mash("decisions", "replay", *arguments, "--as", AUDITOR, *REASON, "--json")
    found: dict[str, Any] = ran.json
    assert ran.status == (1 if found["different"] else 0), ran.err
    return found


def newest(hub: Hub) -> DisclosureDecided:
    (found,) = hub.decisions.newest(1)
    return found


def forge(hub: HubUnderTest, child: UUID) -> UUID:
    """Add a record that no decision ever left, as whoever holds the application's role and keys could."""
    hub.chronology(child)
    forged = newest(hub.hub).model_copy(update={"id": uuid4(), "answer_hash": "0" * 64})
    hub.hub.decisions.record(forged, [child])
    return forged.id


def test_all_are_the_same_and_the_run_is_on_record(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    answer = replay(mash, "--all")

    assert (answer["replayed"], answer["same"], answer["verdicts"], answer["differences"]) == (6, 6, 6, [])
    record = newest(new_hub.hub)
    assert (str(record.id), record.kind, record.viewer) == (answer["decision"], REPLAY, AUDITOR)
    assert (record.question["same"], record.question["different"], record.reason) == ("6", "0", REASON[1])


def test_one_is_taken_again_by_the_start_of_its_id(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    start = str(newest(new_hub.hub).id)[:8]

    assert replay(mash, start)["same"] == 1


def test_the_limits_hold(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    other = new_hub.hears("police", told("P-2", family="Other"))
    new_hub.chronology(other)

    assert replay(mash, "--all", "--viewer", HOUSING)["replayed"] == 3
    assert replay(mash, "--all", "--child", str(other))["replayed"] == 1
    assert replay(mash, "--all", "--until", "2023-12-31")["replayed"] == 0
    assert replay(mash, "--all", "--since", "2024-01-01", "--until", "2024-01-02")["replayed"] == 7


def test_a_sample_is_drawn_again_by_its_seed(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    forge(new_hub, child)
    until = ("--until", "2024-01-02")
    drawn = [replay(mash, "--sample", "3", "--seed", str(seed), *until) for seed in (1, 1, 2, 3, 4, 5, 6)]

    assert {each["replayed"] for each in drawn} == {3}
    assert drawn[0]["differences"] == drawn[1]["differences"]
    assert {each["different"] for each in drawn} == {0, 1}


def test_a_forged_record_is_found_and_named(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    forged = forge(new_hub, child)

    answer = replay(mash, "--all")

    assert (answer["same"], answer["different"]) == (7, 1)
    (different,) = answer["differences"]
    assert (different["decision"], different["cause"]) == (str(forged), "unexplained")
    assert [each["what"] for each in different["differences"]] == ["answer_hash"]
    told_to_people = mash("decisions", "replay", "--all", "--as", AUDITOR, *REASON)
    assert told_to_people.status == 1
    assert str(forged) in told_to_people.out


def test_what_was_erased_is_counted_and_no_fault(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    subject = new_hub.hub.vault.find_subject("police", "P-1")
    assert subject is not None
    new_hub.hub.vault.destroy([subject, newest(new_hub.hub).id])

    answer = replay(mash, "--all")

    assert (answer["erased"], answer["different"], answer["replayed"]) == (6, 0, 6)
    assert {each["cause"] for each in answer["differences"]} == {"key-erased"}


def test_a_run_is_resumed_where_it_stopped(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    assert mash("decisions", "replay", "--all", "--resume", "--as", AUDITOR, *REASON, "--json").error["code"] == (
        "nothing-to-resume"
    )
    replay(mash, "--all", "--child", str(child))
    new_hub.chronology(child)

    assert replay(mash, "--all", "--child", str(child), "--resume")["replayed"] == 1


def test_nobody_but_an_auditor_may(new_hub: HubUnderTest, mash: Mash, child: UUID) -> None:
    refused = mash("decisions", "replay", "--all", "--as", ANALYST, *REASON, "--json")

    assert (refused.status, refused.error["code"]) == (1, "not-an-auditor")
    assert newest(new_hub.hub).refusal == "not-an-auditor"


@pytest.mark.parametrize("arguments", [(), ("--all", "--sample", "1"), ("abcd1234", "--all")])
def test_which_decisions_must_be_said_once(mash: Mash, arguments: tuple[str, ...]) -> None:
    refused = mash("decisions", "replay", *arguments, "--as", AUDITOR, *REASON, "--json")

    assert (refused.status, refused.error["code"]) == (2, "which-decisions")


@pytest.fixture
def elsewhere() -> dict[str, str]:
    """A machine of another place: its time zone, its language and how it hashes."""
    return {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}


def test_many_are_replayed_on_all_cores_of_another_machine(
    new_hub: HubUnderTest, child: UUID, elsewhere: dict[str, str]
) -> None:
    for _ in range(100):
        new_hub.chronology(child)
    arguments = ("decisions", "replay", "--all", "--as", AUDITOR, *REASON, "--json")

    ran = ran_as_process({**environment_of(new_hub.settings), **elsewhere}, *arguments)
    assert ran.status == 0, ran.err
    answer = ran.json

    assert (answer["replayed"], answer["same"], answer["differences"]) == (106, 106, [])
