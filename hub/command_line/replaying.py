"""`mash decisions replay`: an auditor takes decisions again, on all cores, and sees whether they are the same."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.command_line.children import person_id
from hub.command_line.on_cores import worked
from hub.command_line.options import AsJson, AsUser, Reason, asked, first_moment, moment
from hub.command_line.output import Screen, show_pairs, table
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.application.replaying import Replay
    from hub.bootstrap import Hub
    from hub.events.decisions import DisclosureDecided


def replay(  # noqa: PLR0913, PLR0917 - each is an option of the command
    as_user: AsUser,
    reason: Reason,
    decision: Annotated[str | None, typer.Argument(help="The decision's id, or the start of it.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All decisions within the limits.")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="So many of them, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="Draws the same sample of the same decisions again.")] = 0,
    since: Annotated[str | None, typer.Option(help="Recorded then or later: 2026-03-01 or 2026-03-01T09:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Recorded then or before.")] = None,
    viewer: Annotated[str | None, typer.Option(metavar="USER", help="For this viewer only.")] = None,
    child: Annotated[str | None, typer.Option(metavar="CHILD", help="On this child only.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last run of the same stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take decisions again from log, links and policy of their time: the same to the byte, or in what they differ.

    Exit status 1 where one differs for another cause than a lawful erasure.
    """
    from hub.application.reads import Period
    from hub.application.replay_run import ReplayRun, Scope, Tally
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    if [decision is not None, all_, sample is not None].count(True) != 1:
        raise UsageError("Name a decision, or give --all or --sample.", code="which-decisions")
    one_child = None if child is None else person_id(child)
    scope = Scope(decision, Period(first_moment(since), moment(until)), viewer, one_child, sample, seed)
    screen, tally = Screen(as_json), Tally()
    with open_hub(read_settings()) as hub:
        run = ReplayRun(hub.reading, hub.decisions, asked(as_user, "audit", reason), scope)
        chosen = run.chosen(resume=resume)
        try:
            with screen.progress("Replaying", len(chosen)) as done, ExitStack() as stack:
                for number, (position, replayed) in enumerate(worked(hub, chosen, _again, stack), 1):
                    tally.add(position, replayed)
                    done(number)
        finally:
            answer = run.finish(tally)
    screen.answer(answer, lambda console: _print(console, answer))
    if tally.unexplained:
        raise typer.Exit(1)


def _again(hub: "Hub", decision: "DisclosureDecided") -> "Replay":
    return hub.replayer.replay(decision)


def _print(console: Any, answer: dict[str, Any]) -> None:
    show_pairs(console, [(name.replace("_", " "), each) for name, each in answer.items() if isinstance(each, int)])
    for each in answer["differences"]:
        place = f" ({each['place']})" if each["place"] else ""
        console.print(f"\n{each['decision']}: {each['cause']}{place}. {each['sentence']}", markup=False)
        rows = [(one["of"], one["what"], _text(one["recorded"]), _text(one["replayed"])) for one in each["differences"]]
        if rows:
            console.print(table(None, ("of", "what", "recorded", "replayed"), rows))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
