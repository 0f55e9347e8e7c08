"""One auditor's trial of a draft on the past: who may, over which decisions. It records only that it was run."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from hub.application.asking import Asked, question_of
from hub.application.decisions import DECISIONS_TAG, DecisionLog, Recorded
from hub.application.impact import IMPACT, NOTHING_SUPPOSED, Draft, ImpactTally, drafted, law_of, tried
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.policy_in_force import RecordedTexts
from hub.application.policy_versions import PolicyVersions
from hub.application.reading import Reading
from hub.application.reads import Period
from hub.application.replaying import Replayer
from hub.application.supposing import Supposition
from hub.errors import UsageError
from policies.client import PolicyError

MOST_TRIED: Final = 2000
_PAGE = 500


def draft_on(versions: PolicyVersions, version: str | None, rule: str) -> Draft:
    """Return a recorded version, or the one in force, with one more rule where one is given.

    Raises `UsageError` for no such version and, without a word of it, for a rule that is not in order.
    """
    text = versions.text(versions.one(version or str(versions.in_force())))
    try:
        return drafted(text, rule)
    except PolicyError as error:
        raise UsageError("The rule is not in order: mash policy check says why.", code=error.code) from error


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
        self._law = law
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

    def here(self, replayer: Replayer, draft: Draft) -> dict[str, Any]:
        """Try the draft on all that was chosen in this process, one after another, and finish.

        Raises `UsageError` where that is more than `MOST_TRIED`, which is for `mash policy impact`.
        """
        chosen, tally = self.chosen(), ImpactTally()
        if len(chosen) > MOST_TRIED:
            fault = f"The period holds more than {MOST_TRIED} decisions: take a shorter one."
            raise UsageError(fault, code="too-many")
        for recorded in chosen:
            for decision in self._decisions.tagged([f"decision:{recorded.id}"]):
                tally.add(tried(replayer, decision, draft, law_of(self._law)))
        return self.finish(draft, tally)

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
