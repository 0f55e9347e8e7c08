"""What a benchmark found: figures, and goals that compare one figure with another of the same run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.machine import describe_machine, load_now, versions


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that must be reached: a figure, or its ratio to what was measured beside it."""

    what: str
    measured: float
    unit: str
    threshold: float
    beside: str | None = None
    comparator: float | None = None
    at_most: bool = False

    @property
    def judged(self) -> float:
        """Return what is held against the threshold: the ratio where there is a comparator, else the figure."""
        return self.measured if self.comparator is None else self.measured / self.comparator

    @property
    def reached(self) -> bool:
        """Say whether the threshold is reached."""
        return self.judged <= self.threshold if self.at_most else self.judged >= self.threshold

    def as_json(self) -> dict[str, Any]:
        """Return the goal with its ratio and whether it is reached."""
        return {
            "what": self.what,
            "measured": self.measured,
            "unit": self.unit,
            "beside": self.beside,
            "comparator": self.comparator,
            "ratio": None if self.comparator is None else self.judged,
            "threshold": {"at_most" if self.at_most else "at_least": self.threshold},
            "reached": self.reached,
        }


@dataclass(slots=True)
class Outcome:
    """What one work came to; `figures` are the numbers behind the goals, each named with its unit."""

    title: str
    goals: list[Goal] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float], digits: int = 1) -> dict[str, float]:
    """Return least, median and greatest of repeated measurements."""
    return {
        "min": round(min(values), digits),
        "median": round(median(values), digits),
        "max": round(max(values), digits),
    }


def report(outcomes: Sequence[Outcome], scale: float, load_before: float) -> dict[str, Any]:
    """Return everything as JSON values."""
    return {
        "machine": describe_machine(),
        "versions": versions(),
        "load": {"before": load_before, "after": load_now()},
        "scale": scale,
        "works": [
            {"title": each.title, "goals": [goal.as_json() for goal in each.goals], "figures": each.figures}
            for each in outcomes
        ],
        "reached": all(goal.reached for each in outcomes for goal in each.goals),
    }


def show(console: Console, outcome: Outcome) -> None:
    """Print one work's goals and figures as tables."""
    table = Table(title=outcome.title, title_justify="left", title_style="bold")
    for heading in ("must reach", "measured", "beside it in the same run", "ratio", "threshold", "reached"):
        table.add_column(heading, justify="left" if heading in {"must reach", "beside it in the same run"} else "right")
    for goal in outcome.goals:
        beside = "" if goal.comparator is None else f"{goal.beside}: {_number(goal.comparator)} {goal.unit}"
        ratio = "" if goal.comparator is None else f"{goal.judged:.2f}"
        bound = f"{'<=' if goal.at_most else '>='} {goal.threshold:g}"
        table.add_row(
            goal.what, f"{_number(goal.measured)} {goal.unit}", beside, ratio, bound, "yes" if goal.reached else "NO"
        )
    console.print(table)
    for name, value in outcome.figures.items():
        console.print(f"  {name}: {_told(value)}", highlight=False, markup=False)
    console.print()


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write the report to a file."""
    path.write_text(json.dumps(value, indent=1) + "\n")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
