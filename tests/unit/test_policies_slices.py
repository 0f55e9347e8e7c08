"""Slices of a policy: what a purpose rules out stays out, and whatever cannot be read stays in."""

import pytest

from policies.slices import can_apply
from tests.policies_examples import permit, policy_of


@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ('context.purpose == Purpose::"s47"', True),
        ('context.purpose == Purpose::"s17"', False),
        ('context.reasoned && context.purpose == Purpose::"s17"', False),
        ('context.reasoned || context.purpose == Purpose::"s17"', True),
        ('[Purpose::"s17", Purpose::"court"].contains(context.purpose)', False),
        ('!(context.purpose == Purpose::"s47")', False),
        ('context.law_on + 1 > 0 && context.purpose == Purpose::"s17"', True),
        ('context.purpose == Purpose::"s17" && context.law_on + 1 > 0', True),
        ('if context.reasoned then context.purpose == Purpose::"s17" else false', True),
    ],
)
def test_a_rule_is_in_the_slice_of_a_purpose_unless_it_cannot_apply(condition: str, applies: bool) -> None:
    (loaded,) = policy_of(permit("one", "see", condition)).rules.values()
    assert can_apply({"conditions": loaded.conditions}, "s47") is applies
