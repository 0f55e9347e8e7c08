"""Put records before the policy, each as what it is and as what its thread is now: only what both permit is permitted.

What was known then may have been reclassified, labelled or corrected since, and today's permissions hold for it too.
"""

from collections.abc import Sequence

from hub.application.directory import Directory
from hub.application.facts import Described, facts_of
from policies.client import DecisionClient
from policies.model import Effect, Facts, Request, Shield, Verdict

_STRICTEST_FIRST = (Effect.DENY, Effect.EXISTENCE, Effect.REVIEW)


def decided_on_both(
    policy: DecisionClient,
    request: Request,
    records: Sequence[Described],
    directory: Directory,
    shields: tuple[Shield, ...],
) -> list[Verdict]:
    """Return the verdict on each record, with the rules of both decisions; raises as the policy does."""
    own = [facts_of(record, directory, shields, request) for record in records]
    later = {
        index: facts
        for index, record in enumerate(records)
        if record.now is not None and (facts := facts_of(record.now, directory, shields, request)) != own[index]
    }
    verdicts = _verdicts(policy, request, [*own, *later.values()])
    for index, now in zip(later, verdicts[len(own) :], strict=True):
        verdicts[index] = both(verdicts[index], now)
    return verdicts[: len(own)]


def _verdicts(policy: DecisionClient, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
    """Return the verdict on each; facts of one class are mostly one object, and that is asked about once."""
    asked = {id(each): each for each in facts}
    verdicts = dict(zip(asked, policy.decide(request, list(asked.values())), strict=True))
    return [verdicts[id(each)] for each in facts]


def both(one: Verdict, other: Verdict) -> Verdict:
    """Return what two verdicts permit together: the facets of both, or the stricter where one does not permit."""
    rules = tuple(dict.fromkeys((*one.rules, *other.rules)))
    effects = {one.effect, other.effect}
    for strict in _STRICTEST_FIRST:
        if strict in effects:
            return Verdict(strict, frozenset(), rules)
    facets = one.facets & other.facets
    return Verdict(Effect.PERMIT if facets else Effect.DENY, facets, rules)
