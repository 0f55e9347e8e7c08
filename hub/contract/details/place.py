"""The mark of a field that says where somebody is: it is stored, shown and withheld as a place, never as a detail."""

from pydantic import BaseModel


class Place:
    """Marks such a field: `Annotated[Line | None, Place]`."""


def places_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a detail that are marked, in the order of the model."""
    return tuple(name for name, field in model.model_fields.items() if Place in field.metadata)
