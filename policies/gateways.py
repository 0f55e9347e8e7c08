"""Says whether the lawful bases that are claimed can carry a purpose on a day, by the table of a policy version.

Whether a claim is true is not for this module: it finds the one that cannot be, and the one that lacks its statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import PolicyLoadError
from policies.lines import line_of_field, line_with, on_line
from policies.model import LawfulBasis, Purpose, Statement

FILE: Final = "gateways.yaml"
_CONDITIONS: Final = ("UKGDPR-", "DPA2018-", "confidence-")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is missing where a statement is not made, and the words of which it must be one, if any."""

    missing: str
    one_of: tuple[str, ...] = ()

    def met(self, said: str) -> bool:
        """Say whether what was said is such a statement."""
        return said in self.one_of or (not self.one_of and any(map(str.isalpha, said)))


@dataclass(frozen=True, slots=True)
class Gateways:
    """Which statutory gateways carry which purpose, from which day each is law, and what a basis needs stated."""

    carry: Mapping[Purpose, tuple[LawfulBasis, ...]]
    begin: Mapping[LawfulBasis, date]
    needs: Mapping[LawfulBasis, Statement]
    wanted: Mapping[Statement, Wanted]

    def fault(
        self, purpose: Purpose, bases: frozenset[LawfulBasis], law_on: date, stated: Mapping[Statement, str]
    ) -> str | None:
        """Return a sentence on the first basis that cannot carry the purpose on that day, None where all can.

        `stated` is what was said besides the reason: a basis may need one such statement.
        """
        for basis in sorted(bases - {LawfulBasis.UNKNOWN}):
            begins = self.begin.get(basis)
            if begins is not None and law_on < begins:
                return f"The basis {basis.value} is law from {begins.isoformat()}."
            if not _stands_beside(basis) and basis not in self.carry.get(purpose, ()):
                return f"The basis {basis.value} cannot carry the purpose {purpose.value}: {self._instead(purpose)}."
            if fault := self._unstated(basis, stated):
                return fault
        return None

    def _unstated(self, basis: LawfulBasis, stated: Mapping[Statement, str]) -> str | None:
        name = self.needs.get(basis)
        if name is None or self.wanted[name].met(stated.get(name, "")):
            return None
        words = self.wanted[name].one_of
        which = f", as one of {', '.join(words)}" if words else ", in words"
        return f"The basis {basis.value} needs a statement ({name}): {self.wanted[name].missing}{which}."

    def _instead(self, purpose: Purpose) -> str:
        gateways = self.carry.get(purpose, ())
        return f"it needs one of {', '.join(gateways)}" if gateways else "no gateway of the table does"


def _stands_beside(basis: LawfulBasis) -> bool:
    return basis is not LawfulBasis.CONSENT and basis.value.startswith(_CONDITIONS)


class _InForce(BaseModel):
    model_config = ConfigDict(extra="forbid")
    begins: date = Field(alias="from")


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    missing: str
    one_of: list[str] = []


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    gateways: dict[str, list[str]]
    in_force: dict[str, _InForce]
    needs: dict[str, Statement]
    statements: dict[Statement, _Wanted]


def read_gateways(text: str) -> Gateways:
    """Return the table of a text; raises PolicyLoadError naming what is not in order."""
    try:
        table = _Table.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _fault("The table of gateways cannot be read", _line_of(text, error), error) from error
    words = {*table.in_force, *table.needs, *(basis for carried in table.gateways.values() for basis in carried)}
    if unknown := sorted({word for word in words if LawfulBasis(word) is LawfulBasis.UNKNOWN}):
        raise _fault(f"No lawful basis is named {unknown[0]!r:.60}", line_with(text, unknown[0]))
    wanted = {purpose.value for purpose in Purpose if purpose is not Purpose.UNKNOWN}
    if odd := sorted(wanted ^ table.gateways.keys()):
        fault = f"Every purpose, and nothing else, has its gateways, if only []: {odd[0]!r:.60}"
        raise _fault(fault, line_with(text, odd[0]) if odd[0] in table.gateways else line_of_field(text, "gateways"))
    if unsaid := sorted(set(table.needs.values()) - table.statements.keys()):
        fault = f"What is missing without the statement {unsaid[0].value} is not said"
        raise _fault(fault, line_with(text, unsaid[0].value))
    return Gateways(
        {Purpose(purpose): tuple(map(LawfulBasis, carried)) for purpose, carried in table.gateways.items()},
        {LawfulBasis(basis): dates.begins for basis, dates in table.in_force.items()},
        {LawfulBasis(basis): statement for basis, statement in table.needs.items()},
        {name: Wanted(wanted.missing, tuple(wanted.one_of)) for name, wanted in table.statements.items()},
    )


def _line_of(text: str, error: Exception) -> int | None:
    if isinstance(error, ValidationError):
        return line_of_field(text, ".".join(map(str, error.errors(include_input=False)[0]["loc"])))
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else int(mark.line) + 1


def _fault(what: str, line: int | None, error: Exception | None = None) -> PolicyLoadError:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        what += f": {'.'.join(map(str, first['loc']))[:60]}: {first['msg']}"
    return PolicyLoadError(f"{what}.", code="gateways-malformed", place=on_line(FILE, line))


@cache
def shipped_gateways() -> str:
    """Return the text of the table that is shipped with the package."""
    return (files("policies") / "law" / FILE).read_text("utf-8")
