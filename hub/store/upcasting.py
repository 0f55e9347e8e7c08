"""Bring an event stored under an older schema to the present one, step by step; rows themselves are never rewritten.

Each step takes an event's parts from one version to the next. A part that was erased is None and stays None. Versions
of a type begin at 1; the present one is one more than the last step that is registered.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub.errors import HubError

Parts = Mapping[str, Mapping[str, Any] | None]
Upcaster = Callable[[Parts], Parts]


class Upcasters:
    """The steps of every event type, in order."""

    def __init__(self) -> None:
        self._steps: dict[str, list[Upcaster]] = {}

    def register(self, event_type: str, from_version: int, step: Upcaster) -> None:
        """Add the step from a version of a type to the next; raises `HubError` for one out of order."""
        steps = self._steps.setdefault(event_type, [])
        if from_version != len(steps) + 1:
            raise HubError(f"The next step of {event_type} is from version {len(steps) + 1}.", code="upcaster-order")
        steps.append(step)

    def current(self, event_type: str) -> int:
        """Return the version under which events of a type are written now."""
        return len(self._steps.get(event_type, ())) + 1

    def upcast(self, event_type: str, version: int, parts: Parts) -> Parts:
        """Bring parts of a version to the present one; raises `HubError(code="row-newer")` for a later version."""
        steps = self._steps.get(event_type, [])
        if not 1 <= version <= len(steps) + 1:
            raise HubError(
                f"An event has version {version} of {event_type}, which this release does not know.", code="row-newer"
            )
        for step in steps[version - 1 :]:
            parts = step(parts)
        return parts
