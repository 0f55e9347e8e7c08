"""The MAIS form of an agreement, `SharingPolicy`: read strictly by the published schema, and turned into terms.

Parties both provide and receive, so each ordered pair of them has a term. Whoever restricts an action of ODRL that
sends (`odrl:transfer` and the like) forbids the relay, whatever another agreement allows. What binds the recipient goes
with what it is sent; a duty that the hub has no sentence for, or a measure that it does not take, is refused.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from policies.agreements import names
from policies.agreements.terms import Term
from policies.errors import AgreementError

_MOST: Final = 10_000
_LONGEST: Final = 2_000


@cache
def _fields() -> list[dict[str, Any]]:
    schema = json.loads((files("policies") / "agreements" / "sharing-policy.json").read_text("utf-8"))
    fields: list[dict[str, Any]] = schema["entities"][0]["fields"]
    return fields


def is_mais(value: object) -> bool:
    """Say whether a value is meant for a SharingPolicy: it has names of that form and none of the other."""
    return isinstance(value, Mapping) and bool({"Party", "PermittedUse", "Identifier", "URI"} & value.keys())


def terms_of(value: Any, place: str) -> list[Term]:
    """Return the terms of a SharingPolicy; raises AgreementError naming the field and what was expected."""
    _check(value, _fields(), place)
    first, last = (date.fromisoformat(value[name]) for name in ("StartDate", "EndDate"))
    if last < first:
        raise _wrong("a day that is not before StartDate", f"{place}EndDate", "dates-reversed")
    denies = names.forbids_sending(value["PermittedUse"], value.get("Restrictions", []), place)
    purposes = _all(value["Purpose"], names.purposes, f"{place}Purpose")
    types = _all(value["Data"], names.record_types, f"{place}Data")
    duties = names.duties(value.get("DataRecipientResponsibilities", []), f"{place}DataRecipientResponsibilities")
    names.refuse_measures(value.get("SecurityMeasure", []), f"{place}SecurityMeasure")
    parties = [party["CatalogueID"] for party in value["Party"]]
    if len(parties) < 2:
        raise _wrong("two parties or more", f"{place}Party", "one-party")
    if not denies and not names.lets_send(value["PermittedUse"]):
        return []
    return [
        Term(
            owner, tuple(theirs), (), purposes, types, denies, denies, first, last,
            _line(value["Name"]), _line("; ".join(value.get("LegalCompliance", [])) or value["URI"]),
            _line(value["Contact"]), place, duties,
        )
        for mine in parties
        for owner in mine
        for theirs in parties
        if theirs is not mine
    ]  # fmt: skip


def _all(codes: list[str], read: Callable[[str, str], tuple[str, ...]], place: str) -> tuple[str, ...]:
    return tuple(sorted({word for number, code in enumerate(codes) for word in read(code, f"{place}.{number}")}))


def _line(text: str) -> str:
    return " ".join(text.split())[:300] or "-"


def _check(value: Any, fields: list[dict[str, Any]], place: str) -> None:
    if not isinstance(value, Mapping):
        raise _wrong("an object", place)
    if more := sorted(value.keys() - {field["name"] for field in fields}):
        raise _wrong(f"no other field than {', '.join(field['name'] for field in fields)}", f"{place}{more[0]}")
    for field in fields:
        least, most = field["cardinality"].split("..")
        if field["name"] not in value:
            if least == "1":
                raise _wrong(f"a field {field['name']}", place)
        else:
            for each, where in _values(value[field["name"]], most, least, f"{place}{field['name']}"):
                _check_one(each, field, where)


def _values(value: Any, most: str, least: str, place: str) -> Iterator[tuple[Any, str]]:
    if most == "1":
        yield value, place
        return
    if not isinstance(value, list) or not int(least) <= len(value) <= _MOST:
        raise _wrong(f"a list of {least} to {_MOST:,}", place)
    for number, each in enumerate(value):
        yield each, f"{place}.{number}"


def _check_one(value: Any, field: Mapping[str, Any], place: str) -> None:
    if "children" in field:
        _check(value, field["children"], f"{place}.")
    elif not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise _wrong(f"a text of 1 to {_LONGEST:,} characters ({field['type']})", place)
    elif field["type"] == "URI" and ":" not in value:
        raise _wrong("a URI", place)
    elif field["type"] == "DateStamp" and not _is_day(value):
        raise _wrong("a day such as 2026-09-30", place)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _wrong(expected: str, place: str, code: str = "bad-agreement") -> AgreementError:
    return AgreementError(f"This does not fit the MAIS SharingPolicy; expected {expected}.", code=code, place=place)
