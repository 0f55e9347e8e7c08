"""What a decision rests on, as its record holds it, and read back: facts, what they are now, what a review said.

Facts stand without what is usual, and once for all events on which the same was decided on the same grounds.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from hub.application.deciding import Judged
from hub.events.decisions import DecidedAlike, Ground
from hub.sharing.kinds import Outcome
from hub.sharing.tasks import Settled
from policies.model import AgencyId, AgencyKind, Facet, Facts, ItemType, SubjectKind, Traits, Verdict

_USUAL: Final = Facts(
    AgencyId("-"), Traits(AgencyKind.UNKNOWN, SubjectKind.UNKNOWN, ItemType.UNKNOWN)
).as_record()  # fmt: skip
_ALWAYS: Final = frozenset({"owner", "owner_kind", "subject_kind", "item_type"})
Decided = Sequence[tuple[UUID, Verdict]]


def outcomes_of(decided: Decided, judged: Sequence[Judged]) -> tuple[list[DecidedAlike], list[Ground]]:
    """Return what was decided, each with what it rests on; events of one class share one."""
    alike: dict[tuple[int, ...], tuple[Judged, list[UUID]]] = {}
    for (event, _), each in zip(decided, judged, strict=True):
        alike.setdefault(tuple(map(id, each)), (each, []))[1].append(event)
    found = list(alike.values())
    return [decided_alike(each.verdict, events) for each, events in found], [ground_of(each) for each, _ in found]


def decided_alike(verdict: Verdict, events: list[UUID]) -> DecidedAlike:
    """Return what was decided on some events, as the record holds it."""
    return DecidedAlike(
        verdict.effect.value,
        sorted(facet.value for facet in verdict.facets),
        [rule.id for rule in verdict.rules],
        events,
        [each.value for each in verdict.obligations],
    )


def ground_of(judged: Judged) -> Ground:
    """Return what a verdict rests on, as the record holds it."""
    now, answer = judged.now, judged.answer
    return Ground(
        _record(judged.facts), None if now is None else _record(now), None if answer is None else _settled(answer)
    )


def judged_of(ground: Ground, verdict: Verdict) -> Judged:
    """Return what a record holds of a verdict's grounds; raises RecordError."""
    now = None if ground.now is None else Facts.from_record(ground.now)
    answer = None if ground.answer is None else _read_settled(ground.answer)
    return Judged(verdict, Facts.from_record(ground.facts), now, answer)


@lru_cache(maxsize=8_192)
def _record(facts: Facts) -> dict[str, Any]:
    return {name: value for name, value in facts.as_record().items() if name in _ALWAYS or value != _USUAL[name]}


def _settled(answer: Settled) -> dict[str, Any]:
    return {
        "outcome": answer.outcome.value,
        "asked": sorted(facet.value for facet in answer.asked),
        "facets": sorted(facet.value for facet in answer.facets),
        "until": answer.until and answer.until.isoformat(),
    }


def _read_settled(held: Mapping[str, Any]) -> Settled:
    until = held["until"]
    asked, facets = (frozenset(map(Facet, held[name])) for name in ("asked", "facets"))
    return Settled(Outcome(held["outcome"]), asked, facets, until and date.fromisoformat(until))
