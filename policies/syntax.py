"""Answers questions about parsed rules (Cedar's JSON form) without evaluating them: what they read or compare."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from policies.model import RequestClass, Traits

EVERYTHING = "*"

_VARIABLES = ("principal", "resource", "context")
_COMPARISONS = ("==", "!=", "in")


def _vocabulary_names() -> Iterator[tuple[str, str]]:
    for record in (RequestClass, Traits):
        for name, hint in get_type_hints(record).items():
            yield name, (*get_args(hint), hint)[0].__name__


_VOCABULARY_OF = dict(_vocabulary_names())


def _nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
    for child in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _is_variable(node: Any) -> bool:
    return isinstance(node, Mapping) and node.get("Var") in _VARIABLES


def mentions_action(conditions: Any) -> bool:
    """Say whether a condition looks at the action."""
    return any(node.get("Var") == "action" for node in _nodes(conditions))


def names_an_instance(policy: Any) -> bool:
    """Say whether a rule names one viewer or one item instead of describing it."""
    return any(node.get("type") in ("Viewer", "Item") and "id" in node for node in _nodes(policy))


def fields_read(conditions: Any) -> Iterator[str]:
    """Yield the fields of viewer, item and request that conditions read, and EVERYTHING where one is used whole."""
    if isinstance(conditions, list):
        for condition in conditions:
            yield from fields_read(condition)
    elif isinstance(conditions, Mapping):
        if _is_variable(conditions):
            yield EVERYTHING
        for operator, operands in conditions.items():
            if operator in {".", "has"} and _is_variable(operands.get("left")):
                yield operands["attr"]
            else:
                yield from fields_read(operands)


def compares_unlike(conditions: Any) -> bool:
    """Say whether words of two vocabularies are compared, which Cedar takes for false: the rule would never apply."""
    return any(
        _unlike(operands)
        for node in _nodes(conditions)
        for operator, operands in node.items()
        if operator in _COMPARISONS and isinstance(operands, Mapping)
    )


def _unlike(operands: Mapping[str, Any]) -> bool:
    left, right = (_vocabularies(operands.get(side)) for side in ("left", "right"))
    return bool(left and right and left.isdisjoint(right))


def _vocabularies(operand: Any) -> set[str]:
    match operand:
        case {"Value": {"__entity": {"type": str(name)}}}:
            return {name}
        case {".": {"left": left, "attr": str(field)}} if _is_variable(left) and field in _VOCABULARY_OF:
            return {_VOCABULARY_OF[field]}
        case {"Set": list(members)}:
            return {name for member in members for name in _vocabularies(member)}
    return set()
