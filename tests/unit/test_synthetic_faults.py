"""What goes wrong in the stream, and how it is sent."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from hub.contract.event import ConcernEvent
from hub.contract.ids import event_id
from hub.errors import UsageError
from producers.synthetic import Family, Fault, StoryKind, Told, as_cloudevent_line, at_rate, families, family
from producers.synthetic.faults import HOW_OFTEN, Mishap


@pytest.fixture(scope="module")
def many() -> tuple[Family, ...]:
    return tuple(families(300, seed=21))


def by_id(one: Family) -> dict[str, list[Told]]:
    found = defaultdict(list)
    for told in one.told:
        found[told.ce_id].append(told)
    return found


def faulty(many: tuple[Family, ...], fault: Fault) -> Iterator[tuple[Told, list[Told]]]:
    for one in many:
        for told in one.told:
            if told.fault is fault:
                yield told, [other for other in by_id(one)[told.ce_id] if other is not told]


def test_every_mishap_comes_among_the_first_families() -> None:
    assert set(HOW_OFTEN) == set(Mishap)
    first = [told for one in families(len(StoryKind), seed=2) for told in one.told]
    assert {told.fault for told in first} == {None, *Fault}
    assert any(told.event.type == "correction" for told in first)
    assert any(told.event.type == "retraction" for told in first)
    assert any(told.event.corrects and told.event.type != "correction" for told in first)
    assert any(told.recorded_at.date() - told.event.occurred.date > timedelta(days=60) for told in first)


def test_a_re_sent_event_is_the_same_but_for_its_arrival(many: tuple[Family, ...]) -> None:
    resent = list(faulty(many, Fault.RESENT))
    assert resent
    for told, others in resent:
        assert [as_cloudevent_line(other) for other in others] == [as_cloudevent_line(told)]
        assert told.arrived_at > others[0].arrived_at


def test_a_conflicting_event_has_the_same_id_and_other_content(many: tuple[Family, ...]) -> None:
    conflicting = list(faulty(many, Fault.CONFLICTING_ID))
    assert conflicting
    for told, others in conflicting:
        assert [other.event for other in others] != [told.event]
        assert all(other.arrived_at <= told.arrived_at for other in others)


def test_a_wrongly_signed_event_is_sent_rightly_afterwards(many: tuple[Family, ...]) -> None:
    spoiled = list(faulty(many, Fault.WRONG_SIGNATURE))
    assert spoiled
    for told, others in spoiled:
        assert [(other.event, other.fault) for other in others] == [(told.event, None)]
        assert others[0].arrived_at > told.arrived_at


def test_corrections_and_retractions_name_an_event_of_the_same_agency_that_came_before(
    many: tuple[Family, ...],
) -> None:
    changes = 0
    for one in many:
        arrived: dict[UUID, Told] = {event_id(told.agency, told.ce_id): told for told in one.told if told.fault is None}
        for told in one.told:
            target = told.event.corrects or told.event.retracts
            if target is not None:
                changes += 1
                assert arrived[target].agency == told.agency
                assert arrived[target].arrived_at <= told.arrived_at
    assert changes > 50


def test_a_line_is_a_cloud_event_that_reads_back_as_the_event() -> None:
    for kind in StoryKind:
        for told in family(kind, 5).told:
            line = as_cloudevent_line(told)
            assert line.count(b"\n") == 1
            event = orjson.loads(line)
            assert list(event) == ["specversion", "id", "source", "type", "time", "datacontenttype", "data"]
            assert event["type"] == f"uk.mash.{told.event.type}.v1"
            assert (event["id"], event["source"]) == (told.ce_id, told.agency)
            assert event["time"].endswith("Z")
            assert ConcernEvent.model_validate_json(orjson.dumps(event["data"]), strict=True) == told.event


def test_a_pace_is_kept_by_waiting() -> None:
    moment, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        moment[0] += seconds

    assert list(at_rate("abcde", 4, sleep=sleep, now=lambda: moment[0])) == list("abcde")
    assert waits == pytest.approx([0.25] * 4)


def test_lost_time_is_not_made_up_in_a_burst() -> None:
    moment, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        moment[0] += seconds

    for letter in at_rate("abc", 1, sleep=sleep, now=lambda: moment[0]):
        if letter == "a":
            moment[0] += 10
    assert waits == pytest.approx([1.0])


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_no_rate_is_refused(rate: float) -> None:
    with pytest.raises(UsageError):
        at_rate("a", rate, sleep=lambda _: None, now=lambda: 0.0)
