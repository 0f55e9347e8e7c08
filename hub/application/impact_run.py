"""One auditor's trial of a draft on the past: who may, over which decisions. It records only that it was run."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.application.asking import Asked, question_of
from hub.application.decisions import DECISIONS_TAG, DecisionLog, Recorded
from hub.application.impact import IMPACT, NOTHING_SUPPOSED, Draft, ImpactTally
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.policy_in_force import RecordedTexts
from hub.application.reading import Reading
from hub.application.reads import Period
from hub.application.supposing import Supposition

_PAGE = 500


class ImpactRun:
    """Chooses the decisions, and reports; raises `RefusedError` for all but an auditor."""

    def __init__(
        self,
        reading: Reading,
        decisions: DecisionLog,
        texts: RecordedTexts,
        asked: Asked,
        period: Period,
        law: date | None,
    ) -> None:
        self._reading = reading
        self._decisions = decisions
        self._texts = texts
        self._asked = asked
        self._period = period
        question = question_of(since=period.since, until=period.until, law_on=law)
        _, self._directory, self._outcome = refuse_all_but_auditors(reading, asked, IMPACT, question)

    def chosen(self) -> list[Recorded]:
        """Return the decisions of the period without their content, the oldest first."""
        found: list[Recorded] = []
        after, upto = self._period.positions(self._reading.log, self._outcome.decided_at)
        while page := self._decisions.places(DECISIONS_TAG, after=after, upto=upto, limit=_PAGE):
            after = page[-1].position
            found += page
        return found

    def finish(self, draft: Draft, tally: ImpactTally, supposed: Supposition = NOTHING_SUPPOSED) -> dict[str, Any]:
        """Record that the draft was tried and what was supposed; return the report in the documented shape."""
        told = {name: str(count) for name, count in tally.as_counts().items()}
        self._outcome.question = {
            **self._outcome.question,
            **question_of(**supposed.told),
            "draft": draft.policy.version,
            **told,
        }
        record = self._reading.record(self._asked, self._directory, self._outcome)
        return {**tally.as_json(draft, self._reasons), "record": str(record.id)}

    def _reasons(self, version: str) -> Mapping[str, str]:
        """Return the sentences of a version's rules; none where its text cannot be read any more."""
        return {name: rule.reason for name, rule in self._texts.told_of(version).items()}
