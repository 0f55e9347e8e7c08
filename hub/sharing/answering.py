"""What a review's answer changes in what its requester is shown, and what the requester is told of it. Pure.

The policy still decides: what was released is shown only while a rule leaves it to a review or permits what is
released, and what a rule forbids stays as if absent. Which rule asked stays in the record: a rule that names family
courts or what was told in confidence would tell of the item what is not to be known of it (DESIGN, principle 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from hub.sharing.kinds import Outcome, TaskKind
from hub.sharing.tasks import Settled, Task
from policies.model import Effect, Obligation, Rule, RuleId, Verdict

_AUTHORITY: Final = (
    "MASH core elements 3 and 4: what is suitable is released, by whoever may, to whom it is suitable for"
)
UNDER_REVIEW: Final = Rule(
    RuleId("waits-for-a-person"), _AUTHORITY, "A person decides whether this may be shown; ask again later."
)
_RELEASED: Final = Rule(RuleId("released-by-review"), _AUTHORITY, "A person decided that this much may be shown.")
_RELEASED_MORE: Final = Rule(RuleId("released-more-by-review"), _AUTHORITY, "A person decided that more may be shown.")
_REFUSED: Final = "refused-by-review"
_REFUSED_MORE: Final = "refused-more-by-review"
_TOLD_ALONE: Final = frozenset({_RELEASED.id, _REFUSED})


def as_answered(base: Verdict, freed: Verdict, answer: Settled) -> Verdict:
    """Return the verdict on an item whose review was answered: `freed` is what the policy says of it as released.

    What the review was not asked about still waits, and an answer to what is no question any more changes nothing.
    """
    granted = (answer.facets & (base.review | freed.facets)) - base.facets
    refused = answer.outcome is Outcome.REFUSED and bool(base.review & answer.asked)
    if not granted and not refused:
        return base
    facets = base.facets | granted
    left = base.review - answer.asked - facets
    by = base.by if left else ()
    rules = tuple(dict.fromkeys((*base.rules, *(freed.rules if granted else ()), _said(base, answer))))
    if not facets:
        return Verdict(Effect.REVIEW if left else Effect.EXISTENCE, facets, rules, left, by)
    obligations = {*base.obligations, *(freed.obligations if granted else ()), Obligation.USE_FOR_THIS_PURPOSE}
    return Verdict(Effect.PERMIT, facets, rules, left, by, tuple(sorted(obligations)))


def _said(base: Verdict, answer: Settled) -> Rule:
    in_part = base.effect is Effect.PERMIT
    if answer.outcome is Outcome.RELEASED:
        return _RELEASED_MORE if in_part else _RELEASED
    decided = "A person decided that " + ("no more of this is shown" if in_part else "this is not shown")
    again = f"; it can be asked for again after {answer.until.day} {answer.until:%B %Y}" if answer.until else ""
    return Rule(RuleId(_REFUSED_MORE if in_part else _REFUSED), _AUTHORITY, f"{decided}{again}.")


def as_told(verdict: Verdict) -> Verdict:
    """Return a verdict as its viewer is told it: of what only waits or was refused, neither who decides nor why.

    Of what was released as a whole, that alone.
    """
    if verdict.effect is Effect.REVIEW:
        return Verdict(Effect.REVIEW, frozenset(), (UNDER_REVIEW,))
    rules = tuple([rule for rule in verdict.rules if rule.id in _TOLD_ALONE]) or verdict.rules
    if verdict.effect is Effect.EXISTENCE:
        return Verdict(Effect.EXISTENCE, frozenset(), rules)
    return verdict if rules == verdict.rules else replace(verdict, rules=rules)


def standing_answers(tasks: Iterable[Task], *, agency: str, purpose_class: str, on: date) -> Mapping[UUID, Settled]:
    """Return, by item, what was last answered to an agency for a class of purpose and holds on a day."""
    found: dict[UUID, Settled] = {}
    for task in tasks:
        asked = task.asked
        if (task.kind, asked.agency, asked.purpose_class) != (TaskKind.RELEASE, agency, purpose_class):
            continue
        for item in asked.items:
            settled = task.settled(item.event)
            if settled is not None and settled.stands(on):
                found[item.event] = settled
    return found
