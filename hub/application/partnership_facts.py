"""Facts of the partnership itself, about no child: each is one part, sealed under the partnership's one key."""

from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel

from hub.contract.canonical import canonical
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent

PARTNERSHIP: Final = UUID("9b1c6e0e-6a53-5f0b-9d35-2f4c1f0a5e11")
PART: Final = "fact"


def fact_draft(fact: BaseModel, *tags: str) -> DraftEvent:
    """Return the draft of a fact, under an id of its own and the tags by which it is found."""
    part = DraftPart(PART, PARTNERSHIP, {"body": canonical(fact.model_dump(mode="json"))})
    return DraftEvent(uuid4(), type(fact).__name__, tags, (part,))


def body_of(stored: StoredEvent) -> dict[str, Any] | None:
    """Return what a fact says, None where its key is gone."""
    part = stored.parts[PART]
    return None if part is None else part["body"]
