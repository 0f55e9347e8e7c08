"""The commands of `mash`, put together; each file of this package holds one family of them."""

import typer

from hub.command_line import (
    agencies,
    agreements,
    children,
    consuming,
    deciding,
    demo,
    doctor,
    kafka,
    keys,
    making,
    mending,
    publishing,
    relaying,
    synthesising,
)

app = typer.Typer(
    name="mash",
    help="The operator's door to a safeguarding partnership's information-sharing hub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for family in (making, publishing, consuming, relaying, children, demo, doctor, synthesising):
    family.add_to(app)
app.add_typer(agencies.app, name="agency")
app.add_typer(agreements.app, name="agreement")
app.add_typer(mending.app, name="quarantine")
app.add_typer(children.identity, name="identity")
app.add_typer(deciding.app, name="decisions")
app.add_typer(keys.app, name="keys")
app.add_typer(kafka.app, name="kafka")
