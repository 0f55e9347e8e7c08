"""Whose records a question may be about, by the search indexes: what these give depends on when it is asked.

So it goes into the record of the decision, where whoever decides again takes it from.
"""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from hub.identity.keys import Key
from hub.store.blind_index import BlindIndex
from hub.store.identity_index import IdentityIndex

Persons = Mapping[UUID, UUID]


class CandidateSearch(Protocol):
    """Gives subjects, each with the person to whom it is linked."""

    def having(self, keys: Collection[Key]) -> Persons:
        """Return the subjects that have any of some keys."""
        ...

    def among(self, subjects: Collection[UUID]) -> Persons:
        """Return those of some subjects that were compared yet."""
        ...


class Candidates:
    """Searches the indexes of the hub."""

    def __init__(self, blind: BlindIndex, index: IdentityIndex) -> None:
        self._blind = blind
        self._index = index

    def having(self, keys: Collection[Key]) -> Persons:
        """Return the subjects that have any of some keys."""
        return self.among({subject for subjects in self._blind.find_any(keys).values() for subject in subjects})

    def among(self, subjects: Collection[UUID]) -> Persons:
        """Return those of some subjects that were compared yet."""
        return {subject: indexed.person for subject, indexed in sorted(self._index.get(subjects).items())}


class RecordedCandidates:
    """Gives what the record of a decision says that the indexes gave."""

    def __init__(self, recorded: Persons) -> None:
        self._recorded = recorded

    def having(self, keys: Collection[Key]) -> Persons:
        """Return what was given."""
        return self._recorded

    def among(self, subjects: Collection[UUID]) -> Persons:
        """Return what was given."""
        return self._recorded
