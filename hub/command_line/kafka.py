"""`mash kafka`: what agencies need on Kafka as a plan, applied; and a Kafka of one's own on this machine."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table

if TYPE_CHECKING:
    from hub.broker.kafka_connection import KafkaConnection
    from hub.broker.kafka_plan import Change

app = typer.Typer(help="Set up what agencies need on Kafka, or run one here.", no_args_is_help=True)

AllowDelete = Annotated[bool, typer.Option("--allow-delete", help="Remove what nobody needs any more.")]
Rotate = Annotated[
    list[str], typer.Option(metavar="AGENCY", help="Give this agency, or `hub`, another password.", show_default=False)
]
Secrets = Annotated[Path | None, typer.Option(metavar="DIR", help="The folder in which new passwords are handed out.")]
Nodes = Annotated[int, typer.Option(help="How many brokers: 1 or 3.")]

_SIGNS = {"add": "+", "change": "~", "remove": "-", "keep": "="}


@app.command()
def plan(allow_delete: AllowDelete = False, rotate: Rotate = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Show what differs between what the directory's agencies need and what Kafka has; change nothing."""
    from hub.broker.kafka_admin import administrator

    connection, agencies = _needing(rotate)
    with administrator(connection) as admin:
        changes = admin.plan(agencies, allow_delete=allow_delete, rotate=rotate)
    value = _value(changes)
    Screen(as_json).answer(value, lambda console: _show(console, value, done=False))


@app.command()
def apply(
    secrets: Secrets = None,
    allow_delete: AllowDelete = False,
    rotate: Rotate = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Do what the plan shows; new passwords go to files in the folder of --secrets, never to the screen."""
    from hub.broker.kafka_admin import administrator
    from hub.broker.kafka_plan import to_do
    from hub.broker.kafka_users import SecretFolder

    connection, agencies = _needing(rotate)
    folder = SecretFolder(secrets) if secrets else None
    with administrator(connection) as admin:
        changes = admin.plan(agencies, allow_delete=allow_delete, rotate=rotate)
        admin.apply(changes, folder)
        if to_do(changes):
            admin.settle(agencies, allow_delete=allow_delete)
    files = [str(folder.file(user)) for user in _new_passwords(changes)] if folder else []
    value = {**_value(changes), "secrets": files}
    Screen(as_json).answer(value, lambda console: _show(console, value, done=True))


@app.command()
def up(nodes: Nodes = 1, as_json: AsJson = False) -> None:
    """Start a Kafka of one's own in $MASH_HOME/kafka, on loopback, and print the settings that reach it."""
    from hub.broker.kafka_server import local_kafka
    from hub.errors import ConflictError, UsageError
    from hub.settings import read_settings

    if nodes not in {1, 3}:
        raise UsageError("A Kafka of one's own has 1 broker or 3.", code="bad-nodes")
    screen = Screen(as_json)
    with screen.progress("Starting Kafka"):
        server = local_kafka(read_settings().home / "kafka", nodes)
        if len(server.nodes) != nodes:
            raise ConflictError(f"The Kafka here has {len(server.nodes)} brokers, not {nodes}.", code="nodes-differ")
        server.start()
    settings = server.settings(server.admin_secret)
    hub = server.folder / "secrets" / "hub.json"
    value = {"settings": settings, "secrets": str(hub.parent), "hub": str(hub)}
    screen.answer(value, lambda console: console.print(_exports(settings, hub), markup=False, soft_wrap=True))


@app.command()
def down(as_json: AsJson = False) -> None:
    """Stop the Kafka in $MASH_HOME/kafka; what it holds stays."""
    from hub.broker.kafka_server import local_kafka
    from hub.settings import read_settings

    folder = read_settings().home / "kafka"
    stopped = (folder / "cluster.json").exists() and local_kafka(folder).stop()
    said = "Kafka stopped." if stopped else "No Kafka of this hub is running."
    Screen(as_json).answer({"stopped": stopped}, lambda console: console.print(said))


def _needing(rotate: Sequence[str]) -> "tuple[KafkaConnection, list[str]]":
    """Return how the administrator reaches Kafka, and the agencies of the directory; raises `UsageError`."""
    from hub.bootstrap import open_hub
    from hub.contract.primitives import checked_agency_id
    from hub.contract.topics import HUB
    from hub.errors import UsageError
    from hub.settings import read_settings

    settings = read_settings()
    if settings.kafka is None:
        raise UsageError("MASH_BROKER is not kafka: there is nothing to set up.", code="no-kafka")
    with open_hub(settings) as hub:
        directory = hub.directory.load()
    for user in rotate:
        if user != HUB:
            directory.agency(user)
    return settings.kafka, [checked_agency_id(agency) for agency in directory.agencies]


def _new_passwords(changes: "Sequence[Change]") -> list[str]:
    from hub.broker.kafka_plan import Action
    from hub.broker.kafka_topology import User

    giving = {Action.ADD, Action.CHANGE}
    return [each.subject.name for each in changes if isinstance(each.subject, User) and each.action in giving]


def _value(changes: "Sequence[Change]") -> dict[str, Any]:
    from hub.broker.kafka_plan import to_do

    return {"changes": [_described(change) for change in changes], "to_do": len(to_do(changes))}


def _described(change: "Change") -> dict[str, str]:
    """Return a change in its documented shape."""
    what, name, detail = _words(change)
    return {"action": change.action.value, "what": what, "name": name, "detail": detail}


def _words(change: "Change") -> tuple[str, str, str]:
    from hub.broker.kafka_plan import Difference, Settings
    from hub.broker.kafka_topology import Grant, Topic, User

    match change.subject:
        case Topic() as topic:
            return "topic", topic.name, f"{topic.partitions} partitions, {topic.replicas} replicas"
        case Settings() as settings:
            values = (f"{name} {settings.found.get(name, 'unset')} -> {to}" for name, to in settings.wanted.items())
            return "setting", settings.topic, ", ".join(values)
        case Difference() as difference:
            return "topic", difference.topic, difference.words
        case User() as user:
            return "user", user.name, "another password" if change.action.value == "change" else "SCRAM-SHA-512"
        case Grant() as grant:
            return "access", grant.principal, _leave(grant)


def _leave(grant: Any) -> str:
    leave = "may not" if grant.denied else "may"
    host = "" if grant.host == "*" else f" from {grant.host}"
    return f"{leave} {grant.operation} {grant.kind.value} {grant.name}{'*' if grant.prefixed else ''}{host}"


def _show(console: Any, value: dict[str, Any], *, done: bool) -> None:
    changes = value["changes"]
    if changes:
        rows = [(_SIGNS[each["action"]], each["what"], each["name"], each["detail"]) for each in changes]
        console.print(table(None, ("", "what", "name", "detail"), rows))
    count = Counter(each["action"] for each in changes)
    if value["to_do"]:
        words = (
            "{add} added, {change} changed, {remove} removed"
            if done
            else "{add} to add, {change} to change, " + ("{remove} to remove")
        )
        console.print(words.format(**{name: count[name] for name in _SIGNS}))
    else:
        console.print("Nothing to do: Kafka has what the agencies need.")
    if count["keep"]:
        console.print(
            f"{count['keep']} kept (=): too much or otherwise; what --allow-delete may remove, it shows as -."
        )
    for path in value.get("secrets", []):
        console.print(f"password in {path}", markup=False, soft_wrap=True)


def _exports(settings: dict[str, str], hub: Path) -> str:
    """Return the settings for a shell: of the administrator, and in words how the hub goes on from there."""
    lines = [f"export {name}={quote(value)}" for name, value in settings.items()]
    return "\n".join(
        [
            *lines,
            "# So the administrator signs in. Give the agencies and the hub what they need, then sign in as the hub:",
            f"#   mash kafka apply --secrets {quote(str(hub.parent))}",
            f"#   export MASH_KAFKA_SECRET_FILE={quote(str(hub))}",
        ]
    )
