"""The door through which others ask for decisions; whatever happens behind it, the caller gets verdicts or one error.

Who meets DecisionUnavailableError shows nothing: there is no answer in part.
"""

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Protocol

from policies.decide import decide
from policies.errors import BASIS_FAULT, DecisionUnavailableError, PolicyError, PolicyLoadError, RequestError
from policies.model import Facts, Position, Request, Verdict
from policies.ruleset import PolicySetVersion, PolicyText, PolicyVersion, load_policy
from policies.shelf import Shelf, Texts

__all__ = [
    "DecisionClient",
    "DecisionService",
    "DecisionUnavailableError",
    "InProcessService",
    "PolicyError",
    "PolicyLoadError",
    "PolicySetVersion",
    "PolicyText",
    "PolicyVersion",
    "Shelf",
    "Texts",
    "default_policy",
    "load_policy",
    "shipped_text",
]


class DecisionClient(Protocol):
    """Answers requests by the policy version that is in force where and when they are decided."""

    def version(self, at: Position, on: date) -> PolicyVersion:
        """Return the version in force at a position of the log on a day; raises DecisionUnavailableError."""
        ...

    def decide(self, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order; raises RequestError or DecisionUnavailableError."""
        ...


class DecisionService(Protocol):
    """Answers requests by the policy version that is named, in this process or elsewhere."""

    def decide(self, version: PolicyVersion, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order; raises RequestError or DecisionUnavailableError."""
        ...


class InProcessService:
    """Decides in this process."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def decide(self, version: PolicyVersion, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        """Return one verdict for each item, in order.

        Raises RequestError where a basis cannot carry the purpose, DecisionUnavailableError whatever else went wrong.
        """
        try:
            policy = self._shelf.policy(version)
            if fault := policy.gateways.fault(request.purpose, request.bases, request.law_on, request.stated):
                raise RequestError(fault, code=BASIS_FAULT)
            return decide(policy, request, facts)
        except (DecisionUnavailableError, RequestError):
            raise
        except Exception as error:
            raise DecisionUnavailableError(
                "No decision can be had now, so nothing is shown.", code="decision-unavailable"
            ) from error


def default_policy() -> PolicySetVersion:
    """Load the rules that are shipped with the package; raises PolicyLoadError where none are there."""
    return load_policy(shipped_text())


def shipped_text() -> PolicyText:
    """Return the text of the rules that are shipped with the package; raises PolicyLoadError where none are there."""
    shipped = files("policies") / "rules"
    texts = {file.name: file.read_text("utf-8") for file in shipped.iterdir() if file.is_file()}
    rules = {name: text for name, text in texts.items() if name.endswith(".cedar")}
    if not rules or "hub.cedarschema" not in texts:
        raise PolicyLoadError("The rules that belong to the package are not there.", code="rules-missing")
    return PolicyText(rules, texts["hub.cedarschema"])
