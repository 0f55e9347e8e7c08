"""Says what holds of every request and item there can be, as Cedar's analyser proves it, and finds a case where not.

Proved are the invariants, that a purpose's slice leaves out no rule that could apply, and that a draft shows no more
than the version in force but where its author says so. What is shown of a facet is put as Cedar: `see` rules permit it,
`withhold` rules forbid it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cedarpy

from policies.conditions import Truth, Values, all_hold, conjuncts
from policies.engine import Action
from policies.errors import PolicyLoadError
from policies.lines import on_line, statements
from policies.model import ALL_FACETS, PURPOSES, Facet
from policies.ruleset import LoadedRule, PolicySetVersion
from policies.slices import can_apply
from policies.tools.analyser import Analyser
from policies.tools.counterexamples import smallest, told_case
from policies.widening import ANYTHING

_ALL: Final = {"op": "All"}
_ALWAYS: Final = '@id("always") permit (principal, action, resource);\n'


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must never be shown: a forbid, of some facets or of anything."""

    id: str
    authority: str
    sentence: str
    of: tuple[str, ...]
    text: str
    conditions: tuple[Any, ...]


def read_invariants(texts: Mapping[str, str]) -> list[Invariant]:
    """Return the invariants of files by name; raises `PolicyLoadError` naming the file."""
    return [invariant for file in sorted(texts) for invariant in _of_file(file, texts[file])]


def _of_file(file: str, text: str) -> Iterator[Invariant]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        fault = f"An invariant cannot be read: {error}"
        raise PolicyLoadError(fault, code="invariant-malformed", place=file) from error
    lines = [each.line for each in statements(text)]
    for number, policy in enumerate(parsed.values()):
        notes = policy.get("annotations", {})
        of = tuple(str(notes.get("of", "")).split())
        known = of == (ANYTHING,) or (of and set(of) <= {facet.value for facet in Facet})
        if not {"id", "authority", "sentence"} <= notes.keys() or not known or policy["effect"] != "forbid":
            fault = "An invariant is a forbid with @id @authority @sentence and @of: anything, or facets."
            raise PolicyLoadError(fault, code="invariant-malformed", place=on_line(file, lines[number]))
        yield Invariant(
            notes["id"],
            notes["authority"],
            notes["sentence"],
            of,
            _text({"forbid": policy}),
            tuple(policy["conditions"]),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be proved: that what is shown lies within bounds, and whether some values break it."""

    kind: str
    name: str
    sentence: str
    of: str
    shown: str
    bound: str
    broken: Callable[[Values], Truth]


def proved(
    policy: PolicySetVersion, invariants: Sequence[Invariant], before: PolicySetVersion | None = None
) -> dict[str, Any]:
    """Return the documented shape of `mash policy prove --json`; raises `ProverError` where nothing can be proved."""
    with TemporaryDirectory() as folder:
        analyser = Analyser(Path(folder), policy.text.schema)
        proofs = [_proof(analyser, each) for each in _questions(policy, invariants, before)]
    said = [{"of": [*each.of], "because": each.because, "authority": each.authority} for each in policy.shows_more]
    held = all(each["proved"] for each in proofs)
    return {"version": policy.version, "proved": held, "proofs": proofs, "shows_more": said if before else []}


def _proof(analyser: Analyser, asked: Question) -> dict[str, Any]:
    case = analyser.implies(asked.shown, asked.bound)
    values = None if case is None else smallest(case, asked.broken)
    return {
        "kind": asked.kind,
        "name": asked.name,
        "sentence": asked.sentence,
        "proved": case is None,
        "counterexample": values and {name: _plain(value) for name, value in values.items()},
        "told": values and told_case(values, asked.of),
    }


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _questions(
    policy: PolicySetVersion, invariants: Sequence[Invariant], before: PolicySetVersion | None
) -> Iterator[Question]:
    for each in invariants:
        yield from (_never(policy, each, of) for of in each.of)
    for purpose in PURPOSES:
        yield _left_out(policy, purpose)
    for of in (ANYTHING, *sorted(ALL_FACETS)) if before else ():
        yield _no_more(policy, before or policy, str(of))


def _never(policy: PolicySetVersion, invariant: Invariant, of: str) -> Question:
    gives, takes = _sides(policy, of)
    parts = conjuncts(invariant.conditions)
    return Question(
        "invariant", f"{invariant.id} ({of})", invariant.sentence, of,
        _text(_as(gives, "permit") | _as(takes, "forbid")), _ALWAYS + invariant.text,
        lambda values: _both(_is_shown(gives, takes, values), all_hold(parts, values)),
    )  # fmt: skip


def _left_out(policy: PolicySetVersion, purpose: str) -> Question:
    out = [rule for rule in policy.rules.values() if not can_apply({"conditions": rule.conditions}, purpose)]
    never = f'@id("never") forbid (principal, action, resource) when {{ context.purpose == Purpose::"{purpose}" }};\n'
    return Question(
        "slice", purpose, f"No rule that is left out for {purpose} can apply to it.", ANYTHING,
        _text(_as(out, "permit")), _ALWAYS + never,
        lambda values: _both(values["purpose"] == purpose, _is_shown(out, (), values)),
    )  # fmt: skip


def _no_more(policy: PolicySetVersion, before: PolicySetVersion, of: str) -> Question:
    """Ask whether a draft shows no more; where its author says that it does, it is put as if it showed nothing."""
    gives, takes = _sides(policy, of)
    gave, took = _sides(before, of)
    said = {
        f"said-{number}": each.conditions
        for number, each in enumerate(policy.shows_more)
        if of == ANYTHING or {of, ANYTHING} & {*each.of}
    }
    excused = {name: {**_head("forbid"), "conditions": list(conditions)} for name, conditions in said.items()}
    parts = [conjuncts(conditions) for conditions in said.values()]

    def broken(values: Values) -> Truth:
        within = _either([all_hold(each, values) for each in parts] + [_is_shown(gave, took, values)])
        return _both(_is_shown(gives, takes, values), None if within is None else not within)

    but = ", but where its author says so" if said else ""
    return Question(
        "no-more", of, f"Of {of}, the draft shows no more than the version in force{but}.", of,
        _text(_as(gives, "permit") | _as(takes, "forbid") | excused),
        _text(_as(gave, "permit") | _as(took, "forbid")), broken,
    )  # fmt: skip


def _sides(policy: PolicySetVersion, of: str) -> tuple[list[LoadedRule], list[LoadedRule]]:
    """Return the rules that give and those that take a facet, or for `anything` all that is not as if absent."""
    rules = policy.rules.values()
    if of == ANYTHING:
        gives = [rule for rule in rules if rule.action in {Action.SEE, Action.ASK, Action.EXIST}]
        return gives, [rule for rule in rules if rule.action is None]
    gives = [rule for rule in rules if rule.action is Action.SEE and of in rule.facets]
    takes = [rule for rule in rules if rule.action is None or (rule.action is Action.WITHHOLD and of in rule.facets)]
    return gives, takes


def _is_shown(gives: Iterable[LoadedRule], takes: Iterable[LoadedRule], values: Values) -> Truth:
    given = _either([all_hold(conjuncts(rule.conditions), values) for rule in gives])
    taken = _either([all_hold(conjuncts(rule.conditions), values) for rule in takes])
    return _both(given, None if taken is None else not taken)


def _either(answers: Sequence[Truth]) -> Truth:
    return True if True in answers else None if None in answers else False


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _as(rules: Iterable[LoadedRule], effect: str) -> dict[str, Any]:
    return {rule.rule.id: {**_head(effect), "conditions": list(rule.conditions)} for rule in rules}


def _head(effect: str) -> dict[str, Any]:
    return {"effect": effect, "principal": _ALL, "action": _ALL, "resource": _ALL}


def _text(policies: Mapping[str, Any]) -> str:
    return cedarpy.policies_from_json_str(
        json.dumps({"templates": {}, "staticPolicies": dict(policies), "templateLinks": []})
    )
