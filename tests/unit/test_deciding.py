"""What two verdicts on one record permit together."""

import pytest

from hub.application.deciding import both
from policies.model import Effect, Facet, Rule, RuleId, Verdict

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
