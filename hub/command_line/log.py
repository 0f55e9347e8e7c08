"""`mash log`: the log's tree, its checkpoints and proofs, its verification, and the witnesses who cosign it."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from hub.command_line import witnessing
from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_pairs, show_table
from hub.errors import HubError, UsageError

SHOWN_FAULTS = 20

app = typer.Typer(help="The proof that the log is whole: checkpoints, proofs, verification.", no_args_is_help=True)
app.add_typer(witnessing.app, name="witness")


@app.command()
def key(as_json: AsJson = False) -> None:
    """Print the log's key: a signed note's verifier key, for whoever checks its checkpoints."""
    from hub.bootstrap import open_log_tree
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        told = str(log.key.verifier)
    Screen(as_json).answer({"key": told}, lambda console: _plain(told))


@app.command()
def checkpoint(as_json: AsJson = False) -> None:
    """Bring the tree up to the log, sign it, and print the checkpoint."""
    from hub.bootstrap import open_log_tree
    from hub.settings import read_settings

    screen = Screen(as_json)
    with open_log_tree(read_settings()) as log:
        log.grow()
        note = str(log.checkpoint())
    screen.answer({"checkpoint": note}, lambda console: _plain(note, end=""))


@app.command()
def prove(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")],
    to: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the proof goes (.tlog-proof).")],
    leaf: Annotated[Path, typer.Option(metavar="FILE", help="Where the leaf's exact bytes go.")],
    as_json: AsJson = False,
) -> None:
    """Write the proof that an event is in the log, and the bytes that it proves."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    asked = _event_id(event)
    with open_hub(read_settings()) as hub:
        position = hub.log.existing([asked]).get(asked)
        if position is None:
            raise UsageError("There is no event of this id.", code="no-event")
        proof, content = hub.tree.prove(asked, position)
    to.write_text(str(proof), encoding="utf-8")
    leaf.write_bytes(content)
    value = {"index": proof.index, "position": position, "proof": str(to), "leaf": str(leaf)}
    said = f"The proof is in {to}, the leaf's bytes in {leaf}: leaf {proof.index}."
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))


@app.command()
def consistency(
    old: Annotated[int, typer.Argument(metavar="A", min=0, help="The earlier tree's size.")],
    new: Annotated[int, typer.Argument(metavar="B", min=0, help="The later tree's size.")],
    as_json: AsJson = False,
) -> None:
    """Print the proof that the tree of B leaves continues that of A: base64 hashes, a line each."""
    from hub.bootstrap import open_log_tree
    from hub.proof.checkpoint import encode_hash
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        tree = log.tree
        proof = [encode_hash(each) for each in tree.consistency(old, new)]
        roots = [encode_hash(tree.root(size)) for size in (old, new)]
    value = {"old": {"size": old, "root": roots[0]}, "new": {"size": new, "root": roots[1]}, "proof": proof}
    Screen(as_json).answer(value, lambda console: _plain("".join(f"{each}\n" for each in proof), end=""))


@app.command()
def verify(
    first: Annotated[int | None, typer.Option("--from", min=1, help="The first position.")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, help="The last position.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A checkpoint of this log that was kept elsewhere: mash witness seen."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read all rows again and hold them against the tree, and the tree against its checkpoints; status 1 on a fault.

    What was found is recorded, where the log still takes it in.
    """
    from hub.application.verifying import verify_log
    from hub.bootstrap import open_log_tree
    from hub.proof.note import read_note
    from hub.settings import read_settings

    screen = Screen(as_json)
    with open_log_tree(read_settings()) as log, screen.progress("Verifying") as progress:
        found = verify_log(log, first, last, progress, read_note(against.read_text()) if against else None)
    screen.answer(verified_json(found), lambda console: _show_verified(console, found))
    _record(found)
    if not found.whole:
        raise typer.Exit(1)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the static files go.")],
    witnessed: Annotated[bool, typer.Option("--witnessed", help="The latest witnessed checkpoint's tree.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the checkpoint and the tiles of its tree as static files (tlog-tiles), hashes alone and no event."""
    from hub.bootstrap import open_log_tree
    from hub.proof.checkpoint import read_checkpoint
    from hub.proof.files import export as write_tiles
    from hub.settings import read_settings

    with open_log_tree(read_settings()) as log:
        note = log.kept("witnessed" if witnessed else "checkpoint")
        if note is None:
            raise HubError("There is no such checkpoint yet.", code="no-checkpoint")
        size = read_checkpoint(note).size
        written = write_tiles(log.tree, str(note), size, folder)
    value = {"size": size, "written": written, "folder": str(folder)}
    said = f"The tree of {size} leaves is in {folder}: {written} tiles written."
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))


def _record(found: Any) -> None:
    """Record what was found; a log that takes nothing in is verified all the same."""
    from hub.bootstrap import open_hub
    from hub.command_line.account import operator
    from hub.settings import read_settings

    try:
        with open_hub(read_settings()) as hub:
            hub.verifications.record(found, by=operator())
    except HubError as error:
        typer.echo(f"not recorded: {error.message}", err=True)


def verified_json(found: Any) -> dict[str, Any]:
    """Return the documented shape of `mash log verify --json`."""
    return {
        "whole": found.whole,
        "rows": found.rows,
        "leaves": found.leaves,
        "good": found.good,
        "not_in_tree": found.unproved,
        "bad": found.bad,
        "faults": [
            {"position": each.position, "kind": each.kind.value, "event": each.event} for each in found.faults
        ],
        "about": [{"code": each.code, "message": each.message} for each in found.about],
        "checkpoint": found.checkpoint,
        "witnessed": found.witnessed,
        "cosigned_by": found.cosigned_by,
    }  # fmt: skip


def _event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError("An event's id is a UUID.", code="bad-id") from error


def _show_verified(console: Any, found: Any) -> None:
    for each in found.about:
        console.print(f"{each.message}  [{each.code}]", markup=False, soft_wrap=True)
    if found.faults:
        first = found.faults[0]
        named = f"event {first.event}" if first.event else "the event"
        said = f"The first bad event is {named} at position {first.position}: {first.kind.value}."
        console.print(said, markup=False, soft_wrap=True)
        rows = [(each.position, each.kind.value, each.event or "") for each in found.faults[:SHOWN_FAULTS]]
        show_table(console, ("position", "what", "event"), rows, "")
    show_pairs(
        console,
        [
            ("rows read", found.rows),
            ("as recorded", found.good),
            ("bad", found.bad),
            ("not in the tree yet", found.unproved),
            ("leaves", found.leaves),
            ("checkpoint", found.checkpoint if found.checkpoint is not None else "none that holds"),
            ("witnessed", found.witnessed if found.witnessed is not None else "none that holds"),
            ("cosigned by", ", ".join(found.cosigned_by) or "nobody"),
        ],
    )
    console.print("The log is whole." if found.whole else "The log is NOT whole.")


def _plain(text: str, end: str = "\n") -> None:
    """Print what others read by machine, exactly."""
    typer.echo(f"{text}{end}", nl=False)
