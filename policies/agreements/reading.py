"""Reads a file of agreements, of the MAIS or the DfE form, whole or not at all; a fault names its line."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.agreements import dfe, mais
from policies.agreements.terms import Term
from policies.errors import AgreementError
from policies.lines import line_of_field

_MOST: Final = 10_000


def read_terms(text: bytes) -> list[Term]:
    """Return what a file comes to; raises AgreementError whose place is the line and the field."""
    value = dfe.read_json(text)
    try:
        return [term for place, each in _agreements(value) for term in _terms(each, place)]
    except AgreementError as error:
        line = line_of_field(text.decode(), error.place or "")
        place = ", ".join(each for each in (f"line {line}" if line else "", error.place) if each) or None
        raise AgreementError(error.message, code=error.code, place=place) from error


def _agreements(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each agreement with its place: one alone, a list, or what `{"SharingPolicy": ...}` holds."""
    if isinstance(value, Mapping) and value.keys() == {"SharingPolicy"}:
        yield from ((f"SharingPolicy.{place}", each) for place, each in _agreements(value["SharingPolicy"]))
    elif isinstance(value, list):
        if not 0 < len(value) <= _MOST:
            raise AgreementError(f"Expected 1 to {_MOST:,} agreements.", code="bad-agreement")
        yield from ((f"{number}.", each) for number, each in enumerate(value))
    else:
        yield "", value


def _terms(value: Any, place: str) -> list[Term]:
    if mais.is_mais(value):
        return mais.terms_of(value, place)
    return [
        term
        for name, agreement in dfe.agreements_in(value, place).items()
        for term in dfe.terms_of(agreement, dfe.source_of(agreement, name, place), f"{place}{name}{'.' * bool(name)}")
    ]
