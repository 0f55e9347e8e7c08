"""Writes concern events as canonical JSON (RFC 8785), without what has its default value. Checks no event: models do.

Events share parts: a child's subject, a file's origin, a common detail. Each such part is written once and remembered
as long as it is likely to come again, which halves the cost of an event.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from hub.contract.canonical import canonical
from hub.contract.event import ConcernEvent

MOST_REMEMBERED: Final = 1024


def _written_when_set() -> list[tuple[str, bytes, object]]:
    fields = ConcernEvent.model_fields
    return [
        (name, b'"%b":' % name.encode(), fields[name].get_default(call_default_factory=True)) for name in sorted(fields)
    ]


_FIELDS = _written_when_set()


class EventText:
    """Writes one event after another, and remembers the parts by the identity of their models, which never change."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[BaseModel, bytes]] = {}

    def write(self, event: ConcernEvent) -> bytes:
        """Return the event's bytes."""
        held: Mapping[str, Any] = event.__dict__
        members = [
            mark + text
            for name, mark, default in _FIELDS
            if (value := held[name]) is not default and (text := self._text(value, default))
        ]
        return b"{%b}" % b",".join(members)

    def _text(self, value: object, default: object) -> bytes:
        """Return the bytes of a field's value, none where it is the default."""
        known = self._parts.get(id(value))
        if known is not None:
            return known[1]
        if isinstance(value, BaseModel):
            return self._remember(value, b"" if value == default else canonical(_json(value)))
        if value == default:
            return b""
        if isinstance(value, list):
            return b"[%b]" % b",".join([self._text(each, None) for each in value])
        return canonical(value if isinstance(value, int) else str(value))

    def _remember(self, part: BaseModel, text: bytes) -> bytes:
        """Keep the part beside its bytes, so that no other can take its place in memory."""
        if len(self._parts) >= MOST_REMEMBERED:
            self._parts.clear()
        self._parts[id(part)] = part, text
        return text


def _json(part: BaseModel) -> dict[str, object]:
    """Return a part as JSON values; a detail keeps its type, by which it is read."""
    body = part.model_dump(mode="json", exclude_defaults=True)
    kind = part.__dict__.get("type")
    return body if kind is None else {**body, "type": kind}
