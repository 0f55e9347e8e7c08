"""`python -m tests.benchmarks [names] [--json FILE] [--scale X]`: measure, print, say what is reached."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from tests.benchmarks import (
    analysts,
    census,
    chronology,
    durable,
    families,
    ingest,
    kafka,
    policy,
    policy_service,
    proof,
    replay,
    web,
)
from tests.benchmarks.machine import describe_machine, load_now, versions
from tests.benchmarks.report import Outcome, report, show, write_json

WORKS: Mapping[str, Callable[[float], Outcome]] = {
    "ingest": ingest.measure,
    "durable": durable.measure,
    "chronology": chronology.measure,
    "census": census.measure,
    "families": families.measure,
    "kafka": kafka.measure,
    "policy-service": policy_service.measure,
    "proof": proof.measure,
    "replay": replay.measure,
    "policy": policy.measure,
    "web": web.measure,
    "analysts": analysts.measure,
}


def main() -> None:
    """Measure the works that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which of {', '.join(WORKS)}; all if none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report to a file too")
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="0.1 measures a tenth of the size")
    given = parser.parse_args()
    if unknown := set(given.names) - WORKS.keys():
        parser.error(f"there is no work {sorted(unknown)[0]}")
    console = Console(width=150)
    machine, before = describe_machine(), load_now()
    console.print(f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB; load before {before}")
    console.print(", ".join(f"{name} {number}" for name, number in versions().items()), highlight=False)
    outcomes = []
    for name in given.names or WORKS:
        outcome = WORKS[name](given.scale)
        show(console, outcome)
        outcomes.append(outcome)
    if given.json:
        write_json(given.json, report(outcomes, given.scale, before))


if __name__ == "__main__":
    main()
