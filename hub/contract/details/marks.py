"""The marks of fields that are no details: where somebody is, and text in somebody's own words, which may say so too.

A marked field is stored, shown and withheld as a place or as narrative, never as a detail.
"""

from pydantic import BaseModel


class Place:
    """Marks a field that says where somebody is: `Annotated[Line | None, Place]`."""


class FreeText:
    """Marks a field in which anything may have been written: `Annotated[Line | None, FreeText]`."""


def marked(model: type[BaseModel], mark: type) -> tuple[str, ...]:
    """Return the fields of a detail that bear a mark, in the order of the model."""
    return tuple(name for name, field in model.model_fields.items() if mark in field.metadata)
