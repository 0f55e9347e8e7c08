"""What the contract says of an event that it refuses: the place and the rule, and nothing of what was written."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from hub.contract.envelope import explain, instant
from hub.contract.event import ConcernEvent
from hub.errors import PoisonError

WRITTEN = "Jo-Bloggs"
PLAIN: dict[str, Any] = {
    "occurred": {"date": "2026-11-20"},
    "subject": {"reference": "R-1"},
    "detail": {"type": "contact"},
}


def refused(changes: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ValidationError) as error:
        ConcernEvent.model_validate_json(orjson.dumps(PLAIN | changes))
    return explain(error.value)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:30:00-01:00"])
def test_a_moment_beyond_the_calendar_is_refused(moment: str) -> None:
    place, reason = refused({"occurred": {"date": "2026-11-20", "at": moment}})
    assert (place, reason) == ("occurred.at", "Value error, a moment lies beyond the calendar")
    with pytest.raises(PoisonError) as error:
        instant(moment)
    assert error.value.code == "not-an-event"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00"])
def test_the_first_and_the_last_moment_are_taken(moment: str) -> None:
    event = ConcernEvent.model_validate_json(orjson.dumps(PLAIN | {"occurred": {"date": "2026-11-20", "at": moment}}))
    assert event.occurred.at == instant(moment) == datetime.fromisoformat(moment).astimezone(UTC)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"detail": {"type": WRITTEN}}, "detail"),
        ({"detail": {}}, "detail"),
        ({"detail": {"type": "contact", WRITTEN: 1}}, "detail.contact.(unknown field)"),
        ({"detail": {"type": "voice", "asks": [WRITTEN]}}, "detail.voice.asks.0"),
        ({"corrects": WRITTEN}, "corrects"),
        ({"corrects": "6f9619ff-8b86-d011-b42d-00c04fc964fJ"}, "corrects"),
        ({"level": WRITTEN}, "level"),
        ({"narrative": WRITTEN + "\x00"}, "narrative"),
        ({"occurred": {"date": WRITTEN}}, "occurred.date"),
        ({"occurred": {"date": "2026-11-20", "at": WRITTEN}}, "occurred.at"),
        ({"occurred": {"date": "2026-11-20", "accuracy": WRITTEN}}, "occurred.accuracy"),
        ({"subject": {"reference": WRITTEN * 20}}, "subject.reference"),
    ],
)
def test_a_refusal_says_where_and_nothing_of_what_was_written(changes: dict[str, Any], place: str) -> None:
    found, reason = refused(changes)
    assert found == place
    assert WRITTEN not in reason
    assert "`J`" not in reason
    assert reason


@pytest.mark.parametrize("moment", ["2026-11-20T09:00:00+99:00", "2026-11-20T25:00:00+01:00"])
def test_a_moment_that_no_clock_shows_is_refused_in_the_contract_s_words(moment: str) -> None:
    found = refused({"occurred": {"date": "2026-11-20", "at": moment}})
    assert found == ("occurred.at", "Value error, a moment is written 2026-11-22T09:30:00Z")


def test_a_day_that_no_calendar_shows_is_refused_in_the_contract_s_words() -> None:
    found = refused({"occurred": {"date": "2026-02-30"}})
    assert found == ("occurred.date", "Value error, a date is written 2026-11-22")
