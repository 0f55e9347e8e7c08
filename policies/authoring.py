"""The door for those who write policies and agreements: what their tools ask of this package."""

from policies.agreements.dfe import evaluate, read_agreement, read_request
from policies.errors import PolicyError

__all__ = ["PolicyError", "evaluate_agreement"]


def evaluate_agreement(agreement: bytes, request: bytes) -> dict[str, object]:
    """Return what one agreement of the DfE form, by itself, says to a request; raises PolicyError."""
    asked = read_request(request)
    return evaluate(read_agreement(agreement, asked.sourceOrgId), asked).as_json()
