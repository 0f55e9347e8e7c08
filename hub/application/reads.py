"""Who read what and why, for an auditor: the reads of an agency, of a user, by a rule, or in an emergency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from hub.application.asking import Asked, question_of
from hub.application.decisions import DECISIONS_TAG, DecisionLog, decision_summary
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.reading import Reading
from hub.events.decisions import DisclosureDecided
from hub.store.log import LogReader

AUDIT_READS: Final = "audit-reads"
_PAGE: Final = 500
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From one moment to another, both included; None where it has no such end."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment is in it."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment <= self.until)

    def positions(self, log: LogReader, head: int) -> tuple[int, int]:
        """Return the position before the first event of the period, and that of the last."""
        after = 0 if self.since is None else log.position_at(self.since - _INSTANT)
        return after, head if self.until is None else min(head, log.position_at(self.until))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reads are wanted; None asks for any."""

    agency: str | None = None
    viewer: str | None = None
    rule: str | None = None
    emergency: bool = False

    def wants(self, decision: DisclosureDecided) -> bool:
        """Say whether a decision is one of them."""
        return (
            self.agency in {None, decision.agency}
            and self.viewer in {None, decision.viewer}
            and (self.rule is None or any(self.rule in alike.rules for alike in decision.outcomes))
            and (not self.emergency or decision.is_emergency)
        )


class Reads:
    """Lists reads; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, decisions: DecisionLog) -> None:
        self._reading = reading
        self._decisions = decisions

    def list(self, asked: Asked, wanted: Filter, period: Period = Period()) -> dict[str, Any]:
        """Return the reads wanted, emergencies first and then the newest, in the documented shape; that is recorded."""
        question = question_of(
            agency=wanted.agency, user=wanted.viewer, rule=wanted.rule, emergency=wanted.emergency or None,
            since=period.since, until=period.until,
        )  # fmt: skip
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, AUDIT_READS, question)
        found = [each for each in self.within(period, outcome.decided_at) if wanted.wants(each)]
        found.sort(key=lambda each: (each.is_emergency, each.at), reverse=True)
        record = self._reading.record(asked, directory, outcome)
        reads = [{**decision_summary(each, auditor=True), "reason": each.reason} for each in found]
        return {"reads": reads, "decision": str(record.id)}

    def within(self, period: Period, head: int) -> Iterator[DisclosureDecided]:
        """Yield the decisions of a period up to a position, the oldest first; the erased ones are left out."""
        after, upto = period.positions(self._reading.log, head)
        while page := self._decisions.page(DECISIONS_TAG, after=after, upto=upto, limit=_PAGE):
            after = page[-1].position
            yield from (each.decision for each in page if each.decision is not None)
