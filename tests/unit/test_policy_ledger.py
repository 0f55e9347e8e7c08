"""Which version is in force is read off the events alone: days, revocations, and what was put in force at init."""

from datetime import UTC, date, datetime

import pytest

from hub.application.policy_ledger import STATUTORY, PolicyLedger
from hub.events.directory import PartnerKind
from hub.events.policy import (
    Basis,
    PolicyEvent,
    PolicyVersionActivated,
    PolicyVersionApproved,
    PolicyVersionProposed,
    PolicyVersionRevoked,
)

A, B = "a" * 64, "b" * 64
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


def proposed(version: str) -> PolicyEvent:
    return PolicyVersionProposed(version=version, text={}, by="op")


def activated(version: str, day: date, basis: Basis = Basis.APPROVED) -> PolicyEvent:
    return PolicyVersionActivated(version=version, from_day=day, basis=basis, reason="Agreed.", by="op")


def revoked(version: str) -> PolicyEvent:
    return PolicyVersionRevoked(version=version, user="u", agency="police", reason="Wrong.", by="op")


def approved(version: str, kind: PartnerKind) -> PolicyEvent:
    return PolicyVersionApproved(version=version, user="u", agency="aa", kind=kind, by="op")


def bare(*events: PolicyEvent) -> PolicyLedger:
    made = PolicyLedger()
    for event in events:
        made.apply(event, datetime(2026, 11, 1, tzinfo=UTC))
    return made


def by_all(version: str) -> list[PolicyEvent]:
    return [approved(version, kind) for kind in STATUTORY]


def ledger(*events: PolicyEvent) -> PolicyLedger:
    return bare(proposed(A), proposed(B), *by_all(A), *by_all(B), *events)


def test_none_is_in_force_before_any_is_activated_or_its_day_has_come() -> None:
    assert ledger().in_force(MONDAY) is None
    assert ledger(activated(A, TUESDAY)).in_force(MONDAY) is None
    assert ledger(activated(A, TUESDAY)).in_force(TUESDAY) == A


def test_the_latest_day_counts_and_on_one_day_the_last_said() -> None:
    dated = ledger(activated(B, WEDNESDAY), activated(A, MONDAY))
    assert [dated.in_force(day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [A, A, B]
    assert ledger(activated(B, MONDAY), activated(A, MONDAY)).in_force(MONDAY) == A


def test_a_revoked_version_gives_way_to_the_one_before_it_or_to_none() -> None:
    assert ledger(activated(A, MONDAY), activated(B, TUESDAY), revoked(B)).in_force(TUESDAY) == A
    assert ledger(activated(A, MONDAY), revoked(A)).in_force(TUESDAY) is None


def test_what_no_partner_approved_never_comes_back_after_what_they_did() -> None:
    made = bare(
        proposed(A), proposed(B), activated(A, MONDAY, Basis.INIT), *by_all(B), activated(B, TUESDAY), revoked(B)
    )
    assert [made.in_force(day) for day in (MONDAY, TUESDAY)] == [A, None]


def test_an_approval_is_missing_until_each_statutory_partner_gave_one() -> None:
    kinds = [PartnerKind.POLICE, PartnerKind.HEALTH, PartnerKind.CHILDRENS_SOCIAL_CARE]
    given = [bare(proposed(A), *(approved(A, kind) for kind in kinds[:count])).versions for count in range(4)]
    assert [len(each[next(iter(each))].missing) for each in given] == [3, 2, 1, 0]
    assert set(kinds) == set(STATUTORY)


def test_once_the_partners_decided_anything_init_leaves_it_to_them() -> None:
    made = (proposed(A), proposed(B), activated(A, MONDAY, Basis.INIT))
    assert bare(*made).left_to_init
    for decided in (approved(B, PartnerKind.POLICE), revoked(A)):
        assert not bare(*made, decided).left_to_init


@pytest.mark.parametrize(
    "facts",
    [
        [activated(A, MONDAY)],
        [*by_all(A)[:2], activated(A, MONDAY)],
        [*by_all(B), activated(A, MONDAY)],
        [activated(A, MONDAY), *by_all(A)],
        [approved(A, PartnerKind.EDUCATION), *by_all(A)[1:], activated(A, MONDAY)],
        [*by_all(A), revoked(A), activated(A, MONDAY)],
        [*by_all(B), activated(A, MONDAY, Basis.INIT)],
        [revoked(B), activated(A, MONDAY, Basis.INIT)],
        [approved("c" * 64, PartnerKind.POLICE), activated("c" * 64, MONDAY), revoked("c" * 64)],
    ],
)
def test_an_event_without_the_approvals_that_it_needs_puts_nothing_in_force(facts: list[PolicyEvent]) -> None:
    assert bare(proposed(A), proposed(B), *facts).in_force(TUESDAY) is None
