"""`mash record`: what bears on a child beside agencies' records, each by a person in a role that may, with a reason."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from hub.application.asking import Asked
from hub.command_line.children import Child, person_id
from hub.command_line.options import AsJson, day, with_question
from hub.command_line.output import Screen, show_table
from hub.errors import UsageError
from hub.events.circumstances import HiddenIdentity, HolderAnswer, Mark

_COLUMNS = ("id", "what", "about", "reason", "by", "until")
_NONE = "Nothing that you may know of stands on this child."

app = typer.Typer(help="Record what bears on who may see a child's records.", no_args_is_help=True)

Until = Annotated[str | None, typer.Option(help="The last day on which it stands, as 2026-12-31.")]
Item = Annotated[str, typer.Argument(metavar="RECORD", help="The record's id, as your chronology shows it.")]


@app.command("reasonable-cause")
@with_question
def reasonable_cause(child: Child, question: Asked, until: Until = None, as_json: AsJson = False) -> None:
    """Say that there is reasonable cause to suspect significant harm (Children Act 1989 s47)."""
    _done(as_json, lambda to: to.reasonable_cause(person_id(child), question, until=day(until)))


@app.command()
@with_question
def strategy(
    child: Child,
    member: Annotated[list[str], typer.Option(help="A user who takes part; may be repeated.")],
    question: Asked,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Say who takes part in the strategy discussion about a child."""
    _done(as_json, lambda to: to.strategy_discussion(person_id(child), member, question, until=day(until)))


@app.command("call-back")
@with_question
def call_back(
    child: Child,
    user: Annotated[str, typer.Option(help="The user of another area who was rung back.")],
    number_from: Annotated[str, typer.Option(help="Where the number was known from.")],
    question: Asked,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Say that a caller of another area was rung back at a number known to be their authority's."""
    _done(as_json, lambda to: to.call_back(person_id(child), user, number_from, question, until=day(until)))


@app.command()
@with_question
def conflict(
    user: Annotated[str, typer.Argument(metavar="USER", help="The user who is related to somebody.")],
    child: Annotated[list[str], typer.Option(metavar="CHILD", help="The person's id; may be repeated for siblings.")],
    question: Asked,
    as_json: AsJson = False,
) -> None:
    """Say that a user is related to somebody in a child's records: they see neither child, siblings nor household."""
    _done(as_json, lambda to: to.conflict(user, [person_id(each) for each in child], question))


@app.command()
@with_question
def hide(
    identity: Annotated[HiddenIdentity, typer.Argument(help="A protected identity, or an adopted child's birth one.")],
    record: Annotated[list[str], typer.Option(metavar="AGENCY/REFERENCE", help="A record to hide; may be repeated.")],
    question: Asked,
    as_json: AsJson = False,
) -> None:
    """Hide the records of a protected identity (identity), or of an adopted child's birth identity (adoption)."""
    from hub.application.linking import Held

    _done(as_json, lambda to: to.hide(identity, [Held.parse(each) for each in record], question))


@app.command()
@with_question
def determination(
    child: Child,
    item: Item,
    answer: Annotated[HolderAnswer, typer.Option(help="What you consider of it.")],
    question: Asked,
    recipient: Annotated[str | None, typer.Option(help="The agency that it speaks of; without one, any.")] = None,
    review_on: Annotated[str | None, typer.Option(help="When it is looked at again, as 2026-12-31.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer as its holder whether one of your records is shared (Children Act 2004 s16LA)."""
    again = day(review_on)
    _done(
        as_json,
        lambda to: to.determine(person_id(child), item, answer, question, recipient=recipient, review_on=again),
    )


@app.command()
@with_question
def mark(
    child: Child,
    item: Item,
    about: Annotated[Mark, typer.Option(help="What it is about.")],
    question: Asked,
    as_json: AsJson = False,
) -> None:
    """Say what a record is about: suspected fabricated illness, or the other household of who may have caused harm."""
    _done(as_json, lambda to: to.mark(person_id(child), item, about, question))


@app.command()
@with_question
def end(
    recorded: Annotated[str, typer.Argument(metavar="ID", help="The id that recording it gave.")],
    question: Asked,
    as_json: AsJson = False,
) -> None:
    """Say that something recorded no longer stands."""
    _done(as_json, lambda to: to.end(_id(recorded), question), f"{recorded} no longer stands.")


@app.command("list")
@with_question
def list_(child: Child, question: Asked, as_json: AsJson = False) -> None:
    """List what stands on a child, as far as you may record it yourself; the look is recorded."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.recorded.on(person_id(child), question)
    Screen(as_json).answer(
        {"recorded": found}, lambda console: show_table(console, _COLUMNS, [*map(_row, found)], _NONE)
    )


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    about = ", ".join(f"{name} {value}" for name, value in each["about"].items())
    return (each["id"], each["what"], about, each["reason"], each["by"], each["until"] or "")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError("Give the whole id that recording it gave.", code="bad-id") from error


def _done(as_json: bool, record: Callable[[Any], UUID | None], said: str | None = None) -> None:
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        made = record(hub.recorder)
    value = {"recorded": str(made) if made else None}
    told = said or f"Recorded as {made}; mash record end takes it back."
    Screen(as_json).answer(value, lambda console: console.print(told, markup=False))
