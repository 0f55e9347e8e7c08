"""Take what somebody typed for a fact or an id: what does not fit is their mistake, named, and never a crash."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hub.contract.envelope import explain
from hub.errors import UsageError

M = TypeVar("M", bound=BaseModel)
_SHORTEST_START = 4


def checked(model: type[M], **fields: Any) -> M:
    """Return the fact; raises `UsageError` ("bad-value") naming the field that does not fit."""
    try:
        return model(**fields)
    except ValidationError as error:
        place, reason = explain(error)
        raise UsageError(f"The {place} cannot be taken: {reason}.", code="bad-value", place=place) from error


def checked_start(start_of_id: str) -> str:
    """Return the start of an id in small letters; raises `UsageError` for one so short that an empty word would do."""
    if len(start_of_id) < _SHORTEST_START:
        raise UsageError(f"Give at least {_SHORTEST_START} letters of the id.", code="id-too-short")
    return start_of_id.lower()
