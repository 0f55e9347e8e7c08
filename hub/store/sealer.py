"""Seal and open rows with the vault's keys, asked for once a batch and held no longer than it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.store.mapper import DraftEvent, Mapper, StoredEvent
from hub.store.vault import KeyVault


class VaultSealer:
    """The sealer of the event log."""

    def __init__(self, mapper: Mapper, vault: KeyVault) -> None:
        self._mapper = mapper
        self._vault = vault

    def seal(
        self, drafts: Sequence[DraftEvent], at: datetime, keys: Mapping[UUID, bytes | None] | None = None
    ) -> list[DCBEvent]:
        """Return the rows of drafts, stamped with a moment; raises HubError if a subject has no key."""
        if keys is None:
            keys = self._vault.keys({part.subject for draft in drafts for part in draft.parts})
        return [self._mapper.seal(draft, keys, at) for draft in drafts]

    def open(self, rows: Sequence[DCBSequencedEvent]) -> list[StoredEvent]:
        """Return the events of rows, in the same order; a part whose key was destroyed is None."""
        if not rows:
            return []
        frames = [self._mapper.frame_of(row) for row in rows]
        keys = self._vault.keys({part.subject for frame in frames for part in frame.parts})
        return self._mapper.open_all(zip(rows, frames, strict=True), keys)
