"""The stock recorder as a user would call it: an append that fails if one of its events is recorded, a read by tags."""

from collections.abc import Collection, Sequence

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem, DCBSequencedEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT


def append_unless_recorded(recorder: PostgresDCBRecorderTT, events: Sequence[DCBEvent]) -> None:
    """Append the events on condition that none of their own tags is there."""
    own = [next(tag for tag in event.tags if tag.startswith("event:")) for event in events]
    recorder.append(events, DCBAppendCondition(DCBQuery([DCBQueryItem(tags=[tag]) for tag in own])))


def read_any(recorder: PostgresDCBRecorderTT, tags: Collection[str]) -> list[DCBSequencedEvent]:
    """Return the events that have any of the tags."""
    return list(recorder.read(DCBQuery([DCBQueryItem(tags=[tag]) for tag in tags])))
