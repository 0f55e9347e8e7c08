"""The door to decisions: verdicts in order, or one error and nothing in part."""

from pathlib import Path

import cedarpy
import pytest

from policies import client
from policies.client import DecisionClient, DecisionUnavailableError, InProcessClient, PolicyLoadError, default_policy
from policies.model import Effect
from tests.policies_examples import item, permit, policy_of, request, shipped


def test_the_client_answers_by_the_version_it_names() -> None:
    door: DecisionClient = InProcessClient(shipped())
    assert door.version() == default_policy().version
    assert [verdict.effect for verdict in door.decide(request(), [item(), item(level="?")])] == [
        Effect.PERMIT,
        Effect.DENY,
    ]


def test_whatever_breaks_inside_is_one_error_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("inside")

    door = InProcessClient(policy_of(permit("see", "see")))
    monkeypatch.setattr(cedarpy, "is_authorized_batch", breaks)
    with pytest.raises(DecisionUnavailableError) as unavailable:
        door.decide(request(), [item()])
    assert unavailable.value.code == "decision-unavailable"
    assert "inside" not in str(unavailable.value)


def test_a_package_without_its_rules_refuses_to_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr(client, "files", lambda _: tmp_path)
    with pytest.raises(PolicyLoadError) as refused:
        default_policy()
    assert refused.value.code == "rules-missing"
