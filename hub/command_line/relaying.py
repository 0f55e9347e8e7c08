"""`mash relay`: send agencies what standing agreements let them see."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, say_waiting
from hub.command_line.stopping import stopping


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("relay")(relay)


def relay(
    once: Annotated[bool, typer.Option("--once", help="End when all that is recorded by now is served.")] = False,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Begin for new recipients with what is recorded already.")
    ] = False,
    beat_hours: Annotated[
        int, typer.Option(min=1, max=168, help="How often changes and receipts are told, in hours.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Send agencies what standing agreements let them see, what has changed of that, and receipts to owners."""
    from consumers.relay import Relay
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    with stopping() as stop, open_hub(read_settings()) as hub, screen.progress("Relaying") as progress:
        made = Relay(
            hub, stop, from_beginning=from_beginning, beat=timedelta(hours=beat_hours),
            on_batch=lambda total: progress(total.disclosures), on_pause=say_waiting,
            on_standby=_say_standing_by, on_missing=_say_missing,
        )  # fmt: skip
        done = made.run(once=once)
    value = {
        "disclosures": done.disclosures,
        "notices": done.notices,
        "receipts": done.receipts,
        "waiting": done.waiting,
        "missing": done.missing,
    }
    screen.answer(value, lambda console: _show(console, value))


def _say_standing_by() -> None:
    typer.echo("another relay runs: standing by to take over when it ends", err=True)


def _say_missing(topics: list[str]) -> None:
    told = (
        f"not there yet, served when made (mash kafka apply): {', '.join(topics)}" if topics else "all topics are there"
    )
    typer.echo(told, err=True)


def _show(console: Any, value: dict[str, Any]) -> None:
    console.print(f"disclosures {value['disclosures']}, notices {value['notices']}, receipts {value['receipts']}")
    for agency in value["waiting"]:
        console.print(f"{agency} has no key to open what it would be sent: mash agency rotate-opening-key {agency}")
