"""The door to decisions: verdicts in order, or one error and nothing in part."""

from pathlib import Path

import pytest

from policies import client, decide
from policies.client import (
    DecisionService,
    DecisionUnavailableError,
    InProcessService,
    PolicyLoadError,
    Shelf,
    default_policy,
)
from policies.model import Effect, Facts
from tests.policies_examples import HeldTexts, item, permit, policy_of, request, shipped


def test_the_service_answers_by_the_version_that_is_named() -> None:
    nothing = policy_of()
    service: DecisionService = InProcessService(Shelf(HeldTexts(shipped().text, nothing.text)))
    found = service.decide(default_policy().version, request(), [item(), item(level="?")])
    assert [verdict.effect for verdict in found] == [Effect.PERMIT, Effect.DENY]
    assert [verdict.effect for verdict in service.decide(nothing.version, request(), [item()])] == [Effect.DENY]


@pytest.mark.parametrize("items", [[], [item()]])
def test_by_a_version_that_is_not_held_nothing_is_decided(items: list[Facts]) -> None:
    service = InProcessService(Shelf(HeldTexts()))
    with pytest.raises(DecisionUnavailableError) as unavailable:
        service.decide(shipped().version, request(), items)
    assert unavailable.value.code == "policy-version-unknown"


def test_whatever_breaks_inside_is_one_error_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("inside")

    policy = policy_of(permit("see", "see"))
    service = InProcessService(Shelf(HeldTexts(policy.text)))
    monkeypatch.setattr(decide, "_missing", breaks)
    with pytest.raises(DecisionUnavailableError) as unavailable:
        service.decide(policy.version, request(), [item()])
    assert unavailable.value.code == "decision-unavailable"
    assert "inside" not in str(unavailable.value)


def test_a_package_without_its_rules_refuses_to_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr(client, "files", lambda _: tmp_path)
    with pytest.raises(PolicyLoadError) as refused:
        default_policy()
    assert refused.value.code == "rules-missing"
