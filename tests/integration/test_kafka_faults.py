"""What Kafka carries when agencies' programs are bad, and when everything is taken in once more."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from consumers.worker import take_in
from hub.application import admission
from hub.broker.kafka import KafkaBroker
from hub.broker.kafka_clients import opened
from hub.broker.kafka_server import LocalKafka
from hub.broker.kafka_topology import PARTITIONS
from hub.broker.port import MAX_VALUE_BYTES, Message
from hub.clock import FixedClock
from hub.contract.canonical import canonical
from hub.contract.details import DETAILS
from hub.contract.topics import DEAD_LETTERS, concerns_topic
from hub.errors import RetryableError
from producers import Publisher
from tests.broker_harness import lag
from tests.hub_under_test import HubTemplate, HubUnderTest, told
from tests.kafka_harness import QUICK, connection_of, remove

POISON = 2_000
POLICE = concerns_topic("police")


@pytest.fixture
def hub(new_hub: HubUnderTest, kafka_server: LocalKafka) -> Iterator[HubUnderTest]:
    """A hub on the session's Kafka, whose topics are its own and go with it."""
    broker = KafkaBroker(connection_of(kafka_server), replace(QUICK, request=10, delivery=15))
    topics = [*new_hub.hub.topics(), DEAD_LETTERS]
    broker.create_topics(dict.fromkeys(topics, PARTITIONS))
    new_hub.hub.broker = broker
    yield new_hub
    remove(broker, topics, "ingest")


def message(hub: HubUnderTest, number: int = 0, reference: str = "P-1") -> Message:
    return hub.message("police", told(reference, words=f"Event {number}"), ce_id=f"{reference}-{number}")


def payload(data: dict[str, Any] | None = None) -> bytes:
    return canonical({"data": data or told("P-1"), "id": "made-1", "source": "police"})


def dead_letters(hub: HubUnderTest) -> list[str]:
    with closing(hub.hub.broker.consumer("watch", [DEAD_LETTERS])) as consumer:
        found: list[str] = []
        while batch := consumer.poll(1000, 2.0):
            found += [dict(each.message.headers)["mash-reason"].decode() for each in batch]
    return found


def raw(server: LocalKafka, topic: str, **record: Any) -> None:
    """Send a record as no program of ours would."""
    with closing(opened(KafkaProducer, **connection_of(server).options(), max_request_size=2**21)) as producer:
        producer.send(topic, **record).get(timeout=30)


def test_what_bad_programs_send_is_kept_aside_and_the_good_behind_it_arrives(
    hub: HubUnderTest, kafka_server: LocalKafka
) -> None:
    good = message(hub, 1)
    revoked = hub.message("probation", told("P-2"), ce_id="r-1")
    key = hub.hub.credentials("probation").key_id
    hub.hub.directory.revoke_key("probation", key, reason="Laptop lost", by="tester")
    bad = {
        "empty": replace(good, value=b""),
        "cannot-open": hub.made("police", payload(), data_key="AAAA"),
        "not-json": hub.made("police", b"not json"),
        "unknown-type": hub.made("police", payload(), type="uk.mash.gossip.v1"),
        "newer-schema": hub.made("police", payload(), type="uk.mash.referral.v2", schema="urn:mash:schema:referral:v2"),
        "too-large": replace(good, value=b"x" * MAX_VALUE_BYTES),
        "wrong-signature": replace(good, value=good.value[:-1]),
        "revoked-key": revoked,
        "foreign-source": hub.made("police", payload(), by=hub.hub.credentials("housing")),
        "wrong-topic": hub.message("housing", told("H-1"), ce_id="h-1"),
    }
    hub.publishes("police", *bad.values(), good)
    raw(kafka_server, POLICE, value=None, key=b"k")
    raw(kafka_server, POLICE, value=b"{}", key=b"k", headers=[("ce_source", b""), ("x", b"\xff")])

    taken = hub.consumes()

    reasons = sorted(kept.reason for kept in hub.hub.quarantine.all())
    assert reasons == sorted([*bad, "empty", "not-an-event"])
    assert sum(taken.stored.values()) == 1
    assert sorted(dead_letters(hub)) == reasons


def test_good_events_behind_thousands_of_bad_ones_arrive(hub: HubUnderTest) -> None:
    good = [message(hub, number) for number in range(5)]
    spoilt = replace(good[0], value=good[0].value[:-1])
    hub.publishes("police", *[spoilt] * POISON, *good)

    taken = hub.takes_in()

    assert (sum(taken.stored.values()), sum(taken.quarantined.values())) == (5, POISON)
    assert lag(hub.hub.broker, "ingest", DEAD_LETTERS) == {DEAD_LETTERS: POISON}


def test_taking_everything_in_again_changes_nothing(hub: HubUnderTest) -> None:
    hub.publishes("police", *(message(hub, number) for number in range(20)))
    hub.consumes()
    before = hub.events()

    again = take_in(hub.hub, once=True, stop=threading.Event(), again=True)

    assert sum(again.duplicates.values()) == 20
    assert sum(again.stored.values()) == 0
    assert hub.events() == before


def test_what_was_erased_since_is_refused_when_it_is_taken_in_again(hub: HubUnderTest) -> None:
    hub.publishes("police", message(hub, 1, "P-1"), message(hub, 1, "P-2"))
    hub.consumes()
    subject = hub.hub.vault.find_subject("police", "P-1")
    assert subject is not None
    hub.hub.vault.destroy([subject])

    take_in(hub.hub, once=True, stop=threading.Event(), again=True)

    assert [kept.reason for kept in hub.hub.quarantine.all()] == ["subject-erased"]


def test_an_empty_hub_is_rebuilt_from_the_topics_with_the_same_events(
    hub: HubUnderTest, hub_template: HubTemplate, tmp_path: Path
) -> None:
    hub.publishes("police", *(message(hub, number, f"P-{number % 3}") for number in range(12)))
    hub.consumes()

    with hub_template.copied(tmp_path / "rebuilt") as rebuilt:
        rebuilt.hub.broker = hub.hub.broker
        take_in(rebuilt.hub, once=True, stop=threading.Event(), again=True)

        assert decoded(rebuilt) == decoded(hub)
        assert len(decoded(rebuilt)) == 12


def decoded(hub: HubUnderTest) -> dict[str, Any]:
    """Return what each event says, without when and where it was recorded."""
    told_here = {each.id: each for each in hub.hub.log.after(0, 10_000) if each.type == "safeguarding-concern"}
    return {str(id): dict(each.parts) for id, each in told_here.items()}


def in_order(hub: HubUnderTest, words: Sequence[str]) -> list[str]:
    """Return those of the words that the log's events tell, in its order."""
    told_here = [repr(each.parts) for each in hub.hub.log.after(0, 10_000)]
    return [word for text in told_here for word in words if repr(word) in text]


def test_a_batch_in_hand_when_the_database_goes_is_stored_when_it_is_back(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publishes("police", *(message(hub, number) for number in range(10)))
    away, pauses = threading.Event(), []
    ingest = hub.hub.ingest()

    def stored_or_not(*given: Any) -> Any:
        if not away.is_set():
            raise RetryableError("The database does not answer.", code="database-away")
        return ingest.take(*given)

    class Door:
        take = staticmethod(stored_or_not)

    monkeypatch.setattr(hub.hub, "ingest", Door)

    def on_pause(error: RetryableError, seconds: float) -> None:
        pauses.append(error.code)
        if len(pauses) == 3:
            away.set()

    taken = take_in(hub.hub, once=True, stop=threading.Event(), on_pause=on_pause)

    assert pauses == ["database-away"] * 3
    assert sum(taken.stored.values()) == 10


def test_another_agency_cannot_send_what_is_an_agencys_own(hub: HubUnderTest) -> None:
    own = message(hub)
    hub.publishes("housing", own)
    hub.publishes("police", own)

    taken = hub.consumes()

    assert [kept.reason for kept in hub.hub.quarantine.all()] == ["wrong-topic"]
    assert sum(taken.stored.values()) == 1


def test_a_publisher_whose_clock_is_set_back_between_two_runs_loses_nothing(
    hub: HubUnderTest, kafka_server: LocalKafka, tmp_path: Path
) -> None:
    hub.clock.advance(datetime.now(UTC) - hub.clock.now())
    machine, words = FixedClock(hub.clock.now()), [f"Event {number}" for number in range(6)]
    for told_now in (words[:3], words[3:]):
        producer = KafkaBroker(connection_of(kafka_server), QUICK).producer()
        with Publisher.open(
            hub.settings.credentials("police"), producer, spool=tmp_path / "spool", clock=machine
        ) as publisher:
            for each in told_now:
                publisher.publish(told("P-1", words=each))
            assert publisher.wait_until_sent(30)
        machine.advance(timedelta(days=-400))

    taken = hub.consumes()

    assert hub.hub.quarantine.all() == []
    assert sum(taken.stored.values()) == len(words)
    assert in_order(hub, words) == words


def test_what_an_older_hub_did_not_know_is_taken_in_after_its_upgrade(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = hub.message("police", told("P-1", "missing-person"), ce_id="n-1")
    with monkeypatch.context() as older:
        older.delitem(DETAILS, "missing-person")
        admission._event_type.cache_clear()
        hub.publishes("police", message(hub, 1), newer, message(hub, 2))
        before = hub.consumes()
    admission._event_type.cache_clear()

    (kept,) = hub.hub.desk.all()
    hub.hub.desk.resend(kept, by="tester", reason="The hub was upgraded")
    after = hub.consumes()

    assert (sum(before.stored.values()), kept.reason) == (2, "unknown-type")
    assert sum(after.stored.values()) == 1
    assert sum(take_in(hub.hub, once=True, stop=threading.Event(), again=True).stored.values()) == 0
