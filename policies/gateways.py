"""Says whether the lawful bases that are claimed can carry a purpose on a day, by the table `law/gateways.yaml`.

Whether a claim is true is not for this module: it finds the one that cannot be, and the one that lacks its statement.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from policies.model import LawfulBasis, Purpose, Statement

_CONDITIONS: Final = ("UKGDPR-", "DPA2018-", "confidence-")


def basis_fault(
    purpose: Purpose, bases: frozenset[LawfulBasis], law_on: date, stated: Mapping[Statement, str]
) -> str | None:
    """Return a sentence on the first basis that cannot carry the purpose on that day, None where all can.

    `stated` is what was said besides the reason: a basis may need one such statement.
    """
    for basis in sorted(bases - {LawfulBasis.UNKNOWN}):
        begins = _table()["in_force"].get(basis.value, {}).get("from")
        if begins is not None and law_on < begins:
            return f"The basis {basis.value} is law from {begins.isoformat()}."
        if not _stands_beside(basis) and basis.value not in carried(purpose):
            return f"The basis {basis.value} cannot carry the purpose {purpose.value}: {_instead(purpose)}."
        if fault := _unstated(basis, stated):
            return fault
    return None


def carried(purpose: Purpose) -> tuple[str, ...]:
    """Return the gateways that can carry a purpose."""
    return tuple(_table()["gateways"].get(purpose.value, ()))


def _unstated(basis: LawfulBasis, stated: Mapping[Statement, str]) -> str | None:
    name = _table()["needs"].get(basis.value)
    if name is None:
        return None
    statement, said = _table()["statements"][name], stated.get(Statement(name), "")
    words = statement.get("one_of", ())
    if said in words or (not words and any(map(str.isalpha, said))):
        return None
    which = f", as one of {', '.join(words)}" if words else ", in words"
    return f"The basis {basis.value} needs a statement ({name}): {statement['missing']}{which}."


def _instead(purpose: Purpose) -> str:
    gateways = carried(purpose)
    return f"it needs one of {', '.join(gateways)}" if gateways else "no gateway of the table does"


def _stands_beside(basis: LawfulBasis) -> bool:
    return basis is not LawfulBasis.CONSENT and basis.value.startswith(_CONDITIONS)


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = yaml.safe_load((files("policies") / "law" / "gateways.yaml").read_text("utf-8"))
    return table
