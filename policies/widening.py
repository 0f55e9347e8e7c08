"""Where the author of a draft says that it may show more than the version in force: kept with the draft, in its hash.

    shows_more:
      - of: what when          # facets, or `anything`: not even that something exists was told there before
        because: The duty begins, and holders have recorded their answers.
        authority: Children Act 2004 s16LA
        when: context.purpose == Purpose::"s17" && resource.injury

A proof that a draft shows no more leaves out what is said here; nothing is decided by it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cedarpy
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import PolicyLoadError
from policies.lines import line_of_field, on_line
from policies.model import Facet

FILE: Final = "shows-more.yaml"
ANYTHING: Final = "anything"


@dataclass(frozen=True, slots=True)
class Widening:
    """One such place: of which facets, why, by which authority, and where, in Cedar's JSON form."""

    of: tuple[str, ...]
    because: str
    authority: str
    conditions: tuple[Any, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    of: str = Field(min_length=1)
    because: str = Field(min_length=1, max_length=1_000)
    authority: str = Field(min_length=1, max_length=1_000)
    when: str = Field(min_length=1, max_length=10_000)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shows_more: list[_Entry] = Field(max_length=100)


def read_widenings(text: str, schema: cedarpy.Schema) -> tuple[Widening, ...]:
    """Return what a file says, nothing where there is none; raises `PolicyLoadError` naming the line."""
    if not text:
        return ()
    try:
        entries = _File.model_validate(yaml.safe_load(text)).shows_more
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _fault(f"{place}: {first['msg']}", line_of_field(text, place)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _fault("it is not YAML", None if mark is None else mark.line + 1) from error
    return tuple(
        _widening(entry, schema, line_of_field(text, f"shows_more.{number}")) for number, entry in enumerate(entries)
    )


def _widening(entry: _Entry, schema: cedarpy.Schema, line: int | None) -> Widening:
    of = tuple(entry.of.split())
    if of != (ANYTHING,) and not set(of) <= {facet.value for facet in Facet}:
        raise _fault("`of` names facets, or anything", line)
    rule = f"permit (principal, action, resource) when {{ {entry.when} }};"
    try:
        parsed: Mapping[str, Any] = json.loads(cedarpy.policies_to_json_str(rule))["staticPolicies"]
    except ValueError as error:
        raise _fault(f"`when` is no condition of Cedar: {error}", line) from error
    result = cedarpy.validate_policies(rule, schema)
    if len(parsed) != 1 or not result.validation_passed:
        fault = result.errors[0].error if result.errors else "one condition, and nothing after it"
        raise _fault(f"`when` does not fit the schema: {fault}", line)
    (policy,) = parsed.values()
    return Widening(of, entry.because, entry.authority, tuple(policy["conditions"]))


def _fault(what: str, line: int | None) -> PolicyLoadError:
    fault = f"What the draft says of showing more cannot be read: {what}."
    return PolicyLoadError(fault, code="shows-more-malformed", place=on_line(FILE, line))
