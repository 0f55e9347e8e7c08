"""Cuts a policy by purpose: the rules that can apply, put so that one question asks them all. Decides nothing.

A rule stays out only where its conditions are false for the purpose whatever else holds; one that cannot be read stays
in. The action leaves each rule's head: Cedar names every permit that holds, and the rule's own action says of what.
"""

import json
from collections.abc import Mapping
from typing import Any

import cedarpy

from policies.conditions import all_hold, conjuncts
from policies.engine import Action, Slice
from policies.errors import ConditionError
from policies.model import RuleId
from policies.syntax import EVERYTHING, fields_read

Parsed = Mapping[str, Any]


def policy_set(rules: Mapping[RuleId, Parsed]) -> cedarpy.PolicySet:
    """Return rules under their own ids, so that an answer and an error name them and not their place in a file."""
    return cedarpy.PolicySet.from_json_str(
        json.dumps({"templates": {}, "staticPolicies": dict(rules), "templateLinks": []})
    )


def can_apply(rule: Parsed, purpose: str) -> bool:
    """Say whether a rule can apply for a purpose; one that cannot be read is taken to."""
    try:
        return all_hold(conjuncts(rule["conditions"]), {"purpose": purpose}) is not False
    except (ConditionError, KeyError):
        return True


class PurposeSlices:
    """The rules of a policy by purpose, each slice parsed when it is first asked for."""

    def __init__(self, rules: Mapping[RuleId, Parsed]) -> None:
        self._rules = rules
        self._slices: dict[str, Slice] = {}

    def of(self, purpose: str) -> Slice:
        """Return the rules that can apply for a purpose, and the fields that they read."""
        if purpose not in self._slices:
            can = {name: rule for name, rule in self._rules.items() if can_apply(rule, purpose)}
            policies = policy_set({name: {**rule, "action": {"op": "All"}} for name, rule in can.items()})
            read = frozenset(name for rule in can.values() for name in fields_read(rule["conditions"]))
            self._slices[purpose] = Slice(policies, None if EVERYTHING in read else read)
        return self._slices[purpose]

    def action_of(self, rule: RuleId) -> Action | None:
        """Return what a rule acts on, None for a forbid."""
        entity = self._rules[rule]["action"].get("entity")
        return Action(entity["id"]) if entity else None
