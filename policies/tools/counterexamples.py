"""Makes a counterexample one that can be read: no word in it without which it would be none, and told in a sentence."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from policies.conditions import Truth, Values
from policies.errors import ConditionError
from policies.tools.classes import FIELDS, class_of, values_of

_PLAIN: Final[Mapping[str, str]] = {
    "s17": "section 17", "s47": "section 47", "lado": "dealing with an allegation",
    "lado-allegation": "allegation against a worker", "ae-attendance": "A&E attendance",
}  # fmt: skip
_AGENCIES: Final[Mapping[str, str]] = {
    "childrens-social-care": "children's social care", "mash": "the MASH", "police": "the police",
    "health": "a health agency", "education": "a school or college", "housing": "a housing agency",
    "voluntary": "a voluntary-sector agency", "other-areas-childrens-services": "another area's children's services",
}  # fmt: skip
_FACETS: Final[Mapping[str, str]] = {
    "anything": "that there is {}, or more of it", "what": "what {} tells of", "when": "the date of {}",
    "detail": "the details of {}", "narrative": "the words of {}", "voice": "the child's voice in {}",
    "people": "who else is named in {}", "location": "the place in {}", "source": "who told of {}",
}  # fmt: skip
_ASKING: Final[Mapping[str, Callable[[Any], str]]] = {
    "reasoned": lambda given: "" if given else "gives no reason",
    "bases": lambda bases: f"claims {_listed(bases)}",
    "risk": lambda risk: f"calls the matter {_plain(risk)}",
    "emergency": lambda _: "calls it an emergency",
    "identity_only": lambda _: "asks only whom records are about",
    "training": lambda state: f"has training that is {_plain(state)}",
    "reasonable_cause": lambda _: "has reasonable cause recorded",
    "strategy_member": lambda _: "is in the strategy discussion",
    "called_back": lambda _: "was rung back",
    "law_on": lambda day: f"asks on {_day(day)}",
}
_TOLD_BEFORE: Final = frozenset({"agency_kind", "roles", "purpose", "owner_kind", "subject_kind", "item_type", "own"})


def smallest(case: Values, violates: Callable[[Values], Truth]) -> dict[str, Any]:
    """Return a case with the usual value of each field for which it stays one; as it is where it cannot be read."""
    usual = values_of(*class_of({}))
    values = {**usual, **case}
    try:
        if violates(values) is not True:
            return values
        while (simpler := _a_step(values, usual, violates)) is not None:
            values = simpler
    except (ConditionError, KeyError):
        return {**usual, **case}
    return values


def _a_step(values: Values, usual: Values, violates: Callable[[Values], Truth]) -> dict[str, Any] | None:
    for name in FIELDS:
        for value in _simpler(values[name], usual[name]):
            if value != values[name] and violates({**values, name: value}) is True:
                return {**values, name: value}
    return None


def _simpler(value: Any, usual: Any) -> Iterator[Any]:
    """Yield the usual value; of a set also each of its words alone, and it without each of them."""
    if value != usual:
        yield usual
    if isinstance(value, frozenset) and len(value) > 1:
        yield from (frozenset({word}) for word in sorted(value))
        yield from (value - {word} for word in sorted(value))


def told_case(values: Values, of: str) -> str:
    """Return a case in a sentence, of what would be shown to whom."""
    usual = values_of(*class_of({}))
    odd = {name: value for name, value in values.items() if value != usual[name]}
    who = f"somebody of {_agency(values['agency_kind'])}{_as(values['roles'])}"
    asks = "".join(f" and {said}" for name, say in _ASKING.items() if name in odd and (said := say(odd[name])))
    holder = "their own agency" if values["own"] else _agency(values["owner_kind"])
    record = f"a record of {holder} ({_plain(values['item_type'])}, about a {_plain(values['subject_kind'])})"
    rest = [_of_item(name, odd[name]) for name in odd if name not in _TOLD_BEFORE and name not in _ASKING]
    where = f", where {'; '.join(rest)}" if rest else ""
    purpose, shown = _plain(values["purpose"]), _FACETS[of].format(record)
    return f"For instance, {who}, who asks for {purpose}{asks}, is shown {shown}{where}."


def _agency(kind: str) -> str:
    return _AGENCIES.get(kind, _plain(kind))


def _as(roles: frozenset[str]) -> str:
    return f" as {_listed(roles)}" if roles else ""


def _of_item(name: str, value: Any) -> str:
    field = name.replace("_", " ")
    if isinstance(value, bool):
        return field if value else f"not {field}"
    return f"{field} is {_listed(value) if isinstance(value, frozenset) else _plain(value)}"


def _listed(words: frozenset[str]) -> str:
    return " and ".join(map(_plain, sorted(words))) or "nothing"


def _plain(word: object) -> str:
    return _PLAIN.get(str(word), str(word).replace("-", " ").replace("mash ", "MASH "))


def _day(number: int) -> str:
    try:
        return date.fromisoformat(str(number)).isoformat()
    except ValueError:
        return "some other day"
