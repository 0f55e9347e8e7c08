"""The demonstration, run as a newcomer runs it: it tells the story's facts, takes a file, leaves nothing running."""

import json
import re
import signal
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import pytest

from hub.application.asking import ENGLAND
from hub.broker.kafka_server import local_kafka
from hub.command_line.demo import SENDERS
from hub.contract.reasons import SENTENCES, QuarantineReason
from hub.partnership import read_partnership
from hub.store import postgres_server
from producers.adapters import ADAPTERS
from producers.synthetic.demo import Story, story
from tests.hub_under_test import Ran, home_of_its_own, mash_process, ran_as_process, told
from tests.serving import free_port

pytestmark = pytest.mark.postgres


@dataclass(frozen=True, slots=True)
class Told:
    """What the demonstration printed, with its lines and columns run together, and where it ran."""

    text: str
    ran: Ran
    home: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    file = tmp_path_factory.mktemp("demo") / "own.jsonl"
    envelope = {"specversion": "1.0", "id": "own-1", "type": "uk.mash.homeless.v1", "source": "housing"}
    file.write_text(json.dumps({**envelope, "data": told("HO-own", "homeless", given="Own", words="Own file")}) + "\n")
    arguments = ("demo", "--once", "--file", str(file))
    with home_of_its_own() as home:
        ran = ran_as_process({"MASH_HOME": str(home)}, *arguments, seconds=240)
        yield Told(" ".join(ran.out.split()), ran, home)


@pytest.fixture(scope="module")
def facts() -> Story:
    return story()


def in_england(at: datetime) -> str:
    return f"{at.astimezone(ENGLAND):%d %B %Y at %H:%M}"


def test_it_ends_well_and_says_nothing_but_the_story(demo: Told) -> None:
    assert (demo.ran.status, demo.ran.err) == (0, "")
    assert "None" not in demo.ran.out


def test_an_auditor_takes_all_again_and_finds_the_byte_that_was_changed(demo: Told) -> None:
    again = re.search(r"(\d+) answers taken again .*?: (\d+) the same to the byte", demo.text)
    more = re.search(r"housing would have seen (\d+) records more", demo.text)
    assert again is not None
    assert int(again[1]) == int(again[2]) > 10
    assert more is not None
    assert int(more[1]) > 0
    assert "as it was recorded" in demo.text
    assert re.search(r"the next check names event [0-9a-f-]{36}, position \d+", demo.text)
    assert "cosigned by witness.housing.example" in demo.text
    assert "the witness refuses it: it has seen another history" in demo.text


def test_the_byte_is_put_back(demo: Told) -> None:
    verified = ran_as_process({"MASH_HOME": str(demo.home)}, "log", "verify", "--json")
    assert (verified.status, verified.json["faults"]) == (0, [])
    assert ran_as_process({"MASH_HOME": str(demo.home)}, "stop").status == 0


def test_it_names_every_agency(demo: Told) -> None:
    for agency in read_partnership(None).agencies:
        assert agency.name in demo.text


def test_it_counts_what_was_sent_and_what_was_sent_again(demo: Told, facts: Story) -> None:
    first, again = (each for each in facts.told if each.ce_id == facts.resent_ce_id)

    assert f"the agencies sent {len(facts.told) + 1} records" in demo.text
    assert f"{len(facts.told) - 2} were verified, sealed and stored, each once" in demo.text
    assert f"came on {first.arrived_at:%d %B %Y} and {again.arrived_at:%d %B %Y}" in demo.text
    assert "1 sent again changed nothing" in demo.text


def test_it_says_what_was_kept_aside_and_why(demo: Told, facts: Story) -> None:
    assert SENTENCES[QuarantineReason.WRONG_SIGNATURE] in demo.text
    assert SENTENCES[QuarantineReason.BREAKS_CONTRACT] in demo.text
    assert f"data.{facts.out_of_contract.field}" in demo.text


def test_it_shows_which_records_are_one_child_and_on_what_evidence(demo: Told, facts: Story) -> None:
    too_little = {"police", "probation"}
    shown = {record.agency for record in facts.child if f"{record.agency}/{record.reference}" in demo.text}

    assert {record.agency for record in facts.child} - shown == too_little
    assert "rule:nhs-number" in demo.text
    assert "rule:upn" in demo.text


def test_it_says_that_twins_were_not_merged(demo: Told, facts: Story) -> None:
    names = {
        name.given
        for each in facts.told
        for twin in facts.twins
        if any((each.agency, each.event.subject.reference) == (one.agency, one.reference) for one in twin.records)
        for name in each.event.subject.person.names
    }

    assert len(names) == 2
    assert "Twins were not merged" in demo.text
    assert all(str(name) in demo.text for name in names)
    assert "Possible twins" in demo.text


def test_it_shows_the_chronology_as_of_earlier_moments(demo: Told, facts: Story) -> None:
    (late,) = (each for each in facts.told if each.ce_id == facts.late_ce_id)
    (corrected,) = (each for each in facts.told if each.ce_id == facts.corrected_ce_id)

    before_late, arrived = in_england(facts.moment_before_late), in_england(late.arrived_at)
    assert f"as of {before_late}: just before the late record arrived" in demo.text
    assert f"As of {in_england(facts.moment_before_correction)}, just before the first correction" in demo.text
    assert f"{late.event.occurred.date} {late.event.type} {late.agency} {arrived}" in demo.text
    assert before_late != arrived
    assert f"{corrected.agency} {corrected.event.type} {corrected.event.occurred.date}" in demo.text


def test_it_shows_the_records_that_the_answers_left(demo: Told) -> None:
    assert "Every answer above was recorded before it was given" in demo.text
    for viewer in ("mash.analyst", "hospital.nurse", "housing.officer"):
        assert viewer in demo.text
    assert "DENY" not in demo.text


def test_it_takes_a_file_of_ones_own(demo: Told) -> None:
    assert "read 1, published 1, rejected 0" in demo.text
    assert "own.jsonl, published as housing" in demo.text


def test_each_kind_of_file_has_a_sender_or_names_its_own() -> None:
    senders = {agency.id for agency in read_partnership(None).agencies}

    assert set(SENDERS) == {adapter.name for adapter in ADAPTERS} - {"cloudevents"}
    assert set(SENDERS.values()) <= senders


def test_it_leaves_no_server_running(demo: Told) -> None:
    assert postgres_server.status(demo.home).state == "stopped"


def test_what_it_suggests_to_type_next_works(demo: Told) -> None:
    line = next(line for line in demo.ran.out.splitlines() if "mash chronology " in line)
    _, _, arguments = line.partition("mash chronology ")
    person, *rest = arguments.split(" --reason ")[0].split()

    ran = ran_as_process(
        {"MASH_HOME": str(demo.home)}, "chronology", person, *rest, "--reason", "looking around", "--json"
    )

    assert ran.status == 0, ran.err
    assert ran.json["items"]


def test_it_leaves_alone_a_hub_that_was_used_since(demo: Told) -> None:
    settings = {"MASH_HOME": str(demo.home)}
    added = ran_as_process(settings, "agency", "add", "youth-justice", "--name", "Youth", "--kind", "youth-justice")
    assert added.status == 0, added.err

    again = ran_as_process(settings, "demo", "--once")

    assert (again.status, again.out) == (2, "")
    assert "home-in-use" in again.err
    assert "youth-justice" in ran_as_process(settings, "agency", "list").out


@pytest.mark.kafka
def test_over_a_kafka_of_its_own_it_tells_the_same_and_opens_the_pages(facts: Story) -> None:
    port = free_port()
    with home_of_its_own() as home:
        settings = {"MASH_HOME": str(home), "MASH_PORT": str(port)}
        with mash_process(settings, "demo", "--kafka") as process:
            assert process.stdout is not None
            lines = list(takewhile(lambda line: "Control-C" not in line, process.stdout))
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        told_here = " ".join("".join(lines).split())
        assert (process.returncode, out, err) == (0, "", ""), lines
        assert "It travels over Kafka" in told_here
        assert f"{len(facts.told) - 2} were verified, sealed and stored" in told_here
        assert f"The pages are at http://127.0.0.1:{port}" in told_here
        assert all(name in told_here for name in ("Asha Example", "Devi Fictional", "Ali Imaginary", "Look for Carys"))
        assert local_kafka(home / "kafka").stop() is False, "it stopped what it started"
