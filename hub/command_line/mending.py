"""`mash quarantine`: records needing correction."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_pairs, show_table

app = typer.Typer(help="Messages that were refused at the door, and what became of them.", no_args_is_help=True)

MOST_ROWS = 50
OPEN = frozenset({"open", "fixed"})

Id = Annotated[str, typer.Argument(metavar="ID", help="The record's id, or the start of it.")]
Why = Annotated[str, typer.Option("--reason", help="Why, in words; it stays on record.")]


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent again or discarded.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what was kept aside and still needs somebody, the oldest first."""
    from hub.application.mending import kept_json

    with _desk() as desk:
        kept = [kept_json(each) for each in desk.all() if everything or each.state in OPEN]
    columns_of = ("agency", "sentence", "place", "state")
    rows = [
        (each["received_at"][:19], each["id"][:8], *(each[name] for name in columns_of)) for each in kept[:MOST_ROWS]
    ]
    columns = ("received", "id", "agency", "why", "where", "state")

    def show_rows(console: Any) -> None:
        show_table(console, columns, rows, "No records need correction.")
        if len(kept) > MOST_ROWS:
            console.print(f"... and {len(kept) - MOST_ROWS} more; --json lists all")

    Screen(as_json).answer({"quarantine": kept}, show_rows)


@app.command()
def show(
    record: Id,
    content: Annotated[bool, typer.Option("--content", help="Show what it says, too; that is recorded.")] = False,
    as_user: Annotated[str | None, typer.Option("--as", metavar="USER", help="The data steward who looks.")] = None,
    reason: Annotated[str, typer.Option(help="Why the content is needed, in words.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show one record kept aside, and what was done about it."""
    from hub.application.mending import kept_json
    from hub.bootstrap import open_hub
    from hub.errors import UsageError
    from hub.settings import read_settings

    if content and as_user is None:
        raise UsageError("--content needs --as USER and --reason: the look is recorded.", code="usage")
    with open_hub(read_settings()) as hub:
        kept, steps = hub.desk.one(record)
        value: dict[str, Any] = kept_json(kept)
        value["steps"] = [{"at": s.at.isoformat(), "by": s.by, "step": s.step, "reason": s.reason} for s in steps]
        if content and as_user is not None:
            hub.steward.record_look(_asked(as_user, reason), kept.id)
            value["content"] = hub.desk.content(kept)
    Screen(as_json).answer(value, lambda console: _print(console, value))


@app.command()
def fix(
    record: Id,
    file: Annotated[Path, typer.Argument(help="The corrected data of the event, as JSON.")],
    reason: Why,
    as_json: AsJson = False,
) -> None:
    """Keep corrected data beside the original; `resend` then sends that."""
    data = file.read_bytes()
    with _desk() as desk:
        kept, _ = desk.one(record)
        desk.fix(kept, data, by=operator(), reason=reason)
    _say(as_json, kept.id, "fixed")


@app.command()
def resend(record: Id, reason: Why, as_json: AsJson = False) -> None:
    """Send a record again: as corrected, signed anew for its agency, or else as it came."""
    with _desk() as desk:
        kept, _ = desk.one(record)
        desk.resend(kept, by=operator(), reason=reason)
    _say(as_json, kept.id, "resent")


@app.command()
def discard(record: Id, reason: Why, as_json: AsJson = False) -> None:
    """Say that nothing more will be done; the record and the reason stay."""
    with _desk() as desk:
        kept, _ = desk.one(record)
        desk.discard(kept, by=operator(), reason=reason)
    _say(as_json, kept.id, "discarded")


def _asked(user: str, reason: str) -> Any:
    from hub.command_line.options import asked

    return asked(user, "own-service", reason)


def _desk() -> Any:
    from contextlib import contextmanager

    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    @contextmanager
    def opened() -> Any:
        with open_hub(read_settings()) as hub:
            yield hub.desk

    return opened()


def _print(console: Any, value: dict[str, Any]) -> None:
    rows = [(name, each) for name, each in value.items() if name not in {"steps", "content"}]
    show_pairs(console, rows)
    for step in value["steps"]:
        console.print(f"  {step['at'][:19]}  {step['step']} by {step['by']}: {step['reason']}", markup=False)
    if "content" in value:
        import json

        console.print(json.dumps(value["content"], indent=2, ensure_ascii=False), markup=False)


def _say(as_json: bool, record: Any, done: str) -> None:
    value = {"id": str(record), "state": done}
    Screen(as_json).answer(value, lambda console: console.print(f"{record} {done}.", markup=False))
