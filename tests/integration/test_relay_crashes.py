"""Whatever crashes in the relay, and wherever: no disclosure without its record, none twice, none left out."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from kafka.producer.transaction_manager import TransactionManager

from consumers.relay import Relay
from hub.application.relay_records import promises
from hub.broker import embedded_producer, embedded_transactions
from hub.broker.embedded import EmbeddedBroker
from hub.broker.kafka import KafkaBroker
from hub.broker.port import TransactionalProducer
from hub.contract.relayed import ChangeNotice, Disclosure, Receipt
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.errors import ConflictError, RetryableError
from hub.events.decisions import DISCLOSED, NEVER_SENT, TAKEN_BACK
from tests.hub_under_test import HubUnderTest, told
from tests.kafka_harness import QUICK, PrefixedBroker, connection_of
from tests.relay import (
    POLICE,
    SCHOOL,
    agreed,
    contents,
    incident,
    on_the_next_beat,
    police,
    pupil,
    records,
    relays,
    sent,
)
from tests.waiting import until


class Crash(BaseException):
    """The process is gone: nothing in the code may catch it."""


@pytest.fixture(
    params=[
        pytest.param("embedded", marks=pytest.mark.postgres),
        pytest.param("kafka", marks=[pytest.mark.postgres, pytest.mark.kafka]),
    ]
)
def hub(request: pytest.FixtureRequest, new_hub: HubUnderTest) -> HubUnderTest:
    """A hub on each broker, whose relay has begun, and three incidents that wait for it."""
    if request.param == "kafka":
        server = request.getfixturevalue("kafka_server")
        new_hub.hub.broker = PrefixedBroker(KafkaBroker(connection_of(server), QUICK), f"{uuid4().hex[:8]}-")
        new_hub.hub.broker.create_topics(
            {topic(agency): 2 for agency in (SCHOOL, POLICE) for topic in (disclosures_topic, receipts_topic)}
        )
    relays(new_hub)
    for name in ("a", "b", "c"):
        incident(new_hub, name, pupil(new_hub, name, given=name.upper()), given=name.upper())
    return new_hub


def crashing_at(point: str) -> Callable[[str], None]:
    def at_point(reached: str) -> None:
        if reached == point:
            raise Crash

    return at_point


def all_once(hub: HubUnderTest) -> None:
    disclosed = [each for each in sent(hub) if isinstance(each.content, Disclosure)]
    assert sorted(each.content.references[0] for each in disclosed if isinstance(each.content, Disclosure)) == [
        "S-a", "S-b", "S-c",
    ]  # fmt: skip
    assert sorted(each.id for each in disclosed) == sorted(promised(hub))


def promised(hub: HubUnderTest, kind: str = DISCLOSED) -> set[str]:
    """Return the ids of what is to be sent by the records, without those that were recorded as never sent."""
    never = {each.question["record"] for each in records(hub, NEVER_SENT)}
    return {str(each.id) for each in records(hub, kind) if promises(each)} - never


@dataclass
class Faulty:
    """A transactional producer that fails once, before or after the transaction."""

    inner: TransactionalProducer
    error: BaseException | None
    after: bool

    def positions(self) -> dict[str, int]:
        return self.inner.positions()

    def send(self, messages: Any, positions: Any) -> None:
        error = self.error if messages else None
        if error is not None and not self.after:
            raise error
        self.inner.send(messages, positions)
        if error is not None:
            raise error

    def close(self) -> None:
        self.inner.close()


def failing_once(hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, error: BaseException, *, after: bool) -> None:
    right, errors = hub.hub.broker.transactional, [error]

    def transactional(name: str) -> Faulty:
        return Faulty(right(name), errors.pop() if errors else None, after)

    monkeypatch.setattr(hub.hub.broker, "transactional", transactional)


def crash(hub: HubUnderTest, **options: Any) -> None:
    with pytest.raises(Crash):
        relays(hub, **options)


@pytest.mark.parametrize("point", ["decided", "recorded"])
def test_a_crash_before_the_sending_loses_and_doubles_nothing(hub: HubUnderTest, point: str) -> None:
    crash(hub, at_point=crashing_at(point))
    assert sent(hub) == []

    relays(hub)
    relays(hub)

    all_once(hub)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash(), RetryableError("Away.", code="broker-away")], ids=["crash", "away"])
def test_a_broker_that_fails_around_the_transaction_loses_and_doubles_nothing(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, error: BaseException, after: bool
) -> None:
    failing_once(hub, monkeypatch, error, after=after)
    if isinstance(error, Crash):
        crash(hub)

    relays(hub)
    relays(hub)

    all_once(hub)


def test_a_crash_between_the_messages_and_the_commit_shows_nobody_anything(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise Crash

    append = embedded_producer.append

    def appended_and_gone(*arguments: Any) -> None:
        append(*arguments)
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(TransactionManager, "begin_commit", gone)
        broken.setattr(embedded_transactions, "append", appended_and_gone)
        while not records(hub):
            crash(hub)
    assert sent(hub) == []

    relays(hub)

    all_once(hub)


def test_more_events_after_a_crash_do_not_bring_what_was_sent_again(hub: HubUnderTest) -> None:
    crash(hub, at_point=crashing_at("recorded"))
    incident(hub, "a", None, given="A", ce_id="another", on="2023-01-01")
    relays(hub)
    hub.hears("housing", told("X-a", "homeless", given="A"))
    relays(hub)

    references = sorted(each.references[0] for each in contents(hub, Disclosure))
    assert references == ["S-a", "S-a", "S-b", "S-c"]
    assert len(promised(hub)) == 4


def test_what_was_recorded_and_not_sent_is_recorded_as_that_and_decided_anew(hub: HubUnderTest) -> None:
    crash(hub, at_point=crashing_at("recorded"))
    hub.hears(POLICE, told("P-a", "retraction", retracts=police("a"), detail={"reason": "Another family"}))
    incident(hub, "b", None, given="B", on="2023-01-01", corrects=police("b"), ce_id="b-2")
    crash(hub, at_point=crashing_at("settled"))
    relays(hub)
    on_the_next_beat(hub)

    assert len(records(hub, NEVER_SENT)) == 3
    assert sorted(each.references[0] for each in contents(hub, Disclosure)) == ["S-b", "S-c"]
    assert {each.id for each in sent(hub)} == promised(hub)
    assert contents(hub, ChangeNotice) == []
    (receipt,) = contents(hub, Receipt, POLICE)
    assert receipt.shown[0].records == 2


@pytest.mark.parametrize("point", ["decided", "recorded"])
def test_a_relay_that_lost_its_place_without_knowing_sends_nothing_more(hub: HubUnderTest, point: str) -> None:
    raced = False

    def another_takes_over(reached: str) -> None:
        nonlocal raced
        if reached == point and not raced:
            raced = True
            lose_the_place(hub)
            relays(hub)

    with suppress(ConflictError):
        relays(hub, at_point=another_takes_over)
    relays(hub)

    all_once(hub)


def lose_the_place(hub: HubUnderTest) -> None:
    with psycopg.connect(hub.hub.urls.app, autocommit=True) as app:
        app.execute(
            "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and database = "
            "(select oid from pg_database where datname = current_database()) and objsubid = 1"
        )


def test_a_second_relay_stands_by_and_takes_over(hub: HubUnderTest) -> None:
    waits, first_stops, second_stops = Event(), Event(), Event()
    first = Thread(target=Relay(hub.hub, first_stops).run, kwargs={"once": False})
    first.start()
    until(lambda: len(sent(hub)) == 3, patience=60)
    second = Thread(target=Relay(hub.hub, second_stops, on_standby=waits.set).run, kwargs={"once": False})
    second.start()
    assert waits.wait(10)
    with pytest.raises(ConflictError) as caught:
        relays(hub)
    first_stops.set()
    first.join(30)
    incident(hub, "d", pupil(hub, "d", given="D"), given="D")
    until(lambda: len(sent(hub)) == 4, patience=60)
    second_stops.set()
    second.join(30)

    assert caught.value.code == "relay-runs"
    assert {each.id for each in sent(hub)} == promised(hub)
    assert len(promised(hub)) == 4


def test_a_topic_that_is_not_made_holds_up_its_own_recipient_alone(hub: HubUnderTest) -> None:
    if isinstance(hub.hub.broker, EmbeddedBroker):
        unmake(hub, disclosures_topic("housing"))
    relays(hub)
    agreed(hub, "housing-safety", recipient="housing", purpose="safety-plan")
    begun, said = relays(hub), list[list[str]]()
    number = pupil(hub, "both", given="Both")
    hub.hears("housing", told("X-both", "homeless", nhs=number, given="Both"))
    incident(hub, "both", number, given="Both")

    held_up = relays(hub, on_missing=said.append)
    hub.hub.broker.create_topics({disclosures_topic("housing"): 2})
    done = relays(hub)

    assert begun.missing == held_up.missing == [disclosures_topic("housing")]
    assert said == [held_up.missing]
    assert (held_up.disclosures, done.disclosures, done.missing) == (1, 1, [])
    assert [each.references for each in contents(hub, Disclosure, "housing")] == [["X-both"]]
    assert len(contents(hub, Disclosure)) == 4
    assert records(hub, NEVER_SENT) == []


def unmake(hub: HubUnderTest, topic: str) -> None:
    with psycopg.connect(hub.hub.urls.owner) as owner:
        (found,) = owner.execute("select id from broker.topic where name = %s", [topic]).fetchall()
        partitions = "select id from broker.partition where topic_id = %s"
        owner.execute(f"delete from broker.retained where partition_id in ({partitions})", found)
        owner.execute("delete from broker.partition where topic_id = %s", found)
        owner.execute("delete from broker.topic where id = %s", found)


@pytest.mark.parametrize("how", ["recorded", "before", "after"])
def test_a_crash_on_the_beat_tells_of_a_change_once(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    relays(hub)
    for name in ("a", "b"):
        hub.hears(POLICE, told(f"P-{name}", "retraction", retracts=police(name), detail={"reason": "Wrong"}))
    relays(hub)
    before = {UUID(each.id) for each in sent(hub)}
    if how != "recorded":
        failing_once(hub, monkeypatch, Crash(), after=how == "after")
    with pytest.raises(Crash):
        on_the_next_beat(hub, at_point=crashing_at("noticed" if how == "recorded" else "nowhere"))

    relays(hub)
    on_the_next_beat(hub)

    (notice,) = contents(hub, ChangeNotice)
    assert len(notice.records) == len(promised(hub, TAKEN_BACK)) == 2
    assert {UUID(each.message) for each in notice.records} < before
    (receipt,) = contents(hub, Receipt, POLICE)
    assert receipt.shown[0].records == 3
