"""Says on which line of a text something stands: a rule, a declaration of the schema, a field of JSON or YAML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import yaml

_PIECE: Final = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"?|\s+|;|[^\s";/]+|/')


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule or declaration, up to its semicolon, and the line on which it begins."""

    line: int
    text: str


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of Cedar, in order; what is left after the last semicolon is one too."""
    begun: int | None = None
    for piece in _PIECE.finditer(text):
        if piece.group().isspace() or piece.group().startswith("//"):
            continue
        begun = piece.start() if begun is None else begun
        if piece.group() == ";":
            yield _statement(text, begun, piece.end())
            begun = None
    if begun is not None:
        yield _statement(text, begun, len(text))


def line_with(text: str, words: str) -> int | None:
    """Return the first line that has these words, None where none does or there are no words."""
    at = text.find(words) if words else -1
    return text.count("\n", 0, at) + 1 if at >= 0 else None


def line_of_field(text: str, place: str) -> int | None:
    """Return the line of a field, or of the nearest that is there; JSON is composed as the YAML that it is."""
    node = _composed(text)
    for step in place.replace("..", ".").strip(".").split("."):
        found = _child(node, step)
        if found is None:
            break
        node = found
    return node.start_mark.line + 1 if node is not None else None


def line_of_name_twice(text: str) -> int | None:
    """Return the line on which a name stands again within one object of JSON, None where none does."""
    nodes, again = [_composed(text)], []
    while nodes:
        node = nodes.pop()
        names = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        again += [key for number, key in enumerate(names) if key.value in {each.value for each in names[:number]}]
        if isinstance(node, yaml.CollectionNode):
            nodes += [each[1] if isinstance(each, tuple) else each for each in node.value]
    return min((key.start_mark.line + 1 for key in again), default=None)


def on_line(place: str, line: int | None) -> str:
    """Return a place with its line."""
    return place if line is None else f"{place}, line {line}"


def _statement(text: str, begins: int, ends: int) -> Statement:
    return Statement(text.count("\n", 0, begins) + 1, text[begins:ends])


def _composed(text: str) -> Any:
    """Return the nodes of a text that was read before: the depth of another would be more than the C code can bear."""
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _child(node: Any, step: str) -> Any:
    if isinstance(node, yaml.SequenceNode) and step.isdecimal():
        return next(islice(node.value, int(step), None), None)
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
