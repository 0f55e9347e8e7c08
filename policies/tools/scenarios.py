"""Reads scenario files: one viewer, one item and the verdict that must come of it, each with its authority.

A word that no vocabulary holds is refused, unless the scenario is about just that (`word-not-known`): a misspelt role
would else be a scenario that passes by denying.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from policies.errors import PolicyError, ScenarioError
from policies.lines import line_of_field, on_line
from policies.model import ALL_FACETS, Effect, Facts, Request, Traits, Vocabulary
from policies.model.records import Reading

_VIEWER: Final = "viewer-agency"
_OWNER: Final = "owner-agency"
_REQUEST: Final = {
    "reason": "Two contacts this week.", "law_on": "2026-11-22", "person": "the-child", "as_of": 1, "decided_at": 1,
}  # fmt: skip
_ITEM: Final = {"owner_kind": "police", "subject_kind": "child", "item_type": "police-incident"}
# Where a scenario writes what a request or an item has under another name, or within another field.
_PLACES: Final = {
    "agency_kind": "viewer.kind", "roles": "viewer.roles", "training": "viewer.training",
    **{name: f"item.{name}" for name in Traits._fields},
}  # fmt: skip
_NAMES: Final = ("facets", "review", "by", "obligations")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of it: the effect, each list that is named exactly, and rules that must be among those named."""

    effect: Effect
    lists: Mapping[str, tuple[str, ...]]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table of what must hold; `row` is the table's, where it has one."""

    id: str
    row: int | None
    authority: str
    request: Request
    facts: Facts
    expected: Expected


def read_scenarios(texts: Mapping[str, str]) -> list[Scenario]:
    """Return the scenarios of files by name; raises `ScenarioError` naming the file and the scenario."""
    scenarios = [scenario for file in sorted(texts) for scenario in _of_file(file, texts[file])]
    ids = [scenario.id for scenario in scenarios]
    for name in ids:
        if ids.count(name) > 1:
            raise ScenarioError("Two scenarios have one id.", code="scenario-twice", place=name)
    return scenarios


def read_case(text: str, place: str) -> tuple[Request, Facts]:
    """Return the request and the item of one case, written as a scenario's are; raises `ScenarioError`."""
    return _case(_mapping(_yaml(text, place), place), place)[:2]


def _of_file(file: str, text: str) -> Iterable[Scenario]:
    entries = _mapping(_yaml(text, file), file).get("scenarios")
    if not isinstance(entries, list):
        raise ScenarioError("A file of scenarios has a list of them.", code="scenario-malformed", place=file)
    for number, entry in enumerate(entries):
        path = f"scenarios.{number}"
        try:
            fields = _mapping(entry, path)
            yield _scenario(fields, path)
        except ScenarioError as error:
            where = on_line(file, line_of_field(text, error.place or path))
            told = f"{where}: {entry.get('id', number + 1)}" if isinstance(entry, dict) else where
            raise ScenarioError(error.message, code=error.code, place=told) from error


def _yaml(text: str, place: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = on_line(place, None if mark is None else mark.line + 1)
        raise ScenarioError("This is not YAML.", code="scenario-malformed", place=where) from error


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ScenarioError("Names with values are expected here.", code="scenario-malformed", place=place)
    return dict(value)


def _scenario(fields: dict[str, Any], place: str) -> Scenario:
    try:
        name, row, authority = fields.pop("id"), fields.pop("row", None), fields.pop("authority")
        expected = _expected(_mapping(fields.pop("expect"), place))
    except KeyError as error:
        raise ScenarioError(f"It has no {error.args[0]}.", code="scenario-malformed", place=place) from error
    except (ValueError, PolicyError) as error:
        raise ScenarioError(
            f"What is expected cannot be read: {error}", code="scenario-malformed", place=place
        ) from error
    request, facts, unknown = _case(fields, place)
    if unknown and "word-not-known" not in expected.rules:
        fault = f"It uses a word that no vocabulary holds ({', '.join(unknown)})."
        raise ScenarioError(fault, code="scenario-word-unknown", place=f"{place}.{_PLACES.get(unknown[0], unknown[0])}")
    return Scenario(str(name), row, str(authority), request, facts, expected)


def _expected(fields: dict[str, Any]) -> Expected:
    lists: dict[str, Any] = {name: fields.pop(name) for name in _NAMES if name in fields}
    if lists.get("facets") == "all":
        lists["facets"] = list(ALL_FACETS)
    read = Reading(
        {**lists, "verdict": fields.pop("verdict"), "rules": fields.pop("rules", [])} | fields, "an expectation"
    )
    found = {name: tuple(sorted(read.texts(name))) for name in lists}
    expected = Expected(read.ours("verdict", Effect), found, tuple(read.texts("rules")))
    read.finish()
    return expected


def _case(fields: dict[str, Any], place: str) -> tuple[Request, Facts, list[str]]:
    """Return the request, the item, and the fields that hold a word outside their vocabulary."""
    viewer, item = (_mapping(fields.pop(name, {}), place) for name in ("viewer", "item"))
    agency = viewer.pop("agency", _VIEWER)
    kind = {"agency_kind": viewer.pop("kind")} if "kind" in viewer else {}
    owner = agency if item.pop("own", False) else item.pop("owner", _OWNER)
    try:
        request = Request.from_record(_REQUEST | _plain(fields) | _plain(viewer) | kind | {"viewer": agency})
        facts = Facts.from_record(_ITEM | _plain(item) | {"owner": owner})
    except PolicyError as error:
        raise ScenarioError(error.message, code="scenario-malformed", place=place) from error
    asked = request.class_key()
    return request, facts, [*_unknown(asked._asdict()), *_unknown(facts.traits._asdict())]


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what YAML read, with its dates as text again."""
    return {str(name): value.isoformat() if hasattr(value, "isoformat") else value for name, value in fields.items()}


def _unknown(values: Mapping[str, object]) -> Iterable[str]:
    for name, value in values.items():
        words = value if isinstance(value, frozenset) else (value,)
        if any(isinstance(word, Vocabulary) and word.name == "UNKNOWN" for word in words):
            yield name
