"""Loads the text of a policy: parses, checks and names every rule, and refuses the whole where one is not in order.

Each rule carries `@id @authority @reason @facets`; an `ask` also `@by`, who decides; any may carry `@obligations`,
`@from` and `@until`, its first and last day as law, and `@waived_by`, the two who answer for a rule without bounds. A
permit names one action. A forbid names none and takes all facets, since it makes an item as if absent:
`forbid (principal, action, resource) when {...};`
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, NewType, Self

import cedarpy

from policies.codes import code_lists
from policies.engine import Action, Engine, SlicedEngine
from policies.errors import PolicyLoadError
from policies.gateways import Gateways, read_gateways, shipped_gateways
from policies.lines import line_with, on_line, statements
from policies.memo import Memo
from policies.model import ALL_FACETS, Facet, Obligation, Rule, RuleId, are_reviewers
from policies.model.records import Reading, Record
from policies.probe import fits
from policies.slices import PurposeSlices, policy_set
from policies.syntax import compares_unlike, mentions_action, names_an_instance
from policies.widening import Widening, read_widenings

PolicyVersion = NewType("PolicyVersion", str)
SCHEMA = "hub.cedarschema"

_ANNOTATIONS = frozenset({"id", "authority", "reason", "facets"})
_MAY_CARRY = frozenset({"by", "obligations", "from", "until", "waived_by"})
_LAW_ON = {".": {"left": {"Var": "context"}, "attr": "law_on"}}
_WHO_WAIVE = 2
_EXPECTED = "annotations, permit or forbid (principal, action, resource), and when { ... }, with a semicolon."
_RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """All that a policy is made of, as text: rules by file name, and the schema that they are checked against.

    With the table of gateways and the code lists that it was made with, the agreements that stood then, by id, and what
    its author says of showing more than the version before it.
    """

    rules: Mapping[str, str]
    schema: str
    agreements: Mapping[str, str] = field(default_factory=dict)
    codes: str = field(default_factory=code_lists)
    gateways: str = field(default_factory=shipped_gateways)
    shows_more: str = ""

    def as_record(self) -> Record:
        """Return the canonical form, from which the same version can be loaded at any time."""
        said = {"shows_more": self.shows_more} if self.shows_more else {}
        return said | {
            "agreements": dict(sorted(self.agreements.items())),
            "codes": self.codes,
            "gateways": self.gateways,
            "rules": dict(sorted(self.rules.items())),
            "schema": self.schema,
        }

    @classmethod
    def from_record(cls, record: object) -> Self:
        """Return the text that a record holds; raises RecordError."""
        read = Reading(record, "a policy")
        text = cls(
            read.texts_by_name("rules"),
            read.text("schema"),
            read.texts_by_name("agreements"),
            read.text("codes"),
            read.text("gateways"),
            read.text("shows_more", ""),
        )
        read.finish()
        return text

    def __hash__(self) -> int:
        return hash(self.version())

    def version(self) -> PolicyVersion:
        """Return the SHA-256 of the canonical form, in hexadecimal."""
        canonical = json.dumps(self.as_record(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return PolicyVersion(hashlib.sha256(canonical.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule as loaded: how it is named, what it acts on (None for a forbid), which facets it speaks of, from when.

    A `withhold` of no facets withholds nothing: it binds whoever is shown the item by its obligations.
    """

    rule: Rule
    action: Action | None
    facets: frozenset[Facet]
    by: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    since: date | None = None
    until: date | None = None
    waived_by: tuple[str, ...] = ()
    place: str = field(default="", compare=False)
    conditions: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PolicySetVersion:
    """A policy that passed every check, ready to be asked; equal to another where their text is the same."""

    version: PolicyVersion
    text: PolicyText = field(compare=False, repr=False)
    rules: Mapping[RuleId, LoadedRule] = field(compare=False, repr=False)
    actions: tuple[Action, ...] = field(compare=False, repr=False)
    engine: Engine = field(compare=False, repr=False)
    gateways: Gateways = field(compare=False, repr=False)
    shows_more: tuple[Widening, ...] = field(default=(), compare=False, repr=False)
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)


@lru_cache(maxsize=8)
def load_policy(text: PolicyText) -> PolicySetVersion:
    """Return the policy of a text; raises PolicyLoadError naming the file and the rule that is not in order.

    The few that are asked for again and again, as one that is proposed, proved and approved is, are loaded once.
    """
    if text.codes != code_lists():
        raise PolicyLoadError("The policy was made with other code lists than this release has.", code="codes-differ")
    schema = _schema(text.schema)
    rules: dict[RuleId, LoadedRule] = {}
    parsed: dict[RuleId, Any] = {}
    for file in sorted(text.rules):
        for rule, policy in _rules_of(file, text.rules[file], schema):
            if rule.rule.id in rules:
                raise PolicyLoadError("Two rules have one id.", code="rule-id-twice", place=rule.place)
            rules[rule.rule.id] = rule
            parsed[rule.rule.id] = policy
    policies = policy_set(parsed)
    if not fits(Engine(policies, schema=schema)):
        raise PolicyLoadError("The schema lacks words that requests or items use.", code="schema-does-not-fit")
    # An action without a permit need not be asked; `see` always is, and meets every forbid.
    spoken_of = {rule.action for rule in rules.values()} | {Action.SEE}
    return PolicySetVersion(
        version=text.version(),
        text=text,
        rules=rules,
        actions=tuple(action for action in Action if action in spoken_of),
        engine=SlicedEngine(policies, PurposeSlices(parsed)),
        gateways=read_gateways(text.gateways),
        shows_more=read_widenings(text.shows_more, schema),
    )


def _schema(text: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(text)
    except ValueError as error:
        place = on_line(SCHEMA, _line_of_schema_fault(text, str(error)))
        fault = f"The schema cannot be read: {error}; expected declarations of entities and actions as Cedar has them."
        raise PolicyLoadError(fault, code="schema-malformed", place=place) from error


def _line_of_schema_fault(text: str, fault: str) -> int | None:
    """Return the line of the first declaration that cannot be read by itself, else of the word that was not found."""
    for each in statements(text):
        try:
            cedarpy.Schema.from_str(each.text)
        except ValueError as error:
            if "parsing" in str(error):
                return each.line
    return line_with(text, fault.rpartition(" ")[2])


def _rules_of(file: str, text: str, schema: cedarpy.Schema) -> Iterator[tuple[LoadedRule, Any]]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        fault = f"A rule cannot be read: {error}; expected {_EXPECTED}"
        raise PolicyLoadError(fault, code="rule-malformed", place=on_line(file, _malformed(text))) from error
    lines = {f"policy{number}": each.line for number, each in enumerate(statements(text))}
    if parsed["templates"]:
        place = on_line(file, lines.get(min(parsed["templates"])))
        raise PolicyLoadError("A rule is a template.", code="rule-is-template", place=place)
    _validate(file, text, schema, lines)
    for name, policy in parsed["staticPolicies"].items():
        place = f"{on_line(file, lines.get(name))}: {policy.get('annotations', {}).get('id') or name}"
        loaded = _loaded(place, policy)
        dated = _dated(policy, loaded)
        yield replace(loaded, conditions=tuple(dated["conditions"])), dated


def _malformed(text: str) -> int | None:
    """Return the line on which the first rule begins that cannot be read by itself."""
    for each in statements(text):
        try:
            cedarpy.policies_to_json_str(each.text)
        except ValueError:
            return each.line
    return None


def _validate(file: str, text: str, schema: cedarpy.Schema, lines: Mapping[str, int]) -> None:
    result = cedarpy.validate_policies(text, schema)
    if not result.validation_passed:
        first = result.errors[0]
        rule = result.id_annotations_by_policy_id.get(first.policy_id) or first.policy_id
        place = f"{on_line(file, lines.get(first.policy_id))}: {rule}"
        fault = f"A rule does not fit the schema: {first.error}; expected words and fields of {SCHEMA}."
        raise PolicyLoadError(fault, code="rule-invalid", place=place)


def _loaded(place: str, policy: Mapping[str, Any]) -> LoadedRule:
    annotations = policy.get("annotations", {})
    if not _ANNOTATIONS <= annotations.keys() <= _ANNOTATIONS | _MAY_CARRY or not all(annotations.values()):
        wanted, may = (" ".join(f"@{name}" for name in sorted(names)) for names in (_ANNOTATIONS, _MAY_CARRY))
        fault = f"A rule carries {wanted}, may carry {may}, each with a text, and nothing else."
        raise PolicyLoadError(fault, code="rule-annotations", place=place)
    if not _RULE_ID.fullmatch(annotations["id"]):
        raise PolicyLoadError("A rule's id has small letters, digits and hyphens.", code="rule-id", place=place)
    if names_an_instance(policy):
        raise PolicyLoadError("A rule names one viewer or item.", code="rule-names-instance", place=place)
    if compares_unlike(policy["conditions"]):
        raise PolicyLoadError("A rule compares words of two vocabularies.", code="rule-compares-unlike", place=place)
    facets = _facets(annotations["facets"], place)
    rule = Rule(RuleId(annotations["id"]), annotations["authority"], annotations["reason"])
    action = _action(policy, facets, place)
    loaded = LoadedRule(
        rule, action, facets,
        by=tuple(sorted(annotations.get("by", "").split())),
        obligations=_obligations(annotations.get("obligations", ""), place),
        since=_day(annotations.get("from"), place),
        until=_day(annotations.get("until"), place),
        waived_by=_waiver(annotations.get("waived_by"), place),
        place=place,
    )  # fmt: skip
    _fits_together(loaded, place)
    return loaded


def _fits_together(rule: LoadedRule, place: str) -> None:
    if (rule.action is Action.ASK) != bool(rule.by) or not all(map(are_reviewers, rule.by)):
        fault = "A rule that asks, and no other, says @by which roles it is decided."
        raise PolicyLoadError(fault, code="rule-by", place=place)
    if not rule.facets and (rule.action is not Action.WITHHOLD or not rule.obligations):
        fault = "A rule of no facets is a withhold that carries obligations."
        raise PolicyLoadError(fault, code="rule-facets", place=place)
    if rule.obligations and rule.action is Action.EXIST:
        raise PolicyLoadError("What only exists carries no obligations.", code="rule-obligations", place=place)
    if rule.since and rule.until and rule.until < rule.since:
        raise PolicyLoadError("A rule ends before it begins.", code="rule-dates", place=place)


def _obligations(text: str, place: str) -> tuple[Obligation, ...]:
    try:
        return tuple(sorted(map(Obligation, text.split())))
    except ValueError as error:
        known = ", ".join(sorted(Obligation))
        raise PolicyLoadError(f"Obligations are {known}.", code="rule-obligations", place=place) from error


def _waiver(text: str | None, place: str) -> tuple[str, ...]:
    names = tuple(sorted(set((text or "").split())))
    if text is not None and len(names) != _WHO_WAIVE:
        raise PolicyLoadError("A waiver names two different users.", code="rule-waiver", place=place)
    return names


def _day(text: str | None, place: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise PolicyLoadError("A date is written 2026-09-30.", code="rule-dates", place=place) from error


def _dated(policy: Any, rule: LoadedRule) -> Any:
    """Return a rule as Cedar is given it: what `@from` and `@until` say comes first of its conditions."""
    limits = [
        {"kind": "when", "body": {operator: {"left": _LAW_ON, "right": {"Value": int(day.strftime("%Y%m%d"))}}}}
        for operator, day in ((">=", rule.since), ("<=", rule.until))
        if day is not None
    ]
    return {**policy, "conditions": [*limits, *policy["conditions"]]}


def _facets(text: str, place: str) -> frozenset[Facet]:
    if text == "all":
        return ALL_FACETS
    if text == "none":
        return frozenset()
    named = text.split()
    if not named or not set(named) <= {facet.value for facet in Facet}:
        raise PolicyLoadError("A rule speaks of facets that exist, or of all.", code="rule-facets", place=place)
    return frozenset(map(Facet, named))


def _action(policy: Mapping[str, Any], facets: frozenset[Facet], place: str) -> Action | None:
    scope = policy["action"]
    if policy["effect"] == "forbid":
        if scope["op"] != "All" or facets != ALL_FACETS or mentions_action(policy["conditions"]):
            fault = "A forbid is for any action and all facets: it makes an item as if absent."
            raise PolicyLoadError(fault, code="forbid-in-part", place=place)
        return None
    if scope["op"] != "==" or mentions_action(policy["conditions"]):
        fault = "A permit names one action, in its head alone."
        raise PolicyLoadError(fault, code="permit-without-action", place=place)
    return Action(scope["entity"]["id"])
