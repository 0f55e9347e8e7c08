"""`mash witness`: a partner agency's own witness of the log. Needs no hub, no database, and sees no personal data."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen

app = typer.Typer(help="Be a witness of a hub's log: cosign what continues, refuse a fork.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--folder", help="The witness's own folder: its key and what it has seen.")]
HOME = Path("witness")


@app.command()
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name like witness.agency.example, without spaces.")],
    folder: Folder = HOME,
    as_json: AsJson = False,
) -> None:
    """Make a witness with a key of its own, and print the key for the hub."""
    from hub.proof.witness import Witness

    _tell(str(Witness.make(folder, name).key), as_json)


@app.command()
def key(folder: Folder = HOME, as_json: AsJson = False) -> None:
    """Print the witness's key for the hub."""
    from hub.proof.witness import Witness

    _tell(str(Witness(folder).key), as_json)


@app.command()
def trust(
    log: Annotated[str, typer.Argument(metavar="KEY", help="The log's key, as mash log key prints it.")],
    folder: Folder = HOME,
    as_json: AsJson = False,
) -> None:
    """Witness this log from now on."""
    from hub.proof.note import read_verifier_key
    from hub.proof.witness import Witness

    known = read_verifier_key(log)
    Witness(folder).trust(known)
    Screen(as_json).answer(
        {"log": known.name}, lambda console: console.print(f"Witnessing {known.name}.", markup=False)
    )


@app.command()
def seen(folder: Folder = HOME, as_json: AsJson = False) -> None:
    """Print the log's note that was cosigned last, for mash log verify --against."""
    from hub.proof.witness import Witness

    notes = {origin: str(note) for origin, note in Witness(folder).seen().items()}
    Screen(as_json).answer(notes, lambda _: typer.echo("\n".join(notes.values()), nl=False))


@app.command()
def run(
    folder: Folder = HOME,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 7380,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    as_json: AsJson = False,
) -> None:
    """Answer the hub until interrupted (tlog-witness); what it refuses as a fork is said on standard error and kept."""
    from hub.proof.witness import Witness
    from hub.proof.witness_http import witness_server

    screen = Screen(as_json)
    with witness_server(Witness(folder), host, port, lambda reply: _alarm(screen, reply)) as server:
        url = f"http://{host}:{server.server_address[1]}"
        screen.answer({"url": url}, lambda console: console.print(f"listening: {url}", markup=False))
        sys.stdout.flush()
        server.serve_forever()


def _alarm(screen: Screen, reply: Any) -> None:
    from hub.errors import HubError

    if reply.alarm is not None:
        screen.fail(HubError(f"ALARM: refused to cosign {reply.alarm}.", code="log-forked"))


def _tell(told: str, as_json: bool) -> None:
    Screen(as_json).answer({"key": told}, lambda _: typer.echo(told))
