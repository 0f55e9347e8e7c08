"""A task folded from its events, who may answer it, and what its answer changes in a verdict."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.events.reviews import (
    AskedItem,
    ReviewAnswered,
    ReviewArrangement,
    ReviewEscalated,
    ReviewRequested,
    ReviewRoute,
)
from hub.sharing.answering import as_answered, as_told, standing_answers
from hub.sharing.kinds import KINDS, PURPOSE_CLASSES, Outcome, TaskKind
from hub.sharing.routes import STATUTORY, Desk, Person
from hub.sharing.tasks import Settled, Task, tasks_of
from policies.model import ALL_FACETS, Effect, Facet, Purpose, Rule, RuleId, Verdict

ITEM, OTHER, TASK = UUID(int=1), UUID(int=2), UUID(int=3)
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
ASKING = Rule(RuleId("told-in-confidence-asks-provider"), "a regulation", "The provider decides.")
WHAT, WHEN, DETAIL = Facet.WHAT, Facet.WHEN, Facet.DETAIL
ROUTED = ReviewArrangement(
    **STATUTORY.model_dump(exclude={"routes", "ceiling"}), ceiling=STATUTORY.ceiling,
    routes=[
        ReviewRoute(role="information-owner", deputy="caldicott-guardian", out_of_hours="emergency-duty-team"),
        ReviewRoute(
            role="second-person", held_by=["designated-doctor"], deputy="designated-nurse", out_of_hours="auditor"
        ),
    ],
)  # fmt: skip


def asked(by: str = "information-owner", kind: str = "release", **changes: Any) -> ReviewRequested:
    usual: dict[str, Any] = {
        "task": TASK, "kind": kind, "by": by.split(), "owner": "hospital", "person": None,
        "purpose_class": "screening", "risk": "red", "decision": UUID(int=4), "viewer": "asker", "agency": "mash",
        "items": [AskedItem(event=ITEM, facets=["what", "when"]), AskedItem(event=OTHER, facets=["what"])],
        "at": MONDAY, "due": MONDAY, "ceiling": MONDAY,
    }  # fmt: skip
    return ReviewRequested(**(usual | changes))


def answer(role: str = "information-owner", outcome: str = "released", **changes: Any) -> ReviewAnswered:
    usual: dict[str, Any] = {
        "task": TASK, "answer": outcome, "events": [ITEM], "reason": "So", "role": role, "by": "somebody", "at": MONDAY,
        "facets": ["what"] if outcome == "released" else [], "until": None,
    }  # fmt: skip
    return ReviewAnswered(**(usual | changes))


def task(by: str = "information-owner", *events: ReviewAnswered | ReviewEscalated, **changes: Any) -> Task:
    return tasks_of([asked(by, **changes), *events])[TASK]


def step(number: int) -> ReviewEscalated:
    return ReviewEscalated(task=TASK, step=number, to="somebody", at=MONDAY)


def somebody(agency: str, *roles: str, name: str = "somebody") -> Person:
    return Person(name, agency, frozenset(roles))


def test_every_kind_and_every_purpose_has_its_words() -> None:
    assert KINDS.keys() == set(TaskKind)
    assert PURPOSE_CLASSES.keys() == set(Purpose)
    assert {outcome for kind in KINDS.values() for outcome in kind.outcomes} == set(Outcome)


def test_an_item_is_open_until_somebody_answers_for_it() -> None:
    assert task().open_items == [ITEM, OTHER]
    assert task("information-owner", answer()).open_items == [OTHER]
    assert not task("information-owner", answer(events=[ITEM, OTHER])).is_open
    assert task("information-owner", step(1), step(2)).open_items == [ITEM, OTHER]


def test_a_task_without_items_is_open_until_it_was_answered() -> None:
    assert task("mash-manager", items=[]).is_open
    assert not task("mash-manager", answer("mash-manager", "seen", events=[]), items=[]).is_open


def test_one_of_several_roles_is_enough() -> None:
    settled = task("information-owner mash-manager", answer("mash-manager")).settled(ITEM)

    assert settled == Settled(Outcome.RELEASED, frozenset({WHAT, WHEN}), frozenset({WHAT}), None)


def test_roles_that_decide_together_release_what_both_release() -> None:
    by = "caldicott-guardian+mash-manager"
    guardian = answer("caldicott-guardian", facets=["what", "when"], until=date(2026, 12, 1))
    manager = answer("mash-manager", facets=["what"], until=date(2026, 12, 9))

    assert task(by, guardian).settled(ITEM) is None
    both = task(by, guardian, manager).settled(ITEM)
    assert both == Settled(Outcome.RELEASED, frozenset({WHAT, WHEN}), frozenset({WHAT}), date(2026, 12, 1))


def test_one_refusal_of_roles_that_decide_together_refuses() -> None:
    refused = answer("mash-manager", "refused", until=date(2026, 12, 1))
    settled = task("caldicott-guardian+mash-manager", answer("caldicott-guardian"), refused).settled(ITEM)

    assert settled is not None
    assert settled.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("agency", "purpose_class", "on", "found"),
    [
        ("mash", "screening", date(2026, 12, 1), True),
        ("mash", "screening", date(2026, 12, 2), False),
        ("school", "screening", date(2026, 12, 1), False),
        ("mash", "emergency", date(2026, 12, 1), False),
    ],
)
def test_an_answer_stands_for_one_agency_one_class_of_purpose_and_up_to_its_day(
    agency: str, purpose_class: str, on: date, *, found: bool
) -> None:
    answered = task("information-owner", answer(until=date(2026, 12, 1)))

    assert (ITEM in standing_answers([answered], agency=agency, purpose_class=purpose_class, on=on)) is found


def test_the_first_time_that_runs_out_asks_the_deputy_and_only_there() -> None:
    deputy, elsewhere = somebody("hospital", "caldicott-guardian"), somebody("police", "caldicott-guardian")
    owner = somebody("hospital", "information-owner", name="owner")
    desk = Desk([deputy, elsewhere, owner], ROUTED, MONDAY)

    assert [desk.answers_as(each, task()) for each in (owner, deputy, elsewhere)] == ["information-owner", None, None]
    late = task("information-owner", step(1))
    assert [desk.answers_as(each, late) is None for each in (owner, deputy, elsewhere)] == [False, False, True]


def test_the_deputy_answers_at_once_where_the_only_owner_is_the_one_who_asked() -> None:
    owner = somebody("hospital", "information-owner", name="asker")
    deputy = somebody("hospital", "caldicott-guardian")
    desk = Desk([owner, deputy], ROUTED, MONDAY)

    assert desk.answers_as(owner, task()) is None
    assert desk.answers_as(deputy, task()) == "information-owner"


def test_out_of_hours_whoever_is_there_answers_too() -> None:
    people = [somebody("hospital", "information-owner"), somebody("hospital", "emergency-duty-team")]
    bank_holiday = datetime(2026, 12, 28, 12, tzinfo=UTC)

    assert Desk(people, ROUTED, MONDAY).answers_as(people[1], task()) is None
    assert Desk(people, ROUTED, bank_holiday).answers_as(people[1], task()) == "information-owner"


def test_a_second_person_is_of_another_agency() -> None:
    doctor, colleague = somebody("hospital", "designated-doctor"), somebody("mash", "designated-doctor")
    desk = Desk([doctor, colleague], ROUTED, MONDAY)
    looked_at = task("second-person", kind="second-look", owner=None)

    assert desk.answers_as(doctor, looked_at) == "second-person"
    assert desk.answers_as(colleague, looked_at) is None


def test_the_manager_sees_what_nobody_can_answer_and_does_not_answer_it() -> None:
    manager = somebody("mash", "mash-manager")
    alone, staffed = (
        Desk([manager], ROUTED, MONDAY),
        Desk([manager, somebody("hospital", "information-owner")], ROUTED, MONDAY),
    )

    assert (alone.sees(manager, task()), alone.answers_as(manager, task())) == (True, None)
    assert not staffed.sees(manager, task())
    assert staffed.sees(manager, task("information-owner", step(1), step(2)))


def verdicts() -> st.SearchStrategy[Verdict]:
    """Verdicts of every effect."""

    def made(shown: frozenset[Facet], waits: frozenset[Facet], effect: Effect) -> Verdict:
        if shown:
            return Verdict(Effect.PERMIT, shown, (ASKING,), waits - shown, ("information-owner",))
        waits = waits if effect is Effect.REVIEW else frozenset()
        return Verdict(effect, frozenset(), (ASKING,), waits, ("information-owner",) if waits else ())

    facets = st.frozensets(st.sampled_from(sorted(ALL_FACETS)))
    return st.builds(made, facets, facets, st.sampled_from([Effect.DENY, Effect.REVIEW, Effect.EXISTENCE]))


@given(base=verdicts(), freed=verdicts(), put=st.frozensets(st.sampled_from(sorted(ALL_FACETS))), data=st.data())
def test_an_answer_shows_no_more_than_was_released_and_hides_nothing_that_was_shown(
    base: Verdict, freed: Verdict, put: frozenset[Facet], data: st.DataObject
) -> None:
    released = frozenset(data.draw(st.sets(st.sampled_from(sorted(put))))) if put else frozenset()
    outcome = Outcome.RELEASED if released else Outcome.REFUSED

    found = as_answered(base, freed, Settled(outcome, put, released, None))

    assert base.facets <= found.facets <= base.facets | (released & (base.review | freed.facets))
    assert found.review <= base.review
    if base.effect is Effect.DENY and freed.effect is not Effect.PERMIT:
        assert found == base


def test_a_refusal_says_neither_who_refused_nor_which_rule_asked() -> None:
    base = Verdict(Effect.REVIEW, frozenset(), (ASKING,), frozenset({WHAT}), ("information-owner",))
    found = as_answered(base, base, Settled(Outcome.REFUSED, frozenset({WHAT}), frozenset(), date(2026, 12, 3)))

    (said,) = as_told(found).rules
    assert (found.effect, said.reason) == (
        Effect.EXISTENCE, "A person decided that this is not shown; it can be asked for again after 3 December 2026."
    )  # fmt: skip
    assert ASKING in found.rules


def test_what_was_not_put_to_whoever_answered_still_waits() -> None:
    base = Verdict(Effect.REVIEW, frozenset(), (ASKING,), frozenset({WHAT, DETAIL}), ("information-owner",))
    refused = as_answered(base, base, Settled(Outcome.REFUSED, frozenset({WHAT}), frozenset(), None))

    assert refused.effect is Effect.REVIEW
    assert (refused.review, refused.by) == (frozenset({DETAIL}), base.by)


def test_a_release_that_nothing_asks_for_any_more_changes_nothing() -> None:
    base = Verdict(Effect.REVIEW, frozenset(), (ASKING,), frozenset({DETAIL}), ("mash-manager",))

    assert as_answered(base, base, Settled(Outcome.RELEASED, frozenset({WHAT}), frozenset({WHAT}), None)) == base
