"""Reads a file of agreements, of the MAIS or the DfE form, whole or not at all; a fault names its line."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import yaml

from policies.agreements import dfe, mais
from policies.agreements.terms import Term
from policies.errors import AgreementError

_MOST: Final = 10_000


def read_terms(text: bytes) -> list[Term]:
    """Return what a file comes to; raises AgreementError whose place is the line and the field."""
    value = dfe.read_json(text)
    try:
        return [term for place, each in _agreements(value) for term in _terms(each, place)]
    except AgreementError as error:
        line = _line_of(text, error.place or "")
        place = ", ".join(each for each in (f"line {line}" if line else "", error.place) if each) or None
        raise AgreementError(error.message, code=error.code, place=place) from error


def _agreements(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each agreement with its place: one alone, a list, or what `{"SharingPolicy": ...}` holds."""
    if isinstance(value, Mapping) and value.keys() == {"SharingPolicy"}:
        yield from ((f"SharingPolicy.{place}", each) for place, each in _agreements(value["SharingPolicy"]))
    elif isinstance(value, list):
        if not 0 < len(value) <= _MOST:
            raise AgreementError(f"Expected 1 to {_MOST:,} agreements.", code="bad-agreement")
        yield from ((f"{number}.", each) for number, each in enumerate(value))
    else:
        yield "", value


def _terms(value: Any, place: str) -> list[Term]:
    if mais.is_mais(value):
        return mais.terms_of(value, place)
    return [
        term
        for name, agreement in dfe.agreements_in(value, place).items()
        for term in dfe.terms_of(agreement, dfe.source_of(agreement, name, place), f"{place}{name}{'.' * bool(name)}")
    ]


def _line_of(text: bytes, place: str) -> int | None:
    """Return the line of a field, or of the nearest that is there; JSON is composed as the YAML that it is."""
    try:
        node = yaml.compose(text.decode(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    for step in place.replace("..", ".").strip(".").split("."):
        found = _child(node, step)
        if found is None:
            break
        node = found
    return node.start_mark.line + 1 if node is not None else None


def _child(node: Any, step: str) -> Any:
    if isinstance(node, yaml.SequenceNode) and step.isdecimal():
        return next(islice(node.value, int(step), None), None)
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
