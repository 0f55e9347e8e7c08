"""What is new in a child's chronology since somebody last read it for the same purpose, by the record of answers."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from hub.application.asking import Asked
from hub.application.chronologies import ChronologyReader
from hub.application.decisions import DecisionLog
from hub.application.reading import CHRONOLOGY, Reading
from hub.events.decisions import DisclosureDecided
from hub.views.answers import item_hash

_MOST_LOOKED_BACK = 10


class Changed(NamedTuple):
    """How many items are new, are told otherwise, or are shown no more, since a moment."""

    since: datetime
    new: int
    otherwise: int
    gone: int

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.new or self.otherwise or self.gone)


class Changes:
    """Compares answers."""

    def __init__(self, reading: Reading, decisions: DecisionLog, chronologies: ChronologyReader) -> None:
        self._reading = reading
        self._decisions = decisions
        self._chronologies = chronologies

    def was_asked_about(self, person: UUID, viewer: str) -> bool:
        """Say whether a viewer has asked about a child before; nothing is opened, nor recorded."""
        return self._reading.log.last_position(self._reading.read_by(viewer, person)) > 0

    def since_last(self, person: UUID, asked: Asked) -> Changed | None:
        """Read the chronology anew, which is decided and recorded as any look; None where it was not read before.

        What is compared is what this viewer was shown, so that nothing is told but what both answers tell.
        """
        last = self._last_whole(person, asked)
        items = self._chronologies.read(person, asked)["items"]
        if last is None:
            return None
        before = {item.id: item.hash for item in last.shown}
        now = {item["id"]: item_hash(item) for item in items}
        otherwise = sum(before[item] != now[item] for item in before.keys() & now.keys())
        return Changed(last.at, len(now.keys() - before), otherwise, len(before.keys() - now))

    def _last_whole(self, person: UUID, asked: Asked) -> DisclosureDecided | None:
        """Return the last chronology of a child that was read whole for the same purpose."""
        tag = self._reading.read_by(asked.viewer, person)
        for each in self._decisions.newest(_MOST_LOOKED_BACK, tag=tag):
            limited = any(each.question.get(name) for name in ("start", "end", "as_of"))
            if (each.kind, each.purpose, each.refusal, limited) == (CHRONOLOGY, asked.purpose, None, False):
                return each
        return None
