"""Which policy version decides, where in the log and on which day; and its text, for whoever is to decide by it.

A version that cannot be verified decides nothing, and neither does none: what is asked then ends in one error.
"""

from collections.abc import Hashable, Sequence
from datetime import date

from hub.application.policy_ledger import PolicyLedger
from hub.errors import RetryableError
from hub.store.log import EventLog
from policies.client import DecisionService, DecisionUnavailableError, PolicyText, PolicyVersion
from policies.model import Facts, Position, Request, Verdict

POLICY_TAG = "policy"


class RecordedTexts:
    """The texts of the policy versions that the log holds, for a shelf."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._held: tuple[int, PolicyLedger] = (-1, PolicyLedger())

    def ledger(self, at: int | None = None) -> PolicyLedger:
        """Return the ledger as it stands, or as it stood at a position; folded anew only where a fact was added."""
        last = self._log.last_position(POLICY_TAG)
        if at is not None and at < last:
            return PolicyLedger.of(self._log.read([POLICY_TAG], upto=at))
        if self._held[0] != last:
            self._held = last, PolicyLedger.of(self._log.read([POLICY_TAG], upto=last))
        return self._held[1]

    def held(self) -> Sequence[PolicyVersion]:
        """Return all versions that were ever proposed."""
        return list(self.ledger().versions)

    def stamp(self, version: PolicyVersion) -> Hashable:
        """Return the same always: what the log holds does not change."""
        return version

    def text(self, version: PolicyVersion) -> PolicyText | None:
        """Return the text of a version; raises PolicyError where its record cannot be read."""
        recorded = self.ledger().versions.get(version)
        return None if recorded is None else PolicyText.from_record(recorded.text)


class PolicyInForce:
    """Decides by the version that is in force at the position and on the day of each request; by none where none is."""

    def __init__(self, texts: RecordedTexts, service: DecisionService) -> None:
        self._texts = texts
        self._service = service

    def version(self, at: Position, on: date) -> PolicyVersion:
        """Return the version in force at a position of the log on a day; raises DecisionUnavailableError."""
        version = self._texts.ledger(at).in_force(on)
        if version is None:
            raise DecisionUnavailableError("No policy version is in force.", code="no-policy-in-force")
        return version

    def decide(self, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order; raises DecisionUnavailableError."""
        return self._service.decide(self.version(request.decided_at, request.law_on), request, facts)


def away(error: DecisionUnavailableError, consequence: str) -> RetryableError:
    """Return the error for a viewer: why no decision can be had, and what follows from it."""
    return RetryableError(
        f"No decision can be had now, so nothing is {consequence}.", code="decision-unavailable", place=error.code
    )
