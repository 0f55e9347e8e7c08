"""Whatever crashes in the relay, and wherever: no disclosure without its record, none twice, none left out."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka.producer.transaction_manager import TransactionManager

from consumers.relay import Relay
from hub.application.relay_records import TAKEN_BACK
from hub.broker import embedded_producer, embedded_transactions
from hub.broker.kafka import KafkaBroker
from hub.broker.port import TransactionalProducer
from hub.contract.relayed import ChangeNotice, Disclosure, Receipt
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.errors import ConflictError, RetryableError
from tests.hub_under_test import HubUnderTest, told
from tests.kafka_harness import QUICK, PrefixedBroker, connection_of
from tests.relay import POLICE, SCHOOL, contents, incident, on_the_next_beat, police, pupil, records, relays, sent


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
    assert sorted(each.id for each in disclosed) == sorted(str(each.id) for each in records(hub))


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
    assert len(records(hub)) == 4


def test_a_second_relay_takes_the_place_of_the_first(hub: HubUnderTest) -> None:
    raced = False

    def other_is_first(point: str) -> None:
        nonlocal raced
        if point == "recorded" and not raced:
            raced = True
            relays(hub)

    with pytest.raises(ConflictError) as caught:
        Relay(hub.hub, Event(), at_point=other_is_first).run(once=True)

    assert caught.value.code == "producer-fenced"
    all_once(hub)


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
    assert len(notice.records) == len(records(hub, TAKEN_BACK)) == 2
    assert {UUID(each.message) for each in notice.records} < before
    (receipt,) = contents(hub, Receipt, POLICE)
    assert receipt.shown[0].records == 3
