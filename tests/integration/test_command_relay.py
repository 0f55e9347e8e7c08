"""`mash relay` and `mash agreement`: agreements are made and ended, what they name goes out, and a stop is a stop."""

import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from consumers.relay import Relay
from hub.contract.relayed import Disclosure
from hub.errors import HubError, RetryableError
from tests.hub_under_test import HubUnderTest, Mash, environment_of, mash_process
from tests.relay import SCHOOL, contents, incident, pupil, sent
from tests.waiting import until

HOUSING = """
agreements:
  - id: housing-safety
    owner: police
    recipient: housing
    purpose: safety-plan
    types: [police-incident]
    reason: A landlord who knows can change the locks.
    authority: Crime and Disorder Act 1998 s115
    lead: Safeguarding lead
    valid_from: 2024-01-01
"""


def began(hub: HubUnderTest, mash: Mash) -> None:
    hub.clock.advance(datetime.now(UTC) - hub.clock.now())
    assert mash("relay", "--once").status == 0


def test_what_an_agreement_names_goes_out(new_hub: HubUnderTest, mash: Mash) -> None:
    began(new_hub, mash)
    incident(new_hub, "cli", pupil(new_hub, "cli"))

    first, again = (mash("relay", "--once", "--json").json for _ in range(2))

    assert first == {"disclosures": 1, "notices": 0, "receipts": 0, "waiting": [], "missing": []}
    assert again["disclosures"] == 0
    assert len(contents(new_hub, Disclosure)) == 1


def test_an_agreement_is_made_listed_and_ended(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "housing.yaml"
    file.write_text(HOUSING)

    assert mash("agreement", "add", str(file), "--json").json == {"agreements": ["housing-safety"]}
    listed = {each["id"]: each for each in mash("agreement", "list", "--json").json["agreements"]}
    assert listed["housing-safety"]["in_force"]
    assert listed["encompass-schools"]["types"] == ["police-incident"]
    assert mash("agreement", "add", str(file), "--json").error["code"] == "agreement-exists"
    assert mash("agreement", "end", "housing-safety", "--reason", "Under review").status == 0
    listed = {each["id"]: each for each in mash("agreement", "list", "--json").json["agreements"]}
    assert (listed["housing-safety"]["ended"], listed["housing-safety"]["in_force"]) == (True, False)
    assert (
        mash("agreement", "end", "housing-safety", "--reason", "Again", "--json").error["code"] == "unknown-agreement"
    )


def test_a_file_that_is_wrong_is_refused_with_the_place(mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    for changed, place in (("safety-plan", "agreements.0"), ("2024-01-01", "agreements.0.valid_from")):
        file.write_text(HOUSING.replace(changed, "sometime"))
        ran = mash("agreement", "add", str(file), "--json")
        assert (ran.status, ran.error["code"], ran.error["place"]) == (2, "bad-agreements", place)


def test_an_agreement_with_nobody_is_refused(mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "nobody.yaml"
    file.write_text(HOUSING.replace("recipient: housing", "recipient: nobody"))

    assert mash("agreement", "add", str(file), "--json").error["code"] == "unknown-agency"


def test_a_recipient_without_a_key_waits_and_loses_nothing(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    added = ("--name", "Fostering", "--kind", "voluntary", "--public-key", "ab" * 32)
    assert mash("agency", "add", "fostering", *added).status == 0
    (tmp_path / "a.yaml").write_text(HOUSING.replace("recipient: housing", "recipient: fostering"))
    mash("agreement", "add", str(tmp_path / "a.yaml"))
    began(new_hub, mash)
    number = pupil(new_hub, "wait")
    own = new_hub.hub.credentials("police")
    incident(new_hub, "wait", number)

    assert mash("relay", "--once", "--json").json["waiting"] == ["fostering"]
    assert mash("agency", "rotate-opening-key", "fostering", "--json").error["code"] == "needs-public-key"
    opening = own.with_new_opening_key().opening_public
    assert opening is not None
    assert mash("agency", "rotate-opening-key", "fostering", "--opening-key", opening.hex()).status == 0
    assert mash("relay", "--once", "--json").json["waiting"] == []


def test_a_new_opening_key_opens_what_comes_and_what_came(new_hub: HubUnderTest, mash: Mash) -> None:
    began(new_hub, mash)
    number = pupil(new_hub, "key")
    incident(new_hub, "key", number)
    mash("relay", "--once")
    assert mash("agency", "rotate-opening-key", SCHOOL).status == 0
    assert mash("agency", "rotate-key", SCHOOL).status == 0
    incident(new_hub, "key", number, ce_id="key-2", on="2024-01-02")
    mash("relay", "--once")

    assert len(sent(new_hub)) == 2
    assert len(new_hub.hub.credentials(SCHOOL).opening) == 2


def test_the_hubs_public_keys_are_exported(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    file = tmp_path / "hub.json"

    assert mash("agency", "export", "--to", str(file)).status == 0

    exported = json.loads(file.read_text())
    assert exported == json.loads(mash("agency", "export").out)
    assert [bytes.fromhex(key["public"]) for key in exported["signing_keys"]] == [new_hub.hub.signing_public()]


def test_no_agency_may_be_called_as_the_hub_is(mash: Mash) -> None:
    for name in ("hub", "admin", "node"):
        ran = mash("agency", "add", name, "--name", "Any", "--kind", "health", "--json")
        assert ran.error["code"] == "bad-agency-id"


def test_a_stop_ends_it_and_says_what_was_done(new_hub: HubUnderTest, mash: Mash) -> None:
    began(new_hub, mash)
    incident(new_hub, "stop", pupil(new_hub, "stop"))
    with mash_process(environment_of(new_hub.settings), "relay", "--json") as process:
        until(lambda: sent(new_hub))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["disclosures"] == 1


def test_a_stop_ends_it_while_the_broker_is_away(new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    stop = Event()

    def away(_: str) -> None:
        raise RetryableError("Away.", code="broker-away")

    def paused(_: HubError, seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            stop.set()

    monkeypatch.setattr(new_hub.hub.broker, "transactional", away)

    done = Relay(new_hub.hub, stop, on_pause=paused).run(once=False)

    assert (done.disclosures, pauses) == (0, [0.1, 0.2, 0.4])
