"""`mash keys`: the master key, its rotation, and its shares in escrow. Keys go to files, never to the screen."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_pairs

app = typer.Typer(help="The keys under which everything is sealed.", no_args_is_help=True)

ShareFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files with one share each.")]


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say how many keys there are, and under which version of the master key."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    settings = read_settings()
    with open_hub(settings) as hub:
        counted = hub.vault.status()
    value: dict[str, Any] = {
        "master_key_file": str(settings.master_key),
        "master_version": counted.master_version,
        "subjects": counted.subjects,
        "destroyed": counted.destroyed,
        "references": counted.references,
        "behind": counted.behind,
    }
    Screen(as_json).answer(value, lambda console: show_pairs(console, list(value.items())))


@app.command("rotate-master")
def rotate_master(as_json: AsJson = False) -> None:
    """Make a new version of the master key and wrap every key anew; may be interrupted and run again."""
    from hub.application.keeping import rotate
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen, settings = Screen(as_json), read_settings()
    with open_hub(settings) as hub, screen.progress("Wrapping keys anew") as progress:
        rotated = rotate(hub.urls.keys, settings.master_key, hub.clock, progress)
    value = {"version": rotated.version, "rewrapped": rotated.rewrapped, "resumed": rotated.resumed}
    said = f"Version {rotated.version} is in force; {rotated.rewrapped} keys were wrapped anew. Make new shares now."
    screen.answer(value, lambda console: console.print(said))


@app.command()
def escrow(
    to: Annotated[Path, typer.Option("--to", help="A folder for the shares, one file each, mode 0600.")],
    shares: Annotated[int, typer.Option(min=2, max=16, help="How many shares.")] = 5,
    needed: Annotated[int, typer.Option(min=2, max=16, help="How many of them restore the key.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Split the master key into shares for people who each keep one."""
    from hub.application.keeping import write_shares
    from hub.settings import read_settings

    made = write_shares(read_settings().master_key, to, count=shares, needed=needed)
    value = {"files": [str(file) for file in made.files], "needed": made.needed, "version": made.version}
    said = f"{shares} shares are in {to}; any {needed} restore the key. Give each to another person, then delete them."
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))


@app.command()
def restore(files: ShareFiles, as_json: AsJson = False) -> None:
    """Restore the master key's file from shares."""
    from hub.application.keeping import restore as restore_master_key
    from hub.clock import SystemClock
    from hub.settings import read_settings

    settings = read_settings()
    versions = restore_master_key(files, settings.master_key, SystemClock())
    value = {"master_key_file": str(settings.master_key), "versions": versions}
    said = f"The master key is back in {settings.master_key}."
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))
