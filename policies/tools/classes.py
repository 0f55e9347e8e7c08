"""Classes of requests and items as an author's tools go through them: field by field, by the words that rules name.

Of the words that no rule names, one stands for all; of sets, the empty one, each word alone and all together are tried.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_type_hints

from policies.conditions import Truth, Values
from policies.model import AgencyKind, FactsClass, ItemType, Purpose, RequestClass, RiskLevel, SubjectKind, Traits

_REQUEST: Final = get_type_hints(RequestClass)
_ITEM: Final = {"own": bool, **get_type_hints(Traits)}
FIELDS: Final[Mapping[str, Any]] = {**_REQUEST, **_ITEM}
_TODAY: Final = 20261122
_USUAL_REQUEST: Final = RequestClass(
    AgencyKind.VOLUNTARY, frozenset(), Purpose.OWN_SERVICE, frozenset(), RiskLevel.NOT_RATED,
    reasoned=True, emergency=False, identity_only=False, law_on=_TODAY,
)  # fmt: skip
_USUAL_ITEM: Final = Traits(AgencyKind.POLICE, SubjectKind.CHILD, ItemType.POLICE_INCIDENT)


def values_of(request: RequestClass, item: FactsClass) -> dict[str, Any]:
    """Return every field by name, its words as plain text."""
    own, traits = item
    return {name: _plain(value) for name, value in {**request._asdict(), "own": own, **traits._asdict()}.items()}


def class_of(values: Values) -> tuple[RequestClass, FactsClass]:
    """Return the classes that some fields stand for; a field that is not named has its usual value."""
    read = {name: _read(FIELDS[name], value) for name, value in values.items()}
    own = read.pop("own", False)
    request = _USUAL_REQUEST._replace(**{name: value for name, value in read.items() if name in _REQUEST})
    traits = _USUAL_ITEM._replace(**{name: value for name, value in read.items() if name not in _REQUEST})
    return request, (own, traits)


def candidates(name: str, words: set[Any]) -> list[Any]:
    """Return the values to try for a field: those named, and one that stands for all others."""
    hint = FIELDS[name]
    if hint is bool:
        return [True, False]
    if hint is int:
        return sorted({_TODAY, *words, *(_before(word) for word in words)})
    if members := get_args(hint):
        known = sorted(words & _all(members[0]))
        together = [frozenset(known)] if len(known) > 1 else []
        return [*(frozenset({word}) for word in known), frozenset(), *together]
    others = sorted(_all(hint) - words)
    return [*sorted(words & _all(hint)), *others[:1]]


def assignments(fields: Mapping[str, set[Any]], wanted: Callable[[Values], Truth]) -> Iterator[dict[str, Any]]:
    """Yield the values of fields for which something is so; what cannot become so is not gone into."""
    yield from _assigned({}, sorted(fields), fields, wanted)


def _assigned(
    values: dict[str, Any], left: Sequence[str], fields: Mapping[str, set[Any]], wanted: Callable[[Values], Truth]
) -> Iterator[dict[str, Any]]:
    so = wanted(values)
    if so is False:
        return
    if not left:
        if so:
            yield dict(values)
        return
    name, *rest = left
    for value in candidates(name, fields[name]):
        yield from _assigned({**values, name: value}, rest, fields, wanted)


def _all(vocabulary: Any) -> set[str]:
    return {word.value for word in vocabulary if word.name != "UNKNOWN"}


def _before(day: int) -> int:
    return day - 1


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return frozenset(str(word) for word in value)
    return str(value) if isinstance(value, str) else value


def _read(hint: Any, value: Any) -> Any:
    if hint in (bool, int):
        return value
    if members := get_args(hint):
        return frozenset(members[0](word) for word in value)
    return hint(value)
