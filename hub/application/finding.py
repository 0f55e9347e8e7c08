"""Find a child, and show why records were taken for one: reads like any other, decided per record and recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from hub.application.alerting import alerts_of
from hub.application.asking import Asked, question_of
from hub.application.candidates import CandidateSearch
from hub.application.circumstances import bearing_on
from hub.application.directory import Directory, User
from hub.application.facts import shields_of
from hub.application.links import Known, current_person, open_reviews, read_person
from hub.application.reading import Outcome, Reading
from hub.application.seeing import Look, RecordsHeld, by_subject
from hub.application.sources import source_event
from hub.application.telling import Seen, child_json
from hub.errors import UsageError
from hub.events.decisions import LinkState
from hub.identity.keys import Key, Query, blind_keys, query_keys
from hub.identity.links import links_at
from policies.model import Effect

_MOST_PERSONS = 20


@dataclass(frozen=True, slots=True)
class _Query:
    """What was looked for, and the records that the index gave for it."""

    keys: frozenset[Key]
    matched: frozenset[UUID]

    def meant(self, seen: Seen) -> bool:
        """Say whether what the viewer may see of a record answers: else the child would betray what they may not."""
        return seen.subject in self.matched and (seen.whole or not self.keys.isdisjoint(blind_keys(seen.profile)))


class ChildFinder:
    """Answers "is this child known to me", in the documented shapes of `mash identity find` and `show`."""

    def __init__(self, reading: Reading, candidates: CandidateSearch) -> None:
        self._reading = reading
        self._candidates = candidates

    def find(
        self,
        asked: Asked,
        *,
        identifier: str | None = None,
        family: str | None = None,
        given: str | None = None,
        born: date | None = None,
    ) -> dict[str, Any]:
        """Return the children that may be meant and this viewer may see; raises as `ChronologyReader.read`."""
        question = question_of(identifier=identifier, family=family, given=given, born=born)
        with self._reading.leaving.at_boundary():
            return self._find(asked, Query(identifier=identifier, family=family, given=given, born=born), question)

    def _find(self, asked: Asked, query: Query, question: dict[str, Any]) -> dict[str, Any]:
        user, directory, outcome = self._reading.viewer(asked, "find", question)
        outcome.alerts = []
        keys = query_keys(replace(query, agencies=tuple(directory.agencies)))
        if not keys:
            too_little = UsageError("Give an identifier, or a name and a date of birth.", code="too-little")
            self._reading.refuse(asked, directory, outcome, too_little)
        outcome.candidates = self._candidates.having(keys)
        persons = sorted(set(outcome.candidates.values()))
        finding = _Finding(self._reading, asked, user, directory, outcome, persons)
        return finding.answer(_Query(frozenset(keys), frozenset(outcome.candidates)))

    def show(self, person: UUID, asked: Asked) -> dict[str, Any]:
        """Return the records that are taken for one person, each with its evidence."""
        with self._reading.leaving.at_boundary():
            return self._show(person, asked)

    def _show(self, person: UUID, asked: Asked) -> dict[str, Any]:
        question = question_of(person=person)
        user, directory, outcome = self._reading.viewer(asked, "identity", question, [person])
        current = current_person(self._reading.log, person, upto=outcome.decided_at)
        finding = _Finding(self._reading, asked, user, directory, outcome, [current])
        return finding.answer(None, instead=person)


class _Finding:
    """One viewer's look at who some persons are."""

    def __init__(
        self,
        reading: Reading,
        asked: Asked,
        user: User,
        directory: Directory,
        outcome: Outcome,
        persons: Sequence[UUID],
    ) -> None:
        self._reading = reading
        self._asked = asked
        self._user = user
        self._directory = directory
        self._persons = persons
        outcome.person = persons[0] if len(persons) == 1 else None
        outcome.others = persons
        self._outcome = outcome
        self._look = Look(reading, asked, user, directory, self._outcome)

    def answer(self, query: _Query | None, *, instead: UUID | None = None) -> dict[str, Any]:
        """Return the persons whom the viewer may see, and record that; of nobody seen, that `instead` was asked for."""
        if not self._persons:
            # Asked all the same: where no decision can be had, a child who is known must look like one who is not.
            self._look.see({})
        met = [self._met(person) for person in self._persons]
        others = self._others(met)
        told = [each for each in met if each.seen and (query is None or any(map(query.meant, each.seen)))]
        children = [
            child_json(each.person, each.known, each.seen, others, with_evidence=query is None)
            for each in told[:_MOST_PERSONS]
        ]
        if not children and instead is not None:
            # Whoever is shown nothing must not learn that the person moved.
            self._outcome.person = instead
        self._outcome.shown = [{"id": child["person"], "verdict": Effect.PERMIT.value, **child} for child in children]
        decision = self._reading.record(self._asked, self._directory, self._outcome)
        return {"children": children, "decision": str(decision.id)}

    def _met(self, person: UUID) -> "_Met":
        asking = self._reading.asking(self._user, self._outcome)
        known = read_person(self._reading.log, person, upto=self._outcome.decided_at, also=[asking.conflict_tag])
        held = _held(known, person, self._outcome.decided_at)
        self._outcome.links.append(LinkState(person, sorted(held), sorted(held)))
        sources = [source_event(event) for events in held.values() for event in events]
        shields = shields_of(sources)
        if shields and self._outcome.alerts is not None:
            self._outcome.alerts += alerts_of(sources, self._user.agency)
        bearing = bearing_on(person, held.keys(), known.beside, known.events, asking, shields)
        return _Met(person, known, frozenset(held), self._look.see(held, bearing, one_child=True))

    def _others(self, met: Sequence["_Met"]) -> frozenset[UUID]:
        """Return the records that the viewer may see, those that open reviews compare with too.

        Each record is decided once: what the policy said of it as a person's own is what the decision says.
        """
        named = {each for one in met for review in open_reviews(one.known.identity) for each in review.subjects}
        elsewhere = named.difference(*(one.held for one in met))
        seen = (*(each for one in met for each in one.seen), *self._look.see_records(elsewhere))
        return frozenset(each.subject for each in seen)


@dataclass(frozen=True, slots=True)
class _Met:
    """One person whom a question may be about: the records held of them, and what the viewer may see of those."""

    person: UUID
    known: Known
    held: frozenset[UUID]
    seen: Sequence[Seen]


def _held(known: Known, person: UUID, head: int) -> RecordsHeld:
    links = links_at(known.facts, head)
    return by_subject(sorted(each for each, link in links.items() if link.other == person), known.events)
