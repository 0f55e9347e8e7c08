"""What was read, decided, refused and changed in a period, as counts for people; nobody is named and no child is.

For outside the hub, numbers below 10 are left out and the others rounded to 5, so that no sum gives one of them away.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hub.application.asking import PURPOSES, Asked, question_of
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.policy_in_force import POLICY_TAG
from hub.application.reading import Reading
from hub.application.reads import Period, Reads
from hub.events.decisions import DisclosureDecided

KIND: Final = "audit-report"
UNKNOWN: Final = "not a purpose"
SMALLEST: Final = 10
ROUNDED_TO: Final = 5


class AuditReport:
    """Counts; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, reads: Reads) -> None:
        self._reading = reading
        self._reads = reads

    def report(self, asked: Asked, period: Period, *, external: bool = False) -> dict[str, Any]:
        """Return the counts of a period in the documented shape, a number left out being None; that is recorded."""
        question = question_of(since=period.since, until=period.until, external=external or None)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, KIND, question)
        tables = _counted(self._reads.within(period, outcome.decided_at))
        after, upto = period.positions(self._reading.log, outcome.decided_at)
        changes = self._reading.log.read([POLICY_TAG], after=after, upto=upto)
        tables["policy_changes"] = Counter(stored.type for stored in changes)
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


def _told(counts: Mapping[str, int], *, external: bool) -> dict[str, int | None]:
    return {name: _rounded(counts[name]) if external else counts[name] for name in sorted(counts)}


def _rounded(count: int) -> int | None:
    return None if count < SMALLEST else (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
