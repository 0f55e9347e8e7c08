"""What can go wrong with a policy, a record of one, or the service that applies it; never what a rule decided.

A message carries codes and rule ids only: no name, no reason in a person's words, no reference.
"""

BASIS_FAULT = "basis-cannot-carry-purpose"


class PolicyError(Exception):
    """Anything that the policy service cannot do, with a stable code and a sentence for people."""

    def __init__(self, message: str, *, code: str, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.place = place


class PolicyLoadError(PolicyError):
    """The text of a policy is refused as a whole; `place` names the file and the rule."""


class AgreementError(PolicyError):
    """An agreement, or a request put to it, is not in order; `place` names the field."""


class ScenarioError(PolicyError):
    """A file of scenarios, or one case, cannot be read; `place` names the file and the scenario."""


class ConditionError(PolicyError):
    """A condition of a rule is written in a way that an author's tool does not read; Cedar may."""


class RequestError(PolicyError):
    """A request contradicts itself, so that there is nothing to decide."""


class RecordError(PolicyError):
    """A record of a request, of facts or of a verdict cannot be read back."""


class DecisionUnavailableError(PolicyError):
    """No decision can be had now: the caller shows nothing and says that it could not ask."""
