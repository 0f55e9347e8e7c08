"""Invented families: seeded, believable stories told by eight agencies over years, with the faults of real streams.

The same seed tells the same stories in the same bytes on every Python. Nobody and no place in them is real.
"""

from producers.synthetic.families import MOST_FAMILIES, families, family, tell
from producers.synthetic.told import ChildKey, Family, Fault, Record, StoryKind, Told
from producers.synthetic.wire import as_cloudevent_line, at_rate

__all__ = [
    "MOST_FAMILIES",
    "ChildKey",
    "Family",
    "Fault",
    "Record",
    "StoryKind",
    "Told",
    "as_cloudevent_line",
    "at_rate",
    "families",
    "family",
    "tell",
]
