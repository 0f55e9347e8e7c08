"""The spool: what it accepted is on disk in order, and what is damaged is kept aside and told of, never skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.broker.port import Message
from hub.errors import ConflictError, HubError, RetryableError, UsageError
from producers.spool import Spool
from producers.spool_folder import read_status
from producers.spool_segment import message_of, pieces, record_of

TOPIC = "mash.concerns.police"
HEADERS = (("mash-signed-at", b"2026-11-22T09:30:00+00:00"), ("ce_id", b"a"))


def message(number: int, size: int = 20) -> Message:
    return Message(b"k%d" % number, HEADERS, b"%d " % number + bytes(size))


def numbers(messages: list[Message]) -> list[int]:
    return [int(each.key[1:]) for each in messages]


def drained(spool: Spool, limit: int = 3) -> list[int]:
    found: list[int] = []
    while (batch := spool.first(limit)) is not None:
        found += numbers(batch.messages)
        spool.sent(batch)
    return found


def reopened(folder: Path, **options: int) -> list[int]:
    spool = Spool(folder, TOPIC, **options)
    try:
        return drained(spool)
    finally:
        spool.close()


def filled(folder: Path, *batches: range, **options: int) -> None:
    spool = Spool(folder, TOPIC, **options)
    for batch in batches:
        spool.append([message(number) for number in batch])
    spool.close()


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


@given(st.binary(max_size=40), st.binary(max_size=300), st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9))))
def test_a_record_gives_its_message_back(key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    sent = Message(key, tuple(headers), value)

    (piece,) = pieces(record_of(sent), 0)

    assert piece.body is not None
    assert message_of(piece.body) == sent


def test_messages_come_out_in_order_over_segments_and_restarts(tmp_path: Path) -> None:
    filled(tmp_path, range(5), range(5, 9), segment_bytes=200)
    filled(tmp_path, range(9, 12), segment_bytes=200)

    assert len(segments(tmp_path)) > 2
    assert reopened(tmp_path) == list(range(12))
    assert segments(tmp_path) == []
    assert reopened(tmp_path) == []


def test_what_was_sent_stays_sent_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path, range(10))
    spool = Spool(tmp_path, TOPIC)
    batch = spool.first(4)
    assert batch is not None
    spool.sent(batch)
    spool.close()

    assert reopened(tmp_path) == list(range(4, 10))


def test_messages_appended_while_others_are_sent_go_behind_them(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOPIC)
    spool.append([message(1), message(2)])
    batch = spool.first(10)
    spool.append([message(3)])
    assert batch is not None
    spool.sent(batch)

    assert numbers(batch.messages) == [1, 2]
    assert len(spool) == 1
    assert drained(spool) == [3]


@pytest.mark.parametrize("kept", ["", "no json", "{}", '{"segment": 1, "offset": 99999999}'])
def test_a_lost_cursor_sends_again_and_loses_nothing(tmp_path: Path, kept: str) -> None:
    filled(tmp_path, range(6))
    (tmp_path / "cursor.json").write_text(kept)

    assert reopened(tmp_path) == list(range(6))


def test_a_record_that_a_crash_tore_is_cut_off_at_whatever_byte(tmp_path: Path) -> None:
    filled(tmp_path / "whole", range(3))
    whole = segments(tmp_path / "whole")[0].read_bytes()
    last = len(record_of(message(2)))

    for cut in range(1, last + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "000000000001.segment").write_bytes(whole[:-cut])
        assert reopened(folder) == [0, 1]
        assert read_status(folder).damaged == 0


def test_room_that_a_crash_left_unwritten_is_cut_off(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    with segments(tmp_path)[0].open("ab") as file:
        file.write(bytes(500))

    assert reopened(tmp_path) == [0, 1, 2]
    assert read_status(tmp_path).damaged == 0


def test_a_damaged_record_is_kept_aside_and_counted_and_those_behind_it_go_out(tmp_path: Path) -> None:
    filled(tmp_path, range(5))
    path = segments(tmp_path)[0]
    data = bytearray(path.read_bytes())
    record = len(record_of(message(2)))
    start = data.index(record_of(message(2)))
    for at in range(start, start + record):
        damaged = bytearray(data)
        damaged[at] ^= 0x55
        path.write_bytes(damaged)
        spool = Spool(tmp_path, TOPIC)
        batch = spool.first(10)
        spool.close()
        assert batch is not None
        assert numbers(batch.messages) == [0, 1, 3, 4]

    (kept,) = (tmp_path / "damaged").iterdir()
    assert len(kept.read_bytes()) == record
    assert read_status(tmp_path).damaged == 1


def test_damage_before_the_first_record_loses_none_behind_it(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    path = segments(tmp_path)[0]
    path.write_bytes(b"X" + path.read_bytes()[1:])

    assert reopened(tmp_path) == [0, 1, 2]
    assert read_status(tmp_path).damaged == 1


def test_a_segment_that_is_nothing_but_damage_does_not_hold_up_the_next(tmp_path: Path) -> None:
    filled(tmp_path, range(2))
    filled(tmp_path, range(2, 4))
    segments(tmp_path)[0].write_bytes(b"\xff" * 100)

    assert reopened(tmp_path) == [2, 3]
    assert read_status(tmp_path).damaged == 1


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    first = Spool(tmp_path, TOPIC)

    with pytest.raises(ConflictError) as refused:
        Spool(tmp_path, TOPIC)
    first.close()
    Spool(tmp_path, TOPIC).close()

    assert refused.value.code == "spool-in-use"


def test_another_agencys_spool_is_refused_and_untouched(tmp_path: Path) -> None:
    filled(tmp_path, range(3))

    with pytest.raises(UsageError) as refused:
        Spool(tmp_path, "mash.concerns.housing")

    assert refused.value.code == "foreign-spool"
    assert reopened(tmp_path) == [0, 1, 2]


def test_a_full_spool_refuses_and_keeps_what_it_accepted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOPIC, max_bytes=500)
    spool.append([message(1), message(2)])

    with pytest.raises(RetryableError) as refused:
        spool.append([message(3, size=1000)])
    assert refused.value.code == "spool-full"
    assert drained(spool) == [1, 2]

    spool.append([message(4)])
    assert drained(spool) == [4]


def test_a_closed_spool_takes_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOPIC)
    spool.close()

    with pytest.raises(HubError):
        spool.append([message(1)])


ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from hub.errors import RetryableError
from producers.spool import Spool
from tests.unit.test_spool import TOPIC, message
spool, refused, accepted = Spool(Path(sys.argv[1]), TOPIC, segment_bytes=10**9), 0, []
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
for number in range(0, 100, 5):
    try:
        spool.append([message(each) for each in range(number, number + 5)])
    except RetryableError as error:
        assert error.code == "spool-full", error.code
        refused += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, resource.RLIM_INFINITY))
        spool.append([message(each) for each in range(number, number + 5)])
assert refused == 1, refused
"""


def test_a_disk_that_fills_up_in_the_middle_of_a_record_refuses_once_and_loses_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-B", "-c", ON_A_SMALL_DISK, str(tmp_path)],
        cwd=Path(__file__).parents[2], env={**os.environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, "")
    assert reopened(tmp_path) == list(range(100))
    assert read_status(tmp_path).damaged == 0


def test_the_status_tells_how_much_waits_since_when_and_why(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOPIC)
    spool.append([message(1), message(2)])
    spool.note("Kafka is away. [broker-away]", "2026-11-22T10:00:00+00:00")

    assert spool.status() == read_status(tmp_path)
    assert spool.status().as_json() == {
        "count": 2,
        "bytes": 2 * len(record_of(message(1))),
        "oldest_unsent": "2026-11-22T09:30:00+00:00",
        "last_error": "Kafka is away. [broker-away]",
        "last_error_at": "2026-11-22T10:00:00+00:00",
        "damaged": 0,
    }
    drained(spool)
    spool.note(None, "")
    assert spool.status().as_json() == {
        "count": 0, "bytes": 0, "oldest_unsent": None, "last_error": None, "last_error_at": None, "damaged": 0,
    }  # fmt: skip


def test_there_is_no_status_where_there_is_no_spool(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_status(tmp_path)

    assert refused.value.code == "no-spool"
