"""What verdicts call for: which kind of task, who is asked, and in which groups. Nothing is stored here."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.application.calling import Calling, Met
from hub.application.decisions import DecisionLog
from hub.application.facts import Described
from hub.application.review_log import ReviewLog
from hub.clock import FixedClock
from hub.events.decisions import DisclosureDecided
from hub.sharing.routes import STATUTORY
from hub.store.mapper import DraftEvent
from policies.model import Effect, Facet, Obligation, Rule, RuleId, Standing, Verdict
from tests.fakes_vault import MemoryVault

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
RULE = Rule(RuleId("a-rule"), "an Act", "So.")
UNKNOWN = Rule(RuleId("word-not-known"), "deny by default", "A word.")
WAITS = Verdict(Effect.REVIEW, frozenset(), (RULE,), frozenset({Facet.WHAT}), ("information-owner",))
SHOWN = Verdict(Effect.PERMIT, frozenset({Facet.WHAT}), (RULE,))


class EmptyLog:
    """A log in which nothing was asked before."""

    def read(self, tags: Sequence[str], **limits: Any) -> list[Any]:
        _ = tags, limits
        return []


def obliged(obligation: Obligation, effect: Effect = Effect.DENY) -> Verdict:
    return Verdict(effect, SHOWN.facets if effect is Effect.PERMIT else frozenset(), (RULE,), obligations=(obligation,))


def decision(purpose: str = "s47", **changes: Any) -> DisclosureDecided:
    usual: dict[str, Any] = {
        "id": UUID(int=9), "at": AT, "kind": "chronology", "viewer": "asker", "agency": "mash", "operator": "tester",
        "purpose": purpose, "reason": "Why", "person": None, "as_of": 1, "decided_at": 1, "policy_version": "1",
        "request": {}, "answer_hash": "0", "shown": [], "outcomes": [],
    }  # fmt: skip
    return DisclosureDecided(**(usual | changes))


def called(
    decided: Mapping[UUID, Verdict],
    *,
    owners: Mapping[UUID, str] | None = None,
    erased: Iterable[UUID] = (),
    **changes: Any,
) -> list[dict[str, Any]]:
    """Return the tasks that verdicts call for, as they are recorded."""
    gone = set(erased)
    records = {
        event: Described(
            event, (owners or {}).get(event, "police"), None, None if event in gone else {}, Standing.CURRENT
        )
        for event in decided
    }
    met = Met(STATUTORY, [*decided.items()], lambda: records, lambda: set(decided), [])
    log: Any = EmptyLog()
    calling = Calling(DecisionLog(log, MemoryVault(FixedClock(AT))), ReviewLog(log, b"key" * 11))
    return [_said(draft) for draft in calling.tasks(decision(**changes), met)]


def _said(draft: DraftEvent) -> dict[str, Any]:
    fact: dict[str, Any] = json.loads(draft.parts[0].sections["fact"])
    return fact


def test_what_is_shown_or_denied_as_always_calls_for_nothing() -> None:
    denied = Verdict(Effect.DENY, frozenset(), (RULE,))

    assert called({ONE: SHOWN, TWO: denied, THREE: obliged(Obligation.USE_FOR_THIS_PURPOSE, Effect.PERMIT)}) == []


@pytest.mark.parametrize(
    ("verdict", "tasks"),
    [
        (WAITS, [("release", ["information-owner"], "police")]),
        (obliged(Obligation.TELL_OWNER_SILENTLY), [("owner", ["information-owner"], "police")]),
        (obliged(Obligation.REVIEW_AGAIN_ON_A_DATE), [("review-again", ["information-owner"], "police")]),
        (obliged(Obligation.TELL_DEPUTY_SILENTLY), [("deputy", ["designated-safeguarding-lead"], "mash")]),
        (obliged(Obligation.TELL_VIEWERS_MANAGER, Effect.PERMIT), []),
        (
            obliged(Obligation.REVIEW_IN_24_HOURS, Effect.PERMIT),
            [("second-look", ["second-person"], None), ("guardian", ["caldicott-guardian"], None)],
        ),
        (Verdict(Effect.DENY, frozenset(), (UNKNOWN,)), [("unknown-word", ["mash-manager"], None)]),
    ],
)
def test_a_verdict_calls_for_a_task(verdict: Verdict, tasks: list[tuple[str, list[str], str | None]]) -> None:
    assert [(each["kind"], each["by"], each["owner"]) for each in called({ONE: verdict})] == tasks


def test_every_obligation_of_the_hubs_own_is_acted_on() -> None:
    """The others bind whoever is shown the item; managers are told of lapsed training by notices of their own."""
    acted = {each for each in Obligation if called({ONE: obliged(each, Effect.PERMIT)})}

    assert acted == {
        Obligation.REVIEW_IN_24_HOURS, Obligation.TELL_OWNER_SILENTLY, Obligation.REVIEW_AGAIN_ON_A_DATE,
        Obligation.TELL_DEPUTY_SILENTLY,
    }  # fmt: skip


def test_items_of_one_owner_are_one_task_and_those_of_another_one_more() -> None:
    tasks = called({ONE: WAITS, TWO: WAITS, THREE: WAITS}, owners={THREE: "hospital"})

    assert [(each["owner"], len(each["items"])) for each in tasks] == [("police", 2), ("hospital", 1)]


def test_the_managers_tasks_are_one_whoever_owns_the_items() -> None:
    waits = Verdict(Effect.REVIEW, frozenset(), (RULE,), frozenset({Facet.WHAT}), ("mash-manager",))

    (task,) = called({ONE: waits, TWO: waits}, owners={TWO: "hospital"})

    assert (task["owner"], len(task["items"])) == (None, 2)


def test_an_erased_record_holds_no_unknown_word() -> None:
    assert called({ONE: Verdict(Effect.DENY, frozenset(), (UNKNOWN,))}, erased=[ONE]) == []


def test_a_refused_question_calls_for_nothing_but_where_its_purpose_is_not_known() -> None:
    assert called({ONE: WAITS}, refusal="bad-request") == []
    (task,) = called({}, purpose="curiosity", refusal="unknown-purpose")
    assert (task["kind"], task["items"]) == ("unknown-word", [])


@pytest.mark.parametrize(
    ("purpose", "request_", "risk"),
    [("s47", {}, "not-rated"), ("s47", {"risk": "amber"}, "amber"), ("emergency", {"risk": "green"}, "red")],
)
def test_a_task_is_as_urgent_as_its_question(purpose: str, request_: dict[str, Any], risk: str) -> None:
    (task,) = called({ONE: WAITS}, purpose=purpose, request=request_)

    assert task["risk"] == risk
