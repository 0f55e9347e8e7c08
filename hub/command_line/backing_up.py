"""`mash backup` and `mash restore`."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_pairs


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder for the log.")],
    keys_to: Annotated[Path, typer.Option("--keys-to", metavar="DIR", help="A new folder for the keys, apart.")],
    as_json: AsJson = False,
) -> None:
    """Back up the log into one folder and the wrapped keys into another; status 1 where the log is not whole."""
    from hub.backing_up import back_up
    from hub.errors import HubError
    from hub.settings import read_settings

    screen = Screen(as_json)
    with screen.progress("Backing up"):
        made = back_up(read_settings(), to, keys_to)
    whole = made.verified.whole and made.fault is None
    value = {
        "log": str(to),
        "keys": str(keys_to),
        "position": made.log.position,
        "rows": sum((made.log.tables | made.keys.tables).values()),
        "tree": {"size": made.log.tree_size, "root": made.log.tree_root},
        "whole": whole,
    }
    said = f"Backed up to position {made.log.position}: the log in {to}, the keys in {keys_to}. Keep the two apart."
    screen.answer(value, lambda console: console.print(said, markup=False, soft_wrap=True))
    if not whole:
        screen.fail(HubError("What was backed up is not what was recorded: run mash log verify.", code="log-changed"))
        raise typer.Exit(1)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup of the log.")],
    keys: Annotated[Path, typer.Option("--keys", metavar="DIR", help="The backup of the keys, the newest.")],
    as_json: AsJson = False,
) -> None:
    """Restore a hub from its backups into an empty database, and verify it; the secrets must be back first."""
    from hub.restoring import restore as restore_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    with screen.progress("Restoring"):
        found = restore_hub(read_settings(), folder, keys)
    value = {
        "position": found.position,
        "events": found.events,
        "leaves": found.tree_size,
        "subjects": found.subjects,
        "destroyed": found.destroyed,
    }
    screen.answer(value, lambda console: show_pairs(console, list(value.items())))
