"""Logs that earlier software wrote stay replayable: every decision in them is the same again, to the byte."""

import hashlib
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.application.decisions import DECISIONS_TAG, decisions_tagged
from hub.application.linking import Held
from hub.application.replaying import Ending, Replay
from hub.contract.canonical import canonical
from hub.contract.ids import event_id
from hub.errors import RefusedError
from hub.events.decisions import DisclosureDecided
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    HOUSING,
    NURSE,
    OFFICER,
    ROOT,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    asks,
    clean_environment,
    new_nhs_number,
    told,
)  # fmt: skip
from tests.kept_log import LOGS, KeptLog, keep
from tests.relay import incident, pupil, relays

NAMES = sorted(path.name.removesuffix(".json.gz") for path in LOGS.iterdir())
_KINDS = {"chronology", "find", "identity", "identity-reviews", "identity-change", "relay"}


def history(hub: HubUnderTest) -> None:
    """Let a small partnership live: every kind of answer that can be taken again is given at least once."""
    nhs = new_nhs_number()
    hub.hears("police", told("P-1", on="2024-01-10", nhs=nhs, words="Seen on the stairs"), ce_id="kept-1")
    hub.hears("hospital-trust", told("H-1", on="2023-02-01", nhs=nhs, labels=["mental-health"]))
    hub.hears("refuge", told("R-1", on="2024-01-11", nhs=nhs, labels=["refuge"]))
    first = str(event_id("police", "kept-1"))
    child = hub.hears("police", told("P-1", on="2024-01-12", nhs=nhs, words="On the twelfth", corrects=first))
    then = hub.clock.now()
    hub.clock.advance(timedelta(days=3))
    for viewer in (ANALYST, OFFICER, NURSE, HOUSING, AUDITOR):
        hub.chronology(child, viewer)
    hub.hub.chronologies.read(child, asks(OFFICER, purpose="emergency"))
    hub.chronology(child, as_of=then)
    with pytest.raises(RefusedError):
        hub.hub.chronologies.read(child, asks(ANALYST, reason=""))
    hub.hub.finder.find(asks(ANALYST), family="Example", given="Ada", born=date(2015, 4, 3))
    hub.hub.finder.show(child, asks(ANALYST))
    hub.hub.reviews.open(asks(STEWARD))
    hub.hub.steward.unlink(Held("hospital-trust", "H-1"), asks(STEWARD))
    hub.chronology(child)
    relays(hub)
    number = pupil(hub, "kept")
    incident(hub, "kept", number)
    incident(hub, "kept", number, ce_id="kept-covert", labels=["covert"])
    relays(hub)
    hub.chronology(child, OFFICER)
    hub.chronology(child, OFFICER)


def replays(kept: KeptLog) -> list[tuple[DisclosureDecided, Replay]]:
    """Return every decision of a log with its replay."""
    return [(each, kept.replayer.replay(each)) for each in decisions_tagged(kept.log, [DECISIONS_TAG])]


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_of_an_earlier_release_is_the_same_again(name: str) -> None:
    done = replays(KeptLog(name))

    assert {each.kind for each, _ in done} == _KINDS
    assert [(each.kind, replay.cause, replay.differences) for each, replay in done if replay.differences] == []
    assert Counter(replay.ending for _, replay in done) == {Ending.SAME: len(done) - 1, Ending.NOTHING_DECIDED: 1}


def test_what_an_earlier_release_did_not_record_is_said_to_be_unknown() -> None:
    records = decisions_tagged(KeptLog("decisions-schema-1").log, [DECISIONS_TAG])

    assert {(each.grounds, each.links, each.law_on, each.has_grounds) for each in records} == {
        (None, None, None, False)
    }
    assert {item.obligations for each in records for item in each.decided} == {None}


def test_a_kept_log_whose_record_was_changed_is_found() -> None:
    kept = KeptLog(NAMES[-1])
    true = next(each for each in decisions_tagged(kept.log, [DECISIONS_TAG]) if each.shown)
    forged = true.model_copy(update={"outcomes": true.outcomes[1:]})

    assert kept.replayer.replay(forged).ending is Ending.DIFFERENT


def test_another_time_zone_and_locale_give_the_same_bytes() -> None:
    elsewhere = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
    run = "from tests.scenarios.test_golden_records import told_of; print(told_of())"
    ran = subprocess.run(
        [sys.executable, "-c", run],
        cwd=ROOT,
        env=clean_environment(elsewhere),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == told_of()


def told_of() -> str:
    """Return the hash of every record of the newest kept log as it comes out again, but for the software's own name."""
    kept = KeptLog(NAMES[-1])
    records = decisions_tagged(kept.log, [DECISIONS_TAG])
    again = (kept.replayer.again(each, kept.policy) for each in records)
    told = (each.model_dump(mode="json", exclude={"software"}) for each in again if each)
    return hashlib.sha256(b"".join(map(canonical, told))).hexdigest()


def test_the_history_that_is_kept_can_be_written_anew(hub_template: HubTemplate, tmp_path: Path) -> None:
    with hub_template.copied(tmp_path / "home") as hub:
        history(hub)
        keep(hub, tmp_path, "now", "As this software writes it.")

    records = decisions_tagged(KeptLog("now", tmp_path).log, [DECISIONS_TAG])
    assert all(each.has_grounds for each in records)
    assert len(records[-1].links or []) == 1
    assert (records[-1].previous, records[0].previous) == (records[-2].id, None)
