"""What an auditor sees of the record of decisions, a page at a time, what was asked in an emergency before all else.

Each look leaves a record of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from hub.application.asking import Asked, question_of
from hub.application.decisions import (
    DECISIONS_TAG,
    EMERGENCIES_TAG,
    DecisionLog,
    Recorded,
    decision_in_full,
    decision_summary,
)
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.reading import Reading
from hub.application.reads import AUDIT_READS, Filter, Period
from hub.application.shown_to import also_shown
from hub.errors import HubError
from hub.events.decisions import DisclosureDecided

LOOKED: Final = "decisions"
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A page of decisions, emergencies first and then the newest; where the next one begins, None at the end."""

    reads: list[dict[str, Any]]
    decision: str
    before: int | None


class _Place(NamedTuple):
    """Before which position a page begins, and whether among the emergencies."""

    before: int
    urgent: bool = True

    @classmethod
    def of(cls, mark: int | None, head: int) -> "_Place":
        """Return the place of a mark, the first of all where there is none."""
        return cls(head + 1) if mark is None else cls(mark >> 1, bool(mark & 1))

    @property
    def mark(self) -> int:
        """Return it as one number."""
        return self.before << 1 | self.urgent


class DecisionDesk:
    """Shows decisions; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, decisions: DecisionLog) -> None:
        self._reading = reading
        self._decisions = decisions

    def page(
        self, asked: Asked, wanted: Filter, period: Period, *, limit: int, before: int | None = None
    ) -> Page:  # fmt: skip
        """Return the first decisions wanted, or those from where another page ended; that is recorded."""
        question = question_of(
            agency=wanted.agency, user=wanted.viewer, rule=wanted.rule, emergency=wanted.emergency or None,
            since=period.since, until=period.until, before=before,
        )  # fmt: skip
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, AUDIT_READS, question)
        after, upto = period.positions(self._reading.log, outcome.decided_at)
        listed = self._listed(_Place.of(before, outcome.decided_at), after, upto)
        found = list(islice((each for each in listed if wanted.wants(each[1])), limit + 1))
        record = self._reading.record(asked, directory, outcome)
        reads = [{**decision_summary(each, auditor=True), "reason": each.reason} for _, each in found[:limit]]
        return Page(reads, str(record.id), found[limit - 1][0].mark if len(found) > limit else None)

    def one(self, asked: Asked, decision: str) -> dict[str, Any]:
        """Return a decision in full, of any age; raises `UsageError` where there is none."""
        question = question_of(decision=decision)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, LOOKED, question)
        try:
            found = self._decisions.one(decision)
        except HubError as error:
            self._reading.refuse(asked, directory, outcome, error)
        self._reading.record(asked, directory, outcome)
        others = self._decisions.about(found.person, upto=outcome.decided_at) if found.person else []
        return {**decision_in_full(found, auditor=True), "also_shown": also_shown(self._reading, found, others)}

    def _listed(self, place: _Place, after: int, upto: int) -> Iterator[tuple[_Place, DisclosureDecided]]:
        """Yield what stands between two positions, from a place on: all emergencies, then all else."""
        if place.urgent:
            for each in self._backwards(EMERGENCIES_TAG, after, min(upto, place.before - 1)):
                if each.decision is not None:
                    yield _Place(each.position), each.decision
            place = _Place(upto + 1, urgent=False)
        told = {each.id for each in self._decisions.places(EMERGENCIES_TAG, after=after, upto=upto, limit=upto + 1)}
        for each in self._backwards(DECISIONS_TAG, after, min(upto, place.before - 1)):
            if each.decision is not None and each.id not in told:
                yield _Place(each.position, urgent=False), each.decision

    def _backwards(self, tag: str, after: int, upto: int) -> Iterator[Recorded]:
        while page := self._decisions.page_before(tag, upto=upto, limit=_AT_ONCE):
            for each in page:
                if each.position <= after:
                    return
                yield each
            upto = page[-1].position - 1
