"""The stream as files and at a pace: CloudEvents JSON lines, and a generator that waits. Signs and seals nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import orjson

from hub.contract.event import ConcernEvent
from hub.contract.topics import wire_type
from hub.errors import UsageError
from producers.synthetic.told import Told

T = TypeVar("T")


def data_of(event: ConcernEvent) -> dict[str, Any]:
    """Return the event as JSON data: what has its default value is left out, but never the detail's type."""
    data: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data["detail"] = {"type": event.type, **data["detail"]}
    return data


def as_cloudevent_line(told: Told) -> bytes:
    """Return one sending as a CloudEvents 1.0 JSON line; what is faulty about its signature is not in it."""
    line = {
        "specversion": "1.0",
        "id": told.ce_id,
        "source": told.agency,
        "type": wire_type(told.event.type),
        "time": told.recorded_at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data_of(told.event),
    }
    return orjson.dumps(line) + b"\n"


def at_rate(
    items: Iterable[T], rate: float, *, sleep: Callable[[float], None], now: Callable[[], float]
) -> Iterator[T]:
    """Yield the items at no more than `rate` a second, by a clock in seconds; late ones are not caught up in a burst.

    Raises `UsageError` for a rate that is not above nothing.
    """
    if not rate > 0:
        raise UsageError("The rate must be more than 0 events a second.", code="bad-rate")
    return _paced(items, 1 / rate, sleep, now)


def _paced(items: Iterable[T], apart: float, sleep: Callable[[float], None], now: Callable[[], float]) -> Iterator[T]:
    due = now()
    for item in items:
        wait = due - now()
        if wait > 0:
            sleep(wait)
        yield item
        due = max(due + apart, now())
