"""Canonical JSON: the one sequence of bytes that a value has (RFC 8785), for everything signed, hashed or committed to.

Allowed values: text, whole numbers within 53 bits, true, false, null, lists, and objects whose names lie in the Basic
Multilingual Plane. There `orjson` gives RFC 8785's bytes at a sixtieth of the cost. Anything else is refused, never
approximated: a fraction (written otherwise in ECMAScript: `1e+21`), NaN (`orjson` writes null), a rarer name (sorted by
UTF-16 there, by code point here), any type that JSON does not have.
"""

from collections.abc import Iterable, Mapping

import orjson

from hub.errors import PoisonError

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_PLAIN: frozenset[type] = frozenset({str, int, bool, type(None)})
_LAST_OF_THE_BASIC_PLANE = "\uffff"


class Canonical(bytes):
    """Bytes that were written here, so that nobody need read them again to know that they are canonical."""

    __slots__ = ()


def canonical(value: object) -> Canonical:
    """Return RFC 8785's bytes for a value; raises `PoisonError` for one outside the allowed domain."""
    text = _written(value)
    if type(value) not in _PLAIN:
        _check(value, only_ascii=text.isascii())
    return Canonical(text)


def canonical_members(value: Mapping[str, object]) -> dict[str, bytes]:
    """Return the canonical bytes of each member of an object by itself; refuses as `canonical` does, for less."""
    members: dict[str, bytes] = {name: Canonical(_written(member)) for name, member in value.items()}
    _check(value, only_ascii=False)
    return members


def canonical_again(value: object) -> bytes:
    """Return the canonical bytes of a value put together from values read from canonical JSON, models and words.

    What `orjson` writes otherwise than RFC 8785 cannot be in such a value, so it is not looked for.
    """
    return _written(value)


def _written(value: object) -> bytes:
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise _refused("the value has no canonical JSON form") from error


def _check(value: object, *, only_ascii: bool) -> None:
    """Refuse what `orjson` accepts and RFC 8785 writes otherwise; depth is bounded by `orjson`, which ran first."""
    containers = [value]
    for container in containers:
        if isinstance(container, dict):
            if not only_ascii:
                _check_names("".join(container))
            members: Iterable[object] = container.values()
        elif isinstance(container, (list, tuple)):
            members = container
        else:
            raise _refused(f"a {type(container).__name__} has no canonical JSON form here")
        for member in members:
            if type(member) not in _PLAIN:
                containers.append(member)


def _check_names(names: str) -> None:
    if not names.isascii() and max(names) > _LAST_OF_THE_BASIC_PLANE:
        raise _refused("a name in an object lies outside the Basic Multilingual Plane")


def _refused(reason: str) -> PoisonError:
    return PoisonError(f"Not canonical JSON: {reason}.", code="not-canonical")
