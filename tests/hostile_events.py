"""Events of every type with something hostile in each field where an agency may write words, made from the contract."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from hub.contract.event import ConcernEvent

_DATES: Final = {"date": "2024-01-01", "date-time": "2024-01-01T09:00:00Z", "time": "09:00:00"}
_NOT_OF_THEMSELVES: Final = frozenset({"correction", "retraction"})
_TRIES: Final = 60


class _NoneHereError(Exception):
    """No words go here."""


def hostile_events(words: str, subject: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the data of one event of each type, valid, about a subject, with the words wherever they may stand."""
    schema = ConcernEvent.model_json_schema()
    for event_type in schema["$defs"]:
        detail = schema["$defs"][event_type]
        kind = detail.get("properties", {}).get("type", {}).get("const")
        if kind and kind not in _NOT_OF_THEMSELVES:
            rest = _value({**schema, "properties": _without(schema["properties"])}, schema["$defs"], words)
            data = {**rest, "detail": _value(detail, schema["$defs"], words)}
            data["subject"] = {
                **data["subject"],
                **subject,
                "person": {**data["subject"]["person"], **subject["person"]},
            }
            yield _valid(data)


def _without(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in properties.items() if name not in {"detail", "corrects", "retracts"}}


def _value(schema: Mapping[str, Any], defs: Mapping[str, Any], words: str) -> Any:
    """Return a value of a schema; raises `_NoneHereError` where none is known."""
    if "$ref" in schema:
        return _value(defs[schema["$ref"].rsplit("/", 1)[1]], defs, words)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for either in schema.get("anyOf", schema.get("oneOf", ())):
        if either.get("type") != "null":
            return _value(either, defs, words)
    if schema.get("type") == "object":
        return _object(schema, defs, words)
    if schema.get("type") == "array":
        return [_value(schema["items"], defs, words)]
    if schema.get("type") == "string":
        return _text(schema, words)
    known = {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}
    if schema.get("type") in known:
        return known[schema["type"]]
    raise _NoneHereError


def _object(schema: Mapping[str, Any], defs: Mapping[str, Any], words: str) -> dict[str, Any]:
    made = {}
    for name, each in schema.get("properties", {}).items():
        try:
            made[name] = _value(each, defs, words)
        except _NoneHereError:
            assert name not in schema.get("required", ()), name
    return made


def _text(schema: Mapping[str, Any], words: str) -> str:
    if schema.get("format") in _DATES:
        return _DATES[schema["format"]]
    if "pattern" in schema or "format" in schema:
        raise _NoneHereError
    return words[: schema.get("maxLength", 10_000)]


def _valid(data: dict[str, Any]) -> dict[str, Any]:
    """Return an event without the fields that the contract refuses."""
    for _ in range(_TRIES):
        try:
            ConcernEvent.model_validate_json(json.dumps(data))
        except ValidationError as error:
            _drop(data, [step for step in error.errors()[0]["loc"] if step != data["detail"]["type"]])
        else:
            return data
    raise AssertionError(f"no valid {data['detail']['type']} was found")


def _drop(data: Any, place: list[Any]) -> None:
    if len(place) == 1:
        del data[place[0]]
    else:
        _drop(data[place[0]], place[1:])
