"""Whatever crashes on the way in, and wherever: nothing is lost, nothing is stored or kept aside twice."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from hub.application.admission import Admission
from hub.application.ingest import Ingest
from hub.bootstrap import INGEST_GROUP, open_hub
from hub.broker.port import Message
from hub.errors import ConflictError, RetryableError
from hub.store.log import EventLog
from hub.store.quarantine import Quarantine
from tests.broker_harness import lag
from tests.hub_under_test import HubUnderTest, told

POINTS = ("admitted", "keys-made", "stored", "kept-aside")


class Crash(BaseException):
    """The process is gone: nothing in the code may catch it."""


def crashing_at(point: str) -> Callable[[str], None]:
    def at_point(reached: str) -> None:
        if reached == point:
            raise Crash

    return at_point


@pytest.fixture
def sent(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub whose topic holds three events, one of them twice, a conflict and a forgery."""
    first = new_hub.message("police", told("P-1", words="Event 1"), ce_id="e-1")
    second = new_hub.message("police", told("P-2", family="Other", words="Event 2"), ce_id="e-2")
    third = new_hub.message("police", told("P-1", others=[{"kind": "other-adult"}], words="Event 3"), ce_id="e-3")
    conflict = new_hub.message("police", told("P-1", words="Not event 1"), ce_id="e-1")
    new_hub.publishes("police", first, second, first, third, conflict, replace(second, value=second.value[:-1]))
    return new_hub


def take(hub: HubUnderTest, at_point: Callable[[str], None] = lambda _: None) -> None:
    """Take one batch as a process does that may die before it commits."""
    opened = hub.hub
    ingest = Ingest(
        Admission(opened.reader()), opened.log, opened.vault, opened.quarantine, hub.clock, at_point=at_point
    )
    with closing(opened.broker.consumer(INGEST_GROUP, opened.topics())) as consumer:
        while batch := consumer.poll(100, 0.3):
            ingest.take(batch)
            consumer.commit({received.source: received.offset + 1 for received in batch})


def everything_once(hub: HubUnderTest) -> None:
    assert hub.events("safeguarding-concern") == 3
    assert sorted(kept.reason for kept in hub.hub.quarantine.all()) == ["conflict", "wrong-signature"]
    hub.hub.identify()
    words = sorted(item["facets"]["narrative"] for item in hub.items(hub.person("police", "P-1")))
    assert words == ["Event 1", "Event 3"]
    assert sum(lag(hub.hub.broker, INGEST_GROUP, *hub.hub.topics()).values()) == 0


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_point_loses_and_doubles_nothing(sent: HubUnderTest, point: str) -> None:
    with pytest.raises(Crash):
        take(sent, crashing_at(point))

    taken = sent.consumes()

    everything_once(sent)
    counted = sum(sum(each.values()) for each in (taken.stored, taken.duplicates, taken.conflicts, taken.quarantined))
    assert counted == 6


@pytest.mark.parametrize("point", POINTS)
def test_a_hub_opens_again_after_a_crash_at_any_point(sent: HubUnderTest, point: str) -> None:
    with pytest.raises(Crash):
        take(sent, crashing_at(point))

    with open_hub(sent.settings, sent.clock) as reopened:
        assert reopened.log.head() == sent.hub.log.head()


def test_crash_after_crash_at_every_point_still_ends_well(sent: HubUnderTest) -> None:
    for point in (*POINTS, "stored", "admitted"):
        with pytest.raises(Crash):
            take(sent, crashing_at(point))

    take(sent)

    everything_once(sent)


@pytest.mark.parametrize(
    ("owner", "method"),
    [(EventLog, "append"), (EventLog, "existing"), (Quarantine, "keep")],
    ids=str,
)
def test_a_store_that_is_away_for_a_moment_is_tried_again(
    sent: HubUnderTest, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    right, failures = getattr(owner, method), iter([RetryableError("Away.", code="database-away")] * 2)

    def away_twice(*arguments: object, **named: object) -> object:
        for failure in failures:
            raise failure
        return right(*arguments, **named)

    monkeypatch.setattr(owner, method, away_twice)

    sent.consumes()

    everything_once(sent)


def test_another_process_that_stores_the_same_first_makes_no_difference(sent: HubUnderTest) -> None:
    raced = False

    def other_is_first(point: str) -> None:
        nonlocal raced
        if point == "keys-made" and not raced:
            raced = True
            take(sent)

    third = [message for message in waiting(sent) if ("ce_id", b"e-3") in message.headers]
    opened = sent.hub
    ingest = Ingest(Admission(opened.reader()), opened.log, opened.vault, opened.quarantine, sent.clock, other_is_first)
    taken = ingest.take(sent.received("police", *third))

    assert raced
    assert (sum(taken.stored.values()), sum(taken.duplicates.values())) == (0, 1)
    everything_once(sent)


def test_events_that_others_store_for_ever_are_tried_again_later(
    sent: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_first(*_: object, **__: object) -> int:
        raise ConflictError("Others were first.", code="already-recorded")

    monkeypatch.setattr(EventLog, "append", always_first)

    with pytest.raises(RetryableError):
        sent.at_door("police", *waiting(sent)[:1])


def waiting(hub: HubUnderTest) -> list[Message]:
    """Return what waits in the topics, for a group of its own."""
    with closing(hub.hub.broker.consumer("looking", hub.hub.topics())) as consumer:
        return [received.message for received in consumer.poll(100, 2.0)]
