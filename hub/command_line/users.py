"""`mash user`: who may ask, for which agency and in which roles, and whose training has lapsed."""

from typing import Annotated, Any

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson, AsUser, asked, day
from hub.command_line.output import Screen, show_table

app = typer.Typer(help="Who may ask.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="USER", help="The user's id, such as social.worker.")]
Until = Annotated[str, typer.Option(help="The last day on which their safeguarding training is valid, as 2027-03-31.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the users, each with their agency and roles."""
    from hub.application.directory import user_json
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        users = user_json(hub.directory.load())
    rows = [
        (user["id"], user["agency"], ", ".join(user["roles"]), user["name"], user["trained_until"] or "not known")
        for user in users
    ]
    columns = ("user", "agency", "roles", "name", "trained until")
    Screen(as_json).answer({"users": users}, lambda console: show_table(console, columns, rows, "No users yet."))


@app.command()
def add(
    user: Id,
    name: Annotated[str, typer.Option(help="The user's name.")],
    agency: Annotated[str, typer.Option(help="The agency that they work for.")],
    role: Annotated[list[str], typer.Option(help="What they do, such as practitioner; may be repeated.")],
    trained_until: Annotated[str | None, typer.Option(help="The last day on which their training is valid.")] = None,
    manager: Annotated[str | None, typer.Option(help="The user who is their manager.")] = None,
    as_json: AsJson = False,
) -> None:
    """Register a user."""
    from hub.bootstrap import open_hub
    from hub.partnership import registered_user
    from hub.settings import read_settings

    told = {"id": user, "name": name, "agency": agency, "roles": role, "manager": manager}
    registered = registered_user({**told, "trained_until": trained_until}, by=operator())
    with open_hub(read_settings()) as hub:
        hub.directory.register_user(registered)
    _say(as_json, {"user": user}, f"{user} is registered.")


@app.command()
def train(user: Id, until: Until, as_json: AsJson = False) -> None:
    """Record up to which day a user's safeguarding training is valid."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        hub.directory.record_training(user, day(until), by=operator())
    _say(as_json, {"user": user, "trained_until": until}, f"{user} is trained until {until}.")


@app.command()
def move(
    user: Id,
    agency: Annotated[str, typer.Option(help="The agency that they work for from now on.")],
    role: Annotated[list[str], typer.Option(help="What they do from now on; may be repeated.")],
    as_json: AsJson = False,
) -> None:
    """Give a user another agency or other roles; their sessions end."""
    from hub.bootstrap import open_hub
    from hub.partnership import known_roles
    from hub.settings import read_settings

    roles = known_roles(role)
    with open_hub(read_settings()) as hub:
        hub.directory.move_user(user, agency, roles, by=operator())
    _say(as_json, {"user": user, "agency": agency, "roles": roles}, f"{user} is now of {agency}: {', '.join(roles)}.")


@app.command()
def remove(
    user: Id, reason: Annotated[str, typer.Option(help="Why they may use the hub no more.")], as_json: AsJson = False
) -> None:
    """Let a user in no more; their sessions end, and nobody else is ever given their id."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        hub.directory.user_leaves(user, reason=reason, by=operator())
    _say(as_json, {"user": user}, f"{user} is let in no more.")


@app.command()
def notices(as_user: AsUser, as_json: AsJson = False) -> None:
    """Tell a manager who of their staff asked although their training had lapsed; the look is recorded."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.training_notices.of(asked(as_user, "own-service", "To see whose training has lapsed"))
    rows = [
        (each["at"][:19], each["user"], each["purpose"], "refused" if each["refused"] else "answered") for each in found
    ]
    columns = ("at", "user", "purpose", "outcome")
    none = "Nobody whom you manage asked with lapsed training."
    Screen(as_json).answer({"notices": found}, lambda console: show_table(console, columns, rows, none))


def _say(as_json: bool, value: dict[str, Any], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))
