"""What a transactional producer of every broker does: messages and positions, all or none, one producer at a time."""

from collections.abc import Callable
from contextlib import closing, suppress

import pytest

from hub.broker.port import MAX_VALUE_BYTES, Broker, Message
from hub.errors import ConflictError, HubError, PoisonError, RetryableError, UsageError
from tests.broker_engines import ENGINES, engine
from tests.broker_harness import Harness, message, take, values

SCHOOLS, HOUSING = "mash.disclosures.schools", "mash.disclosures.housing"


@pytest.fixture(params=ENGINES)
def harness(request: pytest.FixtureRequest) -> Harness:
    """Return each engine in turn, with two topics."""
    harness = engine(request)
    harness.broker.create_topics({SCHOOLS: 2, HOUSING: 1})
    return harness


def to(topic: str, *texts: str) -> list[tuple[str, Message]]:
    return [(topic, message(f"key-{number}", text)) for number, text in enumerate(texts)]


def received(harness: Harness, topic: str, wanted: int) -> list[str]:
    with closing(harness.broker.consumer("reader", [topic])) as consumer:
        taken = take(consumer, wanted, harness.patience) if wanted else []
        return sorted(values([*taken, *consumer.poll(100, 0.5)]))


def positions_of(broker: Broker, name: str = "relay") -> dict[str, int]:
    with closing(broker.transactional(name)) as producer:
        return producer.positions()


def test_a_new_name_has_no_positions(harness: Harness) -> None:
    assert harness.broker.followed("relay") == {}
    assert positions_of(harness.broker) == {}


def test_messages_of_several_topics_and_positions_are_stored_together(harness: Harness) -> None:
    with closing(harness.broker.transactional("relay")) as producer:
        producer.send([*to(SCHOOLS, "a", "b"), *to(HOUSING, "c")], {"schools": 7, "housing": 8})
        assert producer.positions() == {"schools": 7, "housing": 8}
        assert harness.broker.followed("relay") == {"schools": 7, "housing": 8}

    assert received(harness, SCHOOLS, 2) == ["a", "b"]
    assert received(harness, HOUSING, 1) == ["c"]
    assert positions_of(harness.broker) == {"schools": 7, "housing": 8}


def test_a_position_may_be_stored_without_messages_and_stored_again(harness: Harness) -> None:
    with closing(harness.broker.transactional("relay")) as producer:
        producer.send([], {"schools": 7, "schools/since": 3})
        producer.send([], {"schools": 9})
        producer.send([], {})
        assert producer.positions() == {"schools": 9, "schools/since": 3}


def test_each_name_has_positions_of_its_own(harness: Harness) -> None:
    with (
        closing(harness.broker.transactional("relay")) as one,
        closing(harness.broker.transactional("relay-other")) as other,
    ):
        one.send([], {"schools": 1})
        other.send([], {"schools": 2})
        assert (one.positions(), other.positions()) == ({"schools": 1}, {"schools": 2})


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ((SCHOOLS, Message(b"key", (), bytes(MAX_VALUE_BYTES + 1))), PoisonError),
        (("mash.disclosures.nobody", message("key", "lost")), UsageError),
    ],
    ids=["too-large", "unknown-topic"],
)
def test_what_cannot_be_sent_whole_is_not_sent_at_all(
    harness: Harness, bad: tuple[str, Message], error: type[HubError]
) -> None:
    with closing(harness.broker.transactional("relay")) as producer:
        with pytest.raises(error):
            producer.send([*to(SCHOOLS, "first"), bad], {"schools": 5})
        assert producer.positions() == {}
        producer.send(to(SCHOOLS, "second"), {"schools": 6})

    assert received(harness, SCHOOLS, 1) == ["second"]


def test_a_newer_producer_shuts_out_the_older(harness: Harness) -> None:
    with closing(harness.broker.transactional("relay")) as older:
        older.send(to(HOUSING, "before"), {"housing": 1})
        with closing(harness.broker.transactional("relay")) as newer:
            assert newer.positions() == {"housing": 1}
            for late in (
                lambda: older.send(to(HOUSING, "late"), {"housing": 2}),
                lambda: older.send([], {"housing": 3}),
            ):
                shut_out(late)
            newer.send(to(HOUSING, "after"), {"housing": 4})

    assert received(harness, HOUSING, 2) == ["after", "before"]
    assert positions_of(harness.broker) == {"housing": 4}


def shut_out(send: Callable[[], None]) -> None:
    with pytest.raises(ConflictError) as caught:
        send()
    assert caught.value.code == "producer-fenced"


def test_a_broker_that_is_away_stores_nothing_and_says_that_it_may_be_tried_again(harness: Harness) -> None:
    with closing(harness.broker.transactional("relay")) as producer:
        producer.send(to(SCHOOLS, "before"), {"schools": 1})
        with harness.away(), pytest.raises(RetryableError):
            producer.send(to(SCHOOLS, "away"), {"schools": 2})
    with closing(harness.broker.transactional("relay")) as producer:
        if producer.positions() == {"schools": 1}:
            with suppress(RetryableError):
                producer.send(to(SCHOOLS, "away"), {"schools": 2})

    assert received(harness, SCHOOLS, 2) == ["away", "before"]
    assert positions_of(harness.broker) == {"schools": 2}
