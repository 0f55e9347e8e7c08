"""The publisher with and without its broker: accepted means stored or on disk, and a child's order is kept."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.broker.port import Message
from hub.clock import FixedClock
from hub.contract.ids import event_id
from hub.errors import PoisonError, RetryableError, UsageError
from hub.signing.credentials import new_credentials
from hub.signing.keys import SigningKey
from hub.signing.message import MessageReader
from hub.signing.sealing import PayloadOpener
from producers import Published, Publisher
from producers.adapters.port import Record, RejectCode
from producers.spool import Batch, Spool
from producers.spool_folder import read_status
from producers.steady_clock import SteadyClock
from tests.fakes_broker import MemoryBroker
from tests.hub_under_test import event_of, told

TOPIC = "mash.concerns.police"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HUB = X25519PrivateKey.generate()
CREDENTIALS = new_credentials("police", HUB.public_key())


class Refusing:
    """A producer that Kafka refuses."""

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Refuse."""
        raise UsageError("Kafka refused the user or password.", code="sign-in-refused")

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def broker() -> MemoryBroker:
    made = MemoryBroker()
    made.create_topics({TOPIC: 3})
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    CREDENTIALS.save(tmp_path / "police.json")
    return tmp_path


@contextmanager
def opened(folder: Path, broker: MemoryBroker) -> Iterator[Publisher]:
    with Publisher.open(folder / "police.json", broker.producer(), spool=folder / "spool") as publisher:
        yield publisher


def sent(broker: MemoryBroker) -> list[Message]:
    return [received.message for partition in broker.topics[TOPIC] for received in partition]


def told_in_order(broker: MemoryBroker) -> dict[str, list[int]]:
    """Return, by child, the numbers that the narratives hold, in the order of the topic, each where it first stands."""
    key = SigningKey(CREDENTIALS.key_id, "police", CREDENTIALS.public, datetime(2020, 1, 1, tzinfo=UTC))
    reader = MessageReader(PayloadOpener(HUB), {key.id: key})
    found: dict[str, dict[int, None]] = {}
    for message in sent(broker):
        data = json.loads(reader.read(message).payload)["data"]
        found.setdefault(data["subject"]["reference"], {})[int(data["narrative"])] = None
    return {child: list(numbers) for child, numbers in found.items()}


def test_an_event_is_stored_when_the_call_returns_and_its_id_is_the_hubs(folder: Path, broker: MemoryBroker) -> None:
    with opened(folder, broker) as publisher:
        made = publisher.publish(told("P-1"), id="incident-7")

    assert len(sent(broker)) == 1
    assert made == event_id("police", "incident-7")
    assert not list((folder / "spool").glob("*.segment"))


def test_the_same_content_has_the_same_id_as_data_and_as_an_event(folder: Path, broker: MemoryBroker) -> None:
    with opened(folder, broker) as publisher:
        ids = {publisher.publish(told("P-1")), publisher.publish(event_of(told("P-1")))}

    assert len(ids) == 1


def test_events_wait_in_order_while_the_broker_is_away_and_go_out_when_it_is_back(
    folder: Path, broker: MemoryBroker
) -> None:
    with opened(folder, broker) as publisher:
        publisher.publish(told("P-1", words="0"))
        broker.away = True
        for number in range(1, 6):
            publisher.publish(told(f"P-{number % 2}", words=str(number)))
        waiting = publisher.status()
        broker.away = False
        publisher.publish(told("P-1", words="7"))
        assert publisher.wait_until_sent(10)
        after = publisher.status()

    assert (waiting.count, waiting.damaged) == (5, 0)
    assert "broker-away" in str(waiting.last_error)
    assert waiting.oldest_unsent is not None
    assert (after.count, after.last_error) == (0, None)
    assert told_in_order(broker) == {"P-1": [0, 1, 3, 5, 7], "P-0": [2, 4]}


def test_an_empty_spool_never_stands_beside_the_reason_that_filled_it(
    folder: Path, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[str | None] = []

    def sent_and_looked(spool: Spool, batch: Batch) -> None:
        let_go(spool, batch)
        emptied.append(spool.status().last_error)

    let_go = Spool.sent
    monkeypatch.setattr(Spool, "sent", sent_and_looked)
    with opened(folder, broker) as publisher:
        broker.away = True
        publisher.publish(told("P-1"))
        assert "broker-away" in str(publisher.status().last_error)
        broker.away = False
        assert publisher.wait_until_sent(10)

    assert emptied == [None]


def test_what_waits_goes_out_at_the_next_start(folder: Path, broker: MemoryBroker) -> None:
    broker.away = True
    with opened(folder, broker) as publisher:
        result = publisher.publish_many(told("P-1", words=str(number)) for number in range(2500))
    assert (result.published, read_status(folder / "spool").count, sent(broker)) == (2500, 2500, [])

    broker.away = False
    with opened(folder, broker) as publisher:
        assert publisher.wait_until_sent(20)

    assert told_in_order(broker) == {"P-1": list(range(2500))}


def test_the_spool_holds_no_word_of_what_was_told(folder: Path, broker: MemoryBroker) -> None:
    broker.away = True
    with opened(folder, broker) as publisher:
        publisher.publish(told("REF-ZZMARKER", words="ZZMARKER"))

    assert read_status(folder / "spool").count == 1
    assert not any(b"ZZMARKER" in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_without_room_the_call_fails_and_later_calls_lose_nothing(
    folder: Path, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.away = True
    with opened(folder, broker) as publisher:
        publisher.publish(told("P-1", words="1"))
        monkeypatch.setattr("os.fsync", _no_space)
        with pytest.raises(RetryableError) as refused:
            publisher.publish(told("P-1", words="2"))
        monkeypatch.undo()
        publisher.publish(told("P-1", words="2"))
        broker.away = False
        assert publisher.wait_until_sent(10)

    assert refused.value.code == "spool-full"
    assert told_in_order(broker) == {"P-1": [1, 2]}


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_bulk_waits_for_room_where_asked_to(broker: MemoryBroker) -> None:
    publisher = Publisher(CREDENTIALS, broker.producer(), FixedClock(NOW))
    broker.away = True
    waits = Counter[str]()

    def back(error: RetryableError) -> bool:
        waits[error.code] += 1
        broker.away = waits.total() < 3
        return True

    result = Published()
    publisher.publish_records([Record("line 1", event_of(told("P-1")))], result, on_full=back)

    assert (result.published, waits) == (1, {"broker-away": 3})


def test_a_refused_password_is_told_at_once_and_nothing_is_accepted(folder: Path) -> None:
    with Publisher.open(folder / "police.json", Refusing(), spool=folder / "spool") as publisher:
        with pytest.raises(UsageError):
            publisher.publish(told("P-1"))
        assert publisher.status().count == 0


@pytest.mark.parametrize(
    ("event", "id", "words"),
    [
        ({}, None, "occurred"),
        ({**told("P-1"), "surname": "ZZMARKER"}, None, "(unknown field)"),
        ({**told("P-1"), "occurred": {"date": "ZZMARKER"}}, None, "occurred"),
        ({**told("P-1"), "narrative": {1, 2}}, None, "JSON"),
        (told("P-1"), "ZZ MARKER", "id"),
        (told("P-1", words="x" * 1_000_001), None, "narrative"),
    ],
)
def test_an_event_that_breaks_the_contract_is_refused_by_field_and_without_its_content(
    folder: Path, broker: MemoryBroker, event: dict[str, object], id: str | None, words: str
) -> None:
    with opened(folder, broker) as publisher, pytest.raises(PoisonError) as refused:
        publisher.publish(event, id=id)

    assert words in refused.value.message
    assert "MARKER" not in refused.value.message
    assert sent(broker) == []


def test_one_bad_event_among_many_is_rejected_with_its_place(folder: Path, broker: MemoryBroker) -> None:
    with opened(folder, broker) as publisher:
        result = publisher.publish_many([told("P-1"), {"occurred": 1}, told("P-2")])

    assert (result.read, result.published, len(sent(broker))) == (3, 2, 2)
    assert [(each.place, each.code) for each in result.rejects] == [("event 2", RejectCode.NOT_VALID)]


def test_many_threads_publish_while_the_broker_comes_and_goes(folder: Path, broker: MemoryBroker) -> None:
    with opened(folder, broker) as publisher:

        def publish(child: str) -> None:
            for number in range(40):
                broker.away = number % 7 == 3
                publisher.publish(told(child, words=str(number)))

        threads = [threading.Thread(target=publish, args=(f"P-{each}",)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        broker.away = False
        assert publisher.wait_until_sent(20)

    assert told_in_order(broker) == {f"P-{each}": list(range(40)) for each in range(4)}


def test_a_clock_that_is_set_back_goes_on_from_where_it_was() -> None:
    machine, elapsed = FixedClock(NOW), iter([0.0, 0.0, 10.0, 20.0, 30.0])
    steady = SteadyClock(machine, elapsed=lambda: next(elapsed))

    first = steady.now()
    machine.advance(timedelta(days=-3650))
    second, third = steady.now(), steady.now()
    machine.advance(timedelta(days=3651))

    assert (first, second, third) == (NOW, NOW + timedelta(seconds=10), NOW + timedelta(seconds=20))
    assert steady.now() == NOW + timedelta(days=1)


def test_a_clock_that_starts_in_the_past_signs_no_earlier_than_the_credentials_were_made(
    folder: Path, broker: MemoryBroker
) -> None:
    clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    spool = folder / "spool"
    with Publisher.open(folder / "police.json", broker.producer(), spool=spool, clock=clock) as publisher:
        publisher.publish(told("P-1", words="1"))

    (message,) = sent(broker)
    assert datetime.fromisoformat(dict(message.headers)["mash-signed-at"].decode()).year >= 2026
