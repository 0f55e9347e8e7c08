"""The commands of `mash`, put together; each file of this package holds one family of them."""

from functools import cache, partial
from typing import Annotated

import typer
from typer.main import get_command

from hub.command_line import (
    agencies,
    agreements,
    alerts,
    auditing,
    backing_up,
    children,
    consuming,
    deciding,
    demo,
    doctor,
    erasing,
    kafka,
    keys,
    log,
    making,
    mending,
    policy,
    policy_import,
    policy_versions,
    publishing,
    recording,
    relaying,
    reviews,
    serving,
    status,
    synthesising,
    users,
    witness,
)
from hub.software import software_version


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mash {software_version()}")
        raise typer.Exit


app = typer.Typer(
    name="mash",
    help="The operator's door to a safeguarding partnership's information-sharing hub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def mash(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """The operator's door to a safeguarding partnership's information-sharing hub."""
    _ = version


policy_versions.add_to(policy.app)
policy_import.add_to(policy.app)
for family in (
    making, publishing, consuming, relaying, serving, children, demo, doctor, status, synthesising, backing_up
):  # fmt: skip
    family.add_to(app)
app.add_typer(agencies.app, name="agency")
app.add_typer(users.app, name="user")
app.add_typer(agreements.app, name="agreement")
app.add_typer(alerts.app, name="alerts")
app.add_typer(mending.app, name="quarantine")
app.add_typer(children.identity, name="identity")
app.add_typer(recording.app, name="record")
app.add_typer(erasing.app, name="erase")
app.add_typer(erasing.holds, name="hold")
app.add_typer(deciding.app, name="decisions")
app.add_typer(reviews.app, name="reviews")
app.add_typer(auditing.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(policy.app, name="policy")
app.add_typer(log.app, name="log")
app.add_typer(witness.app, name="witness")
app.add_typer(kafka.app, name="kafka")


# Putting the whole command together takes a tenth of a second: whoever runs it several times does so once.
command = cache(partial(get_command, app))
