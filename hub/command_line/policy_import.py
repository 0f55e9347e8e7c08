"""`mash policy import`: sharing agreements of the published forms into the directory."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson
from hub.command_line.output import Screen

Agencies = Annotated[
    list[str] | None,
    typer.Option("--agency", metavar="ORGANISATION=AGENCY", help="Which agency an organisation is; more than once."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(bring_in)


def bring_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A SharingPolicy of MAIS, or an agreement of the DfE.")],
    agency: Agencies = None,
    as_json: AsJson = False,
) -> None:
    """Make the standing agreements of a file, all or none; the same file again adds nothing."""
    from hub.application.importing import import_agreements
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    agencies = dict(map(_pair, agency or []))
    with open_hub(read_settings()) as hub:
        found = import_agreements(hub.directory, file, agencies, by=operator())
    said = f"{len(found.made)} agreements made, {found.known} were there already (mash agreement list)."
    value = {"agreements": found.made, "known": found.known}
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))


def _pair(text: str) -> tuple[str, str]:
    organisation, separator, agency = text.partition("=")
    if not (organisation and separator and agency):
        raise typer.BadParameter("Write ORGANISATION=AGENCY.")
    return organisation, agency
