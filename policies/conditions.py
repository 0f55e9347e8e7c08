"""Reads a rule's conditions (Cedar's JSON form) without Cedar: whether they hold, and how an author writes them.

Three-valued: what rests on a field that has no value yet is None. What it cannot read raises `ConditionError`. It
serves authors, and says which rules a purpose rules out (`slices`); whether a rule holds, Cedar alone decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from policies.errors import ConditionError

Values = Mapping[str, Any]
Truth = bool | None

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "contains": lambda left, right: right in left,
    "containsAny": lambda left, right: not left.isdisjoint(right),
    "containsAll": lambda left, right: left >= right,
}


def conjuncts(conditions: Sequence[Any]) -> list[Any]:
    """Return the conditions that must all hold, an `unless` as what must not."""
    found: list[Any] = []
    for condition in conditions:
        found += _split(condition["body"], holds=condition["kind"] == "when")
    return found


def _split(node: Any, *, holds: bool) -> list[Any]:
    operator = "&&" if holds else "||"
    if operator in node:
        return [part for side in ("left", "right") for part in _split(node[operator][side], holds=holds)]
    return [node if holds else {"!": {"arg": node}}]


def truth(node: Any, values: Values) -> Truth:
    """Return whether a condition holds, None where that rests on a field without a value; raises `ConditionError`."""
    answer = _value(node, values)
    if answer is not None and not isinstance(answer, bool):
        raise ConditionError("A condition is neither true nor false.", code="condition-unreadable")
    return answer


def all_hold(parts: Sequence[Any], values: Values) -> Truth:
    """Return whether all of some conditions hold."""
    answers = [truth(part, values) for part in parts]
    return False if False in answers else None if None in answers else True


def _value(node: Any, values: Values) -> Any:
    ((operator, operands),) = node.items()
    match operator:
        case "Value":
            return _word(operands)
        case "Set":
            return frozenset(_value(member, values) for member in operands)
        case ".":
            return values.get(operands["attr"])
        case "!":
            negated = _value(operands["arg"], values)
            return None if negated is None else not negated
        case "&&" | "||":
            return _both(operator == "&&", _value(operands["left"], values), operands["right"], values)
    if operator not in _COMPARED:
        raise ConditionError(f"A condition uses {operator}, which is not examined.", code="condition-unreadable")
    left, right = _value(operands["left"], values), _value(operands["right"], values)
    return None if left is None or right is None else _COMPARED[operator](left, right)


def _both(conjunction: bool, left: Any, second: Any, values: Values) -> Any:
    if left is (not conjunction):
        return left
    right = _value(second, values)
    if right is (not conjunction):
        return right
    return None if left is None or right is None else conjunction


def _word(literal: Any) -> Any:
    return literal["__entity"]["id"] if isinstance(literal, Mapping) else literal


def named(parts: Sequence[Any]) -> dict[str, set[Any]]:
    """Return the fields that conditions read, each with the words and numbers that they compare it with."""
    found: dict[str, set[Any]] = {}
    for part in parts:
        _name(part, found)
    return found


def _name(node: Any, found: dict[str, set[Any]]) -> None:
    ((operator, operands),) = node.items()
    if operator == ".":
        found.setdefault(operands["attr"], set())
    elif operator == "Set":
        for member in operands:
            _name(member, found)
    elif operator != "Value":
        for side in operands.values():
            _name(side, found)
        fields = [side["."]["attr"] for side in operands.values() if "." in side]
        for field in fields:
            found[field].update(word for side in operands.values() for word in _words(side))


def _words(node: Any) -> Iterator[Any]:
    if "Value" in node:
        yield _word(node["Value"])
    elif "Set" in node:
        for member in node["Set"]:
            yield from _words(member)


def in_words(node: Any) -> str:
    """Return a condition as an author writes it."""
    ((operator, operands),) = node.items()
    match operator:
        case "Value":
            entity = operands.get("__entity") if isinstance(operands, Mapping) else None
            return f'{entity["type"]}::"{entity["id"]}"' if entity else str(operands).lower()
        case "Set":
            return f"[{', '.join(map(in_words, operands))}]"
        case "Var":
            return str(operands)
        case ".":
            return f"{in_words(operands['left'])}.{operands['attr']}"
        case "!":
            return f"!({in_words(operands['arg'])})"
        case "contains" | "containsAny" | "containsAll":
            return f"{in_words(operands['left'])}.{operator}({in_words(operands['right'])})"
    return f"({in_words(operands['left'])} {operator} {in_words(operands['right'])})"
