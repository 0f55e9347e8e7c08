"""Which items of a chronology wait for an answer that nobody has given, and since when they were asked for.

That is for the MASH, which rings whoever does not answer; it is another thing than holding nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.application.asking import Asked
from hub.application.directory import User
from hub.application.reading import Reading
from hub.application.review_log import ReviewLog
from hub.sharing.kinds import PURPOSE_CLASSES, TaskKind
from hub.sharing.tasks import Task
from policies.model import Effect, Purpose


class Silence:
    """Tells since when the viewer's own agency has waited."""

    def __init__(self, reading: Reading, reviews: ReviewLog) -> None:
        self._reading = reading
        self._reviews = reviews

    def over(self, items: Iterable[Mapping[str, Any]], asked: Asked, user: User) -> dict[str, datetime]:
        """Return when each item that waits was first asked for, for this class of purpose; nothing is recorded.

        Only what the answer says of an item already is added to: that somebody was asked.
        """
        waiting = {item["id"] for item in items if item["verdict"] == Effect.REVIEW.value or item["review"]["facets"]}
        since: dict[str, datetime] = {}
        for task in self._asked_for(user.agency, PURPOSE_CLASSES[Purpose(asked.purpose)]) if waiting else ():
            for event in task.open_items:
                item = self._reading.item_id(asked.viewer, event)
                if item in waiting:
                    since[item] = min(task.asked.at, since.get(item, task.asked.at))
        return since

    def _asked_for(self, agency: str, purpose_class: str) -> Iterable[Task]:
        wanted = (TaskKind.RELEASE, agency, purpose_class)
        return [
            task for task in self._reviews.open() if (task.kind, task.asked.agency, task.asked.purpose_class) == wanted
        ]
