"""`mash log witness`: the hub's side of witnessing. The witness's own side is `mash witness`."""

import time
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_table
from hub.errors import RetryableError

app = typer.Typer(help="The partner agencies that cosign the log's checkpoints.", no_args_is_help=True)


@app.command()
def add(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The witness's key, as mash witness key prints it.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it listens.")],
    as_json: AsJson = False,
) -> None:
    """Add a witness, or give the one of this key another address."""
    from hub.application.witnessing import WitnessDesk
    from hub.bootstrap import open_log_tree
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        made = WitnessDesk(log).add(key, url)
    said = f"The witness {made.name} is asked from now on."
    Screen(as_json).answer({"name": made.name, "url": url}, lambda console: console.print(said, markup=False))


@app.command("list")
def list_witnesses(as_json: AsJson = False) -> None:
    """List the witnesses, and how many must cosign."""
    from hub.application.witnessing import WitnessDesk
    from hub.bootstrap import open_log_tree
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        held = WitnessDesk(log).load()
    rows = [(each.name, each.url, each.seen) for each in held.known]
    value = {
        "quorum": held.quorum,
        "witnesses": [{"name": each.name, "url": each.url, "seen": each.seen} for each in held.known],
    }

    def show(console: Any) -> None:
        show_table(console, ("witness", "address", "cosigned last"), rows, "There is no witness yet.")
        console.print(f"quorum: {held.quorum}")

    Screen(as_json).answer(value, show)


@app.command()
def quorum(
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="How many must cosign.")], as_json: AsJson = False
) -> None:
    """Set how many witnesses must cosign before a checkpoint counts as witnessed."""
    from hub.application.witnessing import WitnessDesk
    from hub.bootstrap import open_log_tree
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        WitnessDesk(log).set_quorum(number)
    Screen(as_json).answer({"quorum": number}, lambda console: console.print(f"quorum: {number}"))


@app.command()
def run(
    every: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=1, help="Go on, once in so many seconds; 3600 is usual.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pad the tree, sign it and have it cosigned; status 1 without a quorum, or when a witness has seen a fork.

    With --every, a missed quorum is said and asked for again, and a fork ends it.
    """
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    while True:
        try:
            with open_hub(read_settings()) as hub:
                found = _ask_all(hub, screen)
            if found.forked or (every is None and not found.witnessed):
                raise typer.Exit(1)
        except RetryableError as error:
            if every is None:
                raise
            screen.fail(error)
        if every is None:
            break
        time.sleep(every)


def _ask_all(hub: Any, screen: Screen) -> Any:
    """Ask every witness once, and say what came of it."""
    from hub.application.witnessing import WitnessDesk, pad

    desk = WitnessDesk(hub.tree)
    desk.require()
    pad(hub.log, hub.clock)
    hub.tree.grow()
    found = desk.run()
    for each in found.asked:
        if each.error is not None:
            screen.fail(each.error)
    value = {
        "size": found.size,
        "quorum": found.quorum,
        "witnessed": found.witnessed,
        "forked": found.forked,
        "asked": [{"name": each.name, "error": each.error.code if each.error else None} for each in found.asked],
    }
    said = f"{found.cosigned} of {len(found.asked)} cosigned {found.size} leaves; {found.quorum} make it witnessed."
    screen.answer(value, lambda console: console.print(said))
    return found
