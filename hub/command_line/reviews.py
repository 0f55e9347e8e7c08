"""`mash reviews`: what waits for a person's decision, the answer to it, and what happens when nobody answers."""

from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson, AsUser, Reason, asked, day
from hub.command_line.output import Screen, show_table

_NOTHING = "Nothing waits for you."
_PURPOSE = "own-service"

app = typer.Typer(help="What waits for a person: show it, answer it, escalate it.", no_args_is_help=True)

Task = Annotated[str, typer.Argument(help="The task's id, or the start of it.")]
Answer = Annotated[str, typer.Argument(metavar="ANSWER", help="released, refused, justified, not-justified or seen.")]


@app.command("list")
def list_(as_user: AsUser, as_json: AsJson = False) -> None:
    """List what waits for this user in their roles and agency; that they looked is recorded."""
    from hub.application.review_desk import TO_SEE_TASKS
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        answer = hub.review_desk.waiting(asked(as_user, _PURPOSE, TO_SEE_TASKS))
    Screen(as_json).answer(answer, lambda console: _show(console, answer["reviews"]))


@app.command()
def decide(
    task: Task,
    answer: Answer,
    as_user: AsUser,
    reason: Reason,
    facets: Annotated[str, typer.Option(help="What is released, with commas between: what,when.")] = "",
    until: Annotated[str | None, typer.Option(help="The last day on which the answer stands.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="Only this item of the task; can be given again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a task: release facets, refuse until a day, or say what was found."""
    from hub.application.review_desk import Answering
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    named = tuple(facet.strip() for facet in facets.split(",") if facet.strip())
    answering = Answering(answer, named, day(until), tuple(item or ()))
    with open_hub(read_settings()) as hub:
        done = hub.review_desk.answer(task, answering, asked(as_user, _PURPOSE, reason))
    said = f"Task {done['task'][:8]}: {done['outcome']}. Recorded as decision {done['decision']}."
    Screen(as_json).answer(done, lambda console: console.print(said, markup=False))


@app.command()
def escalate(as_json: AsJson = False) -> None:
    """Ask the deputy, then the manager, for what nobody answered in time; `mash consume` does so by itself."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        done = hub.review_desk.escalate()
    rows = [(each["task"][:8], each["step"], each["to"]) for each in done]
    columns = ("task", "step", "now asked too")
    nothing = "No time has run out."
    Screen(as_json).answer({"escalated": done}, lambda console: show_table(console, columns, rows, nothing))


def _show(console: Any, reviews: list[dict[str, Any]]) -> None:
    rows = [
        (each["id"][:8], _due(each), _who(each), each["purpose_class"], _items(each), each["sentence"])
        for each in reviews
    ]
    show_table(console, ("task", "due", "for", "purpose", "items", "asked"), rows, _NOTHING)


def _due(review: dict[str, Any]) -> str:
    return f"{review['due'][:16].replace('T', ' ')}{' OVERDUE' if review['overdue'] else ''}"


def _who(review: dict[str, Any]) -> str:
    told = ", ".join(review["for"])
    asker = review["asker"]
    return f"{told}; asked by {asker['viewer']}: {asker.get('reason', '')}" if asker else told


def _items(review: dict[str, Any]) -> str:
    return "; ".join(f"{each['id'][:8]} {' '.join(each['facets'])}".strip() for each in review["items"])
