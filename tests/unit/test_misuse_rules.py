"""What each rule of misuse finds, and what it leaves alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hub.application.misuse_rules import FOLLOWED_WITHIN, MANY_CHILDREN, RULES, SAME_WORDS, Alert, Known
from hub.events.decisions import DisclosureDecided, ShownItem

MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)
SUMMER_NIGHT = datetime(2026, 7, 6, 21, 30, tzinfo=UTC)
CHILD = uuid4()
NOBODY_KNOWN = Known((), (), MONDAY)


def read(
    at: datetime = MONDAY, viewer: str = "a.viewer", reason: str = "Strategy discussion", person: UUID = CHILD
) -> DisclosureDecided:
    return DisclosureDecided(
        id=uuid4(), at=at, kind="chronology", viewer=viewer, agency="police", operator="tester", purpose="s47",
        reason=reason, person=person, as_of=1, decided_at=1, policy_version="v", request={}, answer_hash="0",
        shown=[ShownItem("i", "PERMIT", "h")], outcomes=[],
    )  # fmt: skip


def found(rule: str, reads: Sequence[DisclosureDecided], known: Known = NOBODY_KNOWN) -> list[Alert]:
    return list(RULES[rule](reads, known))


def children(count: int, make: Callable[[UUID], DisclosureDecided]) -> list[DisclosureDecided]:
    return [make(uuid4()) for _ in range(count)]


@pytest.mark.parametrize(
    ("at", "alerts"),
    [
        (MONDAY, 0),
        (MONDAY.replace(hour=5, minute=59), 1),
        (MONDAY.replace(hour=6), 0),
        (MONDAY.replace(hour=21, minute=59), 0),
        (MONDAY.replace(hour=22), 1),
        (MONDAY + timedelta(days=5), 1),
        (SUMMER_NIGHT, 1),
        (SUMMER_NIGHT - timedelta(hours=1), 0),
    ],
)
def test_night_and_weekend_are_those_of_england(at: datetime, alerts: int) -> None:
    assert len(found("out-of-hours", [read(at)])) == alerts


def test_whoever_is_on_emergency_duty_reads_at_night() -> None:
    assert found("out-of-hours", [read(MONDAY.replace(hour=3))], Known(("a.viewer",), (), MONDAY)) == []


def test_many_different_children_in_one_day_are_told_once() -> None:
    many = children(MANY_CHILDREN + 1, lambda person: read(person=person))

    (alert,) = found("high-volume", many)
    assert (alert.viewer, alert.decisions) == ("a.viewer", tuple(each.id for each in many))
    assert found("high-volume", many[1:]) == []
    assert found("high-volume", [read() for _ in range(100)]) == []
    assert found("high-volume", [*many[1:], read(MONDAY + timedelta(days=1), person=uuid4())]) == []


def test_words_pasted_again_are_found_however_they_are_spaced() -> None:
    same = children(SAME_WORDS - 1, lambda person: read(person=person, reason="Welfare  check"))

    assert found("same-words", same) == []
    assert len(found("same-words", [*same, read(person=uuid4(), reason=" welfare check")])) == 1
    assert found("same-words", [*same, read(person=uuid4(), reason="Another reason")]) == []
    gone = children(SAME_WORDS, lambda person: read(person=person, reason="erased"))
    assert found("same-words", [each.model_copy(update={"child_erased": True}) for each in gone]) == []
    assert found("same-words", [*same, read(MONDAY + timedelta(days=7), person=uuid4(), reason="Welfare check")]) == []


def test_a_read_that_nothing_followed_is_found_once_it_is_four_weeks_old() -> None:
    one = read()
    due = Known((), (), MONDAY + FOLLOWED_WITHIN)

    assert [alert.decisions for alert in found("nothing-followed", [one], due)] == [(one.id,)]
    assert found("nothing-followed", [one], Known((), (), due.until - timedelta(seconds=1))) == []
    assert found("nothing-followed", [one], Known((), (one.id,), due.until)) == []
    assert found("nothing-followed", [one.model_copy(update={"shown": []})], due) == []


def ids(alerts: Iterable[Alert]) -> set[UUID]:
    return {alert.id for alert in alerts}


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_is_the_same_whatever_else_was_read(rule: str) -> None:
    night = MONDAY.replace(hour=3)
    some = children(MANY_CHILDREN + 1, lambda person: read(night, person=person))
    more = [read(night - timedelta(days=60), person=uuid4()), read(night, "another", person=uuid4()), *some]
    known = Known((), (), MONDAY + timedelta(days=90), of_own={each.id for each in more})

    assert ids(found(rule, some, known)) < ids(found(rule, more, known)) or (
        ids(found(rule, some, known)) == ids(found(rule, more, known))
    )
    assert found(rule, some, known)
