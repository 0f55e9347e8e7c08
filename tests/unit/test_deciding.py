"""What two verdicts on one record permit together, and which verdict goes to which record."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from hub.application.circumstances import Bearing
from hub.application.deciding import both, decided_on_both
from hub.application.directory import Directory
from hub.application.facts import Described
from policies.client import PolicyVersion
from policies.model import Effect, Facet, Facts, Request, Rule, RuleId, Standing, Verdict
from tests.policies_examples import request

ONE, OTHER = (Rule(RuleId(name), "An Act", "A sentence.") for name in ("one", "other"))


def permits(*facets: Facet, rule: Rule = ONE) -> Verdict:
    return Verdict(Effect.PERMIT, frozenset(facets), (rule,))


def test_only_the_facets_of_both_are_permitted() -> None:
    together = both(permits(Facet.WHAT, Facet.WHEN), permits(Facet.WHEN, Facet.PEOPLE, rule=OTHER))

    assert together == Verdict(Effect.PERMIT, frozenset({Facet.WHEN}), (ONE, OTHER))


def test_two_that_permit_nothing_in_common_deny() -> None:
    assert both(permits(Facet.WHAT), permits(Facet.WHEN)) == Verdict(Effect.DENY, frozenset(), (ONE,))


@pytest.mark.parametrize(
    ("lenient", "strict"),
    [
        (Effect.REVIEW, Effect.EXISTENCE),
        (Effect.REVIEW, Effect.DENY),
        (Effect.EXISTENCE, Effect.DENY),
    ],
)
def test_the_stricter_holds_whichever_comes_first(lenient: Effect, strict: Effect) -> None:
    one, other = (Verdict(effect, frozenset(), (ONE,)) for effect in (lenient, strict))

    assert both(one, other) == both(other, one) == other
    assert both(permits(Facet.WHAT), one) == one


class ByType:
    """Permits all of a contact and denies the rest; keeps what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[Facts] = []

    def version(self, *_: object) -> PolicyVersion:
        raise NotImplementedError

    def decide(self, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        self.asked += facts
        denied = Verdict(Effect.DENY, frozenset(), (OTHER,))
        return [permits(*Facet) if each.traits.item_type == "contact" else denied for each in facts]


def described(kind: str, now: Described | None = None) -> Described:
    return Described(uuid4(), "police", kind, {"what": {"type": kind}}, Standing.CURRENT, now=now)


def effects(policy: ByType, records: Sequence[Described]) -> list[Effect]:
    return [each.verdict.effect for each in decided_on_both(policy, request(), records, Directory(), Bearing())]


def test_records_of_one_class_are_asked_about_once_and_each_has_its_verdict() -> None:
    policy = ByType()
    kinds = ["contact", "referral", "contact", "contact", "referral"]

    assert effects(policy, [described(kind) for kind in kinds]) == [
        Effect.PERMIT if kind == "contact" else Effect.DENY for kind in kinds
    ]
    assert len(policy.asked) == 2


def test_a_record_that_may_not_be_seen_as_it_is_now_is_denied_among_others_of_its_class() -> None:
    now = described("referral")

    assert effects(ByType(), [described("contact"), described("contact", now), described("contact")]) == [
        Effect.PERMIT,
        Effect.DENY,
        Effect.PERMIT,
    ]
