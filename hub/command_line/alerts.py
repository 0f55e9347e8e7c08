"""`mash alerts`: what those who protect a child are told of searches that matched the child."""

from typing import Annotated

import typer

from hub.command_line.options import AsJson, AsUser, Purpose, Reason, asked
from hub.command_line.output import Screen, show_table

_COLUMNS = ("at", "reference", "searched_by", "decision")

app = typer.Typer(help="Searches that matched a child whom your agency protects.", no_args_is_help=True)


@app.callback()
def family() -> None:
    """Keep `list` a command of its own, however few there are."""


@app.command("list")
def list_(
    as_user: AsUser,
    purpose: Purpose,
    reason: Reason,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Of how many searches, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the alerts to this user's agency, the newest first; the look is recorded."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.alerts.newest(asked(as_user, purpose, reason), limit)
    rows = [(each["at"][:19], *(each[name] for name in _COLUMNS[1:])) for each in found]
    columns = ("at", "your reference", "searched by", "decision")
    Screen(as_json).answer({"alerts": found}, lambda console: show_table(console, columns, rows, "No alerts yet."))
