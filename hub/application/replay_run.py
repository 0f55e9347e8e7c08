"""Choose the decisions that an auditor takes again, count what came of them, and record that it was done."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.decisions import DECISIONS_TAG, DecisionLog, Recorded
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.reading import Reading
from hub.application.reads import Period
from hub.application.replaying import CAUSE_SENTENCES, Cause, Ending, Replay, Replayer
from hub.errors import UsageError

REPLAY: Final = "replay"
_PAGE: Final = 500
_LOOKED_BACK: Final = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """Which decisions are taken again: one, or all within limits, or a sample of those drawn by a seed."""

    decision: str | None = None
    period: Period = field(default_factory=Period)
    viewer: str | None = None
    child: UUID | None = None
    sample: int | None = None
    seed: int = 0

    def as_question(self) -> dict[str, Any]:
        """Return the scope as the record of the replay holds it."""
        return question_of(
            decision=self.decision, since=self.period.since, until=self.period.until,
            viewer=self.viewer, child=self.child, sample=self.sample, seed=self.seed if self.sample else None,
        )  # fmt: skip


@dataclass(slots=True)
class Tally:
    """What came of a run so far; `came_to` is the position of the last decision taken again."""

    came_to: int = 0
    endings: Counter[Ending] = field(default_factory=Counter)
    erased: int = 0
    verdicts: int = 0
    different: list[Replay] = field(default_factory=list)

    def add(self, position: int, replay: Replay | None) -> None:
        """Count one decision; None for one whose own record was erased."""
        self.came_to = position
        if replay is None or replay.cause is Cause.KEY_ERASED:
            self.erased += 1
        else:
            self.endings[replay.ending] += 1
            self.verdicts += replay.verdicts
        if replay is not None and replay.ending is Ending.DIFFERENT:
            self.different.append(replay)

    @property
    def unexplained(self) -> bool:
        """Say whether a decision differs for another cause than that it was erased."""
        return self.endings[Ending.DIFFERENT] > 0

    def as_counts(self) -> dict[str, int]:
        """Return the numbers in the documented shape."""
        by_ending = {ending.value.replace("-", "_"): self.endings[ending] for ending in Ending}
        replayed = sum(by_ending.values()) + self.erased
        return {"replayed": replayed, **by_ending, "erased": self.erased, "verdicts": self.verdicts}


class ReplayRun:
    """One auditor's run; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, decisions: DecisionLog, asked: Asked, scope: Scope) -> None:
        self._reading = reading
        self._decisions = decisions
        self._asked = asked
        self._scope = scope
        self._question = scope.as_question()
        _, self._directory, self._outcome = refuse_all_but_auditors(reading, asked, REPLAY, self._question)

    def chosen(self, *, resume: bool = False) -> list[Recorded]:
        """Return the decisions to be taken again without their content, the oldest first.

        With `resume`, those after the last that a run of the same scope came to.
        """
        scope = self._scope
        if scope.decision is not None:
            one = self._decisions.one(scope.decision)
            return self._decisions.page(f"decision:{one.id}", after=0, upto=self._outcome.decided_at, limit=1)
        found = list(self._within(self._came_to() if resume else 0))
        if scope.sample is None or scope.sample >= len(found):
            return found
        return sorted(random.Random(scope.seed).sample(found, scope.sample))  # noqa: S311 - drawn to be drawn again

    def _within(self, after: int) -> Iterator[Recorded]:
        scope = self._scope
        tag = DECISIONS_TAG if scope.child is None else f"viewed:{scope.child}"
        start, upto = scope.period.positions(self._reading.log, self._outcome.decided_at)
        after = max(after, start)
        while page := self._decisions.page(tag, after=after, upto=upto, limit=_PAGE):
            after = page[-1].position
            for each in page:
                if scope.viewer is None or (each.decision is not None and each.decision.viewer == scope.viewer):
                    yield each._replace(decision=None)

    def _came_to(self) -> int:
        for decision in self._decisions.newest(_LOOKED_BACK):
            asked = {name: decision.question.get(name) for name in self._question}
            if decision.kind == REPLAY and decision.refusal is None and asked == self._question:
                return int(decision.question["came_to"])
        raise UsageError("No replay of these decisions is on record that could be resumed.", code="nothing-to-resume")

    def here(self, replayer: Replayer) -> dict[str, Any]:
        """Take what was chosen again in this process, one after another, and finish."""
        tally = Tally()
        for recorded in self.chosen():
            again = None if recorded.decision is None else replayer.replay(recorded.decision)
            tally.add(recorded.position, again)
        return self.finish(tally)

    def finish(self, tally: Tally) -> dict[str, Any]:
        """Record what was taken again and what came of it, and return that in the documented shape."""
        counts = tally.as_counts()
        told = {name: str(count) for name, count in counts.items()}
        self._outcome.question = {**self._question, **told, "came_to": str(tally.came_to)}
        record = self._reading.record(self._asked, self._directory, self._outcome)
        return {**counts, "decision": str(record.id), "differences": [_json(each) for each in tally.different]}


def _json(replay: Replay) -> dict[str, Any]:
    return {
        "decision": str(replay.decision),
        "cause": replay.cause and replay.cause.value,
        "sentence": replay.cause and CAUSE_SENTENCES[replay.cause],
        "place": replay.place,
        "differences": [
            {"of": each.of, "what": each.what, "recorded": each.recorded, "replayed": each.replayed}
            for each in replay.differences
        ],
    }
