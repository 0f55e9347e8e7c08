"""The DfE form of an agreement: of each source organisation, `defaults` and `exceptions` to them.

Follows the reference evaluator of DFE-Digital's single-unique-identifier (draft ADR 0005): an exception precedes a
default, no match is deny, comparison ignores case, validity is inclusive at both ends. Differs in one thing: two
matching exceptions that disagree are an error, where the reference goes by their order.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from policies.agreements import names
from policies.agreements.terms import Term
from policies.errors import AgreementError
from policies.lines import line_of_name_twice

_MOST = 10_000
_WITHOUT_ZONE = "a moment needs its offset from UTC, as in 2026-01-01T00:00:00Z"


class Effect(StrEnum):
    """What a rule does."""

    ALLOW = "allow"
    DENY = "deny"


def _with_offset(value: object) -> object:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(_WITHOUT_ZONE)
        return moment
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_with_offset)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(max_length=_MOST)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Form = TypeVar("Form", bound=_Form)


class AgreementRule(_Form):
    """One rule; a list that is empty or missing matches nothing, and where ids are given types are not read."""

    effect: Annotated[Effect, BeforeValidator(_lower)]
    modes: Names = ()
    recordTypes: Names = ()  # noqa: N815 - the names of the form
    destOrgIds: Names = ()  # noqa: N815
    destOrgTypes: Names = ()  # noqa: N815
    purposes: Names = ()
    validFrom: Moment | None = None  # noqa: N815
    validUntil: Moment | None = None  # noqa: N815
    reason: Annotated[str, Field(max_length=2000)] | None = None

    def matches(self, request: "AgreementRequest") -> bool:
        """Say whether the rule speaks of this request."""
        return (
            _names(self.modes, request.mode)
            and _names(self.recordTypes, request.recordType)
            and _names(self.purposes, request.purpose)
            and self._reaches(request)
            and (self.validFrom is None or self.validFrom <= request.at)
            and (self.validUntil is None or request.at <= self.validUntil)
        )

    def _reaches(self, request: "AgreementRequest") -> bool:
        if self.destOrgIds:
            return _names(self.destOrgIds, request.destOrgId)
        return _names(self.destOrgTypes, request.destOrgType)


class Agreement(_Form):
    """What one organisation agreed to."""

    sourceOrgId: Name | None = None  # noqa: N815
    version: Name | None = None
    defaults: Annotated[tuple[AgreementRule, ...], Field(max_length=_MOST)] = ()
    exceptions: Annotated[tuple[AgreementRule, ...], Field(max_length=_MOST)] = ()


class AgreementRequest(_Form):
    """Who asks whom for what kind of record, to what purpose, and whether for its content or for its existence."""

    sourceOrgId: Name  # noqa: N815
    destOrgId: Name  # noqa: N815
    destOrgType: Name  # noqa: N815
    recordType: Name  # noqa: N815
    purpose: Name
    mode: Name
    at: Moment


@dataclass(frozen=True, slots=True)
class Answer:
    """What one agreement says to one request, by which kind of rule."""

    effect: Effect
    rule: str
    reason: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the documented shape of `mash policy agreement evaluate --json`."""
        return {
            "effect": self.effect.value,
            "rule": self.rule,
            "reason": self.reason,
            "validFrom": _written(self.valid_from),
            "validUntil": _written(self.valid_until),
        }


def evaluate(agreement: Agreement, request: AgreementRequest) -> Answer:
    """Return what the agreement says; raises AgreementError where two matching exceptions disagree."""
    if agreement.sourceOrgId is not None and not _names([agreement.sourceOrgId], request.sourceOrgId):
        return Answer(Effect.DENY, "none", "The agreement is another organisation's.")
    exceptions = [rule for rule in agreement.exceptions if rule.matches(request)]
    if len({rule.effect for rule in exceptions}) > 1:
        raise AgreementError("Two exceptions match and disagree.", code="exceptions-disagree", place="exceptions")
    default = next((rule for rule in agreement.defaults if rule.matches(request)), None)
    for kind, rule in (("exception", exceptions[0] if exceptions else None), ("default", default)):
        if rule is not None:
            reason = rule.reason or f"The agreement has a {kind} that says {rule.effect.value}."
            return Answer(rule.effect, kind, reason, rule.validFrom, rule.validUntil)
    return Answer(Effect.DENY, "none", "No rule of the agreement matches.")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two exceptions, by number from 0, that would both match some request and say the opposite."""

    one: int
    other: int


def disagreements(rules: Sequence[AgreementRule]) -> Iterator[Disagreement]:
    """Yield the pairs of rules that could both match one request and disagree, for want of which order decides."""
    reach: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for name in {"", *map(str.casefold, rule.destOrgIds or rule.destOrgTypes)}:
            reach.setdefault(name, []).append(number)
    # One that names ids and one that names types may mean the same organisation, so those meet under no name.
    mixed = len({bool(rule.destOrgIds) for rule in rules}) > 1
    groups = [reach[""]] if mixed and rules else [group for name, group in reach.items() if name]
    seen: set[tuple[int, int]] = set()
    for group in groups:
        effects = {effect: [number for number in group if rules[number].effect is effect] for effect in Effect}
        for one in effects[Effect.ALLOW]:
            for other in effects[Effect.DENY]:
                pair = (min(one, other), max(one, other))
                if pair not in seen and _overlap(rules[one], rules[other]):
                    seen.add(pair)
                    yield Disagreement(*pair)


def _overlap(one: AgreementRule, other: AgreementRule) -> bool:
    pairs = ((one.modes, other.modes), (one.recordTypes, other.recordTypes), (one.purposes, other.purposes))
    return all(_common(*pair) for pair in pairs) and _same_reach(one, other) and _same_time(one, other)


def _same_reach(one: AgreementRule, other: AgreementRule) -> bool:
    """Say whether both could reach one organisation; one named by its id may be of any type."""
    if one.destOrgIds and other.destOrgIds:
        return _common(one.destOrgIds, other.destOrgIds)
    if one.destOrgIds or other.destOrgIds:
        return bool((one.destOrgIds or one.destOrgTypes) and (other.destOrgIds or other.destOrgTypes))
    return _common(one.destOrgTypes, other.destOrgTypes)


def _same_time(one: AgreementRule, other: AgreementRule) -> bool:
    begins = max((each.validFrom for each in (one, other) if each.validFrom is not None), default=None)
    ends = min((each.validUntil for each in (one, other) if each.validUntil is not None), default=None)
    return begins is None or ends is None or begins <= ends


def _common(one: Sequence[str], other: Sequence[str]) -> bool:
    return not {name.casefold() for name in one}.isdisjoint(name.casefold() for name in other)


def _names(names: Sequence[str], name: str) -> bool:
    return name.casefold() in {each.casefold() for each in names}


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def terms_of(agreement: Agreement, source: str, place: str) -> list[Term]:
    """Return the terms of an agreement; raises AgreementError where words, dates or rules are not in order.

    What is allowed of EXISTENCE alone lets nothing be sent, so it has no term.
    """
    for kind, rules in (("exceptions", agreement.exceptions), ("defaults", agreement.defaults)):
        for each in disagreements(rules):
            fault = f"Rules {each.one + 1} and {each.other + 1} could both match a request, and disagree."
            raise AgreementError(fault, code=f"{kind}-disagree", place=f"{place}{kind}.{each.other}")
    return [
        term
        for kind, rules in (("exceptions", agreement.exceptions), ("defaults", agreement.defaults))
        for number, rule in enumerate(rules)
        for term in _terms_of_rule(rule, source, kind == "exceptions", f"{place}{kind}.{number}")
    ]


def _terms_of_rule(rule: AgreementRule, source: str, exception: bool, place: str) -> list[Term]:
    types = {word for name in rule.recordTypes for word in names.record_types(name, f"{place}.recordTypes")}
    purposes = {word for name in rule.purposes for word in names.purposes(name, f"{place}.purposes")}
    kinds = tuple(names.agency_kind(name, f"{place}.destOrgTypes") for name in rule.destOrgTypes)
    modes = {mode.upper() for mode in rule.modes}
    if not modes <= {"EXISTENCE", "CONTENT"}:
        raise names.unknown("mode", "EXISTENCE or CONTENT", f"{place}.modes")
    if rule.validFrom and rule.validUntil and rule.validUntil < rule.validFrom:
        raise AgreementError("A rule ends before it begins; expected the later moment in validUntil.",
                             code="dates-reversed", place=f"{place}.validUntil")  # fmt: skip
    denies = rule.effect is Effect.DENY
    matches_nothing = not (types and purposes and modes and (rule.destOrgIds or kinds))
    if matches_nothing or (not denies and "CONTENT" not in modes):
        return []
    reason = " ".join((rule.reason or "").split())[:300] or f"The agreement of {source}."
    return [
        Term(
            source, rule.destOrgIds, () if rule.destOrgIds else kinds, tuple(sorted(purposes)), tuple(sorted(types)),
            denies, exception, rule.validFrom, rule.validUntil, reason,
            f"The agreement of {source}"[:300], source, place,
        )
    ]  # fmt: skip


def read_agreement(text: bytes, source: str | None = None) -> Agreement:
    """Read an agreement, or that of `source` out of an object of agreements by organisation; raises AgreementError."""
    value = read_json(text)
    if isinstance(value, Mapping) and value and not set(value) & set(Agreement.model_fields):
        value = next((each for name, each in value.items() if source and _names([name], source)), {})
    return _valid(Agreement, value)


def read_agreements(text: bytes) -> dict[str, Agreement]:
    """Read an agreement, or all of an object of agreements by organisation, by its name; raises AgreementError."""
    return agreements_in(read_json(text))


def agreements_in(value: Any, place: str = "") -> dict[str, Agreement]:
    """Return an agreement, or all of an object of agreements by organisation, by its name; raises AgreementError."""
    if isinstance(value, Mapping) and value and not set(value) & set(Agreement.model_fields):
        return {str(name): _valid(Agreement, each, f"{place}{name}.") for name, each in value.items()}
    return {"": _valid(Agreement, value, place)}


def source_of(agreement: Agreement, name: str, place: str) -> str:
    """Return the organisation whose agreement it is; raises AgreementError where it does not say."""
    source = agreement.sourceOrgId or name
    if not source or (name and agreement.sourceOrgId and name.casefold() != agreement.sourceOrgId.casefold()):
        fault = "Whose agreement this is does not follow; expected sourceOrgId."
        raise AgreementError(fault, code="bad-agreement", place=f"{place}sourceOrgId")
    return source


def read_request(text: bytes) -> AgreementRequest:
    """Read a request; raises AgreementError."""
    return _valid(AgreementRequest, read_json(text))


def _valid(form: type[Form], value: object, within: str = "") -> Form:
    try:
        return form.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = within + ".".join(map(str, first["loc"])) or None
        message = f"The agreement or the request is wrong: {first['msg']}."
        raise AgreementError(message, code="bad-agreement", place=place) from error


def read_json(text: bytes) -> Any:
    """Return what JSON in UTF-8 says, with every name once; raises AgreementError naming the line."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else _line_of_name_twice(text)
        place = None if line is None else f"line {line}"
        raise AgreementError("This is not JSON in UTF-8 with every name once.", code="not-json", place=place) from error


def _line_of_name_twice(text: bytes) -> int | None:
    """Return the line of a name that stands twice, in JSON of bounded depth: YAML's C code has no bound of its own."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line_of_name_twice(text.decode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name twice")
    return fields
