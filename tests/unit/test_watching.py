"""A watched folder: whole files are published once each and moved; what is still written to stays."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.broker.port import Message
from hub.signing.credentials import new_credentials
from producers import Publisher, watching
from producers.watching import Taken, Watcher
from tests.fakes_broker import MemoryBroker
from tests.hub_under_test import told
from tests.waiting import until

TOPIC = "mash.concerns.police"
CREDENTIALS = new_credentials("police", X25519PrivateKey.generate().public_key())
SETTLE = 0.3


def line(reference: str) -> str:
    data = told(reference)
    return json.dumps({"specversion": "1.0", "id": reference, "source": "police", "data": data}) + "\n"


class Watched:
    """A folder and the broker that its files go to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "in"
        self.folder.mkdir()
        self.broker = MemoryBroker()
        self.broker.create_topics({TOPIC: 1})
        self.taken: list[Taken] = []
        CREDENTIALS.save(folder / "police.json")
        self._credentials = folder / "police.json"

    @contextmanager
    def running(self) -> Iterator[threading.Event]:
        stop = threading.Event()
        spool = self.folder / ".spool"
        with Publisher.open(self._credentials, self.broker.producer(), spool=spool) as publisher:
            watcher = Watcher(self.folder, publisher, stop, self.taken.append, settle=SETTLE)
            thread = threading.Thread(target=watcher.run)
            thread.start()
            try:
                yield stop
            finally:
                stop.set()
                thread.join(10)
                assert not thread.is_alive()

    def put(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text)
        return self.folder / name

    def sent(self) -> list[Message]:
        return [received.message for received in self.broker.topics[TOPIC][0]]

    def names(self, where: str) -> list[str]:
        return sorted(path.name for path in (self.folder / where).iterdir())


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_file_is_published_and_moved_to_done(watched: Watched) -> None:
    watched.put("a.jsonl", line("P-1") + line("P-2"))

    with watched.running():
        until(lambda: watched.taken)

    assert (len(watched.sent()), watched.names("done"), watched.names("rejected")) == (2, ["a.jsonl"], [])


def test_a_file_with_a_bad_record_is_rejected_with_a_report_and_the_good_ones_are_published(watched: Watched) -> None:
    watched.put("a.jsonl", line("P-1") + '{"specversion": "1.0", "data": "ZZMARKER"}\n' + line("P-2"))

    with watched.running():
        until(lambda: watched.taken)

    report = (watched.folder / "rejected" / "a.jsonl.report.json").read_text()
    assert (len(watched.sent()), watched.names("done")) == (2, [])
    assert [each["place"] for each in json.loads(report)["rejects"]] == ["line 2"]
    assert (json.loads(report)["published"], json.loads(report)["rejected"]) == (2, 1)
    assert "ZZMARKER" not in report


@pytest.mark.parametrize(("text", "code"), [("", "empty-file"), ("%PDF-1.7", "unknown-format")])
def test_a_file_that_is_none_is_rejected_with_the_reason(watched: Watched, text: str, code: str) -> None:
    watched.put("a", text)

    with watched.running():
        until(lambda: watched.taken)

    report = json.loads((watched.folder / "rejected" / "a.report.json").read_text())
    assert report["error"]["code"] == code


def test_a_file_that_is_still_open_for_writing_stays_however_long_it_rests(watched: Watched) -> None:
    with watched.running():
        with (watched.folder / "slow.jsonl").open("w") as file:
            file.write(line("P-1"))
            file.flush()
            time.sleep(SETTLE + 1.5)
            assert watched.taken == []
            file.write(line("P-2"))
        until(lambda: watched.taken)

    assert len(watched.sent()) == 2


@pytest.mark.parametrize("name", [".hidden.jsonl", "a.jsonl.part", "a.tmp", "a.new"])
def test_names_of_unfinished_files_are_left_alone(watched: Watched, name: str) -> None:
    watched.put(name, line("P-1"))
    watched.put("z.jsonl", line("P-2"))

    with watched.running():
        until(lambda: watched.taken)
        time.sleep(SETTLE + 0.7)

    assert len(watched.sent()) == 1
    assert (watched.folder / name).exists()


def test_a_second_file_of_a_name_does_not_replace_the_first(watched: Watched) -> None:
    with watched.running():
        for number in (1, 2):
            watched.put("a.jsonl", line(f"P-{number}"))
            until(lambda number=number: len(watched.taken) == number)  # type: ignore[misc]

    assert watched.names("done") == ["a.jsonl", "a.jsonl.2"]


def test_a_file_put_in_while_the_broker_is_away_is_done_and_its_events_go_out_later(watched: Watched) -> None:
    watched.broker.away = True
    watched.put("a.jsonl", line("P-1"))
    with watched.running():
        until(lambda: watched.taken)
    assert (watched.names("done"), watched.sent()) == (["a.jsonl"], [])

    watched.broker.away = False
    with watched.running():
        until(watched.sent)


def test_a_stop_in_the_middle_of_a_file_takes_the_whole_file_again(watched: Watched) -> None:
    watched.put("a.jsonl", "".join(line(f"P-{number}") for number in range(3000)))
    with watched.running() as stop:
        until(watched.sent)
        stop.set()
    if not watched.taken:
        assert (watched.folder / "a.jsonl").exists()
        with watched.running():
            until(lambda: watched.taken)

    ids = [dict(message.headers)["ce_id"] for message in watched.sent()]
    assert len(set(ids)) == 3000
    assert list(dict.fromkeys(ids)) == [b"P-%d" % number for number in range(3000)]


def test_a_file_that_goes_while_it_is_looked_at_ends_nothing(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    may = watching._may_be_taken

    def gone(entry: os.DirEntry[str]) -> bool:
        taken = may(entry)
        if entry.name == "a.filepart":
            Path(entry.path).unlink()
        return taken

    watched.put("a.filepart", line("P-1"))
    monkeypatch.setattr(watching, "_may_be_taken", gone)

    with watched.running():
        watched.put("b.jsonl", line("P-2"))
        until(lambda: watched.taken)

    assert [taken.file.name for taken in watched.taken] == ["b.jsonl"]
