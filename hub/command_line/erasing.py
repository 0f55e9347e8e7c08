"""`mash erase` and `mash hold`: destroy what is held of a person, by two people; forbid it for a time."""

from typing import Annotated, Any

import typer

from hub.command_line.account import operator
from hub.command_line.children import person_id
from hub.command_line.options import AsJson, AsUser, Reason, asked, day
from hub.command_line.output import Screen, show_table
from hub.errors import UsageError

app = typer.Typer(help="Erase a person: asked for, approved by another agency, waited for.", no_args_is_help=True)
holds = typer.Typer(help="Legal holds: what nobody may erase for a time.", no_args_is_help=True)

Child = Annotated[str | None, typer.Argument(metavar="[CHILD]", help="The person's id.", show_default=False)]
Record = Annotated[str | None, typer.Option("--record", metavar="AGENCY/REFERENCE", help="One agency's record alone.")]
Erasure = Annotated[str, typer.Argument(metavar="ERASURE", help="Its id, or the start of it.")]
Words = Annotated[str, typer.Option("--reason", help="Why, in words that name nobody; they are never erased.")]
_PURPOSE = "own-service"
_SHORT = 8


@app.command()
def request(
    as_user: AsUser,
    reason: Words,
    authority: Annotated[str, typer.Option(help="Under which law, order or retention rule; it names nobody.")],
    child: Child = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Ask that all records of a person be erased, or one; a person of another agency approves it."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    target = _target(child, record)
    with open_hub(read_settings()) as hub:
        made = hub.erasing.request(target, asked(as_user, _PURPOSE, reason), authority=authority)
    said = f"Asked for as {made}. A person of another agency approves it: mash erase approve {str(made)[:_SHORT]}."
    _say(as_json, {"erasure": str(made)}, said)


@app.command()
def approve(erasure: Erasure, as_user: AsUser, reason: Words, as_json: AsJson = False) -> None:
    """Approve an erasure, as a person of another agency than the one that asked."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        approved = hub.erasing.approve(erasure, asked(as_user, _PURPOSE, reason))
    due = approved.due_at.isoformat() if approved.due_at else None
    _say(
        as_json,
        {"erasure": str(approved.id), "due": due},
        f"Approved {approved.id}: from {due} on, mash erase carry-out does it, unless it is refused or held before.",
    )


@app.command()
def due(as_user: AsUser, reason: Words, as_json: AsJson = False) -> None:
    """List the records that were kept for as long as the partnership's table of retention says."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    with open_hub(read_settings()) as hub, screen.progress("Reading records") as progress:
        found = hub.erasing.due(asked(as_user, _PURPOSE, reason), progress)
    columns = ("record", "agency", "events", "since", "authority")
    rows = [tuple(str(each[name]) for name in columns) for each in found]
    screen.answer({"due": found}, lambda console: show_table(console, columns, rows, "Nothing is due."))


@app.command("request-due")
def request_due(as_user: AsUser, reason: Words, as_json: AsJson = False) -> None:
    """Ask that each record which is due be erased, by the table's authority; a thousand at a time."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    with open_hub(read_settings()) as hub, screen.progress("Reading records") as progress:
        made = [str(each) for each in hub.erasing.request_due(asked(as_user, _PURPOSE, reason), progress)]
    said = f"Asked for {len(made)}. A person of another agency approves: mash erase approve-all retention."
    _say(as_json, {"erasures": made}, said)


@app.command("approve-all")
def approve_all(
    cause: Annotated[str, typer.Argument(metavar="retention|purge", help="Asked for by the table, or by a source.")],
    as_user: AsUser,
    reason: Words,
    as_json: AsJson = False,
) -> None:
    """Approve all that the table of retention or sources asked for and nothing holds, as a person of another agency."""
    from hub.bootstrap import open_hub
    from hub.events.erasure import Cause
    from hub.settings import read_settings

    if cause not in {Cause.RETENTION.value, Cause.PURGE.value}:
        raise UsageError("Of these all are approved at once: retention, purge.", code="which-erasures")
    with open_hub(read_settings()) as hub:
        approved = [str(each) for each in hub.erasing.approve_all(Cause(cause), asked(as_user, _PURPOSE, reason))]
    _say(as_json, {"erasures": approved}, f"Approved {len(approved)}: mash erase list says when each is due.")


@app.command()
def refuse(erasure: Erasure, as_user: AsUser, reason: Words, as_json: AsJson = False) -> None:
    """Refuse an erasure for good, or take back one that you asked for."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        refused = hub.erasing.refuse(erasure, asked(as_user, _PURPOSE, reason))
    _say(as_json, {"erasure": str(refused)}, f"Refused {refused}: nothing is erased by it.")


@app.command("list")
def list_(as_user: AsUser, reason: Reason, as_json: AsJson = False) -> None:
    """List erasures: who asked, who approved, when each is due, and what became of it."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.erasing.erasures(asked(as_user, _PURPOSE, reason))
    columns = ("erasure", "state", "records", "asked by", "approved by", "due", "carried out", "authority")
    Screen(as_json).answer(
        {"erasures": found},
        lambda console: show_table(console, columns, [_row(each) for each in found], "No erasure was asked for."),
    )


@app.command("carry-out")
def carry_out(as_json: AsJson = False) -> None:
    """Erase all that is approved, has waited and is not held; finish what was interrupted. May be run at any time."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        done = hub.carrying_out().carry_out(by=operator())
    found = [
        {"erasure": str(each.erasure), "result": each.result.value, "records": each.records, "beside": each.beside}
        for each in done
    ]
    columns = ("erasure", "result", "records", "later records, not erased")
    rows = [tuple(each.values()) for each in found]
    Screen(as_json).answer(
        {"erasures": found}, lambda console: show_table(console, columns, rows, "No erasure is due.")
    )


@holds.command()
def add(
    as_user: AsUser,
    reason: Words,
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day on which it stands, as 2026-12-31.")],
    child: Child = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Forbid that a person's records, or one, are erased, up to and including a day."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    target, last = _target(child, record), day(until)
    with open_hub(read_settings()) as hub:
        made = hub.erasing.hold(target, asked(as_user, _PURPOSE, reason), until=last)
    _say(as_json, {"hold": str(made)}, f"Held as {made} until {last.isoformat()}; mash hold end ends it before.")


@holds.command("list")
def list_holds(as_user: AsUser, reason: Reason, as_json: AsJson = False) -> None:
    """List legal holds, with their owners and their last days."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.erasing.holds(asked(as_user, _PURPOSE, reason))
    columns = ("hold", "stands", "records", "until", "owner", "agency", "reason")
    rows = [
        (each["id"], "yes" if each["stands"] else "no", *(each[name] for name in columns[2:])) for each in found
    ]  # fmt: skip
    Screen(as_json).answer({"holds": found}, lambda console: show_table(console, columns, rows, "There is no hold."))


@holds.command()
def end(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Its id, or the start of it.")],
    as_user: AsUser,
    reason: Words,
    as_json: AsJson = False,
) -> None:
    """End a legal hold before its last day, as a person of the agency that placed it."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        ended = hub.erasing.end_hold(hold, asked(as_user, _PURPOSE, reason))
    _say(as_json, {"hold": str(ended)}, f"{ended} stands no longer.")


def _target(child: str | None, record: str | None) -> Any:
    """Return whom a command is about: a person, or one agency's record; raises `UsageError` for neither or both."""
    from hub.application.linking import Held

    if (child is None) == (record is None):
        raise UsageError("Name a CHILD, or one --record AGENCY/REFERENCE.", code="which-records")
    return person_id(child) if child is not None else Held.parse(record or "")


def _row(each: dict[str, Any]) -> tuple[object, ...]:
    approved = each["approved"] or {"by": None}
    state = f"{each['state']} (held)" if each["held"] else each["state"]
    return (
        each["id"], state, each["records"], each["requested"]["by"], approved["by"], each["due"],
        each["carried_out"], each["authority"],
    )  # fmt: skip


def _say(as_json: bool, value: dict[str, Any], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False, soft_wrap=True))
