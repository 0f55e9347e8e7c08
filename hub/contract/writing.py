"""Writes concern events as canonical JSON (RFC 8785), without what has its default value; checks none: models do."""

from hub.contract.canonical import canonical_again
from hub.contract.event import ConcernEvent

_DUMP = ConcernEvent.__pydantic_serializer__.to_python


def event_text(event: ConcernEvent) -> bytes:
    """Return the event's bytes; raises `PoisonError` for a whole number that RFC 8785 cannot write."""
    body = _DUMP(event, mode="json", exclude_defaults=True)
    # A detail keeps its type, by which it is read.
    body.setdefault("detail", {})["type"] = event.detail.type
    # The contract has neither fractions nor names of a sender's choice, which is all that would need a look.
    return canonical_again(body)
