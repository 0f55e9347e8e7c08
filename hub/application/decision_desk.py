"""What an auditor sees of the record of decisions, a page at a time; each look leaves a record of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hub.application.asking import Asked, question_of
from hub.application.decisions import DECISIONS_TAG, DecisionLog, Recorded, decision_in_full, decision_summary
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.reading import Reading
from hub.application.reads import AUDIT_READS, Filter, Period
from hub.errors import HubError

LOOKED: Final = "decisions"
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A page of decisions, the newest first, and the position before which the next one begins, None at the end."""

    reads: list[dict[str, Any]]
    decision: str
    before: int | None


class DecisionDesk:
    """Shows decisions; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, decisions: DecisionLog) -> None:
        self._reading = reading
        self._decisions = decisions

    def page(
        self, asked: Asked, wanted: Filter, period: Period, *, limit: int, before: int | None = None
    ) -> Page:  # fmt: skip
        """Return the newest decisions wanted, or those before a position; that is recorded."""
        question = question_of(
            agency=wanted.agency, user=wanted.viewer, rule=wanted.rule, emergency=wanted.emergency or None,
            since=period.since, until=period.until, before=before,
        )  # fmt: skip
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, AUDIT_READS, question)
        after, upto = period.positions(self._reading.log, outcome.decided_at)
        upto = upto if before is None else min(upto, before - 1)
        found: list[Recorded] = []
        for each in self._backwards(after, upto):
            if each.decision is not None and wanted.wants(each.decision):
                found.append(each)
                if len(found) > limit:
                    break
        record = self._reading.record(asked, directory, outcome)
        shown = found[:limit]
        reads = [
            {**decision_summary(each.decision, auditor=True), "reason": each.decision.reason}
            for each in shown
            if each.decision is not None
        ]
        return Page(reads, str(record.id), shown[-1].position if len(found) > limit else None)

    def one(self, asked: Asked, decision: str) -> dict[str, Any]:
        """Return a decision in full, of any age; raises `UsageError` where there is none."""
        question = question_of(decision=decision)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, LOOKED, question)
        try:
            found = self._decisions.one(decision)
        except HubError as error:
            self._reading.refuse(asked, directory, outcome, error)
        self._reading.record(asked, directory, outcome)
        return decision_in_full(found, auditor=True)

    def _backwards(self, after: int, upto: int) -> Iterator[Recorded]:
        while page := self._decisions.page_before(DECISIONS_TAG, upto=upto, limit=_AT_ONCE):
            for each in page:
                if each.position <= after:
                    return
                yield each
            upto = page[-1].position - 1
