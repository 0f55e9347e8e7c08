"""Put records before the policy, each as what it is and as what its thread is now: only what both permit is permitted.

What was known then may have been reclassified, labelled or corrected since, and today's permissions hold for it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.application.circumstances import Bearing
from hub.application.directory import Directory
from hub.application.facts import Described, around, facts_of
from hub.application.review_log import review_events
from hub.sharing.answering import as_answered, standing_answers
from hub.sharing.kinds import PURPOSE_CLASSES
from hub.sharing.tasks import Settled, tasks_of
from hub.store.mapper import StoredEvent
from policies.client import DecisionClient
from policies.model import Effect, Facts, Request, Verdict

_STRICTEST_FIRST = (Effect.DENY, Effect.EXISTENCE, Effect.REVIEW, Effect.PERMIT)


class Judged(NamedTuple):
    """A verdict on one record and what it rests on: what the record is, what its thread is now, what a review said.

    With these and the request, the verdict follows from the policy alone.
    """

    verdict: Verdict
    facts: Facts
    now: Facts | None = None
    answer: Settled | None = None


def decided_on_both(
    policy: DecisionClient,
    request: Request,
    records: Sequence[Described],
    directory: Directory,
    bearing: Bearing,
) -> list[Judged]:
    """Return what is decided on each record, with the rules of both decisions; raises as the policy does."""
    about = around(records, bearing, request)
    own = [facts_of(record, directory, about, request) for record in records]
    later = {
        index: facts
        for index, record in enumerate(records)
        if record.now is not None and (facts := facts_of(record.now, directory, about, request)) != own[index]
    }
    verdicts = _on_both(policy, request, own, later)
    return [
        Judged(verdict, facts, later.get(at)) for at, (verdict, facts) in enumerate(zip(verdicts, own, strict=True))
    ]


def _on_both(
    policy: DecisionClient, request: Request, own: Sequence[Facts], later: Mapping[int, Facts]
) -> list[Verdict]:
    verdicts = _verdicts(policy, request, [*own, *later.values()])
    for index, now in zip(later, verdicts[len(own) :], strict=True):
        verdicts[index] = both(verdicts[index], now)
    return verdicts[: len(own)]


def judged_again(policy: DecisionClient, request: Request, grounds: Sequence[Judged]) -> list[Verdict]:
    """Return the verdicts that a policy gives on the same grounds, with the answers of reviews; raises as it does."""
    own = [each.facts for each in grounds]
    later = {at: each.now for at, each in enumerate(grounds) if each.now is not None}
    verdicts = _on_both(policy, request, own, later)
    answered = [at for at, each in enumerate(grounds) if each.answer is not None]
    if not answered:
        return verdicts
    freed = _on_both(
        policy,
        request,
        [_released(own[at]) for at in answered],
        {place: _released(later[at]) for place, at in enumerate(answered) if at in later},
    )
    for at, free in zip(answered, freed, strict=True):
        answer = grounds[at].answer
        assert answer is not None  # noqa: S101 - only those that have one are asked about again
        verdicts[at] = as_answered(verdicts[at], free, answer)
    return verdicts


def decided_with_answers(
    policy: DecisionClient,
    request: Request,
    records: Sequence[Described],
    directory: Directory,
    bearing: Bearing,
    reviews: Iterable[StoredEvent],
) -> list[Judged]:
    """Return what is decided with what came of reviews: a release or a refusal of some records to the viewer's agency.

    What was released is put before the policy as what whoever may release it has released.
    """
    judged = decided_on_both(policy, request, records, directory, bearing)
    tasks = tasks_of(review_events(reviews)).values()
    answers = standing_answers(
        tasks, agency=request.viewer, purpose_class=PURPOSE_CLASSES[request.purpose], on=request.law_on
    )
    if answers.keys().isdisjoint([record.event for record in records]):
        return judged
    grounds = [each._replace(answer=answers.get(record.event)) for record, each in zip(records, judged, strict=True)]
    verdicts = judged_again(policy, request, grounds)
    return [each._replace(verdict=verdict) for each, verdict in zip(grounds, verdicts, strict=True)]


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
