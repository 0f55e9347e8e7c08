"""The shipped rules as one plain Python function, made from their Cedar: the floor that no engine reaches.

All rules are tried and the ids of those that hold are collected, as Cedar does; nothing is composed of them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from policies.client import PolicySetVersion

Collect = Callable[[Any, bool, Any], list[str]]

_REQUEST = ("principal", "context")
_FORMS: Mapping[str, str] = {
    "&&": "({left} and {right})",
    "||": "({left} or {right})",
    "contains": "({right} in {within})",
    "containsAny": "(not {left}.isdisjoint({some}))",
    "containsAll": "({left} >= {right})",
}


def plain_function(policy: PolicySetVersion) -> Collect:
    """Return a function of a class of request, whether the item is the viewer's own, and its traits."""
    lines = ["def collect(asked, own, item):", " found = []"]
    for name, rule in policy.rules.items():
        parts = [
            f"({_source(each['body'])})" if each["kind"] == "when" else f"not ({_source(each['body'])})"
            for each in rule.conditions
        ]
        lines += [f" if {' and '.join(parts)}:", f"  found.append({name!r})"]
    scope: dict[str, Any] = {}
    exec("\n".join([*lines, " return found"]), scope)  # noqa: S102 - its text is made of the rules that are shipped
    made: Collect = scope["collect"]
    return made


def _source(node: Any) -> str:
    ((operator, operands),) = node.items()
    match operator:
        case "Value":
            return repr(operands["__entity"]["id"] if isinstance(operands, Mapping) else operands)
        case "Set":
            return f"frozenset(({', '.join(map(_source, operands))},))"
        case ".":
            if operands["attr"] == "own":
                return "own"
            return f"{'asked' if operands['left']['Var'] in _REQUEST else 'item'}.{operands['attr']}"
        case "!":
            return f"not ({_source(operands['arg'])})"
    left, right = _source(operands["left"]), _source(operands["right"])
    form = _FORMS.get(operator, f"({{left}} {operator} {{right}})")
    members = _members(operands["left"], left), _members(operands["right"], right)
    return form.format(left=left, right=right, within=members[0], some=members[1])


def _members(node: Any, source: str) -> str:
    """Return a set that is written out as a tuple, which costs nothing to make."""
    return f"({', '.join(map(_source, node['Set']))},)" if "Set" in node else source
