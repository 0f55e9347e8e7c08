"""The door for those who write policies and agreements: what their tools ask of this package."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from policies.agreements.dfe import evaluate, read_agreement, read_request
from policies.client import PolicyText, load_policy, shipped_text
from policies.errors import PolicyError
from policies.tools.running import run
from policies.tools.scenarios import Scenario, read_scenarios

__all__ = ["PolicyError", "evaluate_agreement", "run_scenarios"]

Texts = Mapping[str, str]


def evaluate_agreement(agreement: bytes, request: bytes) -> dict[str, object]:
    """Return what one agreement of the DfE form, by itself, says to a request; raises PolicyError."""
    asked = read_request(request)
    return evaluate(read_agreement(agreement, asked.sourceOrgId), asked).as_json()


def run_scenarios(rules: Texts | None, scenarios: Texts | None = None) -> dict[str, Any]:
    """Return what came of the scenarios, in the shape of `mash policy test --json`; None stands for what is shipped.

    Raises PolicyError where the rules or a scenario cannot be read.
    """
    return run(load_policy(_text(rules)), _scenarios(scenarios)).as_json()


def _text(rules: Texts | None) -> PolicyText:
    """Return the policy of files by name; without a schema of their own they are read by the shipped one."""
    if rules is None:
        return shipped_text()
    schema = next((text for name, text in sorted(rules.items()) if name.endswith(".cedarschema")), None)
    return PolicyText(
        {name: text for name, text in rules.items() if name.endswith(".cedar")}, schema or shipped_text().schema
    )


def _scenarios(texts: Texts | None) -> list[Scenario]:
    if texts is None:
        shipped = (files("policies") / "scenarios").iterdir()
        texts = {file.name: file.read_text("utf-8") for file in shipped if file.name.endswith(".yaml")}
    return read_scenarios(texts)
