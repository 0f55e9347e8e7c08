"""What proves single sections of a row to somebody without a key: each one's salt, value and commitment.

Knows nothing of who may be handed which; a part whose key was destroyed has no openings.
"""

from dataclasses import dataclass
from uuid import UUID

from eventsourcing.dcb.api import DCBEvent

from hub.contract.canonical import canonical_again
from hub.errors import HubError
from hub.store.commitments import commitment, part_key, salt
from hub.store.frame import parse
from hub.store.mapper import as_sealed
from hub.store.vault import KeyVault


@dataclass(frozen=True, slots=True)
class Opening:
    """One section as it was sealed, in canonical JSON, with the salt that makes its commitment."""

    event: UUID
    part: str
    section: str
    salt: bytes
    value: bytes
    commitment: bytes


def openings_of(event: DCBEvent, vault: KeyVault) -> list[Opening]:
    """Return the openings of all sections of a row; raises `HubError`: `row-damaged`, `not-committed`."""
    row = parse(event.data)
    keys = vault.keys({part.subject for part in row.parts})
    event_id, parts = as_sealed(event, row, keys)
    found = []
    for part in row.parts:
        subject_key, sections = keys[part.subject], parts[part.name]
        if subject_key is None or sections is None:
            continue
        key = part_key(subject_key, event_id, part.name)
        for section, content in sections.items():
            value = canonical_again(content)
            made = commitment(key, part.name, section, value)
            if made not in row.commitments:
                raise HubError("The row does not commit to this value of this section.", code="not-committed")
            found.append(Opening(event_id, part.name, section, salt(key, part.name, section), value, made))
    return found
