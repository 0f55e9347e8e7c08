"""`mash agreement`: what agencies are sent without asking each time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table

app = typer.Typer(help="Make and end standing agreements.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id, such as encompass-schools.")]


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Agreements as YAML, as in a partnership's file.")],
    as_json: AsJson = False,
) -> None:
    """Make the standing agreements of a file; they are in force from their first day on."""
    from hub.bootstrap import open_hub
    from hub.partnership import read_agreements
    from hub.settings import read_settings

    made = [entry.made(by=operator()) for entry in read_agreements(file)]
    with open_hub(read_settings()) as hub:
        hub.directory.make_agreements(made)
    names = [each.id for each in made]
    said = f"Made: {', '.join(names)}. What they name is sent while mash relay runs."
    _say(as_json, {"agreements": names}, said)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the standing agreements, the ended ones too."""
    from hub.application.agreements import agreement_json
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        agreements = agreement_json(hub.directory.load().agreements.values(), datetime.now(UTC))
    rows = [
        (each["id"], each["owner"], each["recipient"], each["purpose"], ", ".join(each["types"]), _state(each))
        for each in agreements
    ]
    columns = ("agreement", "owner", "recipient", "purpose", "types", "state")
    Screen(as_json).answer({"agreements": agreements}, lambda console: console.print(table(None, columns, rows)))


@app.command()
def end(
    agreement: Id,
    reason: Annotated[str, typer.Option(help="Why, in words; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """End an agreement at once; its recipient is told on the next beat that what it was sent has changed."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        hub.directory.end_agreement(agreement, reason=reason, by=operator())
    _say(as_json, {"agreement": agreement}, f"{agreement} is ended: nothing more is sent under it.")


def _state(agreement: dict[str, Any]) -> str:
    if agreement["ended"]:
        return "ended"
    until = f" until {agreement['until']}" if agreement["until"] else ""
    word = "forbids" if agreement["effect"] == "deny" else "in force"
    return f"{word}{until}" if agreement["in_force"] else f"from {agreement['from']}{until}"


def _say(as_json: bool, value: dict[str, Any], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))
