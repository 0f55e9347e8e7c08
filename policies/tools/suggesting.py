"""Looks for a case that one lost condition would change, close to a scenario that is there, and writes it as one.

What it writes says what the policy does now; whether that is right, and by which authority, is for its author to say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, Final, get_args

from policies.conditions import all_hold, conjuncts, named, truth
from policies.model import FactsClass, RequestClass, Traits, Verdict
from policies.ruleset import LoadedRule
from policies.tools.classes import FIELDS, assignments, candidates, class_of, values_of
from policies.tools.running import told
from policies.tools.scenarios import Scenario

Differs = Callable[[RequestClass, FactsClass], tuple[Verdict, Verdict] | None]

_TRIED: Final = 300
_REQUEST: Final = ("bases", "risk", "emergency", "identity_only", "reasonable_cause", "strategy_member", "called_back")
_USUAL: Final[Mapping[str, Any]] = {
    **Traits._field_defaults, "own": False, "bases": frozenset(), "risk": "not-rated", "training": "not-known",
    **dict.fromkeys(("emergency", "identity_only", "reasonable_cause", "strategy_member", "called_back"), False),
}  # fmt: skip


def suggested(
    rule: LoadedRule, part: int | None, scenarios: Sequence[Scenario], differs: Differs
) -> dict[str, Any] | None:
    """Return a scenario in which a rule's condition decides, None where none was found: it may be one too many."""
    parts = conjuncts(rule.conditions)
    for values in _cases(parts, part, scenarios):
        request, item = class_of(values)
        verdicts = differs(request, item)
        if verdicts is not None:
            return written(values, *verdicts)
    return None


def _cases(parts: Sequence[Any], part: int | None, scenarios: Sequence[Scenario]) -> Iterator[dict[str, Any]]:
    others = [each for number, each in enumerate(parts) if number != part]
    lost = [] if part is None else [parts[part]]
    for scenario in scenarios:
        base = values_of(scenario.request.class_key(), scenario.facts.class_key(scenario.request.viewer))
        if all_hold(parts, base):
            yield from _near(base, others, lost)
    fields = named(parts)
    found = assignments(fields, lambda values: all_hold(others, values))
    yield from islice((values for values in found if _fails(lost, values)), _TRIED)


def _near(base: dict[str, Any], others: Sequence[Any], lost: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the case itself where nothing is lost, else those that differ from it in the lost condition's fields."""
    fields = named(lost)
    for words in islice(product(*(_values(name, words) for name, words in fields.items())), _TRIED):
        values = {**base, **dict(zip(fields, words, strict=True))}
        if _fails(lost, values) and all_hold(others, values):
            yield values


def _values(name: str, words: set[Any]) -> list[Any]:
    tried = candidates(name, words)
    if members := get_args(FIELDS[name]):
        spare = sorted({word.value for word in members[0] if word.name != "UNKNOWN"} - words)
        return [*(frozenset({word}) for word in spare[:1]), *tried]
    return tried


def _fails(lost: Sequence[Any], values: Mapping[str, Any]) -> bool:
    return not lost or truth(lost[0], values) is False


def written(values: Mapping[str, Any], verdict: Verdict, spoilt: Verdict) -> dict[str, Any]:
    """Return a case and its verdict as a scenario is written, with what a spoilt rule changes; no id, no authority."""
    other = told(spoilt)
    plain = {name: _plain(value) for name, value in values.items()}
    shown = {name: value for name, value in plain.items() if value != _plain(_USUAL.get(name, ()))}
    day = str(values.get("law_on", 20261122))
    viewer = {"kind": plain.get("agency_kind", "voluntary"), "roles": plain.get("roles", [])}
    return {
        "viewer": viewer | ({"training": shown["training"]} if "training" in shown else {}),
        "purpose": plain.get("purpose", "own-service"),
        **({} if values.get("reasoned", True) else {"reason": ""}),
        **({} if day == "20261122" else {"law_on": f"{day[:4]}-{day[4:6]}-{day[6:]}"}),
        **{name: shown[name] for name in _REQUEST if name in shown},
        "item": {name: shown[name] for name in ("own", *Traits._fields) if name in shown},
        "expect": {
            "verdict": verdict.effect.value,
            **{name: words for name, words in told(verdict).items() if words or other[name]},
            "rules": [str(rule.id) for rule in verdict.rules],
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return str(value) if isinstance(value, str) else value
