"""`mash user`: who may ask, for which agency and in which roles."""

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_table

app = typer.Typer(help="Who may ask.", no_args_is_help=True)


@app.callback()
def family() -> None:
    """Keep `list` a command of its own, however few there are."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the users, each with their agency and roles."""
    from hub.application.directory import user_json
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        users = user_json(hub.directory.load())
    rows = [(user["id"], user["agency"], ", ".join(user["roles"]), user["name"]) for user in users]
    columns = ("user", "agency", "roles", "name")
    Screen(as_json).answer({"users": users}, lambda console: show_table(console, columns, rows, "No users yet."))
