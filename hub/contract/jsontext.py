"""Read JSON that has one meaning only: UTF-8, no field named twice, no depth that could exhaust a reader."""

import json
from typing import Any

import orjson

from hub.errors import PoisonError

MAX_DEPTH = 32
_SORTED = orjson.OPT_SORT_KEYS


def read_json(text: bytes) -> Any:
    """Return the value; raises `PoisonError` ("not-json", "duplicate-keys").

    What our own publishers send is canonical already: then writing it again gives the same bytes, and no field can
    have been named twice. Anything else takes the slower look.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PoisonError("The text is not JSON in UTF-8.", code="not-json") from error
    if orjson.dumps(value, option=_SORTED) != text:
        _refuse_depth(value, MAX_DEPTH)
        json.loads(text, object_pairs_hook=_unique)
    return value


def _refuse_depth(value: Any, left: int) -> None:
    if left == 0:
        raise PoisonError("The JSON is nested too deeply.", code="not-json")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        _refuse_depth(each, left - 1)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise PoisonError("A field is named twice.", code="duplicate-keys")
    return fields
