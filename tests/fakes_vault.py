"""A vault in memory that keeps the promises of `hub.store.vault.KeyVault`, for tests that need keys and no database."""

import os
from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from hub.clock import Clock
from hub.store.vault import Reference, SubjectKey, key_missing, lookup_text


class MemoryVault:
    """Holds keys and references in dictionaries; nothing outlives it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[UUID, bytes | None] = {}
        self._made: list[datetime] = []
        self._references: dict[bytes, UUID] = {}
        self._purposes: dict[str, bytes] = {}

    def made(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        for reference in references:
            self._make_referenced(lookup_text(reference))
        return self.known(references)

    def known(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        found = {reference: self.find_subject(*reference) for reference in references}
        held = {reference: (subject, self._keys[subject]) for reference, subject in found.items() if subject}
        return {reference: SubjectKey(subject, key) for reference, (subject, key) in held.items() if key}

    def find_subject(self, agency: str, reference: str) -> UUID | None:
        return self._references.get(lookup_text((agency, reference)))

    def make(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        for subject in subjects:
            if subject not in self._keys:
                self._keys[subject] = os.urandom(32)
                self._made.append(self._clock.now())
        return self.keys(subjects)

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        self._refuse_missing(subjects)
        return {subject: self._keys[subject] for subject in subjects}

    def purpose_key(self, name: str) -> bytes:
        return self._purposes.setdefault(name, os.urandom(32))

    def destroy(self, subjects: Collection[UUID]) -> None:
        self._refuse_missing(subjects)
        self._keys |= dict.fromkeys(subjects)
        self._references = {text: held for text, held in self._references.items() if held not in set(subjects)}

    def missing(self, subjects: Collection[UUID]) -> set[UUID]:
        return set(subjects) - self._keys.keys()

    def newest_created_at(self) -> datetime | None:
        return max(self._made, default=None)

    def _make_referenced(self, text: bytes) -> None:
        if text not in self._references:
            subject = uuid4()
            self.make([subject])
            self._references[text] = subject

    def _refuse_missing(self, subjects: Collection[UUID]) -> None:
        if missing := self.missing(subjects):
            raise key_missing(len(missing))
