"""`mash chronology` and `mash identity`: reads of children, each decided, recorded and then shown."""

from typing import Annotated, Any
from uuid import UUID

import typer

from hub.application.asking import Asked
from hub.command_line.options import AsJson, day, moment, with_question
from hub.command_line.output import Screen
from hub.command_line.showing import show_children, show_chronology, show_reviews
from hub.errors import UsageError

identity = typer.Typer(help="Find a child; show, make and undo the links between records.", no_args_is_help=True)

Child = Annotated[str, typer.Argument(metavar="CHILD", help="The person's id, as `mash identity find` gives it.")]
Record = Annotated[str, typer.Argument(metavar="AGENCY/REFERENCE", help="One agency's record, by its own reference.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chronology")(chronology)


def person_id(text: str) -> UUID:
    """Read a person's id; raises `UsageError`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError("CHILD is a person's id: `mash identity find` gives it.", code="bad-person") from error


@with_question
def chronology(
    child: Child,
    question: Asked,
    as_of: Annotated[str | None, typer.Option(help="What was known then: 2026-03-01 or 2026-03-01T09:00Z.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Only what happened from this day on.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Only what happened up to this day.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is known of a child, as of then, for this user; the answer is recorded before it is given."""
    from hub.application.chronologies import Window
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    window = Window(day(from_), day(to))
    if window.start and window.end and window.start > window.end:
        raise UsageError("--from is later than --to.", code="bad-period")
    with open_hub(read_settings()) as hub:
        answer = hub.chronologies.read(person_id(child), question, as_of=moment(as_of), window=window)
    Screen(as_json).answer(answer, lambda console: show_chronology(console, answer))


@identity.command()
@with_question
def find(
    question: Asked,
    identifier: Annotated[str | None, typer.Argument(help="An NHS number, UPN, or an agency's reference.")] = None,
    family: Annotated[str | None, typer.Option(help="Family name.")] = None,
    given: Annotated[str | None, typer.Option(help="Given name.")] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth, as 2015-03-27.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find a child by any identifier, or by name and date of birth."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        answer = hub.finder.find(question, identifier=identifier, family=family, given=given, born=day(born))
    Screen(as_json).answer(answer, lambda console: show_children(console, answer))


@identity.command()
@with_question
def show(child: Child, question: Asked, as_json: AsJson = False) -> None:
    """Show which records are taken for one child, and on what evidence."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        answer = hub.finder.show(person_id(child), question)
    Screen(as_json).answer(answer, lambda console: show_children(console, answer))


@identity.command()
@with_question
def reviews(question: Asked, as_json: AsJson = False) -> None:
    """List the records that may be a known child, for a data steward to link or to keep apart."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.reviews.open(question)
    Screen(as_json).answer({"reviews": found}, lambda console: show_reviews(console, found))


@identity.command()
@with_question
def link(record: Record, child: Child, question: Asked, as_json: AsJson = False) -> None:
    """Say that a record is this child's."""
    from hub.application.linking import Held

    with _steward() as steward:
        steward.link(Held.parse(record), person_id(child), question)
    _say(as_json, {"linked": record, "person": child}, f"{record} is linked to {child}.")


@identity.command()
@with_question
def unlink(record: Record, question: Asked, as_json: AsJson = False) -> None:
    """Say that a record is not this child's, and list every disclosure that rested on the link."""
    from hub.application.linking import Held

    with _steward() as steward:
        rested = steward.unlink(Held.parse(record), question)
    disclosures = [{"decision": str(each.id), "at": each.at.isoformat(), "viewer": each.viewer} for each in rested]
    said = f"{record} stands alone now. {len(disclosures)} disclosures rested on the link."
    lines = [said, *(f"  {each['at'][:19]}  {each['viewer']}  decision {each['decision']}" for each in disclosures)]
    _say(as_json, {"unlinked": record, "disclosures": disclosures}, "\n".join(lines))


@identity.command()
@with_question
def forbid(
    record: Record,
    other: Annotated[str, typer.Argument(metavar="AGENCY/REFERENCE")],
    question: Asked,
    as_json: AsJson = False,
) -> None:
    """Say that two records must never be linked (twins, an adoption)."""
    from hub.application.linking import Held

    with _steward() as steward:
        steward.forbid(Held.parse(record), Held.parse(other), question)
    _say(as_json, {"forbidden": [record, other]}, f"{record} and {other} will never be linked.")


def _steward() -> Any:
    from contextlib import contextmanager

    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    @contextmanager
    def opened() -> Any:
        with open_hub(read_settings()) as hub:
            yield hub.steward

    return opened()


def _say(as_json: bool, value: dict[str, Any], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))
