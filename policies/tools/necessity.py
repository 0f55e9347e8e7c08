"""Turns the table `law/necessity.yaml` into rules: one for each entry, withholding what its function does not need.

The rules are text like any other, reviewed, hashed and kept with the policy version; Cedar decides by them alone.
`python -m policies.tools.necessity > policies/rules/necessity.cedar` writes them.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import yaml

from policies.model import EventAge, Facet, Level, Purpose, RiskLevel
from policies.tools.formatting import formatted

FILE: Final = "necessity.cedar"
_AGES: Final = [
    EventAge.WITHIN_6_MONTHS,
    EventAge.WITHIN_1_YEAR,
    EventAge.WITHIN_2_YEARS,
    EventAge.WITHIN_5_YEARS,
    EventAge.OLDER,
]
_HEAD: Final = (
    "// Written by `python -m policies.tools.necessity` from policies/law/necessity.yaml: change the table, not this.\n"
    "// What a function does not need of another agency's record is withheld, by urgency and by the record's age.\n"
)


def rules_text() -> str:
    """Return the rules of the shipped table, in the one layout."""
    table = yaml.safe_load((files("policies") / "law" / "necessity.yaml").read_text("utf-8"))
    return formatted(FILE, _HEAD + "\n".join(map(_rule, table["needs"])))


def _rule(entry: Mapping[str, Any]) -> str:
    needed = {Facet(facet) for facet in entry["needs"]}
    withheld = " ".join(facet.value for facet in Facet if facet not in needed)
    conditions = ["!resource.own", _any_of("context.purpose", [Purpose(each) for each in entry["purposes"]])]
    if "risk" in entry:
        conditions.append(_any_of("context.risk", [RiskLevel(each) for each in entry["risk"]]))
    if "levels" in entry:
        conditions.append(_any_of("resource.level", [Level(each) for each in entry["levels"]]))
    if "older_than" in entry:
        older = _AGES[_AGES.index(EventAge(entry["older_than"])) + 1 :]
        conditions.append(_any_of("resource.event_age", older))
    return f"""@id("{entry["id"]}")
@authority("{entry["authority"]}")
@reason("{entry["reason"]}")
@facets("{withheld}")
permit (principal, action == Action::"withhold", resource)
when {{ {" && ".join(conditions)} }}
unless {{ context.identity_only }};
"""


def _any_of(field: str, words: Sequence[Purpose | RiskLevel | Level | EventAge]) -> str:
    """Return the condition that a field is one of some words; raises `ValueError` for a word that does not exist."""
    if any(word.name == "UNKNOWN" for word in words) or not words:
        raise ValueError(f"The table of necessity has a word for {field} that does not exist.")
    named = [f'{type(word).__name__}::"{word.value}"' for word in words]
    return f"{field} == {named[0]}" if len(named) == 1 else f"[{', '.join(named)}].contains({field})"


if __name__ == "__main__":
    print(rules_text(), end="")  # noqa: T201 - this is the file
