"""`mash consume`: take in what agencies published, and find who is who."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, say_waiting, table
from hub.command_line.stopping import stopping
from hub.errors import RetryableError

PAUSE_SECONDS = 2.0
OUTCOMES = ("stored", "duplicates", "conflicts", "quarantined")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("consume")(consume)


def consume(
    once: Annotated[bool, typer.Option("--once", help="End when all that is published by now is taken in.")] = False,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Take in all that the broker keeps once more, and end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in what agencies published: verify, check, seal, store once; keep aside what cannot be stored."""
    from hub.application.ingest import Intake
    from hub.settings import read_settings

    screen, total, settings = Screen(as_json), Intake(), read_settings()
    with stopping() as stop:
        if once or from_beginning:
            _take_in_once(settings, screen, stop, total, again=from_beginning)
        else:
            _take_in(settings, screen, stop, total)
    screen.answer(intake_json(total), lambda console: show_intake(console, total))


def _take_in_once(settings: Any, screen: Screen, stop: threading.Event, total: Any, *, again: bool) -> None:
    """Take in what is published by now, then find who is who in it."""
    from consumers.identity import grow
    from consumers.worker import take_in
    from hub.bootstrap import open_hub

    with open_hub(settings) as hub:
        with screen.progress("Taking in") as progress:
            each = partial(
                take_in, hub, once=True, stop=stop, again=again,
                on_batch=lambda i: progress(count(i)), on_pause=say_waiting, on_missing=_say_missing,
            )  # fmt: skip
            _patiently(stop, lambda: total.add(each()))
        with screen.progress("Finding who is who") as progress:
            _patiently(stop, lambda: hub.identify(progress, stop.is_set))
            _patiently(stop, lambda: grow(hub, stop.is_set, say_waiting))


def _take_in(settings: Any, screen: Screen, stop: threading.Event, total: Any) -> None:
    """Take in what is published and what comes, and find beside it who is who."""
    from consumers.identity import identifying
    from consumers.worker import take_in
    from hub.bootstrap import open_hub

    with open_hub(settings) as hub, identifying(settings, stop, say_waiting), screen.progress("Taking in") as progress:
        each = partial(
            take_in, hub, once=False, stop=stop,
            on_batch=lambda i: progress(count(i)), on_pause=say_waiting, on_missing=_say_missing,
        )  # fmt: skip
        while not stop.is_set():
            _patiently(stop, lambda: total.add(each()))


def _patiently(stop: threading.Event, work: Callable[[], object]) -> None:
    while not stop.is_set():
        try:
            work()
        except RetryableError as error:
            say_waiting(error, PAUSE_SECONDS)
            stop.wait(PAUSE_SECONDS)
        else:
            return


def _say_missing(topics: list[str]) -> None:
    typer.echo(f"not there yet, and taken in once mash kafka apply has made it: {', '.join(topics)}", err=True)


def count(intake: Any) -> int:
    """Return how many messages an intake counts."""
    return sum(sum(getattr(intake, outcome).values()) for outcome in OUTCOMES)


def intake_json(intake: Any) -> dict[str, Any]:
    """Return the documented shape of `mash consume --once --json`."""
    totals = {outcome: sum(getattr(intake, outcome).values()) for outcome in OUTCOMES}
    return {**totals, "by_type": _by(intake, 0), "by_agency": _by(intake, 1)}


def _by(intake: Any, which: int) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for outcome in OUTCOMES:
        for key, number in getattr(intake, outcome).items():
            counted.setdefault(key[which], Counter())[outcome] += number
    return {name: {outcome: counts[outcome] for outcome in OUTCOMES} for name, counts in sorted(counted.items())}


def show_intake(console: Any, intake: Any) -> None:
    """Print what became of messages for people."""
    value = intake_json(intake)
    console.print(", ".join(f"{outcome} {value[outcome]}" for outcome in OUTCOMES))
    for title, name in (("by type", "by_type"), ("by agency", "by_agency")):
        rows = [(key, *(counts[outcome] for outcome in OUTCOMES)) for key, counts in value[name].items()]
        if rows:
            console.print(table(f"\n{title}", ("", *OUTCOMES), rows))
    if value["conflicts"] or value["quarantined"]:
        console.print("\nWhat was kept aside, and why: mash quarantine list")
