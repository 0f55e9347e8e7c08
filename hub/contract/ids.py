"""Ids that everybody computes alike: the same message sent twice has the same event id."""

from uuid import NAMESPACE_URL, UUID, uuid5

from hub.contract.primitives import EventId

_SOURCES: dict[str, UUID] = {}


def event_id(source: str, ce_id: str) -> EventId:
    """Return the event's id: UUIDv5 of the CloudEvents id in the name space of its source."""
    namespace = _SOURCES.get(source)
    if namespace is None:
        namespace = uuid5(NAMESPACE_URL, f"urn:mash:agency:{source}")
        if len(_SOURCES) < 1000:
            _SOURCES[source] = namespace
    return EventId(uuid5(namespace, ce_id))
