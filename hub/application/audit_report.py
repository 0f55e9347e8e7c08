"""What was read, decided, answered, erased and verified in a period, as counts; nobody is named and no child is.

For outside the hub, numbers below 10 are left out and the others rounded to 5, so that no sum gives one of them away.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hub.application.asking import PURPOSES, Asked, question_of
from hub.application.erasure_ledger import ERASURES_TAG
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.policy_in_force import POLICY_TAG
from hub.application.reading import Reading
from hub.application.reads import Period, Reads
from hub.application.review_log import ReviewLog
from hub.application.verifications import Verifications
from hub.events.decisions import DisclosureDecided
from hub.sharing.kinds import TaskKind
from hub.sharing.tasks import Task

KIND: Final = "audit-report"
UNKNOWN: Final = "not a purpose"
SMALLEST: Final = 10
ROUNDED_TO: Final = 5
_TOOK: Final = (
    (timedelta(hours=1), "an hour or less"),
    (timedelta(hours=4), "4 hours or less"),
    (timedelta(days=1), "a day or less"),
    (timedelta(days=3), "3 days or less"),
)
_LONGER: Final = "more than 3 days"
_OPEN: Final = "not answered yet"
_LATE: Final = "not answered yet, and overdue"
_WHOLE: Final = "nothing wrong"


class AuditReport:
    """Counts; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, reads: Reads, reviews: ReviewLog, verifications: Verifications) -> None:
        self._reading = reading
        self._reads = reads
        self._reviews = reviews
        self._verifications = verifications

    def report(self, asked: Asked, period: Period, *, external: bool = False) -> dict[str, Any]:
        """Return the counts of a period in the documented shape, a number left out being None; that is recorded."""
        question = question_of(since=period.since, until=period.until, external=external or None)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, KIND, question)
        tables = _counted(self._reads.within(period, outcome.decided_at))
        after, upto = period.positions(self._reading.log, outcome.decided_at)
        tasks = [task for task in self._reviews.all().values() if period.holds(task.asked.at)]
        now = outcome.at or self._reading.now()
        tables["response_times"] = Counter(_answered_within(task, now) for task in tasks)
        tables["emergency_reviews"] = Counter(
            _came_of(task, now) for task in tasks if task.kind is TaskKind.SECOND_LOOK
        )  # fmt: skip
        for name, tag in (("policy_changes", POLICY_TAG), ("erasures", ERASURES_TAG)):
            changes = self._reading.log.read([tag], after=after, upto=upto)
            tables[name] = Counter(stored.type for stored in changes)
        verified = self._verifications.within(after, upto)
        tables["verifications"] = Counter(fault for each in verified for fault in each.faults or [_WHOLE])
        record = self._reading.record(asked, directory, outcome)
        told = {name: _told(counts, external=external) for name, counts in tables.items()}
        since, until = (each and each.isoformat() for each in (period.since, period.until))
        return {"since": since, "until": until, "external": external, "tables": told, "decision": str(record.id)}


def _counted(decisions: Iterable[DisclosureDecided]) -> dict[str, Counter[str]]:
    names = ("kinds", "agencies", "purposes", "verdicts", "refusals", "emergencies")
    tables: dict[str, Counter[str]] = {name: Counter() for name in names}
    for each in decisions:
        tables["kinds"][each.kind] += 1
        tables["agencies"][each.agency] += 1
        # What was typed for a purpose and is none may be anything, a name too.
        tables["purposes"][each.purpose if each.purpose in PURPOSES else UNKNOWN] += 1
        tables["verdicts"].update(each.verdicts)
        if each.refusal is not None:
            tables["refusals"][each.refusal] += 1
        if each.is_emergency:
            tables["emergencies"][each.agency] += 1
    return tables


def _answered_within(task: Task, now: datetime) -> str:
    """Return how long a task waited for its last answer."""
    if task.is_open:
        return _LATE if now > task.asked.due else _OPEN
    took = max(answer.at for answer in task.answers) - task.asked.at
    return next((said for longest, said in _TOOK if took <= longest), _LONGER)


def _came_of(task: Task, now: datetime) -> str:
    """Return what a second person said of an emergency."""
    return _answered_within(task, now) if task.is_open else task.answers[-1].answer


def _told(counts: Mapping[str, int], *, external: bool) -> dict[str, int | None]:
    return {name: _rounded(counts[name]) if external else counts[name] for name in sorted(counts)}


def _rounded(count: int) -> int | None:
    return None if count < SMALLEST else (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
