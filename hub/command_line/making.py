"""`mash init`, `mash stop` and `mash schema`."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson
from hub.command_line.output import Screen

PartnershipFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The partnership, as YAML.")]
Folder = Annotated[Path, typer.Option("--to", help="The folder to write to.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("stop")(stop)
    app.command("schema")(schema)


def init(file: PartnershipFile = None, as_json: AsJson = False) -> None:
    """Make the hub and its partnership in $MASH_HOME, or what is missing of them."""
    from hub.making import make_hub
    from hub.partnership import read_partnership
    from hub.settings import read_settings

    screen, settings = Screen(as_json), read_settings()
    partnership = read_partnership(file)
    with screen.progress("Making the hub"):
        made = make_hub(settings, partnership, by=operator(), only_if_empty=file is None)
    value = {
        "home": str(settings.home),
        "name": partnership.name,
        "migrations": made.migrations,
        "agencies": made.agencies,
        "users": made.users,
        "agreements": made.agreements,
        "policy": made.policy,
        "reviews": made.reviews,
    }
    if made.agencies or made.users or made.migrations or made.agreements or made.policy or made.reviews:
        said = f"{partnership.name}: {len(made.agencies)} agencies and {len(made.users)} users added in {settings.home}"
    else:
        whose = partnership.name if file is not None else "The hub"
        said = f"{whose}: nothing to add, everything is in {settings.home} already"
    if made.policy:
        said += (
            f"\nThe shipped policy {made.policy[:12]} is in force; no partner has approved it (mash policy versions)."
        )
    screen.answer(value, lambda console: console.print(said, markup=False))


def stop(as_json: AsJson = False) -> None:
    """Stop the embedded PostgreSQL; the next command starts it again."""
    from hub.bootstrap import stop_database
    from hub.settings import read_settings

    stopped = stop_database(read_settings())
    said = "PostgreSQL stopped." if stopped else "No PostgreSQL of this hub is running."
    Screen(as_json).answer({"stopped": stopped}, lambda console: console.print(said))


def schema(to: Folder = Path("docs/contract"), as_json: AsJson = False) -> None:
    """Write the contract's JSON Schemas and its AsyncAPI document."""
    from hub.contract.documents import documents

    made = documents()
    to.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (to / name).write_text(text, encoding="utf-8")
    value = {"folder": str(to), "files": sorted(made)}
    Screen(as_json).answer(value, lambda console: console.print(f"{len(made)} documents written to {to}", markup=False))
