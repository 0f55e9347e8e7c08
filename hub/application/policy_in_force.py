"""Which policy version decides, where in the log and on which day; and its text, for whoever is to decide by it.

A version that cannot be verified decides nothing, and neither does none: what is asked then ends in one error.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from hub.application.asking import ENGLAND
from hub.application.policy_ledger import PolicyLedger
from hub.errors import RetryableError
from hub.store.log import LogReader
from hub.store.mapper import StoredEvent
from policies.client import (
    DecisionClient,
    DecisionService,
    DecisionUnavailableError,
    PolicyError,
    PolicyText,
    PolicyVersion,
    load_policy,
)
from policies.model import AgencyId, AgencyKind, Facts, PersonRef, Position, Purpose, Request, Rule, Verdict

POLICY_TAG = "policy"
REPAIRS: Final[Mapping[str, str]] = {
    "no-policy-in-force": "No policy is in force: mash init, or mash policy activate.",
    "policy-version-unusable": "This release cannot use the policy in force: mash policy versions.",
    "policy-version-altered": "The policy in force is not what its hash names: mash policy versions.",
    "policy-version-unknown": "The policy service does not hold the policy in force: mash policy export.",
    "policy-service-unreachable": "The policy service does not answer: start it, or correct MASH_POLICY_URL.",
}
_ANY_OTHER: Final = "The policy could not be asked."


class RecordedTexts:
    """The texts of the policy versions that the log holds, for a shelf."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._held: tuple[int, Sequence[StoredEvent], dict[int, PolicyLedger]] = (-1, (), {})
        self._told: dict[str, Mapping[str, Rule]] = {}

    def ledger(self, at: int | None = None) -> PolicyLedger:
        """Return the ledger as it stands, or as it stood at a position; read anew only where a fact was added."""
        last, held = self._log.last_position(POLICY_TAG), self._held
        if held[0] != last:
            # In one piece: another thread may be asking meanwhile.
            held = self._held = (last, self._log.read([POLICY_TAG], upto=last), {})
        _, facts, ledgers = held
        until = [fact for fact in facts if at is None or fact.position <= at]
        if len(until) not in ledgers:
            ledgers[len(until)] = PolicyLedger.of(until)
        return ledgers[len(until)]

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

    def told_of(self, version: str) -> Mapping[str, Rule]:
        """Return what people are told of the rules of a version; of none where its text cannot be read any more."""
        if version not in self._told:
            try:
                text = self.text(PolicyVersion(version))
                loaded = load_policy(text).rules if text is not None else {}
            except PolicyError:
                loaded = {}
            self._told[version] = {str(name): each.rule for name, each in loaded.items()}
        return self._told[version]


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


def asked_about_nothing(policy: DecisionClient, at: int, moment: datetime) -> PolicyVersion:
    """Return the version that decides now, having asked it about nothing; raises `RetryableError` where none can."""
    day, here = moment.astimezone(ENGLAND).date(), Position(at)
    nobody = Request(
        AgencyId("hub"), AgencyKind.UNKNOWN, frozenset(), Purpose.AUDIT, "", PersonRef("-"), here, here, day
    )  # fmt: skip
    try:
        policy.decide(nobody, [])
        return policy.version(here, day)
    except DecisionUnavailableError as error:
        raise away(error, "shown") from error


def away(error: DecisionUnavailableError, consequence: str) -> RetryableError:
    """Return the error for a viewer: why no decision can be had, what follows from it, and what an operator can do."""
    message = f"No decision can be had now, so nothing is {consequence}. {REPAIRS.get(error.code, _ANY_OTHER)}"
    return RetryableError(message, code="decision-unavailable", place=error.code)
