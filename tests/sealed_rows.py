"""Events to seal and rows kept from earlier releases, for the tests of the mapper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.contract.canonical import canonical
from hub.store.mapper import DraftEvent, DraftPart, Mapper
from hub.store.upcasting import Upcasters

ROWS = Path(__file__).parent / "data" / "rows"
AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
EVENT = UUID("0e8a1a6e-8f8d-5a3c-9d52-6b1f6f1f0a01")
CHILD = UUID("c1000000-0000-4000-8000-000000000001")
FATHER = UUID("fa000000-0000-4000-8000-000000000002")
KEYS: dict[UUID, bytes | None] = {CHILD: bytes(range(32)), FATHER: bytes(range(32, 64))}
CONTENT: dict[str, dict[str, Any]] = {
    "child": {
        "what": {"category": "neglect", "level": 3, "quality": ["upn-check-letter"]},
        "when": {"accuracy": "AAU", "date": "2026-02-27"},
        "narrative": "Ffion said that she’d had no breakfast — again. “مرحبا” 😀",
        "voice": None,
    },
    "person:0": {"people": {"family": "O'Neill", "role": "father", "known": True}},
}
SUBJECTS = {"child": CHILD, "person:0": FATHER}


def draft(content: Mapping[str, Mapping[str, Any]] = CONTENT, **changes: Any) -> DraftEvent:
    """Return an event of a child and the child's father."""
    parts = tuple(
        DraftPart(name, SUBJECTS.get(name, CHILD), {section: canonical(value) for section, value in sections.items()})
        for name, sections in content.items()
    )
    given = {"id": EVENT, "type": "safeguarding-concern", "tags": (f"subject:{CHILD}", "agency:school"), "parts": parts}
    return DraftEvent(**{**given, **changes})


def sealed(mapper: Mapper | None = None, **changes: Any) -> DCBSequencedEvent:
    """Return the row of that event, at position 7."""
    return DCBSequencedEvent((mapper or Mapper(Upcasters())).seal(draft(**changes), KEYS, AT), 7)


@dataclass(frozen=True)
class KeptRow:
    """A row as an earlier release wrote it, what opens it, and what it opened as then."""

    row: DCBSequencedEvent
    keys: dict[UUID, bytes | None]
    opened: dict[str, Any]


def kept_row(name: str) -> KeptRow:
    """Return a row from `tests/data/rows`."""
    kept = orjson.loads((ROWS / f"{name}.json").read_bytes())
    event = DCBEvent(kept["type"], bytes.fromhex(kept["data"]), kept["tags"])
    keys: dict[UUID, bytes | None] = {UUID(subject): bytes.fromhex(key) for subject, key in kept["keys"].items()}
    return KeptRow(DCBSequencedEvent(event, kept["position"]), keys, kept["opened"])
