"""Read and write the events of tasks: sealed under the key of the decision that called for them, found by pseudonyms.

Each event of a task carries the tags `task:`, `asks:` (a keyed hash of what is asked, of which item, for whom) and
`subject:` of each item's record, so that whoever reads a child's records meets what was answered about them.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID, uuid5

from hub.application.checked import checked_start
from hub.application.sources import agency_of
from hub.contract.canonical import canonical
from hub.errors import UsageError
from hub.events.reviews import REVIEW_EVENTS, ReviewAnswered, ReviewEscalated, ReviewEvent, ReviewRequested
from hub.sharing.tasks import Task, tasks_of
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent
from hub.views.answers import viewers_id

REVIEW_PART = "review"
TASKS_TAG = "tasks"
_CARRIED = ("subject:", "asks:")


class ReviewLog:
    """The tasks of the log; what is read once is kept, and only what came since is read again."""

    def __init__(self, log: EventLog, key: bytes) -> None:
        self._log = log
        self._key = key
        self._names = UUID(viewers_id(key, "tasks", UUID(int=0)))
        self._folded: dict[UUID, Task] = {}
        self._open: dict[UUID, Task] = {}
        self._tags: dict[UUID, tuple[str, ...]] = {}
        self._upto = 0
        self._folding = threading.Lock()

    def id_of(self, *parts: object) -> UUID:
        """Return the id that follows from these parts, which nobody can guess."""
        return uuid5(self._names, "/".join(map(str, parts)))

    def asks(self, *parts: object) -> str:
        """Return the tag of something that is asked: the same for the same parts, and it says nothing."""
        return f"asks:{self.id_of(*parts).hex}"

    def all(self) -> dict[UUID, Task]:
        """Return every task by its id, in log order; those of an erased decision are left out."""
        with self._folding:
            self._fold()
            return dict(self._folded)

    def open(self) -> list[Task]:
        """Return the tasks in which something is still to be answered, in log order; without those that are settled."""
        with self._folding:
            self._fold()
            return list(self._open.values())

    def one(self, start_of_id: str, among: Iterable[Task]) -> Task:
        """Return the task whose id starts so; raises `UsageError` where none of these does, or more than one."""
        start = checked_start(start_of_id)
        found = [task for task in among if str(task.id).startswith(start)]
        if len(found) != 1:
            raise UsageError(f"{len(found)} tasks have an id that starts so.", code="unknown-task")
        return found[0]

    def asked_before(self, asks: Collection[str]) -> tuple[dict[UUID, Task], int]:
        """Return the tasks that ask any of this, and the position of their last event."""
        stored = self._log.read(sorted(asks))
        return tasks_of(review_events(stored)), stored[-1].position if stored else 0

    def subjects(self, events: Collection[UUID]) -> dict[UUID, str]:
        """Return the tag of the record that each event is of."""
        stored = self._log.read([f"event:{each}" for each in events]) if events else []
        return {each.id: tag for each in stored for tag in each.tags if tag.startswith("subject:")}

    def held_by(self, event: UUID) -> str | None:
        """Return the agency that holds an item, None where the log has no such event or it is no agency's."""
        return next(filter(None, map(agency_of, self._log.read([f"event:{event}"]))), None)

    def records_of(self, task: Task) -> list[UUID]:
        """Return the records that the items of a task, one that `all` has read, are of."""
        return [UUID(tag[8:]) for tag in self._tags[task.id] if tag.startswith("subject:")]

    def requested(self, task: ReviewRequested, asks: Sequence[str], subjects: Collection[str]) -> DraftEvent:
        """Return the draft of a new task."""
        return self._draft(self.id_of(task.task, "requested"), task, task.decision, (*asks, *sorted(set(subjects))))

    def added(self, task: Task, event_id: UUID, event: ReviewAnswered | ReviewEscalated) -> DraftEvent:
        """Return the draft of what was done about a task that `all` has read."""
        return self._draft(event_id, event, task.asked.decision, self._tags[task.id])

    def _fold(self) -> None:
        stored = self._log.read([TASKS_TAG], after=self._upto)
        for each in stored:
            self._upto = each.position
            if each.type == ReviewRequested.__name__:
                self._tags[_task_of(each)] = tuple(tag for tag in each.tags if tag.startswith(_CARRIED))
        tasks_of(review_events(stored), self._folded)
        for task in map(_task_of, stored):
            if (found := self._folded.get(task)) is not None and found.is_open:
                self._open[task] = found
            else:
                self._open.pop(task, None)

    def _draft(self, event_id: UUID, event: ReviewEvent, decision: UUID, carried: Sequence[str]) -> DraftEvent:
        tags = (TASKS_TAG, f"task:{event.task}", *carried)
        part = DraftPart(REVIEW_PART, decision, {"fact": canonical(event.model_dump(mode="json"))})
        return DraftEvent(event_id, type(event).__name__, tags, (part,))


def review_events(stored: Iterable[StoredEvent]) -> Iterable[ReviewEvent]:
    """Return what events say of tasks, in log order; others, and erased ones, are left out."""
    for each in stored:
        part = each.parts.get(REVIEW_PART)
        if part is not None:
            yield REVIEW_EVENTS[each.type].model_validate(part["fact"], strict=False)


def _task_of(stored: StoredEvent) -> UUID:
    return next(UUID(tag[5:]) for tag in stored.tags if tag.startswith("task:"))
