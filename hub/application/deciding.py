"""Put records before the policy, each as what it is and as what its thread is now: only what both permit is permitted.

What was known then may have been reclassified, labelled or corrected since, and today's permissions hold for it too.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from hub.application.circumstances import Bearing
from hub.application.directory import Directory
from hub.application.facts import Described, around, facts_of
from hub.application.review_log import review_events
from hub.sharing.answering import as_answered, standing_answers
from hub.sharing.kinds import PURPOSE_CLASSES
from hub.sharing.tasks import tasks_of
from hub.store.mapper import StoredEvent
from policies.client import DecisionClient
from policies.model import Effect, Facts, Request, Verdict

_STRICTEST_FIRST = (Effect.DENY, Effect.EXISTENCE, Effect.REVIEW, Effect.PERMIT)


def decided_on_both(
    policy: DecisionClient,
    request: Request,
    records: Sequence[Described],
    directory: Directory,
    bearing: Bearing,
    released: Collection[UUID] = (),
) -> list[Verdict]:
    """Return the verdict on each record, with the rules of both decisions; raises as the policy does.

    Those of `released` are put before the policy as what whoever may release them has released.
    """
    about = around(records, bearing, request)
    own = [facts_of(record, directory, about, request) for record in records]
    later = {
        index: facts
        for index, record in enumerate(records)
        if record.now is not None and (facts := facts_of(record.now, directory, about, request)) != own[index]
    }
    if released:
        freed = [record.event in released for record in records]
        later = {index: _released(facts) if freed[index] else facts for index, facts in later.items()}
        own = [_released(facts) if free else facts for facts, free in zip(own, freed, strict=True)]
    verdicts = _verdicts(policy, request, [*own, *later.values()])
    for index, now in zip(later, verdicts[len(own) :], strict=True):
        verdicts[index] = both(verdicts[index], now)
    return verdicts[: len(own)]


def decided_with_answers(
    policy: DecisionClient,
    request: Request,
    records: Sequence[Described],
    directory: Directory,
    bearing: Bearing,
    reviews: Iterable[StoredEvent],
) -> list[Verdict]:
    """Return the verdicts with what came of reviews: a release or a refusal of some records to this viewer's agency."""
    verdicts = decided_on_both(policy, request, records, directory, bearing)
    tasks = tasks_of(review_events(reviews)).values()
    answers = standing_answers(
        tasks, agency=request.viewer, purpose_class=PURPOSE_CLASSES[request.purpose], on=request.law_on
    )
    if answers.keys().isdisjoint([record.event for record in records]):
        return verdicts
    freed = decided_on_both(policy, request, records, directory, bearing, answers.keys())
    return [
        verdict if (answer := answers.get(record.event)) is None else as_answered(verdict, free, answer)
        for record, verdict, free in zip(records, verdicts, freed, strict=True)
    ]


def _released(facts: Facts) -> Facts:
    return Facts(facts.owner, facts.traits._replace(released=True))


def _verdicts(policy: DecisionClient, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
    """Return the verdict on each; facts of one class are mostly one object, and that is asked about once."""
    asked = {id(each): each for each in facts}
    verdicts = dict(zip(asked, policy.decide(request, list(asked.values())), strict=True))
    return [verdicts[id(each)] for each in facts]


def both(one: Verdict, other: Verdict) -> Verdict:
    """Return what two verdicts permit together: the facets of both, or the stricter where one does not permit.

    What one permits and the other leaves to a review is left to it; what binds in one binds in both.
    """
    rules = tuple(dict.fromkeys((*one.rules, *other.rules)))
    by = tuple(sorted({*one.by, *other.by}))
    obligations = tuple(sorted({*one.obligations, *other.obligations}))
    effect = next(strict for strict in _STRICTEST_FIRST if strict in {one.effect, other.effect})
    if effect in {Effect.DENY, Effect.EXISTENCE}:
        return Verdict(effect, frozenset(), rules, obligations=obligations)
    facets = one.facets & other.facets
    review = ((one.facets | one.review) & (other.facets | other.review)) - facets
    if effect is Effect.PERMIT and not facets:
        effect = Effect.REVIEW if review else Effect.DENY
    return Verdict(effect, facets, rules, review, by if review else (), obligations)
