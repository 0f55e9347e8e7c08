"""Who of the directory is related to somebody in a child's records: no task about that child is for them.

What a rule forbids them to see they must not be asked about either; nothing is recorded or shown here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from uuid import UUID

from hub.application.circumstances import BEARING, in_force, parties_of, standing
from hub.application.directory import Directory
from hub.application.links import persons_in_log, read_person
from hub.application.reading import Reading
from hub.events.circumstances import ConflictRecorded
from hub.identity.links import subjects_of


class Conflicts:
    """Looks at one moment of the log; what was found of a child is kept."""

    def __init__(self, reading: Reading, directory: Directory, day: date) -> None:
        self._reading = reading
        self._users = directory.users
        self._day = day
        self._found: dict[UUID, frozenset[str]] = {}

    @cached_property
    def users(self) -> frozenset[str]:
        """The users of whom any conflict is recorded: of all others no child need be looked at."""
        stored = self._reading.log.read(sorted(self._by_tag))
        return self._named({tag for each in stored for tag in each.tags})

    @cached_property
    def _by_tag(self) -> Mapping[str, str]:
        return {self._reading.conflict_tag(user): user for user in self._users}

    def _named(self, tags: Collection[str]) -> frozenset[str]:
        return frozenset(self._by_tag[tag] for tag in tags if tag in self._by_tag)

    def over(self, persons: Iterable[UUID | None], records: Sequence[UUID]) -> frozenset[str]:
        """Return the users who are related to somebody in these persons' records, or in those of whom records are."""
        known = {person for person in persons if person is not None}
        known.update(persons_in_log(self._reading.log, records).values())
        return frozenset(user for person in known for user in self._of(person))

    def _of(self, person: UUID) -> frozenset[str]:
        if person not in self._found:
            self._found[person] = self._related(person)
        return self._found[person]

    def _related(self, person: UUID) -> frozenset[str]:
        log = self._reading.log
        head = log.head()
        known = read_person(log, person, upto=head)
        linked = subjects_of(person, known.facts, as_of=head, now=head)
        near = {*linked, *parties_of(known.events)}
        others = log.read([f"{BEARING}{each}" for each in sorted(near - linked)], upto=head) if near - linked else []
        beside = {stored.position: stored for stored in (*known.beside, *others)}
        tags = {
            tag
            for each in standing(beside[position] for position in sorted(beside))
            if each.type == ConflictRecorded.__name__ and in_force(each, self._day)
            if person in each.bears_on or not near.isdisjoint(each.bears_on)
            for tag in each.tags
        }
        return self._named(tags)
